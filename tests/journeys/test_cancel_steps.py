"""A cancel in each step of a backup, a restore and an undo: what was stopped runs again, what was
there before is there, and nothing half-done counts as done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest

from pryv_tui.operations.kinds import backup, restore, undo
from pryv_tui.operations.plan import PlanKind
from pryv_tui.operations.root.marker import read_marker
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.operations.site import Site, open_site
from pryv_tui.runs.cancelling import LAST, TO_ITS_END, outlook
from pryv_tui.runs.left import left_behind
from pryv_tui.runs.record.events import AnyEvent, Output, ProgressMade, RunFinished, StepStarted
from pryv_tui.runs.record.history import all_runs
from pryv_tui.runs.record.journal import JournalReader
from tests.helpers import copied
from tests.journeys.performing import perform
from tests.suite.turns import parts

When = Literal["begin", "middle"]
DUMP = b"an operator's own dump"


class Practice:
    """A platform with a set and some life since, on which runs are cancelled."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.platform = copied.new(folder / "p", users=2, attachments=2)
        self.settings = resolve_settings(practice=str(folder / "p"), environment={})
        self.monkeypatch = monkeypatch
        self.root = folder / "p/hosts/single/root"
        (self.root / "pryv/mongodb/backup/by-hand").mkdir()
        (self.root / "pryv/mongodb/backup/by-hand/old.bson").write_bytes(DUMP)
        self.count = 0
        assert self.run("backup").outcome == "complete"
        (found,) = self.site.vault.sets()
        self.set_id = found.id
        # Dumps that an operator made by hand are no part of a set.
        self.of_set = {**self.facts(), "dump": []}
        self.platform.grow(users=1, attachments=1)
        self.lived = self.facts()
        assert not self.lived["sees another folder"]

    @property
    def site(self) -> Site:
        return open_site(self.settings)

    def run(
        self, kind: PlanKind, cancel: Callable[[AnyEvent], bool] | None = None, **more: Any
    ) -> RunFinished:
        """Perform a run in this process, by the worker's own code; cancelled by the signal that
        `cancel` sends, right after the first event of which `cancel` says so."""
        self.count += 1
        self.cancelled_at = 0

        def asked(event: AnyEvent) -> bool:
            self.cancelled_at += 1
            return cancel is not None and cancel(event)

        name = f"20260101T{self.count:06}Z-{kind}"
        last = perform(self.settings, name, kind, self.monkeypatch, cancel=asked, **more)[-1]
        assert isinstance(last, RunFinished)
        return last

    def undo(self, cancel: Callable[[AnyEvent], bool] | None = None) -> RunFinished:
        """Undo the last restore."""
        restores = [run.id for run in all_runs(self.site.state) if run.kind == "restore"]
        return self.run("undo", cancel, undone_run=restores[-1])

    def told(self) -> str:
        """What was said that a cancel would do, at the moment when the last run was cancelled."""
        record = all_runs(self.site.state)[-1]
        events = JournalReader(record.journal).read()
        return outlook(record.kind, events[: self.cancelled_at]).whole

    def facts(self) -> dict[str, Any]:
        """What the platform holds, what runs and would run, and an operator's own dump."""
        engines = {host.name: host.engine for host in self.site.hosts}
        containers = [(name, c) for name, engine in engines.items() for c in engine.containers()]
        return {
            **self.platform.contents(),
            "containers": {(host, c.name): (c.state, c.restart_policy) for host, c in containers},
            "programs": {
                c.name: engines[host].processes(c.name) for host, c in containers if c.running
            },
            "sees another folder": [
                (host, c.name, mount.destination)
                for host, c in containers
                for mount in c.mounts
                if engines[host].shows(c.name, mount) is False
            ],
            "dump": [p.read_bytes() for p in self.root.glob("pryv/mongodb/backup/by-hand/*")],
        }

    def partials(self) -> int:
        return sum(found.state == "partial" for found in self.site.vault.sets())

    def check_settled(self) -> None:
        site = self.site
        deployment = site.discover()
        assert not left_behind(site, deployment)
        assert [read_marker(state.root_path) for state in deployment.hosts] == [None]


@pytest.fixture
def practice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Practice:
    return Practice(tmp_path, monkeypatch)


