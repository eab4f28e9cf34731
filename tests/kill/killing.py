"""The worker killed at an event of its journal, and what is looked at after it."""

from __future__ import annotations

import random
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec

from pryv_tui.operations.debts import Owed
from pryv_tui.operations.root.aside import still_aside
from pryv_tui.operations.sets.verify import verify_set
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.site import Site, open_site
from pryv_tui.operations.steps.services.hold_platform import HELD
from pryv_tui.platform.gap import AS_USUAL, GapChoices
from pryv_tui.runs.left import Choice, left_behind
from pryv_tui.runs.planning.request import plan_backup, plan_restore
from pryv_tui.runs.record.events import RunFinished
from pryv_tui.runs.record.history import RunRecord, all_runs, debts_of
from pryv_tui.runs.record.journal import JournalReader
from pryv_tui.runs.recovery import start_recovery
from pryv_tui.runs.start import follow, start_run
from pryv_tui.runs.worker.guardian import NAME as GUARDIAN
from tests.kill.worker import MOMENTS

Kind = Literal["backup", "restore", "undo"]
Stopped = Literal["cancelled", "failed"]
STOPPED: tuple[Stopped, ...] = get_args(Stopped)
Form = Literal["single-node", "cluster"]
FORMS: tuple[Form, ...] = ("single-node", "cluster")
RECOVERIES = 9
"""More than one kill can leave behind; a recovery that settles nothing must not go on for ever."""
OPERATORS_DUMP = b"an operator's own dump"


def wait(record: RunRecord) -> RunFinished | None:
    """Follow a run to its end; None if it died."""
    last = None
    for _line, event in follow(record):
        last = event
    return last if isinstance(last, RunFinished) else None


