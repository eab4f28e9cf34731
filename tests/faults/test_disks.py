"""A real disk that stays full: what a run left half-done can be put back on it all the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from pryv_tui.operations.root.marker import read_marker
from pryv_tui.runs.record.history import all_runs
from tests.faults.bench import AtFile, Bench, Filler, NoDisk, hooked, lost
from tests.faults.making import root_on_a_small_disk


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with ExitStack() as stack:
        try:
            made = stack.enter_context(root_on_a_small_disk(tmp_path))
        except NoDisk as error:
            pytest.skip(str(error))
        yield made


def test_a_restore_that_filled_the_disk_is_undone_while_it_is_full(bench: Bench) -> None:
    ran = bench.running()
    filler = Filler(bench.root)
    with hooked(AtFile(10, filler.fill)):
        end = bench.run("restore", set_id=bench.set_id)
    assert end is not None and (end.exit, end.outcome) == (1, "failed")
    assert "No space left" in end.what
    assert read_marker(bench.root) is not None
    undo = bench.run("undo", undone_run=end.run)
    # All is back; what the live platform lacks can't be asked, since there is no room to read it.
    assert undo is not None and (undo.exit, undo.outcome) == (3, "warnings"), undo
    assert "is back, as it was then" in undo.what
    assert all(line.startswith("Not known after this undo: ") for line in undo.warnings)
    filler.empty()  # SQLite itself needs room to read
    assert lost(bench.lived, bench.held()) == []
    assert bench.running() == ran
    assert read_marker(bench.root) is None


def test_a_root_that_can_not_be_marked_is_left_as_it_is_and_runs_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fills up after the guards have looked, before anything is moved."""
    from pryv_tui.operations.steps.bringing_back.move_aside import MoveAside

    ran, filler, perform = bench.running(), Filler(bench.root), MoveAside.perform

    def full(step: MoveAside, ctx: object) -> None:
        filler.fill()
        perform(step, ctx)  # type: ignore[arg-type]

    monkeypatch.setattr(MoveAside, "perform", full)
    end = bench.run("restore", set_id=bench.set_id)
    assert end is not None and (end.exit, end.outcome) == (1, "failed")
    assert "there was no space even for a marker" in end.what
    assert "in place" in end.what
    filler.empty()
    assert lost(bench.lived, bench.held()) == []
    assert bench.running() == ran, "nothing was moved, so what ran runs on"
    assert not any("undo" in line for line in end.next)
    assert read_marker(bench.root) is None
    monkeypatch.setattr(MoveAside, "perform", perform)
    again = bench.run("restore", set_id=bench.set_id)
    assert again is not None and again.exit == 0, "there is room, so it is tried again"


def test_an_undo_that_can_not_mark_changes_nothing_and_works_later(bench: Bench) -> None:
    ran, filler = bench.running(), Filler(bench.root)
    done = bench.run("restore", set_id=bench.set_id)
    assert done is not None and done.exit == 0
    filler.fill()
    end = bench.run("undo", undone_run=done.run)
    assert end is not None and (end.exit, end.outcome) == (1, "failed")
    assert "nothing was put back yet" in end.what
    filler.empty()
    assert lost(bench.of_set, bench.held()) == []
    assert bench.running() == ran
    again = bench.run("undo", undone_run=done.run)
    assert again is not None and again.exit == 0, again
    assert lost(bench.lived, bench.held()) == []
    assert [record.state for record in all_runs(bench.site.state)] == ["ended"] * 4
