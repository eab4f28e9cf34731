"""Kill the worker of a sandbox drill wherever it is: the platform is what it was, the sandbox is
collected, and the record says that it was broken off.

`python -m tests.kill.campaign --drill [STEP]` kills as each step begins and as it ends, at every
STEPth event, and while the sandbox's files go, on practice, where somebody signs up meanwhile. With
`--real` it does so on a real engine that takes writes: at the steps with containers, and with
services at each of them. Where every step is meant, it counts the kills by step, and fails where
one of them was missed.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from pryv_tui.cli.main import cli
from pryv_tui.hosts.sandbox.labels import DRILL, PREFIX
from pryv_tui.operations.drilling.facts import Fingerprint
from pryv_tui.operations.drilling.places import FOLDER
from pryv_tui.operations.settings.resolve import Settings, resolve_settings
from pryv_tui.operations.site import Site, open_site
from pryv_tui.operations.steps.drilling.fingerprint import different, fingerprint
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.record.events import RunFinished, RunStarted, StepFinished, StepStarted
from pryv_tui.runs.record.history import WORKER, RunRecord
from pryv_tui.runs.record.journal import JournalReader
from pryv_tui.runs.start import start_run
from tests.helpers import copied
from tests.kill.killing import wait


class Drilled:
    """A platform with a set, whose drill is killed again and again; which one, a subclass says."""

    settings: Settings
    given: tuple[str, ...]
    """What names the platform on a command line."""

    def __init__(self) -> None:
        self.kills = 0
        self.depth = "data"
        self.outcomes: dict[str, int] = {}
        self.by_step: Counter[str] = Counter()
        """How many kills met each step, by its id: while it went on, or right after it."""
        if not self.site.vault.sets():
            end = wait(start_run(self.settings, "backup"))
            assert end is not None and end.exit == 0, end
        self.set = self.site.vault.resolve("latest").id
        self.steps: list[str] = []
        """The ids of a drill's steps, from the last one that began."""

    @property
    def site(self) -> Site:
        return open_site(self.settings)

    def contents(self) -> dict[str, Any]:
        """All that the live platform holds, and which of its containers run."""
        raise NotImplementedError

    def beside(self, record: RunRecord) -> tuple[RunFinished | None, dict[str, Any]]:
        """Somebody writes to the platform while the drill goes on: how that ended (None: it was
        killed), and what the platform holds from then on."""
        raise NotImplementedError

    def type(self, *words: str) -> Result:
        return CliRunner().invoke(cli, [*words, *self.given])

    def fingerprint(self) -> Fingerprint:
        site = self.site
        return fingerprint(site, site.discover(), "before")

    def left(self) -> list[str]:
        """What of any drill is still there."""
        site = self.site
        names = [
            one.name
            for host in site.hosts
            for one in host.engine.containers()
            if DRILL in one.labels or one.name.startswith(PREFIX)
        ]
        return names + [str(one) for one in (site.state / FOLDER).glob("*")]

    def one(self, at: int, when: str) -> bool:
        """One kill and what follows; False where the drill ended before it."""
        before = self.fingerprint()
        worker = (sys.executable, "-m", "tests.kill.worker", str(at), when)
        record = start_run(self.settings, "drill", set_id=self.set, depth=self.depth, worker=worker)
        end, holds = self.beside(record)
        context = (at, when, record.id)
        if end is not None:
            assert (end.outcome, end.exit) == ("complete", 0), (context, end)
            return False
        # A worker that never came was killed nowhere.
        assert (Path(record.folder) / WORKER).exists(), context
        self.kills += 1
        self._see_steps(Path(record.journal))
        assert different(before, self.fingerprint()) == [], context
        assert self.contents() == holds, context
        said = self.type("recover")
        assert said.exit_code == 0, (context, said.output)
        assert self.left() == [], context
        told = self.type("drill", "list", "--json")
        assert told.exit_code == 0, (context, told.output)
        listed = {one["id"]: one for one in json.loads(told.stdout)}
        assert record.id in listed, (context, said.output, list(listed))
        mine = listed[record.id]
        assert mine["outcome"] == "broken off", (context, mine)
        self.outcomes[mine["outcome"]] = self.outcomes.get(mine["outcome"], 0) + 1
        assert different(before, self.fingerprint()) == [], context
        assert self.contents() == holds, context
        return True

    def _see_steps(self, journal: Path) -> None:
        met = BEFORE
        for event in JournalReader(journal).read():
            if isinstance(event, RunStarted):
                self.steps = [one.step for one in event.plan] or self.steps
            elif isinstance(event, StepStarted | StepFinished):
                met = event.step
        self.by_step[met] += 1

    def counted(self) -> str:
        """The kills by step, in the order of the plan.

        Raises:
            AssertionError: a step of the plan was never met.
        """
        assert self.steps
        missed = [step for step in self.steps if not self.by_step[step]]
        assert not missed, f"no kill met {missed}"
        order = sorted(self.by_step, key=lambda one: (one != BEFORE, one))
        lines = [f"    {self.by_step[step]:3} {step}" for step in order]
        self.by_step.clear()
        return "\n".join([f"  kills by step, at the depth {self.depth}:", *lines])

    def everywhere(self, when: str, *, step: int = 1, first: int = 1) -> int:
        """At every STEPth place of a kind, until a drill comes to its end; how many kills."""
        before, at = self.kills, first
        while self.one(at, when):
            at += step
        return self.kills - before

    def at_step(self, part: str, when: str = "step") -> None:
        """As the step begins (or ended) in whose id this stands."""
        at = next(n for n, step in enumerate(self.steps, 1) if part in step)
        assert self.one(at, when), (part, when)


class OnPractice(Drilled):
    """The same on a practice platform, where somebody signs up during each drill."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "platform"
        copied.with_set(self.folder, users=3, attachments=4)
        self.settings = resolve_settings(practice=str(self.folder), environment={})
        self.given = ("--practice", str(self.folder))
        super().__init__()

    def contents(self) -> dict[str, Any]:
        return PracticePlatform.open(self.folder).contents()

    def beside(self, record: RunRecord) -> tuple[RunFinished | None, dict[str, Any]]:
        PracticePlatform.open(self.folder).grow(users=1, attachments=1)
        holds = self.contents()
        return wait(record), holds


def drill_campaign(folder: Path, step: int = 1) -> Iterator[tuple[str, int]]:
    """Every step, as it begins and as it ends, every STEPth event, and while its files go."""
    drilled = OnPractice(folder)
    yield "sandbox drill: as each step begins", drilled.everywhere("step")
    yield "sandbox drill: as each step has ended", drilled.everywhere("ended")
    yield "sandbox drill: before an event", drilled.everywhere("before", step=5 * step)
    yield "sandbox drill: after an event", drilled.everywhere("after", step=5 * step, first=3)
    yield "sandbox drill: as its files go", drilled.everywhere("unlink", step=60 * step)
    print(drilled.counted())
    drilled.depth = "services"
    yield "drill with services: as each step begins", drilled.everywhere("step", step=step)
    yield "drill with services: after an event", drilled.everywhere("after", step=15 * step)
    if step == 1:
        print(drilled.counted())
    print(f"  on record as: {drilled.outcomes}")


BEFORE = "(before the first step)"
