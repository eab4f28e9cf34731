"""What a sandbox drill takes beside a bare restore of the same set: `python -m benchmarks.drill`.

Both are measured in turn, in one run, by the ratio of their medians: time, and in runs of their own
memory (the worker and all below it). A drill reads and copies at the lowest priority, so that the
platform goes first: on a machine where others work it takes as long as they do. Both are measured
at that priority, unless `--as-it-is` asks for the other thing. On a practice platform, or with
`--real` on a single node of the test engines (`tests/real/engine.sh`, as root), whose containers
stop and start as real ones do.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator
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

    def __init__(self, settings: Settings, *, as_it_is: bool = False) -> None:
        self.settings = settings
        self._before = [] if as_it_is else LOWEST
        self._runs = 0
        self.took("backup")
        self.set = open_site(settings).vault.resolve("latest").id
        self.journal = Path()
        """Of the last run."""

    def took(self, kind: PlanKind, *, memory: bool = False) -> Taken:
        """One run, performed by its own worker, from its start to its end."""
        self._runs += 1
        folder = (
            Path(self.settings.state)
            / "runs"
            / f"{utc_now():%Y%m%dT%H%M%SZ}-{kind}-{self._runs:04x}"
        )
        folder.mkdir(parents=True)
        asked: dict[str, Any] = {} if kind == "backup" else {"set_id": self.set}
        request = kind_of(kind)(run=folder.name, settings=self.settings, **asked)
        (folder / NAME).write_bytes(msgspec.json.encode(request))
        taken = run([[*self._before, *WORKER, str(folder)]], {}, memory=memory)
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
    yield Measured(resolve_settings(practice=str(place), environment={}), as_it_is=given.as_it_is)


@contextmanager
def on_engine(folder: Path, given: argparse.Namespace) -> Iterator[Measured]:
    from tests.real.compose import IDLE
    from tests.real.engines import need_engines, platform_lock
    from tests.real.machines import TestEngine
    from tests.real.platform import RealPlatform

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
                ),
                as_it_is=given.as_it_is,
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


def measure(found: Measured, runs: int) -> float:
    """Tell what both take; the ratio of their times."""
    wall: dict[str, list[Taken]] = {"restore": [], "drill": []}
    for _ in range(runs):
        wall["restore"].append(found.took("restore"))
        wall["drill"].append(found.took("drill"))
    print("\n".join(found.longest()))
    memory = {
        "restore": found.took("restore", memory=True).memory,
        "drill": found.took("drill", memory=True).memory,
    }
    times, worked = {}, {}
    for kind, taken in wall.items():
        times[kind] = statistics.median(one.wall for one in taken)
        worked[kind] = statistics.median(one.cpu for one in taken)
        each = " ".join(f"{one.wall:.2f}" for one in taken)
        print(f"{kind:8}{times[kind]:7.2f} s ({each}), processor {worked[kind]:.2f} s,"
              f" memory {memory[kind] >> 20} MiB")  # fmt: skip
    print(f"memory: {memory['drill'] / memory['restore']:.2f} times")
    print(f"processor: {worked['drill'] / worked['restore']:.2f} times")
    return times["drill"] / times["restore"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", action="store_true", help="on a test engine")
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--attachments", type=int, default=500)
    parser.add_argument("--megabytes", type=int, default=400, help="of further files")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--as-it-is", action="store_true", help="the restore at its own priority")
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp"))
    given = parser.parse_args()
    on = on_engine if given.real else on_practice
    with (
        tempfile.TemporaryDirectory(dir=given.folder) as folder,
        on(Path(folder), given) as found,
    ):
        ratio = measure(found, given.runs)
    print(f"a drill takes {ratio:.2f} times as long as the restore; the target is {TARGET}")


if __name__ == "__main__":
    main()
