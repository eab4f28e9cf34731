"""`python -m benchmarks.copy`: our copy engine and others on one tree, in turn.

`--shape NAME` measures trees of one shape each instead (`benchmarks/shapes.py`). Ratios are told of
time and of processor time: the second says something on a busy machine too. What will be done, and
about how long it takes on a machine at rest, is told first; `--plan` tells nothing else, and
`--minutes` takes the largest scale that fits.

Each round runs every program once, in another order; each run has a destination of its own and
nothing is deleted before the end, since making a tree soon after deleting one like it is slower for
everybody. Root is needed to keep owners. Figures of a busy machine mean little: the load is told.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.data import keep
from benchmarks.measure import TOUCHED, Taken, ready, run
from benchmarks.programs import PROGRAMS, TASKS, Program
from benchmarks.shapes import LARGE_BYTES, SHAPES, make_shape
from benchmarks.tree import change_one_percent, make_tree
from pryv_tui.vault.lists.index import SETTLED_NS

TREE = "tree"
LARGE = 8 << 30
"""Bytes of memory that a copy of the tree of scale 1 takes, and two more: what lay free at its end
would be what the host took back long ago."""
Figures = dict[tuple[str, str], list[Taken]]


def measure(
    work: Path,
    scale: float,
    rounds: int,
    programs: list[Program],
    *,
    memory_too: bool,
    cold: bool,
    tasks: Sequence[str] = TASKS,
) -> Figures:
    """Run everything on a tree that is there; returns what was taken by task and program.

    Args:
        memory_too: in one more round, which is not timed, memory is looked at.
        cold: nothing that a program reads is in memory before; else all of it is.
        tasks: which of `TASKS`, in their order; all but the first need what that one wrote.
    """
    source = work / TREE
    figures: Figures = {}
    for number in range(rounds + memory_too):
        memory = number == rounds  # a last round, not timed
        turn = number % len(programs)
        order = programs[turn:] + programs[:turn]
        homes = {program.name: work / f"round{number}" / program.name for program in programs}
        for program in programs:
            homes[program.name].mkdir(parents=True)
            for command in program.prepare(homes[program.name]):
                run([command], program.environment, memory=False)
        for task in tasks:
            if task == "1 % changed":
                change_one_percent(source, number)
            for program in order:
                commands = _commands(program, task, source, homes[program.name])
                if commands is None:
                    continue
                read = [source] if task in TASKS[:3] else []
                read += [program.copied(homes[program.name])] if task != TASKS[0] else []
                with ready(*read, touched=max(TOUCHED, int(scale * LARGE)), cold=cold):
                    load = os.getloadavg()[0]
                    taken = run(commands, program.environment, memory=memory)
                figures.setdefault((task, program.name), []).append(taken)
                told = f"{taken.memory >> 20} MB" if memory else f"{taken.wall:.2f} s"
                print(f"{task:12} {program.name:12} {told}, load {load:.1f}", flush=True)
    return figures


def _commands(program: Program, task: str, source: Path, home: Path) -> list[list[str]] | None:
    if task == TASKS[0]:
        return program.first(source, home)
    if task == TASKS[1]:
        return program.second(source, home, "same")
    if task == TASKS[2]:
        return program.second(source, home)
    if task == TASKS[3]:
        return program.verify(home)
    return program.restore(home)


def table(figures: Figures, task: str) -> list[str]:
    """One task as Markdown: medians, and each as a multiple of ours."""
    lines = [
        f"| {task} | s (min–max) | × ours | with sync, s | × ours | CPU s | × ours | peak MB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    ours = _medians(figures[task, PROGRAMS[0].name])
    for (of, name), taken in figures.items():
        if of != task:
            continue
        here = _medians(taken)
        walls = [one.wall for one in taken if not one.memory]
        lines.append(
            f"| {name} | {here.wall:.2f} ({min(walls):.2f}–{max(walls):.2f})"
            f" | {here.wall / ours.wall:.2f} | {here.wall + here.sync:.2f}"
            f" | {(here.wall + here.sync) / (ours.wall + ours.sync):.2f}"
            f" | {here.cpu:.2f} | {here.cpu / ours.cpu:.2f}"
            f" | {f'{here.memory / 1e6:.0f}' if here.memory else '–'} |"
        )
    return lines


def _medians(taken: list[Taken]) -> Taken:
    timed = [one for one in taken if not one.memory]
    return Taken(
        statistics.median(one.wall for one in timed),
        statistics.median(one.cpu for one in timed),
        statistics.median(one.sync for one in timed),
        max(one.memory for one in taken),
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.copy", description=__doc__)
    parser.add_argument("--scale", type=float, default=0.25, help="1 is 5 GB in 80,000 files")
    parser.add_argument("--minutes", type=float, help="a scale that takes so long, at most 1")
    parser.add_argument("--plan", action="store_true", help="tell what would be done, and end")
    parser.add_argument("--runs", type=int, default=3, help="timed rounds")
    parser.add_argument("--work", type=Path, default=Path("/var/tmp"), help="where to work")
    choices = ["all", *SHAPES]
    parser.add_argument("--shape", nargs="*", choices=choices, default=[], help="one shape each")
    parser.add_argument("--no-memory", action="store_true", help="no round that looks at memory")
    parser.add_argument("--cold", action="store_true", help="nothing is in memory before")
    parser.add_argument("--first-copy", action="store_true", help="nothing but the first copy")
    parser.add_argument("--only", nargs="*", default=[], help="programs by name, beside ours")
    parser.add_argument("--data", type=Path, help="append the figures, for benchmarks.plot")
    arguments = parser.parse_args()
    if arguments.cold and os.geteuid() != 0:
        parser.error("--cold needs root: it has the system forget what it read")
    programs = []
    for program in PROGRAMS:
        wanted = not arguments.only or program.name in (PROGRAMS[0].name, *arguments.only)
        if wanted and program.installed:
            programs.append(program)
        elif wanted:
            print(f"{program.name} is not installed: left out")
    shapes = (list(SHAPES) if "all" in arguments.shape else arguments.shape) or [""]
    if arguments.minutes is not None:
        arguments.scale = scale_within(arguments, programs, shapes)
    seconds = WAIT_SECONDS + sum(_told(arguments, programs, shape) for shape in shapes)
    print(
        f"about {seconds / 60:.0f} min at rest, {len(shapes)} trees one after the other", flush=True
    )
    if arguments.plan:
        return
    measured(arguments, programs, shapes)


ENTRIES = {"": 150_000, "users-1": 14_000, "users-5": 30_000, "users-100": 21_000}
ENTRIES |= {"sqlite": 18_000, "sqlite-logs": 26_000, "wide": 40_000, "deep": 60_000}
ENTRIES |= {"texts": 20_200, "large": 20, "one-folder": 200_000}
"""Files and folders of each shape at scale 1, about."""
BYTES = {"": 5 << 30, "large": 21 * LARGE_BYTES // 4}
USUAL_BYTES = 60 << 20
ENTRY_SECONDS = {"pryv-tui": 40e-6, "cp -a": 70e-6, "tar | tar": 110e-6, "rsync -aHAX": 130e-6}
ENTRY_SECONDS |= {"restic": 120e-6, "borg": 130e-6, "bare SHA-256": 20e-6}
"""Of a first copy, at rest; each program's other tasks take about as long."""
BYTE_SECONDS = 1.2e-9
WAIT_SECONDS = 61.0
READY_SECONDS = 4.0
"""To bring the machine into the same state before each run."""


