"""A restore that verifies its set while it copies it back, beside one that does so before.

`python -m benchmarks.verified`: on a practice platform whose core holds a tree like a platform's
(`benchmarks/tree.py`), which is backed up and verified in full. Then both restores in turn, each
from its start to its end by its own worker, as installed; what was moved aside is removed between
two runs. Medians and their ratio.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.drill import Measured
from benchmarks.measure import Taken
from benchmarks.tree import make_tree
from pryv_tui import own_folder
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.record.events import StepFinished
from pryv_tui.runs.record.journal import JournalReader

TARGET = 0.65
"""Times as long as the restore that verifies before."""
NAMES = ("verified before", "verified while copying")


def longest(found: Measured) -> str:
    """The steps of the last run that took most of it."""
    steps = [e for e in JournalReader(found.journal).read() if isinstance(e, StepFinished)]
    worst = sorted(steps, key=lambda one: -one.seconds)[:4]
    return ", ".join(f"{one.step[3:]} {one.seconds:.2f}" for one in worst)


def measure(found: Measured, roots: list[Path], runs: int) -> dict[str, list[Taken]]:
    """What both take, in turn; a round before is not measured."""
    taken: dict[str, list[Taken]] = {name: [] for name in NAMES}
    for number in range(runs + 1):
        for name in NAMES if number % 2 else reversed(NAMES):
            for root in roots:
                shutil.rmtree(own_folder.of(root), ignore_errors=True)
            os.sync()
            one = found.took("restore", while_copying=name == NAMES[1])
            if number:
                taken[name].append(one)
            told = f"{one.wall:.2f} s, load {os.getloadavg()[0]:.1f} ({longest(found)})"
            print(f"  {number or 'not measured'}. {name}: {told}", flush=True)
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.verified", description=__doc__)
    parser.add_argument("--scale", type=float, default=0.25, help="1 is 5 GB in 80,000 files")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp"))
    given = parser.parse_args()
    before = os.getloadavg()[0]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        place = Path(folder) / "platform"
        PracticePlatform.create(place, users=3, attachments=3)
        roots = sorted((place / "hosts").glob("*/root"))
        core = next(root for root in roots if (root / "pryv/core/data").is_dir())
        make_tree(core / "pryv/core/data/more", given.scale, left_out=False)
        found = Measured(resolve_settings(practice=str(place), environment={}))
        found.took("verify")
        print(f"made and backed up in {time.monotonic() - began:.0f} s", flush=True)
        taken = measure(found, roots, given.runs)
        wall = {name: statistics.median(one.wall for one in of) for name, of in taken.items()}
        print(
            f"\nscale {given.scale}, medians of {given.runs}, load {before:.1f} before and"
            f" {os.getloadavg()[0]:.1f} after\n\n| restore | s (min–max) | processor, s"
            f" | × verified before | target |\n|---|---|---|---|---|"
        )
        for name, of in taken.items():
            least, most = min(one.wall for one in of), max(one.wall for one in of)
            cpu = statistics.median(one.cpu for one in of)
            target = TARGET if name == NAMES[1] else "–"
            print(
                f"| {name} | {wall[name]:.2f} ({least:.2f}–{most:.2f}) | {cpu:.2f}"
                f" | {wall[name] / wall[NAMES[0]]:.2f} | {target} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
