"""What dead runs left, read from their journals and from what lies on the disk."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.discovery import discover
from pryv_tui.operations.advice import Failure, advice_words
from pryv_tui.operations.commands import Typed, in_message
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.kind import kind_of
from pryv_tui.operations.overview.as_json import status_json
from pryv_tui.operations.plan import PlanKind
from pryv_tui.operations.root.marker import Marker, remove_marker, write_marker
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.site import Site
from pryv_tui.runs.left import aftermath, left_behind
from pryv_tui.runs.now import run_that_holds
from pryv_tui.runs.record.events import RunFinished, RunStarted
from pryv_tui.runs.record.history import WORKER, all_runs, mark_of
from pryv_tui.runs.record.journal import JournalWriter
from pryv_tui.runs.record.report import Aftermath, after_lines
from pryv_tui.runs.record.request import NAME as REQUEST
from pryv_tui.runs.recovery import first_look, plan_recovery, start_recovery
from pryv_tui.tui.flows.recover import left_text
from tests.hosts.machines import StillHost, container


class Past:
    """A state folder with runs, over two machines with roots of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.number = 0
        self.hosts = []
        for name in ("core", "register"):
            root = folder / name
            (root / f"pryv/{name}/conf").mkdir(parents=True)
            stopped = container(name, root=str(root), state="exited")
            self.hosts.append(StillHost(name, [stopped], root=root))
        self.settings = Settings(
            vault=str(folder / "vault"), state=str(folder / "state"), practice=str(folder)
        )
        self.site = Site(self.settings, tuple(self.hosts))

    def run(
        self,
        kind: PlanKind,
        *owed: Owed,
        end: str = "",
        settled: tuple[Owed, ...] = (),
        alive: bool = False,
        failure: Failure | None = None,
        **more: Any,
    ) -> str:
        self.number += 1
        run = f"2026010{self.number}T000000Z-{kind}-0000"
        folder = self.folder / "state/runs" / run
        folder.mkdir(parents=True)
        request = kind_of(kind)(
            run=run, settings=self.settings, asked=f"2026-01-0{self.number}", **more
        )
        (folder / REQUEST).write_bytes(msgspec.json.encode(request))
        mark = mark_of(os.getpid())
        assert mark is not None
        dead = msgspec.structs.replace(mark, boot="an earlier boot")
        (folder / WORKER).write_bytes(msgspec.json.encode(mark if alive else dead))
        journal = JournalWriter(folder, run)
        journal.write(RunStarted(kind=kind, roles=[], plan=[], pid=1))
        for one in owed:
            journal.owe(one)
        for one in settled:
            journal.settle(one)
        if end:
            journal.write(RunFinished(outcome=end, exit=0, failure=failure))  # type: ignore[arg-type]
        return run

    def aside(self, host: str, run: str, *, there: bool = True, mark: bool = True) -> Owed:
        root = self.folder / host
        where = root / ".pryv-tui/aside" / run
        if there:
            where.mkdir(parents=True)
        if mark:
            (root / ".pryv-tui").mkdir(exist_ok=True)
            write_marker(root, Marker(run=run, set_id="SET", started="then", aside=str(where)))
        return Owed(kind="aside", host=host, what=str(root), where=str(where))

    def settle(self, host: str) -> None:
        """What the end of an undo leaves of a mark, and of what lies aside."""
        remove_marker(self.folder / host)
        for folder in (self.folder / host / ".pryv-tui/aside").iterdir():
            folder.rmdir()

    def left(self) -> list[tuple[str, dict[str, str], str]]:
        found = left_behind(self.site, discover(self.hosts))
        return [(one.run, dict(one.choices), one.default) for one in found]

    def told(self) -> list[str]:
        """What needs a person, as `status` says it."""
        return [item.text for item in first_look(self.site).overview.attention]


START = Owed(kind="start", host="core", what="pryvio_core")


def test_nothing_is_left_by_what_ended_or_settled(tmp_path: Path) -> None:
    past = Past(tmp_path)
    assert past.left() == []
    past.run("backup", START, end="complete")
    past.run("backup", START, settled=(START,))
    past.run("backup")
    assert past.left() == []