def estimate(arguments: argparse.Namespace, programs: Sequence[Program], shape: str) -> float:
    """Seconds that a tree of one shape takes, about: made, measured, removed; the minute that all
    trees are left alone for is not in it."""
    entries = ENTRIES[shape] * arguments.scale
    size = BYTES.get(shape, USUAL_BYTES) * arguments.scale
    rounds = arguments.runs + (not arguments.no_memory)
    tasks = TASKS[:1] if arguments.first_copy else TASKS
    found = entries * 150e-6 + size * 4e-9
    for program in programs:
        here = Path()
        own = sum(_commands(program, task, here, here) is not None for task in tasks)
        one = entries * ENTRY_SECONDS.get(program.name, 130e-6) + size * BYTE_SECONDS
        found += rounds * own * (one + READY_SECONDS * min(1.0, 0.3 + arguments.scale) + 0.3)
        found += rounds * own * entries * 15e-6  # removed at the end
    return float(found)


def scale_within(
    arguments: argparse.Namespace, programs: Sequence[Program], shapes: Sequence[str]
) -> float:
    """The largest scale at which all of it takes so many minutes at most, about."""
    for hundredths in range(100, 0, -1):
        arguments.scale = hundredths / 100
        found = WAIT_SECONDS + sum(estimate(arguments, programs, one) for one in shapes)
        if found <= arguments.minutes * 60:
            break
    return float(arguments.scale)


