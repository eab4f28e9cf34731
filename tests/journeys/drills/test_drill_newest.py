"""A drill of the newest set is of the one that is newest when it begins, not when it was asked for:
what a run does is settled by its worker, after any wait."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pryv_tui.cli.base.telling import Narrator
from pryv_tui.drills.record.closing import close_drill
from pryv_tui.operations.guards import drill as guards
from pryv_tui.operations.guards.line import GuardLine, failed
from pryv_tui.operations.site import open_site
from pryv_tui.runs.cancelling import outlook, outlook_of
from pryv_tui.runs.record.events import (
    AnyEvent,
    Note,
    PhaseNoted,
    RunPlanned,
    RunStarted,
    SandboxPlanned,
    StepStarted,
)
from pryv_tui.runs.record.history import all_runs, read_run
from pryv_tui.runs.record.journal import JournalReader
from pryv_tui.runs.start import start_run
from pryv_tui.tui.text.run_model import RunModel
from tests.journeys.drills.busy import BACKUP, Busy
from tests.journeys.drills.rehearsed import Rehearsed, end, rehearsed, untouched
from tests.kill.killing import wait

__all__ = ["rehearsed", "untouched"]


@pytest.fixture
def busy(rehearsed: Rehearsed) -> Iterator[Busy]:
    made = Busy(rehearsed.settings)
    yield made
    made.end()
    shutil.rmtree(Path(rehearsed.settings.state) / "runs" / BACKUP)


class Meanwhile:
    """While a drill waits, something becomes of the vault; then what it waits for is over."""

    def __init__(
        self, rehearsed: Rehearsed, busy: Busy, act: Callable[[Meanwhile], None] | None
    ) -> None:
        self.rehearsed, self.busy, self._act = rehearsed, busy, act
        self.vault = open_site(rehearsed.settings).vault
        self.taken = ""
        """The set that was made meanwhile."""
        self.said: list[str] = []
        """What is known of the set of the run while it waits."""

    def take(self) -> None:
        done = self.rehearsed.type("backup", "--quiet")
        assert done.exit_code == 0, done.output
        self.taken = self.vault.resolve("latest").id

    def __call__(self, event: AnyEvent) -> bool:
        if isinstance(event, Note) and event.text.startswith("waits since ") and self.busy.goes_on:
            state = Path(self.rehearsed.settings.state)
            (run,) = [r for r in all_runs(state) if (r.kind, r.state) == ("drill", "running")]
            self.said.append(run.set)
            if self._act is not None:
                self._act(self)
            self.busy.end()
        return False

    def forget(self) -> None:
        if self.taken:
            shutil.rmtree(self.vault.folder / self.taken)


def planned(events: list[AnyEvent]) -> list[str]:
    """The sets of the plans that were told, in turn."""
    return [one.set for one in events if isinstance(one, RunStarted)]


def test_the_set_that_is_made_while_it_waits_is_drilled(
    rehearsed: Rehearsed,
    busy: Busy,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    meanwhile = Meanwhile(rehearsed, busy, Meanwhile.take)
    events = rehearsed.drill(monkeypatch, wait=600.0, latest=True, cancel=meanwhile)
    last, new = end(events), meanwhile.taken
    try:
        assert (last.outcome, last.exit) == ("complete", 0), last
        assert last.warnings == [] and f"The set {new} was restored" in last.what
        # While it waited no set was named: which it would be was not known.
        assert planned(events) == ["", new] and meanwhile.said == [""]
        first, late = [one for one in events if isinstance(one, RunStarted)]
        assert first.plan == [] and isinstance(late, RunPlanned) and late.plan
        (sandbox,) = [one.sandbox for one in events if isinstance(one, SandboxPlanned)]
        assert sandbox.set == new
        run = read_run(Path(rehearsed.settings.state) / "runs" / last.run)
        assert run is not None and run.set == new
        # Who watches is told once, in a line, on every way.
        line = f"the newest set is now {new}; when this drill was requested, it was {rehearsed.set}"
        model = RunModel()
        shown = [one.text for one in model.fold(events)]
        assert [one.strip(" ·") for one in shown if new in one and rehearsed.set in one] == [line]
        assert model.set_id == new and [one.view for one in model.steps] == late.plan
        assert model.began and model.started is not None and model.started.time == first.time
        narrator = Narrator()
        for event in events:
            narrator.tell(event)
        said = capsys.readouterr().out
        assert said.count(line) == 1
        # On record: which set, and why that one.
        record = close_drill(rehearsed.settings, last.run).record
        assert record.passed, record.outcome_why
        assert (record.set.id, record.set.chosen) == (new, "newest")
        assert record.set.newest_when_asked == rehearsed.set
        assert not [one.why for one in record.objectives.stores if not one.timeless and one.why]
        assert rehearsed.set not in " ".join(record.plan.scope)
        report = rehearsed.type("drill", "report", last.run).stdout
        assert (
            f"the newest one when it began; {rehearsed.set} was the newest when the drill was"
            " requested"
        ) in report
    finally:
        meanwhile.forget()


def test_a_named_set_is_drilled_whatever_is_newer_by_then(
    rehearsed: Rehearsed, busy: Busy, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile = Meanwhile(rehearsed, busy, Meanwhile.take)
    events = rehearsed.drill(monkeypatch, wait=600.0, cancel=meanwhile)
    meanwhile.forget()
    assert end(events).outcome == "complete" and planned(events) == ["", rehearsed.set]
    assert meanwhile.said == [rehearsed.set]
    record = close_drill(rehearsed.settings, end(events).run).record
    assert (record.set.id, record.set.chosen) == (rehearsed.set, "named")
    assert record.set.newest_when_asked == ""


def test_where_no_newer_one_was_made_nothing_is_told_of_one(
    rehearsed: Rehearsed, busy: Busy, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = rehearsed.drill(
        monkeypatch, wait=600.0, latest=True, cancel=Meanwhile(rehearsed, busy, None)
    )
    assert (end(events).outcome, end(events).warnings) == ("complete", [])
    assert not [one for one in events if isinstance(one, Note) and "newest" in one.text]
    record = close_drill(rehearsed.settings, end(events).run).record
    assert (record.set.chosen, record.set.newest_when_asked) == ("newest", "")


def test_the_newest_set_is_looked_for_by_the_worker_without_a_wait_too(
    rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between who asks and who does it another backup may have come to its end."""
    assert rehearsed.type("backup", "--quiet").exit_code == 0
    vault = open_site(rehearsed.settings).vault
    newer = vault.resolve("latest").id
    assert newer != rehearsed.set
    try:
        events = rehearsed.drill(monkeypatch, latest=True)
        assert planned(events) == [newer]
        assert close_drill(rehearsed.settings, end(events).run).record.set.id == newer
    finally:
        shutil.rmtree(vault.folder / newer)