def test_a_backup_that_died_is_rolled_back_and_nothing_else(tmp_path: Path) -> None:
    past = Past(tmp_path)
    run = past.run("backup", START)
    found = past.left()
    assert [(one[0], set(one[1]), one[2]) for one in found] == [(run, {"roll-back"}, "roll-back")]
    left = left_behind(past.site, discover(past.hosts))[0]
    with pytest.raises(PryvTuiError) as caught:
        start_recovery(past.site, left, "finish")
    assert caught.value.name == "refused"


def test_a_restore_that_died_without_its_set_can_only_be_rolled_back(tmp_path: Path) -> None:
    past = Past(tmp_path)
    owed = past.aside("core", "20260101T000000Z-restore-0000")
    run = past.run("restore", START, owed, set_id="20250101T000000Z")
    assert [(one[0], set(one[1]), one[2]) for one in past.left()] == [
        (run, {"roll-back"}, "roll-back")
    ]


def test_a_later_whole_restore_of_that_root_settles_it(tmp_path: Path) -> None:
    past = Past(tmp_path)
    owed = past.aside("core", "20260101T000000Z-restore-0000")
    run = past.run("restore", START, owed, set_id="20250101T000000Z")
    past.run("undo", end="complete", undone_run=run)
    assert [one[0] for one in past.left()] == [run], "the root says that it is half-way"
    past.settle("core")
    assert past.left() == []


def test_a_later_restore_of_another_machine_does_not_hide_it(tmp_path: Path) -> None:
    past = Past(tmp_path)
    owed = past.aside("core", "20260101T000000Z-restore-0000")
    run = past.run("restore", START, owed, set_id="20250101T000000Z")
    other = past.aside("register", "20260102T000000Z-restore-0000", mark=False)
    past.run("restore", other, end="complete", set_id="20250101T000000Z")
    assert [one[0] for one in past.left()] == [run]


def test_an_undo_that_died_between_two_machines_is_finished(tmp_path: Path) -> None:
    past = Past(tmp_path)
    done = past.aside("core", "20260101T000000Z-restore-0000", there=False, mark=False)
    open_ = past.aside("register", "20260101T000000Z-restore-0000", mark=False)
    restore = past.run("restore", done, open_, end="complete", set_id="20250101T000000Z")
    back = Owed(kind="return", host="core", what=done.what, where=done.where)
    # Both are owed before the first is put back.
    other = Owed(kind="return", host="register", what=open_.what, where=open_.where)
    run = past.run("undo", START, back, other, settled=(back,), undone_run=restore)
    found = past.left()
    assert [one[0] for one in found] == [run]
    assert "finish" in found[0][1]


def test_nothing_is_started_on_a_half_restored_root(tmp_path: Path) -> None:
    """A restore that went on with another's died before it came to the root: what it had stopped
    must not be started there."""
    past = Past(tmp_path)
    first = past.run("restore", START, past.aside("core", "FIRST"), end="failed", set_id="SET")
    second = past.run("restore", START, set_id="SET", continues=first, recovers=first)
    assert [run for run, _, _ in past.left()] == [first]
    assert second != first


def test_what_a_run_that_goes_on_holds_is_no_fault(tmp_path: Path) -> None:
    past = Past(tmp_path)
    assert [t for t in past.told() if "pryvio_" in t] == [
        "core: pryvio_core is exited.",
        "register: pryvio_register is exited.",
    ]
    run = past.run("backup", START, alive=True)
    told = past.told()
    assert told[0] == f"The backup {run} is running."
    # Only what it wrote down is its doing; the other machine's container is still a fault.
    assert [t for t in told if "pryvio_" in t] == ["register: pryvio_register is exited."]
    assert not [t for t in told if "no backup set yet" in t]


def test_a_run_that_let_a_container_go_explains_nothing(tmp_path: Path) -> None:
    past = Past(tmp_path)
    past.run("backup", START, settled=(START,), alive=True)
    assert "core: pryvio_core is exited." in past.told()


def test_the_root_that_a_restore_replaces_is_not_told_as_half_restored(tmp_path: Path) -> None:
    past = Past(tmp_path)
    owed = past.aside("core", "20260101T000000Z-restore-0000")
    past.aside("register", "20250101T000000Z-restore-1111")
    run = past.run("restore", START, owed, set_id="20250101T000000Z", alive=True)
    told = past.told()
    assert told[0] == f"The restore {run} is running."
    halves = [t for t in told if "half-restored" in t]
    assert len(halves) == 1
    assert halves[0].startswith("register")
    aside = ("content moved aside", "the folder into which the run")
    assert not [t for t in told if t.startswith(tuple(f"core: {words}" for words in aside))]
    assert [t for t in told if t.startswith("register: the folder into which the run")]


