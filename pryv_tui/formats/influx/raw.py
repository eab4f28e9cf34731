"""Count the points per database in the data folder of a stopped InfluxDB 1.x.

They are in `data/<database>/<policy>/<shard>/*.tsm`. The newest are in
`wal/<database>/<policy>/<shard>/*.wal`, where a server leaves them when it is stopped.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.influx.tsm_points import Points
from pryv_tui.formats.influx_backup import INTERNAL
from pryv_tui.reading import open_file


class RawPoints(NamedTuple):
    """The number of points in one database."""

    database: str
    number: int | None
    """For each measurement, the points of its most frequent field, added up; None if unreadable."""
    fewer: bool = False
    """Whether there may be fewer: some were deleted, or may have been counted in two files."""
    why: str = ""
    """Why the points can't be read; empty if they can."""


def databases_in(data: Path) -> list[str]:
    """Names of the databases with a folder below `data/` or `wal/`, except `_internal`.

    Raises:
        OSError: the folder `data/` is missing or can't be read.
    """
    found = set(_folders(data / "data"))
    if (data / "wal").is_dir():
        found |= set(_folders(data / "wal"))
    return sorted(found - {INTERNAL})


def points_in(data: Path, names: list[str], ended: Callable[[], bool]) -> Iterator[RawPoints]:
    """Yield the counts of these databases one by one, until `ended` returns true."""
    for name in names:
        if ended():
            return
        yield _count(data, name)


def _count(data: Path, database: str) -> RawPoints:
    found: Counter[tuple[str, str]] = Counter()

    def take(_database: str, more: Mapping[tuple[str, str], int]) -> None:
        found.update(more)

    points = Points(take)
    try:
        for shard in _shards(data, database):
            _read_shard(data, f"{database}/{shard}", database, points)
    except (FormatError, OSError) as error:
        return RawPoints(database, None, why=str(error))
    if points.unread:
        return RawPoints(database, None, why=f"a block of {database} can't be read")
    most: dict[str, int] = {}
    for (measurement, _field), many in found.items():
        most[measurement] = max(most.get(measurement, 0), many)
    return RawPoints(database, sum(most.values()), fewer=bool(points.doubted))


def _shards(data: Path, database: str) -> list[str]:
    found = set()
    for top in (data / "data" / database, data / "wal" / database):
        if top.is_dir():
            found |= {
                f"{policy}/{shard}" for policy in _folders(top) for shard in _folders(top / policy)
            }
    return sorted(found)


def _read_shard(data: Path, shard: str, database: str, points: Points) -> None:
    folder = data / "data" / shard
    for name in sorted(os.listdir(folder)) if folder.is_dir() else ():  # noqa: PTH208
        if name.endswith(".tsm"):
            with open_file(folder / name, follow=False) as file:
                points.read(database, f"{shard}/{name}", file, folder / name)
        else:
            points.deleted(database, f"{shard}/{name}")
    log = data / "wal" / shard
    with ExitStack() as opened:
        segments = [
            (log / name, opened.enter_context(open_file(log / name, follow=False)))
            for name in (sorted(os.listdir(log)) if log.is_dir() else ())  # noqa: PTH208
            if name.endswith(".wal")
        ]
        if segments:
            points.read_log(database, f"{shard}/_.wal", segments)


def _folders(top: Path) -> list[str]:
    with os.scandir(top) as found:
        return [entry.name for entry in found if entry.is_dir(follow_symlinks=False)]