def test_the_set_of_before_may_be_gone_by_then(
    rehearsed: Rehearsed, busy: Busy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A backup that prunes after itself removes the set that was the newest one."""

    def replaced(meanwhile: Meanwhile) -> None:
        meanwhile.take()
        shutil.move(meanwhile.vault.folder / rehearsed.set, tmp_path / rehearsed.set)

    meanwhile = Meanwhile(rehearsed, busy, replaced)
    events = rehearsed.drill(monkeypatch, wait=600.0, latest=True, cancel=meanwhile)
    shutil.move(tmp_path / rehearsed.set, meanwhile.vault.folder / rehearsed.set)
    meanwhile.forget()
    assert (end(events).outcome, planned(events)[-1]) == ("complete", meanwhile.taken), end(events)


def test_a_named_set_that_is_gone_by_then_is_refused_and_nothing_was_made(
    rehearsed: Rehearsed, busy: Busy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def gone(meanwhile: Meanwhile) -> None:
        shutil.move(meanwhile.vault.folder / rehearsed.set, tmp_path / rehearsed.set)

    meanwhile = Meanwhile(rehearsed, busy, gone)
    events = rehearsed.drill(monkeypatch, wait=600.0, cancel=meanwhile)
    shutil.move(tmp_path / rehearsed.set, meanwhile.vault.folder / rehearsed.set)
    last = end(events)
    assert last.exit != 0 and rehearsed.set in last.what and "Nothing was changed" in last.what
    assert not [one for one in events if isinstance(one, SandboxPlanned)]
    record = close_drill(rehearsed.settings, last.run).record
    assert record.not_made and not record.passed


def test_room_is_asked_for_the_set_that_is_drilled(
    rehearsed: Rehearsed, busy: Busy, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = guards._room_line
    before = open_site(rehearsed.settings).vault.resolve(rehearsed.set).need("read").bytes

    def tight(folder: Path, needed: int) -> GuardLine:
        if needed > before + (1 << 19):
            return failed("space", f"{needed} bytes are too many", "Free some")
        return room(folder, needed)

    monkeypatch.setattr(guards, "_room_line", tight)

    def larger(meanwhile: Meanwhile) -> None:
        (more,) = (rehearsed.folder / "hosts").glob("*/root/pryv/core/data")
        (more / "more").write_bytes(os.urandom(1 << 20))
        meanwhile.take()
        (more / "more").unlink()

    meanwhile = Meanwhile(rehearsed, busy, larger)
    events = rehearsed.drill(monkeypatch, wait=600.0, latest=True, cancel=meanwhile)
    meanwhile.forget()
    last = end(events)
    assert (last.outcome, last.exit) == ("refused", 4), last
    assert "bytes are too many" in last.what, "the room of the set of before was asked for"
    record = close_drill(rehearsed.settings, last.run).record
    assert record.outcome == "refused" and record.not_made
    assert (record.set.id, record.set.newest_when_asked) == (meanwhile.taken, rehearsed.set)


def test_one_that_ends_while_it_waits_names_no_set(
    rehearsed: Rehearsed, busy: Busy, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    def waits(event: AnyEvent) -> bool:
        if not (isinstance(event, Note) and event.text.startswith("waits since ")):
            return False
        state = Path(rehearsed.settings.state)
        (run,) = [r for r in all_runs(state) if (r.kind, r.state) == ("drill", "running")]
        told.append(outlook_of(run).whole)
        return True

    events = rehearsed.drill(monkeypatch, wait=600.0, latest=True, cancel=waits)
    last = end(events)
    assert (last.outcome, last.exit) == ("cancelled", 130)
    # Of what a cancel would leave no sandbox is spoken that is not there; later it is.
    assert told == ["It is only waiting: there is no sandbox yet, and it ends at once."]
    assert (
        outlook("drill", [*events[:1], StepStarted(step="01", title="x", command=[])]).whole
        != (told[0])
    )
    assert last.what == "it was cancelled while it waited. Nothing was changed."
    # What is advised means the newest set of that later moment.
    assert [one for one in last.next if one.endswith("drill run --wait 10m")], last.next
    record = close_drill(rehearsed.settings, last.run).record
    assert (record.outcome, record.set.id) == ("broken off", "") and record.not_made
    assert rehearsed.set not in " ".join(record.plan.scope)


def test_one_that_is_killed_while_it_waits_is_on_record_and_names_no_set(
    rehearsed: Rehearsed, busy: Busy
) -> None:
    # Its start, that it waits from then on, and for what.
    worker = (sys.executable, "-m", "tests.kill.worker", "3", "after")
    asked = {"set_id": rehearsed.set, "latest": True, "wait": 600.0}
    record = start_run(rehearsed.settings, "drill", worker=worker, **asked)
    assert wait(record) is None
    (started, *more) = JournalReader(record.journal).read()
    assert isinstance(started, RunStarted) and (started.set, started.plan) == ("", [])
    assert [type(one) for one in more] == [PhaseNoted, Note]
    told = rehearsed.type("drill", "list", "--json")
    assert {one["id"]: one["outcome"] for one in json.loads(told.stdout)}[record.id] == "broken off"
    known = close_drill(rehearsed.settings, record.id).record
    assert known.not_made and known.disposal.made is False and known.set.id == ""
    assert rehearsed.set not in " ".join(known.plan.scope)