def test_what_a_dead_run_left_is_said_once_not_by_each_of_its_traces(tmp_path: Path) -> None:
    past = Past(tmp_path)
    owed = past.aside("core", "20260101T000000Z-restore-0000")
    run = past.run("restore", START, owed, set_id="20250101T000000Z")
    told = past.told()
    assert told[0].startswith(f"The restore {run} died half-way: ")
    assert re.search(r"Down since 20[-0-9]+ [:0-9]+ UTC: pryvio_core\.$", told[0])
    # The other machine's container is not of its doing.
    assert [t for t in told[1:] if "pryvio_" in t or "half-restored" in t] == [
        "register: pryvio_register is exited."
    ]


def test_a_recovery_is_planned_as_it_would_be_started(tmp_path: Path) -> None:
    past = Past(tmp_path)
    past.run("backup", START)
    look = first_look(past.site)
    (left,) = look.left
    assert not left.replaces
    plan = plan_recovery(past.site, look.overview.deployment, left)
    assert plan.kind == "recover"
    assert [view.host for view in plan.views()] == ["core"]
    with pytest.raises(PryvTuiError):
        plan_recovery(past.site, look.overview.deployment, left, "finish")


def test_a_check_that_goes_on_hides_nothing(tmp_path: Path) -> None:
    """It holds no platform: what an earlier run left is said, and what holds it is said first."""
    past = Past(tmp_path)
    run = past.run("backup", START)
    check = past.run("verify", alive=True)
    assert [one[0] for one in past.left()] == [run]
    assert any(f"The verify {check} is running." in text for text in past.told())
    going_on = past.run("backup", alive=True)
    past.run("verify", alive=True)
    assert past.left() == []
    assert past.told()[0] == f"The backup {going_on} is running."
    assert run_that_holds(past.site.state, "core", "pryvio_core") == ""


def test_nor_who_has_stopped_a_container(tmp_path: Path) -> None:
    past = Past(tmp_path)
    past.run("stop", START, alive=True)
    past.run("verify", alive=True)
    assert run_that_holds(past.site.state, "core", "pryvio_core") == "stop"


# -- one advice in each place --------------------------------------------------------------------


def places(past: Past, run: str) -> dict[str, Any]:
    """The advice about what a run left, as each place has it that tells of it."""
    look = first_look(past.site)
    deployment = discover(past.hosts)
    (item,) = [one for one in look.overview.attention if one.advice is not None]
    record = next(one for one in all_runs(past.site.state) if one.id == run)
    shown = status_json(look.overview)["attention"]
    return {
        "dialog": look.left[0].advice,
        "attention": item.advice,
        "status": next(one["advice"] for one in shown if "advice" in one),
        "result": aftermath(past.site, deployment, record).advice,
        "recover": left_behind(past.site, deployment)[0].advice,
    }


def test_all_places_have_one_advice(tmp_path: Path) -> None:
    past = Past(tmp_path)
    owed = past.aside("core", "20260101T000000Z-restore-0000")
    run = past.run("restore", START, owed, set_id="20250101T000000Z")
    found = places(past, run)
    one = found["recover"]
    assert found.pop("status") == msgspec.to_builtins(one)
    assert all(each == one for each in found.values()), found
    assert [each.choice for each in one.options] == ["roll-back", "leave"]
    assert "20250101T000000Z" in one.because, "why it can't be finished"
    assert "pryvio_core" in one.down
    text = first_look(past.site).overview.attention[0]
    assert (text.text, text.remedy) == (one.text, advice_words(one))
    shown = left_text(first_look(past.site).left[0]).plain
    assert all(part in shown for part in (one.text, one.options[0].cost, one.options[1].cost))


def test_who_tried_since_is_counted_and_told_with_it(tmp_path: Path) -> None:
    """A finish that was refused before it changed anything is a try too."""
    past = Past(tmp_path)
    owed = past.aside("core", "20260101T000000Z-restore-0000")
    full = Failure(error="disk-full", what="no room", remedy="Free space at /x.", like=("copy",))
    first = past.run("restore", START, owed, end="failed", set_id="20250101T000000Z", failure=full)
    undo = Failure(error="refused", what="busy", remedy="Stop it.")
    past.run("undo", end="refused", undone_run=first, recovers=first, failure=undo)
    (left,) = left_behind(past.site, discover(past.hosts))
    assert left.run == first
    assert "the last of 2 tries" in left.advice.why
    assert left.advice.options[0].first == "Stop it."


