"""A restore that verifies its set while it copies it back, beside one that does so before.

`python -m benchmarks.verified`: on a practice platform whose core holds a tree like a platform's
(`benchmarks/tree.py`), which is backed up and verified in full. Then both restores in turn, each
from its start to its end by its own worker, as installed. Medians, their ratio, and what can be
saved at most: the restore that verifies before, without that step.

What restores move aside stays until all is measured, since for minutes after deletions every new
file takes longer: at scale 1 that is 5 GB a run. `--begins` says what lies in memory before each,
one table for each word of it: the set (`warm`); nothing (`cold`, as root), which is where an
operator begins whose platform is gone; nothing, and of what a run reads and writes no more stays
there than a quarter of the set (`small`, as root), as where a platform has more data than its
machine has memory: what was verified before has to come from the disk again.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import NamedTuple

from benchmarks.drill import Measured
from benchmarks.measure import TOUCHED, Taken, limited, ready
from benchmarks.tree import make_tree
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.record.events import StepFinished
from pryv_tui.runs.record.journal import JournalReader

TARGET = 0.65
"""Times as long as the restore that verifies before."""
NAMES = ("verified before", "verified while copying")
BEGINS = ("warm", "cold", "small")
SHARE = 4
"""Which part of the set there is memory for, where there is little."""

VERIFIES = "verify-set"
"""The step that does so, as in the end of its id."""


class Timed(NamedTuple):
    """One restore."""

    taken: Taken
    verifying: float
    """Seconds of the step that looks at the set."""


def measure(found: Measured, begins: str, rounds: range) -> dict[str, list[Timed]]:
    """What both take, in turn; a round 0 is not measured."""
    taken: dict[str, list[Timed]] = {name: [] for name in NAMES}
    vault = Path(found.settings.vault)
    size = sum(path.lstat().st_blocks * 512 for path in (vault / found.set).rglob("*"))
    for number in rounds:
        for name in NAMES if number % 2 else reversed(NAMES):
            group: AbstractContextManager[list[str]] = nullcontext([])
            if begins == "small":
                group = limited(size // SHARE)
            with ready(vault, touched=TOUCHED, cold=begins != "warm"), group as within:
                one = found.took("restore", within=within, while_copying=name == NAMES[1])
            steps = [e for e in JournalReader(found.journal).read() if isinstance(e, StepFinished)]
            if number:
                verifying = sum(step.seconds for step in steps if VERIFIES in step.step)
                taken[name].append(Timed(one, verifying))
            worst = sorted(steps, key=lambda step: -step.seconds)[:4]
            longest = ", ".join(f"{step.step[3:]} {step.seconds:.2f}" for step in worst)
            told = f"{one.wall:.2f} s, load {os.getloadavg()[0]:.1f} ({longest})"
            print(f"  {begins} {number or 'not measured'}. {name}: {told}", flush=True)
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.verified", description=__doc__)
    parser.add_argument("--scale", type=float, default=0.25, help="1 is 5 GB in 80,000 files")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp"))
    parser.add_argument("--begins", choices=BEGINS, nargs="+", default=["warm"], help="see above")
    given = parser.parse_args()
    if given.begins != ["warm"] and os.geteuid() != 0:
        parser.error("cold and small need root: they have the system forget what it read")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        place = Path(folder) / "platform"
        PracticePlatform.create(place, users=3, attachments=3)
        (core,) = (place / "hosts").glob("*/root/pryv/core/data")
        make_tree(core / "more", given.scale, left_out=False)
        found = Measured(resolve_settings(practice=str(place), environment={}))
        found.took("verify")
        print(f"made and backed up in {time.monotonic() - began:.0f} s", flush=True)
        for at, begins in enumerate(given.begins):
            before = os.getloadavg()[0]
            taken = measure(found, begins, range(1 if at else 0, given.runs + 1))
            print(
                f"\nscale {given.scale}, {begins}, medians of {given.runs},"
                f" load {before:.1f} before and {os.getloadavg()[0]:.1f} after"
            )
            print("", *table(taken), "", sep="\n", flush=True)


def table(taken: dict[str, list[Timed]]) -> list[str]:
    """What was measured as Markdown, and what can be saved at most."""
    wall = {name: statistics.median(one.taken.wall for one in of) for name, of in taken.items()}
    lines = [
        "| restore | s (min–max) | of it the set, s | processor, s | × verified before | target |",
        "|---|---|---|---|---|---|",
    ]
    for name, of in taken.items():
        walls = [one.taken.wall for one in of]
        target = TARGET if name == NAMES[1] else "–"
        lines.append(
            f"| {name} | {wall[name]:.2f} ({min(walls):.2f}–{max(walls):.2f})"
            f" | {statistics.median(one.verifying for one in of):.2f}"
            f" | {statistics.median(one.taken.cpu for one in of):.2f}"
            f" | {wall[name] / wall[NAMES[0]]:.2f} | {target} |"
        )
    rest = [1 - one.verifying / one.taken.wall for one in taken[NAMES[0]]]
    lines.append(f"| at most to be had | – | – | – | {statistics.median(rest):.2f} | – |")
    return lines


if __name__ == "__main__":
    main()
