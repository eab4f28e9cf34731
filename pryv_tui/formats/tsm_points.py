"""How many points the files of InfluxDB's shards hold, counted as its server would.

A point that was written twice lies in two files until the server brings them together, and one that
was deleted lies there beside a note of that: where either may be so, the number is not told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.tsm_files import count, series

Take = Callable[[str, Mapping[tuple[str, str], int]], None]
"""Receives a database, and per measurement and field how many points a file of it has."""


class Points:
    """Counts the points of files that are handed on one after the other, shard by shard."""

    def __init__(self, take: Take) -> None:
        self._take = take
        self._shard = ""
        self._spans: dict[bytes, list[tuple[int, int]]] = {}
        self._doubted: set[str] = set()

    @property
    def doubted(self) -> frozenset[str]:
        """The databases whose number is not told by their files."""
        return frozenset(self._doubted)

    def read(self, database: str, name: str, file: IO[bytes], path: Path) -> set[str]:
        """Count the points of a file; the measurements that it has.

        Args:
            name: of the file, `<database>/<policy>/<shard>/<file>`.
            path: what an error calls it.

        Raises:
            FormatError: it is no such file, or its index is damaged.
        """
        shard = name.rpartition("/")[0]
        if shard != self._shard:
            self._shard, self._spans = shard, {}
        found: Counter[tuple[str, str]] = Counter()
        names = set()
        for one in series(file, path):
            names.add(one.measurement)
            if database in self._doubted or not one.blocks:
                continue
            try:
                found[one.measurement, one.field] += sum(
                    count(file, block, path) for block in one.blocks
                )
            except FormatError:
                self._doubted.add(database)
                continue
            oldest = min(block.oldest for block in one.blocks)
            newest = max(block.newest for block in one.blocks)
            spans = self._spans.setdefault(one.key, [])
            if any(oldest <= last and first <= newest for first, last in spans):
                self._doubted.add(database)
            spans.append((oldest, newest))
        self._take(database, found)
        return names

    def deleted(self, database: str, name: str) -> None:
        """Take in that there is another file: one that says what was deleted makes a doubt."""
        if name.endswith(".tombstone"):
            self._doubted.add(database)