def _told(arguments: argparse.Namespace, programs: Sequence[Program], shape: str) -> float:
    seconds = estimate(arguments, programs, shape)
    print(
        f"  {shape or 'the whole tree':14} scale {arguments.scale:g},"
        f" {ENTRIES[shape] * arguments.scale:7.0f} entries, {arguments.runs} rounds of"
        f" {', '.join(one.name for one in programs)}: about {seconds:.0f} s"
    )
    return seconds


def made(arguments: argparse.Namespace, shape: str) -> Path:
    """A folder with a tree of a shape, to work in."""
    work = Path(tempfile.mkdtemp(prefix="benchmark-", dir=arguments.work))
    (work / "cache").mkdir()
    if shape:
        make_shape(work / TREE, shape, arguments.scale)
    else:
        make_tree(work / TREE, arguments.scale, left_out=False)
    return work


def measured(arguments: argparse.Namespace, programs: list[Program], shapes: list[str]) -> None:
    """Measure a tree of each shape, and print what came of it.

    All are made before the first is measured, and removed after the last one: nothing is deleted
    meanwhile.
    """
    works: dict[str, Path] = {}
    summary: list[str] = []
    try:
        for shape in shapes:
            works[shape] = made(arguments, shape)
        # What changed within a minute before its copy is copied again the next time.
        time.sleep(SETTLED_NS / 1e9 + 1)
        for shape, work in works.items():
            os.environ["BENCHMARK_CACHE"] = str(work / "cache")
            before = os.getloadavg()
            figures = measure(
                work,
                arguments.scale,
                arguments.runs,
                programs,
                memory_too=not arguments.no_memory,
                cold=arguments.cold,
                tasks=TASKS[:1] if arguments.first_copy else TASKS,
            )
            report(figures, arguments, before, shape)
            if arguments.data is not None:
                entries = sum(
                    len(folders) + len(files) for _, folders, files in os.walk(work / TREE)
                )
                keep(
                    arguments.data,
                    figures,
                    shape=shape or "the whole tree",
                    scale=arguments.scale,
                    entries=entries,
                    cold=arguments.cold,
                )
            summary += _compared(figures, shape)
        print("\n| ours, times as fast as | task | time with sync | processor time |")
        print("|---|---|---|---|", *summary, sep="\n", flush=True)
    finally:
        for work in works.values():
            shutil.rmtree(work)


def _compared(figures: Figures, shape: str) -> Iterator[str]:
    """How many times as fast ours is as each of the others, a line of Markdown each."""
    for (task, name), taken in figures.items():
        if name != PROGRAMS[0].name:
            ours, here = _medians(figures[task, PROGRAMS[0].name]), _medians(taken)
            yield (
                f"| {shape or 'the whole tree'}: {name} | {task}"
                f" | {(here.wall + here.sync) / (ours.wall + ours.sync):.2f}"
                f" | {here.cpu / ours.cpu:.2f} |"
            )


def report(
    figures: Figures,
    arguments: argparse.Namespace,
    before: tuple[float, float, float],
    shape: str = "",
) -> None:
    """Print the tables, before the long time that deleting takes."""
    print(
        f"\n{datetime.now(UTC):%Y-%m-%d}, {shape or 'the whole tree'}, scale {arguments.scale},"
        f" {arguments.runs} rounds,"
        f" {'cold' if arguments.cold else 'warm'},"
        f" {os.cpu_count()} cores, Linux {platform.release()},"
        f" load {before[0]:.1f} before and {os.getloadavg()[0]:.1f} after"
    )
    for task in TASKS:
        if (task, PROGRAMS[0].name) in figures:
            print("", *table(figures, task), sep="\n", flush=True)


if __name__ == "__main__":
    main()
