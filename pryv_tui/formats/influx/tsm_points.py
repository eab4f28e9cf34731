"""Count the points in the files of InfluxDB's shards, as its server would.

A point that was written twice is in two files until the server compacts them. A deleted point stays
in its file, and a tombstone file is added. If one of these is possible, the count is marked as
doubtful.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import IO

from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.influx.tsm_files import count, names_of, series
from pryv_tui.formats.influx.wal import entries

_HELD = 3_000_000
"""Most points kept of a shard's log: the server moves them to files from 25 MB on."""
Take = Callable[[str, Mapping[tuple[str, str], int]], None]
"""Callback that takes a database, and one file's number of points per measurement and field."""


class Points:
    """Counts points file by file. The caller must finish the files of one shard before the next."""

    def __init__(self, take: Take) -> None:
        self._take = take
        self._shard = ""
        self._spans: dict[bytes, list[tuple[int, int]]] = {}
        self._doubted: set[str] = set()
        self.unread: set[str] = set()
        """Databases with a block that can't be read."""

    @property
    def doubted(self) -> frozenset[str]:
        """Databases whose count is doubtful.

        There may be fewer points than counted; or more, if a block can't be read.
        """
        return frozenset(self._doubted | self.unread)

    def read(self, database: str, name: str, file: IO[bytes], path: Path) -> set[str]:
        """Count the points of a file; return the measurements in it.

        Args:
            name: the file's path in the data folder, `<database>/<policy>/<shard>/<file>`.
            path: the file's name in errors.

        Raises:
            FormatError: it is not a TSM file, or its index is damaged.
        """
        self._begin(name)
        found: Counter[tuple[str, str]] = Counter()
        names = set()
        for one in series(file, path):
            names.add(one.measurement)
            if not one.blocks:
                continue
            try:
                found[one.measurement, one.field] += sum(
                    count(file, block, path) for block in one.blocks
                )
            except FormatError:
                self.unread.add(database)
                continue
            oldest = min(block.oldest for block in one.blocks)
            newest = max(block.newest for block in one.blocks)
            self._see(database, one.key, oldest, newest)
        self._take(database, found)
        return names

    def read_log(
        self, database: str, name: str, segments: Iterable[tuple[Path, IO[bytes]]]
    ) -> None:
        """Count the points of a shard's write-ahead log, after `read` of all the shard's files.

        Args:
            name: the path of any of the log's segments, as in `read`.

        Raises:
            FormatError: a segment is damaged.
        """
        self._begin(name)
        times: dict[bytes, set[int]] = {}
        held = 0
        for path, file in segments:
            for one in entries(file, path):
                if one is None:
                    self._doubted.add(database)
                    continue
                known = times.setdefault(one.key, set())
                held += len(one.times)
                if held > _HELD:
                    raise FormatError(path, path.name, f"holds more than {_HELD:,} points")
                known.update(one.times)
        found: Counter[tuple[str, str]] = Counter()
        for key, known in times.items():
            if known:
                found[names_of(key)] += len(known)
                self._see(database, key, min(known), max(known))
        self._take(database, found)

    def deleted(self, database: str, name: str, _file: IO[bytes] | None = None) -> None:
        """Record a file without points; a tombstone file makes the database's count doubtful."""
        if name.endswith(".tombstone"):
            self._doubted.add(database)

    def _begin(self, name: str) -> None:
        shard = name.rpartition("/")[0]
        if shard != self._shard:
            self._shard, self._spans = shard, {}

    def _see(self, database: str, key: bytes, oldest: int, newest: int) -> None:
        """Mark the database as doubtful if a series has points of the same time span in two
        files."""
        spans = self._spans.setdefault(key, [])
        if any(oldest <= last and first <= newest for first, last in spans):
            self._doubted.add(database)
        spans.append((oldest, newest))
