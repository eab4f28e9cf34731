"""Figures kept as lines of JSON, from which `benchmarks.plot` draws.

One line says what one program took for one task on one tree, all rounds of it. Nothing here is made
by hand: `benchmarks.copy --data` and `benchmarks.many --data` write it.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict

from benchmarks.measure import Taken


class Kept(TypedDict):
    """One line: `wall`, `cpu` and `sync` in seconds, a figure a round."""

    measured: str
    linux: str
    cpus: int
    shape: str
    scale: float
    entries: int
    cold: bool
    task: str
    program: str
    wall: list[float]
    cpu: list[float]
    sync: list[float]


def keep(
    path: Path,
    figures: Mapping[tuple[str, str], Iterable[Taken]],
    *,
    shape: str,
    scale: float,
    entries: int,
    cold: bool = False,
) -> None:
    """Append the figures of one tree, by task and program; rounds that looked at memory are left
    out, since looking takes time."""
    with path.open("a") as file:
        for (task, program), taken in figures.items():
            timed = [one for one in taken if not one.memory]
            line = Kept(
                measured=f"{datetime.now(UTC):%Y-%m-%d}",
                linux=".".join(platform.release().split(".")[:2]),
                cpus=os.cpu_count() or 0,
                shape=shape,
                scale=scale,
                entries=entries,
                cold=cold,
                task=task,
                program=program,
                wall=[round(one.wall, 4) for one in timed],
                cpu=[round(one.cpu, 4) for one in timed],
                sync=[round(one.sync, 4) for one in timed],
            )
            file.write(json.dumps(line) + "\n")


def read(path: Path) -> Iterator[Kept]:
    """The lines of a file, in its order."""
    for line in path.read_text().splitlines():
        yield json.loads(line)