def test_what_went_on_with_it_is_told_once(tmp_path: Path) -> None:
    past = Past(tmp_path)
    owed = past.aside("core", "20260101T000000Z-restore-0000")
    first = past.run("restore", START, owed, end="failed", set_id="20250101T000000Z")
    second = past.run("restore", START, owed, set_id="20250101T000000Z", continues=first)
    (left,) = left_behind(past.site, discover(past.hosts))
    assert (left.run, [one.run for one in left.earlier]) == (second, [first])
    told = past.told()
    assert len([one for one in told if "half-way" in one]) == 1
    assert not [one for one in told if "moved aside" in one or "is exited" in one][1:]


def test_on_a_root_that_is_not_to_be_seen_nothing_is_started(tmp_path: Path) -> None:
    """Its disk is not mounted: an empty folder is there, or none. What ran must not be started."""
    past = Past(tmp_path)
    owed = past.aside("core", "20260101T000000Z-restore-0000")
    past.run("restore", START, owed, set_id="20250101T000000Z")
    (tmp_path / "core").rename(tmp_path / "elsewhere")
    for there in (False, True):
        if there:
            (tmp_path / "core").mkdir()
        (left,) = left_behind(past.site, discover(past.hosts))
        assert left.choices == {}
        assert "findmnt" in left.advice.because
        assert [one.choice for one in left.advice.options] == ["leave"]
        with pytest.raises(PryvTuiError) as caught:
            start_recovery(past.site, left)
        assert caught.value.name == "refused"
    (tmp_path / "core").rmdir()
    (tmp_path / "elsewhere").rename(tmp_path / "core")
    assert [run for run, choices, _ in past.left() if choices]


def test_what_can_neither_be_finished_nor_rolled_back_begins_with_the_list_of_sets(
    tmp_path: Path,
) -> None:
    past = Past(tmp_path)
    owed = past.aside("core", "20260101T000000Z-restore-0000", there=False)
    past.run("restore", START, owed, set_id="20250101T000000Z")
    (left,) = left_behind(past.site, discover(past.hosts))
    assert left.choices == {}
    assert "the set 20250101T000000Z is not there" in left.advice.because
    shown = [one.rest for one in in_message(left.advice.because) if isinstance(one, Typed)]
    assert shown == ["list"]
    assert "To see the sets: press s on the overview." in left_text(left).plain


@pytest.mark.parametrize("kind", ["backup", "send", "fetch", "verify", "prune", "adopt", "undo"])
def test_who_died_before_it_changed_anything_left_nothing(tmp_path: Path, kind: str) -> None:
    past = Past(tmp_path)
    run = past.run(kind)
    journal = tmp_path / "state/runs" / run / "journal.jsonl"
    for told in (journal.read_bytes(), b""):
        journal.write_bytes(told)
        record = next(one for one in all_runs(past.site.state) if one.id == run)
        assert record.state == "died"
        assert past.left() == []
        after = aftermath(past.site, discover(past.hosts), record)
        assert after == Aftermath()
        assert not any("pryv-tui recover" in line for line in after_lines(kind, "SET", after))


def test_what_a_dead_run_left_is_told_by_its_result(tmp_path: Path) -> None:
    past = Past(tmp_path)
    run = past.run("backup", START)
    record = next(one for one in all_runs(past.site.state) if one.id == run)
    found = aftermath(past.site, discover(past.hosts), record)
    assert found.advice is not None and found.advice.advised == "roll-back"
    going_on = past.run("start", alive=True)
    found = aftermath(past.site, discover(past.hosts), record)
    assert found.advice is None and found.instead.endswith(f"pryv-tui attach {going_on}")
    past = Past(tmp_path / "other")
    run = past.run("backup", START)
    record = next(one for one in all_runs(past.site.state) if one.id == run)
    settled = past.run("recover", end="complete", recovers=run)
    found = aftermath(past.site, discover(past.hosts), record)
    assert found.advice is None and settled in found.instead
