"""Small files by the million: `python -m benchmarks.many --work /dev/shm`.

Each lies in a folder of its own, as attachments do. Measured are the time for each file and the
memory of all processes, for 80,000 files and for as many as are asked for: neither may depend on
how many there are. In memory (tmpfs) a million takes some 14 GB, and no disk is measured.

`--numbers 1000 10000 … --data FILE` measures the way there and back for each number of files, by
our engine and by others, for `benchmarks.plot`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.data import keep
from benchmarks.measure import Taken, ready, run
from benchmarks.programs import PROGRAMS, TASKS
from pryv_tui.vault.lists.index import SETTLED_NS

FEW = 80_000
FILES_A_USER = 100
BYTES = 200
TIMES = 3
"""How often the few are measured: it takes seconds, and by chance more or less of them."""
BYTES_A_COPY = 8000
"""Of memory that a file, its folder and its page take, at most."""


def make(root: Path, files: int, *, settled: bool = True) -> None:
    """Make so many files.

    Args:
        settled: wait until they are old enough to be linked to later.
    """
    content = os.urandom(BYTES)
    for number in range(files):
        user = f"user{number // FILES_A_USER:06}"
        home = f"{root}/data/{user[-2:]}/{user}"
        if number % FILES_A_USER == 0:
            os.makedirs(home)  # noqa: PTH103 - a million times a path is a minute
        os.mkdir(folder := f"{home}/event{number:08}")  # noqa: PTH102
        with open(f"{folder}/file", "xb", buffering=0) as file:
            file.write(content[: number % BYTES] + str(number).encode())
    if settled:
        time.sleep(SETTLED_NS / 1e9 + 1)


def measured(work: Path, files: int, times: int = 1) -> dict[str, Taken]:
    """A first copy, another one that links, a check and a copy back; time and memory apart.

    Args:
        times: how often, before it is done once more with memory being looked at; the medians.

    What is not needed any more is removed before the copy back: in memory there may be no room for
    the tree and three copies.
    """
    rounds = [_round(work, files, number) for number in range(times)]
    memory = _round(work, files, times, memory=True)
    return {
        name: Taken(
            statistics.median(one[name].wall for one in rounds),
            statistics.median(one[name].cpu for one in rounds),
            statistics.median(one[name].sync for one in rounds),
            memory[name].memory,
        )
        for name in memory
    }


def _round(work: Path, files: int, number: int, *, memory: bool = False) -> dict[str, Taken]:
    found: dict[str, Taken] = {}
    source, home = work / f"tree{files}", work / f"{files}-{number}"
    make(source, files)
    home.mkdir()
    tasks = {
        "first copy": ("copy", source, home / "first"),
        "unchanged": ("copy", source, home / "second", home / "first"),
        "verify": ("verify", home / "first"),
        "restore": ("restore", home / "first", home / "back"),
    }
    for name, words in tasks.items():
        if name == "restore":
            shutil.rmtree(source)
            shutil.rmtree(home / "second")
        command = [sys.executable, "-m", "benchmarks.ours", *map(str, words)]
        with ready(touched=files * BYTES_A_COPY):
            found[name] = run([command], {}, memory=memory)
        print(f"{files:,} {name}: {found[name].wall:.2f} s", flush=True)
    shutil.rmtree(home)
    return found


def there_and_back(work: Path, files: int, data: Path, programs: list[str]) -> None:
    """A first copy and a restore of so many files by each program, appended to `data`.

    There is room in memory for two such trees: the source goes when it is copied, and what one
    program brought back is the next one's source.
    """
    source = work / f"tree{files}"
    make(source, files, settled=False)
    for program in PROGRAMS:
        if program.name not in programs:
            continue
        home = work / f"{files}-there-and-back"
        home.mkdir()
        os.environ["BENCHMARK_CACHE"] = str(home)
        for command in program.prepare(home):
            run([command], program.environment, memory=False)
        found = {}
        for task in (TASKS[0], TASKS[-1]):
            commands = program.first(source, home) if task == TASKS[0] else program.restore(home)
            assert commands is not None, f"{program.name} has no {task}"
            with ready(touched=files * BYTES_A_COPY):
                found[task, program.name] = [run(commands, program.environment, memory=False)]
            taken = found[task, program.name][0]
            print(f"{files:,} {program.name} {task}: {taken.wall:.2f} s", flush=True)
            _remove(source if task == TASKS[0] else program.copied(home))
        keep(data, found, shape="files", scale=1, entries=files)
        within = home / "back" / source.relative_to("/")  # as restic and borg have it
        (within if within.exists() else home / "back").rename(source)
        _remove(home)
    _remove(source)


def _remove(folder: Path) -> None:
    subprocess.run(["rm", "-rf", folder], check=True)  # in a tenth of the time of `shutil`'s


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.many", description=__doc__)
    parser.add_argument("--files", type=int, default=1_000_000)
    parser.add_argument("--work", type=Path, default=Path("/var/tmp"), help="where to work")
    parser.add_argument("--numbers", type=int, nargs="*", default=[], help="there and back only")
    programs = ["pryv-tui", "rsync -aHAX", "cp -a"]
    parser.add_argument("--programs", nargs="*", default=programs, help="that copy and restore")
    parser.add_argument("--data", type=Path, help="where the figures of --numbers are appended")
    arguments = parser.parse_args()
    if arguments.numbers and arguments.data is None:
        parser.error("--numbers needs --data")
    work = Path(tempfile.mkdtemp(prefix="benchmark-", dir=arguments.work))
    try:
        for number in arguments.numbers:
            there_and_back(work, number, arguments.data, arguments.programs)
        if arguments.numbers:
            return
        few = measured(work, FEW, TIMES)
        many = measured(work, arguments.files)
    finally:
        shutil.rmtree(work)
    print(f"| | µs a file, {FEW:,} | µs a file, {arguments.files:,} | × | peak MB | peak MB |")
    print("|---|---|---|---|---|---|")
    for name, one in few.items():
        other = many[name]
        each = one.wall / FEW * 1e6, other.wall / arguments.files * 1e6
        print(
            f"| {name} | {each[0]:.0f} | {each[1]:.0f} | {each[1] / each[0]:.2f}"
            f" | {one.memory / 1e6:.0f} | {other.memory / 1e6:.0f} |"
        )


if __name__ == "__main__":
    main()
