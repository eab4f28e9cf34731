"""How many points the files of InfluxDB's shards hold, counted as its server would.

A point that was written twice lies in two files until the server brings them together, and one that
was deleted lies there beside a note of that: where either may be so, the number is not told.
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
"""Points of a shard's log that are held at most: the server brings 25 MB of them into files."""
Take = Callable[[str, Mapping[tuple[str, str], int]], None]
"""Receives a database, and per measurement and field how many points a file of it has."""


class Points:
    """Counts the points of files that are handed on one after the other, shard by shard."""

    def __init__(self, take: Take) -> None:
        self._take = take
        self._shard = ""
        self._spans: dict[bytes, list[tuple[int, int]]] = {}
        self._doubted: set[str] = set()
        self.unread: set[str] = set()
        """The databases of which a block could not be read."""

    @property
    def doubted(self) -> frozenset[str]:
        """The databases whose files do not tell how many points they hold: there may be fewer than
        were counted, or, where a block could not be read, more."""
        return frozenset(self._doubted | self.unread)

    def read(self, database: str, name: str, file: IO[bytes], path: Path) -> set[str]:
        """Count the points of a file; the measurements that it has.

        Args:
            name: of the file, `<database>/<policy>/<shard>/<file>`.
            path: what an error calls it.

        Raises:
            FormatError: it is no such file, or its index is damaged.
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
        """Count the points of a shard's write-ahead log, after its files.

        Args:
            name: as above, of any of its segments.

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

    def deleted(self, database: str, name: str) -> None:
        """Take in that there is another file: one that says what was deleted makes a doubt."""
        if name.endswith(".tombstone"):
            self._doubted.add(database)

    def _begin(self, name: str) -> None:
        shard = name.rpartition("/")[0]
        if shard != self._shard:
            self._shard, self._spans = shard, {}

    def _see(self, database: str, key: bytes, oldest: int, newest: int) -> None:
        """A point that lies in two files is one."""
        spans = self._spans.setdefault(key, [])
        if any(oldest <= last and first <= newest for first, last in spans):
            self._doubted.add(database)
        spans.append((oldest, newest))
