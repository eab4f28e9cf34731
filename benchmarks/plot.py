"""`python -m benchmarks.plot`: draws what `benchmarks.copy` and `benchmarks.many` measured.

From `docs/benchmarks/*.jsonl` to pictures beside them: how many times as fast as others ours is on
trees of each shape, and what a file costs by the number of files. Needs the extra `plots`.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot

from benchmarks.data import Kept, read

FOLDER = Path("docs/benchmarks")
OURS = "pryv-tui"
COLOURS = {
    "pryv-tui": "#0b6e99",
    "rsync -aHAX": "#d1495b",
    "cp -a": "#8d8d8d",
    "restic": "#edae49",
    "borg": "#66a182",
}
TARGETS = {
    ("first copy", "rsync -aHAX"): 1.5,
    ("first copy", "cp -a"): 1.0,
    ("unchanged", "rsync -aHAX"): 2.5,
    ("unchanged", "restic"): 1.5,
    ("1 % changed", "rsync -aHAX"): 2.5,
    ("1 % changed", "restic"): 1.5,
    ("restore", "rsync -aHAX"): 1.3,
}
"""What is wanted: ours so many times as fast. With SQLite files a first copy's is 1.2."""
Medians = dict[tuple[str, int], dict[tuple[str, str], float]]
"""By shape and number of entries: by task and program, seconds with `sync`."""


def medians(lines: Iterable[Kept]) -> Medians:
    """Of all rounds of a tree; a later line of the same tree counts for it instead."""
    found: Medians = defaultdict(dict)
    for line in lines:
        both = [wall + sync for wall, sync in zip(line["wall"], line["sync"], strict=True)]
        found[line["shape"], line["entries"]][line["task"], line["program"]] = median(both)
    return found


def shapes(found: Medians, path: Path) -> None:
    """A panel a task, a row a shape: how many times as fast, and where that is wanted to be."""
    tasks = ("first copy", "unchanged", "1 % changed", "restore")
    rows = [f"{shape} ({entries:,})" for shape, entries in found]
    figure, panels = pyplot.subplots(
        1, len(tasks), figsize=(13, 0.5 * len(rows) + 1.6), sharey=True
    )
    for task, panel in zip(tasks, panels, strict=True):
        panel.axvline(1, color="black", linewidth=1)
        for program, colour in COLOURS.items():
            at = [
                (row, figures[task, program] / figures[task, OURS])
                for row, figures in enumerate(found.values())
                if program != OURS and (task, program) in figures
            ]
            if at:
                panel.scatter(
                    [ratio for _, ratio in at], [row for row, _ in at], color=colour, label=program
                )
            if at and (task, program) in TARGETS:
                wanted = TARGETS[task, program]
                panel.axvline(wanted, color=colour, linestyle=":", linewidth=1)
        panel.set_xscale("log", base=2)
        panel.xaxis.set_major_formatter(_times)
        panel.set_title(task)
        panel.grid(axis="y", color="#e5e5e5")
        panel.set_axisbelow(True)
        panel.margins(y=0.08)
    panels[0].set_yticks(range(len(rows)), rows)
    panels[0].invert_yaxis()
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncols=len(labels), frameon=False)
    figure.suptitle("pryv-tui so many times as fast as …  (right of 1: faster; dotted: wanted)")
    figure.tight_layout(rect=(0, 0.06, 1, 1))
    _save(figure, path)


def files(found: Medians, path: Path) -> None:
    """Microseconds a file by the number of files: out (a first copy) and back (a restore)."""
    figure, panels = pyplot.subplots(1, 2, figsize=(11, 4.2), sharey=True)
    for task, panel in zip(("first copy", "restore"), panels, strict=True):
        for program, colour in COLOURS.items():
            at = sorted(
                (entries, figures[task, program] / entries * 1e6)
                for (_, entries), figures in found.items()
                if (task, program) in figures
            )
            if at:
                panel.plot(*zip(*at, strict=True), color=colour, marker="o", label=program)
        panel.set_xscale("log")
        panel.set_title(task)
        panel.set_xlabel("files, each in a folder of its own")
        panel.grid(color="#e5e5e5")
    panels[0].set_ylim(bottom=0)  # of both, when both have all that is drawn
    panels[0].set_ylabel("µs a file")
    panels[1].legend(frameon=False)
    figure.tight_layout()
    _save(figure, path)


def _times(value: float, _: object) -> str:
    return f"{value:g}×"


def _save(figure: Any, path: Path) -> None:
    # No date in it: the same figures make the same picture.
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
    print(path)


def main() -> None:
    """Draw both, where their figures are there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plot", description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="of the figures, and pictures")
    folder = parser.parse_args().folder
    mpl.rcParams.update({"svg.hashsalt": "benchmarks", "font.size": 9, "svg.fonttype": "none"})
    for name, draw in (("shapes", shapes), ("files", files)):
        if (folder / f"{name}.jsonl").exists():
            draw(medians(read(folder / f"{name}.jsonl")), folder / f"{name}.svg")


if __name__ == "__main__":
    main()