@dataclass
class Killing:
    """A platform with a set, killed again and again; which platform, a subclass says."""

    folder: Path
    form: Form = "single-node"
    gap: GapChoices = AS_USUAL
    """What a backup that is killed does about its gap; the set that is restored does nothing."""
    kills: int = 0
    let_go: int = 0
    """How many of the kills came while something was held."""
    outcomes: dict[str, int] = field(default_factory=dict)

    settings: Settings = field(init=False)
    set_id: str = field(init=False, default="")
    of_set: dict[str, Any] = field(init=False, default_factory=dict)
    lived: dict[str, Any] = field(init=False, default_factory=dict)

    def begin(self) -> None:
        """Take the set, unless the platform came with it, then let life go on, so that a restore
        and its undo differ."""
        if not self.complete_sets():
            self.must_end(lambda: start_run(self.settings, "backup"))
        self.of_set = self.contents()
        self.set_id = self.complete_sets()[0]
        self.live_on()
        self.lived = self.contents()
        assert self.lived != self.of_set

    @property
    def site(self) -> Site:
        return open_site(self.settings)

    def contents(self) -> dict[str, Any]:
        """All that must not get lost, and which containers run."""
        raise NotImplementedError

    def live_on(self) -> None:
        """New accounts and data."""
        raise NotImplementedError

    def check_dumps(self) -> None:
        """Dumps that an operator made by hand are where they were."""
        raise NotImplementedError

    def complete_sets(self) -> list[str]:
        return [s.id for s in self.site.vault.sets() if s.state == "complete"]

    def unkilled(self) -> AbstractContextManager[None]:
        """Where runs are performed that nobody kills: by a worker, as others."""
        return nullcontext()

    def must_end(self, started: Callable[[], RunRecord]) -> RunFinished:
        with self.unkilled():
            record = started()
        end = wait(record)
        printed = Path(record.folder) / "worker.log"
        log = printed.read_text() if printed.exists() else ""
        assert end is not None, log
        assert end.outcome in ("complete", "warnings"), (end, log)
        return end

    def killed(self, kind: Kind, at: int, when: str) -> RunRecord | None:
        """Start a run that is killed at an event; None if it ended before it came to it."""
        record = self._started(kind, at, when)
        if wait(record) is not None:
            return None
        self.kills += 1
        return record

    def _started(self, kind: Kind, at: int, when: str) -> RunRecord:
        """A run with a worker of `tests/kill/worker.py`."""
        asked: dict[str, Any] = {"gap": self.gap}
        if kind == "restore":
            asked = {"set_id": self.set_id}
        elif kind == "undo":
            done = self.must_end(lambda: start_run(self.settings, "restore", set_id=self.set_id))
            asked = {"undone_run": done.run}
        worker = (sys.executable, "-m", "tests.kill.worker", str(at), when)
        return start_run(self.settings, kind, worker=worker, **asked)

    def check_policies(self) -> None:
        """Every container is started by the engine itself again, as it was before."""
        policies = {
            (host.name, container.name): container.restart_policy
            for host in self.site.hosts
            for container in host.engine.containers()
        }
        assert policies
        assert set(policies.values()) == {"always"}, policies

    def check_let_go(self, record: RunRecord) -> None:
        """What the dead worker held is let go by its guardian, before its deadline and before
        anybody recovers."""
        hold = self.gap.hold
        if hold is None:
            return
        container, how = HELD[hold]
        held = [o for o in debts_of(record).owed if (o.kind, o.what) == (how, container)]
        end = time.monotonic() + self.gap.deadline / 2
        while left := self._not_running(container):
            assert time.monotonic() < end, (left, Path(record.folder).name)
            time.sleep(0.05)
        word = Path(record.folder) / GUARDIAN
        while held and not (word.exists() and msgspec.json.decode(word.read_bytes())["done"]):
            if not word.exists() and _all_settled(record, held):
                return  # the worker itself had let go of it
            assert time.monotonic() < end, "the guardian said nothing"
            time.sleep(0.05)
        if held:
            self.let_go += 1
            assert msgspec.json.decode(word.read_bytes())["why"] == "worker gone"

    def _not_running(self, container: str) -> list[str]:
        return [
            f"{found.name} on {host.name}: {found.state}"
            for host in self.site.hosts
            for found in host.engine.containers()
            if found.name == container and not found.running
        ]

    def check_no_half_set(self) -> None:
        site = self.site
        for backup in site.vault.sets():
            if backup.state == "complete":
                assert verify_set(site.vault, backup).outcome == "good", backup.id
            else:
                assert backup.state == "partial"
                shutil.rmtree(backup.path)

    def recover(self, choice: Choice | None) -> None:
        site = self.site
        for _ in range(RECOVERIES):
            found = left_behind(site, site.discover())
            if not found:
                break
            wanted = choice if choice in found[0].choices else None
            end = self.must_end(partial(start_recovery, site, found[0], wanted))
            self.outcomes[end.what] = self.outcomes.get(end.what, 0) + 1
        assert not left_behind(site, site.discover()), "recover leaves nothing to recover"

    def one(self, kind: Kind, at: int, when: str, choice: Choice | None) -> bool:
        """One kill and what follows; False when the run ended before event (or step) `at`."""
        before = self.contents()
        assert before == self.lived
        record = self.killed(kind, at, when)
        if record is None:
            if kind == "restore":
                last = all_runs(self.site.state)[-1].id
                self.must_end(lambda: start_run(self.settings, "undo", undone_run=last))
            assert self.contents() == self.lived
            return False
        self.check_let_go(record)
        self._settle(kind, choice, (kind, at, when, choice, Path(record.folder).name))
        return True

    def stopped(self, kind: Kind, at: int, how: Stopped, choice: Choice | None) -> bool:
        """A run that is cancelled, or fails, as step `at` begins, and what follows; False when it
        ended before that."""
        before = self.contents()
        assert before == self.lived
        record = self._started(kind, at, how)
        end = wait(record)
        assert end is not None, (Path(record.folder) / "worker.log").read_text()
        if end.outcome in ("complete", "warnings"):
            if kind == "restore":
                self._undo_last_restore()
            assert self.contents() == self.lived
            return False
        context = (kind, at, how, choice, end.outcome, record.id)
        assert end.outcome == how, context
        if how == "cancelled":
            assert not left_behind(self.site, self.site.discover()), context
            if kind != "undo":
                assert self.contents() == self.lived, context
        self._settle(kind, choice, context)
        return True

    def _settle(self, kind: Kind, choice: Choice | None, context: tuple[object, ...]) -> None:
        """Recover, see that nothing is lost, and bring back what there was before."""
        self.check_no_half_set()
        self.recover(choice)
        now = self.contents()
        if kind == "backup":
            assert now == self.lived, context
            self.check_dumps()
        elif kind == "restore":
            assert now in (self.lived, self.of_set), context
            if now != self.lived:
                self._undo_last_restore()
        else:
            assert now in (self.lived, self.of_set), context
            if now != self.lived:
                self._undo_last_restore()
        found = self.contents()
        differing = [name for name in found if found[name] != self.lived[name]]
        runs = [(run.id, run.state, run.outcome) for run in all_runs(self.site.state)[-4:]]
        assert found == self.lived, (*context, differing, found, self.lived, runs)
        self.check_dumps()
        self.check_policies()

    def _undo_last_restore(self) -> None:
        """Bring the lived content back, for the next kill; itself a check of undo."""
        for record in reversed(all_runs(self.site.state)):
            asides = [owed for owed in debts_of(record).owed if owed.kind == "aside"]
            # The last one may have died after its last change, before its last word.
            if asides and all(still_aside(Path(owed.where)) for owed in asides):
                self.must_end(partial(start_run, self.settings, "undo", undone_run=record.id))
                return

    def everywhere(
        self, kind: Kind, *, step: int = 1, choice: Choice | None = None, part: slice = slice(None)
    ) -> None:
        """Kill at every so many events; of these places at those of a part."""
        at, step = 1 + step * (part.start or 0), step * (part.step or 1)
        while self.one(kind, at, "after" if at % 2 else "before", choice):
            at += step

    def each_container(self, kind: Kind, *, step: int = 1, choice: Choice | None = None) -> None:
        """Kill before and after every so many containers are stopped, and started."""
        for when in MOMENTS:
            at = 1
            while self.one(kind, at, when, choice):
                at += step

    def steps_of(self, kind: Literal["backup", "restore"]) -> list[str]:
        """The steps of a plan as it would be made now."""
        site = self.site
        deployment = site.discover()
        if kind == "backup":
            plan = plan_backup(site, deployment, gap=self.gap)
        else:
            plan = plan_restore(site, deployment, self.set_id)
        return [step.id for step in plan.steps]

    def each_step(self, kind: Kind, *, first: int = 1, last: int | None = None) -> None:
        """Kill as each step begins, and before the last word."""
        at = first
        while (last is None or at <= last) and self.one(kind, at, "step", None):
            at += 1

    def each_stop(self, kind: Kind, how: Stopped, choice: Choice | None = None) -> int:
        """Cancel, or have it fail, as each step begins; how many there were."""
        at = 1
        while self.stopped(kind, at, how, choice):
            at += 1
        return at - 1

    def at_random(self, kind: Kind, times: int, seed: int = 1) -> None:
        """Kill inside steps, at moments that have nothing to do with the journal."""
        chance = random.Random(seed)
        for _ in range(times):
            before = self.contents()
            assert before == self.lived
            record = start_run(self.settings, kind, set_id=self.set_id if kind == "restore" else "")
            time.sleep(chance.uniform(0.15, 0.9))
            for known in all_runs(self.site.state):
                if known.id == record.id and known.pid and known.state == "running":
                    _kill(known.pid)
            end = wait(record)
            self.kills += end is None
            self.check_no_half_set()
            self.recover(None)
            if self.contents() != self.lived:
                self._undo_last_restore()
            assert self.contents() == self.lived
            self.check_policies()


def _all_settled(record: RunRecord, held: list[Owed]) -> bool:
    debts = debts_of(record)
    return all(owed in debts.settled for owed in held)


def _kill(pid: int) -> None:
    import os
    import signal

    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def events_of(record: RunRecord) -> int:
    return len(JournalReader(record.journal).read())
