"""`python -m benchmarks.copy`: our copy engine and others on one tree, in turn.

`--shape NAME` measures trees of one shape each instead (`benchmarks/shapes.py`). Ratios are told of
time and of processor time: the second says something on a busy machine too.

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
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.measure import TOUCHED, Taken, ready, run
from benchmarks.programs import PROGRAMS, TASKS, Program
from benchmarks.shapes import SHAPES, make_shape
from benchmarks.tree import change_one_percent, make_tree
from pryv_tui.vault.lists.index import SETTLED_NS

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
    shape: str = "",
) -> Figures:
    """Run everything; returns what was taken by task and program.

    Args:
        memory_too: in one more round, which is not timed, memory is looked at.
        cold: nothing that a program reads is in memory before; else all of it is.
        tasks: which of `TASKS`, in their order; all but the first need what that one wrote.
        shape: one of `SHAPES` instead of the whole tree.
    """
    source = work / "tree"
    if shape:
        make_shape(source, shape, scale)
    else:
        make_tree(source, scale, left_out=False)
    # What changed within a minute before its copy is copied again the next time.
    time.sleep(SETTLED_NS / 1e9 + 1)
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
    parser.add_argument("--runs", type=int, default=3, help="timed rounds")
    parser.add_argument("--work", type=Path, default=Path("/var/tmp"), help="where to work")
    choices = ["all", *SHAPES]
    parser.add_argument("--shape", nargs="*", choices=choices, default=[], help="one shape each")
    parser.add_argument("--no-memory", action="store_true", help="no round that looks at memory")
    parser.add_argument("--cold", action="store_true", help="nothing is in memory before")
    parser.add_argument("--first-copy", action="store_true", help="nothing but the first copy")
    parser.add_argument("--only", nargs="*", default=[], help="programs by name, beside ours")
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
    shapes = list(SHAPES) if "all" in arguments.shape else arguments.shape
    for shape in shapes or [""]:
        _measured(arguments, programs, shape)


def _measured(arguments: argparse.Namespace, programs: list[Program], shape: str) -> None:
    """Measure one tree, and print what came of it."""
    work = Path(tempfile.mkdtemp(prefix="benchmark-", dir=arguments.work))
    os.environ["BENCHMARK_CACHE"] = str(work / "cache")
    (work / "cache").mkdir()
    before = os.getloadavg()
    try:
        figures = measure(
            work,
            arguments.scale,
            arguments.runs,
            programs,
            memory_too=not arguments.no_memory,
            cold=arguments.cold,
            tasks=TASKS[:1] if arguments.first_copy else TASKS,
            shape=shape,
        )
        report(figures, arguments, before, shape)
    finally:
        shutil.rmtree(work)


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