def moments(practice: Practice) -> list[tuple[str, When]]:
    """Each step of the last run: in its middle, where it prints or counts; else at its begin."""
    events = JournalReader(all_runs(practice.site.state)[-1].journal).read()
    busy = {event.step for event in events if isinstance(event, Output | ProgressMade)}
    return [
        (event.step.partition("-")[2], "middle" if event.step in busy else "begin")
        for event in events
        if isinstance(event, StepStarted)
    ]


def in_step(step: str, when: When) -> Callable[[AnyEvent], bool]:
    def tells(event: AnyEvent) -> bool:
        kinds = StepStarted if when == "begin" else Output | ProgressMade
        return isinstance(event, kinds) and event.step.partition("-")[2] == step

    return tells


@parts(3)
def test_a_backup(practice: Practice, part: slice) -> None:
    assert practice.run("backup").outcome == "complete"
    outcomes = []
    steps = moments(practice)
    whole = [step for step, _ in steps].index("complete-set")
    for number, (step, when) in list(enumerate(steps))[part]:
        sets = [found.id for found in practice.site.vault.sets() if found.state == "complete"]
        end = practice.run("backup", in_step(step, when))
        outcomes.append((number < whole, (end.outcome, end.exit)))
        assert practice.facts() == practice.lived, step
        practice.check_settled()
        complete = [found.id for found in practice.site.vault.sets() if found.state == "complete"]
        assert complete == sets + [end.set] * (end.set != ""), step
        assert (end.set != "") == (number >= whole), "from then on it is one"
        told = practice.told()
        assert told.startswith(backup.WHOLE if number > whole else backup.LET_GO), step
        assert (backup.COMPLETING in told) == (number == whole), step
        assert practice.partials() >= (0 < number < whole), step
    assert {end for before, end in outcomes if before} == {("cancelled", 130)}
    assert {end for before, end in outcomes if not before} <= {("cancelled", 130), ("complete", 0)}


def test_a_restore(practice: Practice) -> None:
    assert practice.run("restore", set_id=practice.set_id).outcome == "complete"
    steps = moments(practice)
    practice.undo()
    outcomes = []
    for step, when in steps:
        end = practice.run("restore", in_step(step, when), set_id=practice.set_id)
        outcomes.append((end.outcome, end.exit))
        if end.outcome == "cancelled":
            assert practice.facts() == practice.lived, step
            assert "half-restored" not in " ".join(end.remains), step
            undone = practice.root / ".pryv-tui/undone" / all_runs(practice.site.state)[-1].id
            if undone.is_dir() and step != "move-aside-single":
                # Till the mark goes a cancel is heard, as in every watch; it may come too late.
                closes = f" {LAST}" if step == restore.CLOSES else ""
                assert practice.told() == restore.AFTER + closes, step
            else:
                assert practice.told() == restore.BEFORE, step
        else:
            assert LAST in practice.told()
            assert practice.facts() == practice.of_set, step
            practice.undo()
        practice.check_settled()
    # Nothing is left to cancel in the look after it: that look alone ends, and what it did not come
    # to needs a person.
    assert set(outcomes[:-1]) == {("cancelled", 130)}
    assert outcomes[-1] == ("warnings", 3)


@parts(3)
def test_an_undo(practice: Practice, part: slice) -> None:
    """Cancelled until it puts the first thing back; from then on it goes to its end."""
    assert practice.run("restore", set_id=practice.set_id).outcome == "complete"
    practice.undo()
    outcomes = []
    for step, _when in moments(practice)[part]:
        assert practice.run("restore", set_id=practice.set_id).outcome == "complete"
        end = practice.undo(in_step(step, "begin"))
        outcomes.append(end.outcome)
        told = practice.told()
        # The look at its end is the one part of what comes then that a cancel still ends.
        then = undo.AFTERWARDS if step == "audit-live" else TO_ITS_END
        assert told.startswith(undo.BEFORE if end.outcome == "cancelled" else then), step
        assert practice.facts() == (
            practice.of_set if end.outcome == "cancelled" else practice.lived
        ), step
        practice.check_settled()
        if end.outcome == "cancelled":
            assert end.exit == 130
            assert practice.undo().outcome == "complete"
    # Where it goes to its end the look is what a cancel takes away, and the result says so.
    first = outcomes.index("warnings")
    assert outcomes == ["cancelled"] * first + ["warnings"] * (len(outcomes) - first)
    assert first > 0
