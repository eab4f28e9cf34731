"""What a sandbox drill takes beside a bare restore of the same set: `python -m benchmarks.drill`.

Both are measured in turn, in one run, by the ratio of their medians: time, and in runs of their own
memory (the worker and all below it). A drill reads and copies at the lowest priority, so that the
platform goes first: on a machine where others work it takes as long as they do. So the restore is
measured twice, at that priority and at its own, and both ratios are told, each with its name. On a
practice platform, or with `--real` on a single node of the test engines (`tests/real/engine.sh`, as
root), whose containers stop and start as real ones do.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.measure import Taken, run
from pryv_tui.clock import utc_now
from pryv_tui.operations.kind import kind_of
from pryv_tui.operations.plan import PlanKind
from pryv_tui.operations.settings.resolve import Settings, resolve_settings
from pryv_tui.operations.site import open_site
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.record.events import RunFinished, StepFinished
from pryv_tui.runs.record.journal import JournalReader
from pryv_tui.runs.record.request import NAME

TARGET = 1.25
"""Times as long as the restore alone."""
WORKER = (sys.executable, "-P", "-m", "pryv_tui.runs.worker.process")
LOWEST = ["nice", "-n", "19", "ionice", "-c", "3"]
SHOWN = 8
"""Steps that are named, those that took longest first."""


class Measured:
    """A platform with a set, which is restored and drilled in turn."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._runs = 0
        self.took("backup")
        self.set = open_site(settings).vault.resolve("latest").id
        self.journal = Path()
        """Of the last run."""

    def took(
        self,
        kind: PlanKind,
        *,
        memory: bool = False,
        lowest: bool = False,
        within: Sequence[str] = (),
        **more: Any,
    ) -> Taken:
        """One run, performed by its own worker, from its start to its end.

        Args:
            lowest: at the lowest priority, all of it.
            within: the command that runs it (`measure.limited`).
            more: what else it is asked for.
        """
        self._runs += 1
        folder = (
            Path(self.settings.state)
            / "runs"
            / f"{utc_now():%Y%m%dT%H%M%SZ}-{kind}-{self._runs:04x}"
        )
        folder.mkdir(parents=True)
        asked: dict[str, Any] = {} if kind == "backup" else {"set_id": self.set, **more}
        request = kind_of(kind)(run=folder.name, settings=self.settings, **asked)
        (folder / NAME).write_bytes(msgspec.json.encode(request))
        before = [*within, *(LOWEST if lowest else [])]
        # As installed: compiled once, also where this variable would have it done by each process.
        environment = {"PYTHONDONTWRITEBYTECODE": ""}
        taken = run([[*before, *WORKER, str(folder)]], environment, memory=memory, well=(0, 3))
        self.journal = folder / "journal.jsonl"
        (end,) = [e for e in JournalReader(self.journal).read() if isinstance(e, RunFinished)]
        if end.outcome not in ("complete", "warnings"):
            raise SystemExit(f"{kind}: {end.what}")
        return taken

    def longest(self) -> list[str]:
        """The steps of the last run that took longest."""
        steps = [e for e in JournalReader(self.journal).read() if isinstance(e, StepFinished)]
        worst = sorted(steps, key=lambda one: -one.seconds)[:SHOWN]
        return [f"{one.seconds:6.2f} s  {one.title[:90]}" for one in worst]


@contextmanager
def on_practice(folder: Path, given: argparse.Namespace) -> Iterator[Measured]:
    place = folder / "platform"
    PracticePlatform.create(place, users=given.users, attachments=given.attachments)
    (core,) = (place / "hosts").glob("*/root/pryv/core/data")
    _more(core / "more", given.megabytes)
    yield Measured(resolve_settings(practice=str(place), environment={}))


@contextmanager
def on_engine(folder: Path, given: argparse.Namespace) -> Iterator[Measured]:
    from tests.real.testbed.compose import IDLE
    from tests.real.testbed.engines import need_engines, platform_lock
    from tests.real.testbed.machines import TestEngine
    from tests.real.testbed.platform import RealPlatform

    urls = need_engines(1, spare=True)
    with platform_lock(urls):
        engine = TestEngine(urls[0])
        platform = RealPlatform.create(
            folder / "platform",
            [engine],
            users=given.users,
            events=200,
            points=500,
            attachments=max(1, given.attachments // given.users),
            without=IDLE,
        )
        try:
            (machine,) = platform.machines
            _more(machine.data / "more", given.megabytes)
            yield Measured(
                resolve_settings(
                    docker=machine.engine.url,
                    root=str(machine.root),
                    vault=str(folder / "vault"),
                    state=str(folder / "state"),
                    environment={},
                )
            )
        finally:
            platform.destroy()
            engine.remove_platform()
            engine.client.close()


def _more(folder: Path, megabytes: int) -> None:
    """Files of one megabyte, each another one."""
    folder.mkdir()
    for number in range(megabytes):
        (folder / f"{number:05d}").write_bytes(f"{number:08d}".encode() * (1 << 17))


KINDS: dict[str, dict[str, Any]] = {
    "restore, lowest priority": {"kind": "restore", "lowest": True},
    "restore, normal priority": {"kind": "restore"},
    "drill": {"kind": "drill"},
}
"""What is measured in turn, by its name in the table. A drill lowers its priority itself."""


def measure(found: Measured, runs: int) -> None:
    """Tell what all take, and how many times as much as each restore the drill does."""
    taken: dict[str, list[Taken]] = {name: [] for name in KINDS}
    for kind in ("restore", "drill"):
        found.took(kind)  # not measured: each module is compiled when it is first needed
    for number in range(runs):
        for name, asked in KINDS.items():
            taken[name].append(found.took(**asked))
            told = f"{taken[name][-1].wall:.2f} s, load {os.getloadavg()[0]:.1f}"
            print(f"  {number + 1}. {name}: {told}", flush=True)
    print("the drill's longest steps:", *found.longest(), sep="\n  ")
    memory = {name: found.took(**asked, memory=True).memory for name, asked in KINDS.items()}
    wall = {name: statistics.median(one.wall for one in of) for name, of in taken.items()}
    worked = {name: statistics.median(one.cpu for one in of) for name, of in taken.items()}
    print("\n| | s (min–max) | processor, s | memory, MiB |", "|---|---|---|---|", sep="\n")
    for name, of in taken.items():
        least, most = min(one.wall for one in of), max(one.wall for one in of)
        print(
            f"| {name} | {wall[name]:.2f} ({least:.2f}–{most:.2f}) | {worked[name]:.2f}"
            f" | {memory[name] >> 20} |"
        )
    *restores, drill = KINDS
    head = f"\n| the drill, times as much as | time | target {TARGET} | processor | memory |"
    print(head, "|---|---|---|---|---|", sep="\n")
    for name in restores:
        times = wall[drill] / wall[name]
        print(
            f"| {name} | {times:.2f} | {'met' if times <= TARGET else 'missed'}"
            f" | {worked[drill] / worked[name]:.2f} | {memory[drill] / memory[name]:.2f} |",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.drill", description=__doc__)
    parser.add_argument("--real", action="store_true", help="on a test engine")
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--attachments", type=int, default=500)
    parser.add_argument("--megabytes", type=int, default=400, help="of further files")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp"))
    given = parser.parse_args()
    on = on_engine if given.real else on_practice
    before = os.getloadavg()[0]
    with (
        tempfile.TemporaryDirectory(dir=given.folder) as folder,
        on(Path(folder), given) as found,
    ):
        measure(found, given.runs)
    print(f"\nload {before:.1f} before and {os.getloadavg()[0]:.1f} after")


if __name__ == "__main__":
    main()
