"""A restore that was stopped half-way and the one that went on with it are undone together."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.discovery import discover
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.plan import Plan
from pryv_tui.operations.root.marker import remove_marker
from pryv_tui.operations.steps.bringing_back.put_back_root import PutBackRoot
from pryv_tui.runs.planning.request import plan_undo
from pryv_tui.runs.record.chain import (
    Since,
    brought_to_its_end,
    half_done,
    released_by,
    since,
    since_its_end,
    undoable,
)
from pryv_tui.runs.record.history import all_runs, resolve_run
from pryv_tui.runs.recovery import first_look
from tests.runs.test_recovery import START, Past


def _plan(past: Past, run: str) -> Plan:
    return plan_undo(past.site, discover(past.hosts), run)


def _comes_back(past: Past, run: str) -> dict[str, str]:
    return {s.host: s.aside for s in _plan(past, run).steps if isinstance(s, PutBackRoot)}


def _dead(past: Past) -> tuple[str, Owed, Owed]:
    """A restore of two machines that died between the last acts on them."""
    run = "20260101T000000Z-restore-0000"
    core, register = past.aside("core", run), past.aside("register", run)
    assert past.run("restore", START, core, register, set_id="SET") == run
    remove_marker(past.folder / "core")
    return run, core, register


def test_a_root_that_was_done_already_keeps_what_was_there_before(tmp_path: Path) -> None:
    past = Past(tmp_path)
    run, core, register = _dead(past)
    for continues in (run, ""):
        asides, ran = half_done(past.site, discover(past.hosts), continues)
        assert asides == {"core": core.where, "register": register.where}
        assert ran == {"core": ["pryvio_core"]}


def test_a_root_that_another_run_changed_since_is_not_taken_for_its_copy(tmp_path: Path) -> None:
    past = Past(tmp_path)
    run, core, register = _dead(past)
    later = past.aside("core", "20260102T000000Z-restore-0000", mark=False)
    past.run("restore", later, end="complete", set_id="OTHER")
    asides, _ = half_done(past.site, discover(past.hosts), run)
    assert Path(core.where).is_dir()
    assert asides == {"register": register.where}


def test_what_an_operator_let_go_is_not_gone_on_with(tmp_path: Path) -> None:
    past = Past(tmp_path)
    run, core, register = _dead(past)
    Path(core.where).rmdir()
    asides, _ = half_done(past.site, discover(past.hosts), run)
    assert asides == {"register": register.where}


def test_the_undo_of_the_last_one_brings_all_of_it_back(tmp_path: Path) -> None:
    past = Past(tmp_path)
    run, core, register = _dead(past)
    remove_marker(past.folder / "register")
    # Begun from a plan that knew of one machine only.
    last = past.run("restore", register, end="complete", set_id="SET", continues=run)
    assert _comes_back(past, last) == {"core": core.where, "register": register.where}
    assert brought_to_its_end(past.site.state) == {run: last}
    assert [one.id for one in undoable(past.site.state)] == [last]


def test_the_first_one_is_not_undone_alone(tmp_path: Path) -> None:
    past = Past(tmp_path)
    run, core, register = _dead(past)
    assert _comes_back(past, run) == {"core": core.where, "register": register.where}
    last = past.run("restore", core, register, end="complete", set_id="SET", continues=run)
    with pytest.raises(
        PryvTuiError, match=f"and uses the content that {run} moved aside"
    ) as refused:
        _plan(past, run)
    assert refused.value.remedy.endswith(f"pryv-tui undo {last}")


def test_what_became_of_the_first_one_is_said(tmp_path: Path) -> None:
    past = Past(tmp_path)
    run, core, register = _dead(past)
    state = past.site.state
    assert since_its_end(state, resolve_run(state, run)) == ""
    last = past.run("restore", core, register, end="complete", set_id="SET", continues=run)
    assert since_its_end(state, resolve_run(state, run)).startswith(f"{last} continued this run")
    assert since_its_end(state, resolve_run(state, last)) == ""
    undo = past.run("undo", end="complete", undone_run=last)
    told = since_its_end(state, resolve_run(state, run))
    assert told == f"Undone by {undo}, together with {last}, which had continued it."
    assert since_its_end(state, resolve_run(state, last)).startswith(f"Undone by {undo}.")


def test_a_chain_is_released_as_one(tmp_path: Path) -> None:
    past = Past(tmp_path)
    run, core, register = _dead(past)
    state = past.site.state

    def released() -> dict[str, str]:
        return released_by(state, all_runs(state))

    last = past.run("restore", core, register, end="complete", set_id="SET", continues=run)
    failed = past.run("release", end="failed", released_run=last)
    assert released() == {}
    release = past.run("release", end="complete", released_run=last)
    assert failed != release
    assert released() == {run: release, last: release}
    ended = Since("brought to its end", last)
    assert since(state, all_runs(state)) == {
        run: [ended, Since("released", release)],
        last: [Since("released", release)],
    }
    shutil.rmtree(resolve_run(state, last).folder)
    assert released() == {}, "its journal was let go of: it is in no list"
    other = past.run("undo", end="complete", undone_run=run)
    again = past.run("release", end="warnings", released_run=other)
    assert released() == {other: again}


def test_the_overview_names_the_run_that_both_are_undone_with(tmp_path: Path) -> None:
    past = Past(tmp_path)
    run, core, register = _dead(past)
    for owed in (core, register):  # where nothing lies aside there is nothing to put back
        (Path(owed.where) / "a file").touch()
    remove_marker(past.folder / "register")
    last = past.run("restore", core, register, end="complete", set_id="SET", continues=run)
    told = [item for item in first_look(past.site).overview.attention if run in item.text]
    assert len(told) == 2
    assert all(f"pryv-tui undo {last};" in item.remedy for item in told)


def test_of_two_that_moved_a_root_the_later_one_counts(tmp_path: Path) -> None:
    past = Past(tmp_path)
    run, _core, register = _dead(past)
    anew = past.aside("core", "20260102T000000Z-restore-0000", mark=False)
    last = past.run("restore", anew, register, end="warnings", set_id="SET", continues=run)
    assert _comes_back(past, last) == {"core": anew.where, "register": register.where}


def test_who_undoes_a_run_that_changed_nothing_is_told_the_restore_that_can_be(
    tmp_path: Path,
) -> None:
    past = Past(tmp_path)
    backup = past.run("backup", START, end="complete")
    with pytest.raises(PryvTuiError, match="it was not a restore \\(backup\\)") as refused:
        _plan(past, backup)
    assert refused.value.remedy.endswith("pryv-tui runs")
    restore = past.run(
        "restore",
        past.aside("core", "20260102T000000Z-restore-0000", mark=False),
        end="complete",
        set_id="SET",
    )
    with pytest.raises(PryvTuiError) as refused:
        _plan(past, backup)
    assert refused.value.remedy.endswith(f"pryv-tui undo {restore}")
