"""Read points of a portable backup, to compare them with those of a server.

Read are the number of points of each series, and for some series the first points with values.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from itertools import islice, pairwise
from pathlib import Path
from typing import IO, NamedTuple

from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.influx.tombstones import deleted_keys
from pryv_tui.formats.influx.tsm_files import Series, count, series
from pryv_tui.formats.influx.tsm_values import Point, read_points
from pryv_tui.formats.influx_backup import read_archives

FIRST = 1_000
"""Most points per series that are compared by value: a block usually has this many."""
VALUED = 20
"""Most measurements per database whose points are compared by value."""
SERIES = 100_000
"""Most series per database kept in memory."""
UNREAD = "a block can't be read"
"""Prefix of reasons (`Found.untold`) that may mean damage."""
_FIELD = b"#!~#"
_COMMA = re.compile(rb"(?<!\\),")
_EQUALS = re.compile(rb"(?<!\\)=")
_ESCAPED = re.compile(rb"\\([,= ])")


class Key(NamedTuple):
    """One field of one series, with the names that the server uses."""

    policy: str
    measurement: str
    tags: tuple[tuple[str, str], ...]
    field: str


class Known(NamedTuple):
    """The points of one series in the files."""

    many: int
    first: tuple[Point, ...] | None
    """The first points, in the order of their times; None if no values were read."""


class Told(NamedTuple):
    """The points that a server reports for one policy of a database."""

    many: dict[Key, int]
    """Number of points per series, for all measurements."""
    first: dict[Key, list[Point]]
    """The first points of each series that is compared by value."""
    until: dict[tuple[str, str, tuple[tuple[str, str], ...]], int]
    """Time of the last point in `first`, by policy, measurement and tags.

    Only if the server's answer was as long as allowed, so that the server may have more points.
    """


class Found:
    """The points of one database in the files."""

    def __init__(self) -> None:
        self.series: dict[Key, Known] = {}
        self.untold: Counter[str] = Counter()
        """Number of series, by the reason why the server's points can't be predicted from the
        files."""
        self.valued: set[str] = set()
        """Measurements for which values were read, for each of their series."""


class _Piece(NamedTuple):
    """The points of one series in one file."""

    kind: int
    oldest: int
    newest: int
    many: int
    first: tuple[Point, ...] | None


class _Database:
    def __init__(self) -> None:
        self.pieces: dict[Key, list[_Piece]] = {}
        self.odd: dict[Key, str] = {}
        self.kinds: dict[tuple[str, str], set[int]] = {}
        """Value types in use, by policy and field, over all measurements."""
        self.valued: set[str] = set()
        self.deleted: set[Key] = set()
        self.unknown = False
        """Whether something was deleted, but it is not known what."""

    def take(self, policy: str, one: Series, file: IO[bytes], path: Path) -> None:
        if not one.blocks:
            return
        key = _key(policy, one.key)
        if key not in self.pieces and len(self.pieces) >= SERIES:
            raise FormatError(path, path.name, f"a database has more than {SERIES:,} series")
        pieces = self.pieces.setdefault(key, [])
        self.kinds.setdefault((policy, key.field), set()).add(one.kind)
        if len(self.valued) < VALUED:
            self.valued.add(key.measurement)
        try:
            many = sum(count(file, block, path) for block in one.blocks)
            kind, first = 0, None
            if key.measurement in self.valued:
                kind, first = _first(one, file, path)
        except FormatError as error:
            self.odd[key] = f"{UNREAD} ({error})"
            return
        oldest = min(block.oldest for block in one.blocks)
        newest = max(block.newest for block in one.blocks)
        pieces.append(_Piece(kind, oldest, newest, many, first))

    def delete(self, policy: str, file: IO[bytes] | None, path: Path) -> None:
        """Read a tombstone file, and record the series of which it deletes points."""
        try:
            keys = deleted_keys(file, path) if file is not None else set()
        except FormatError:
            self.unknown = True
            return
        self.deleted |= {_key(policy, key) for key in keys}

    def found(self, expiring: Collection[str]) -> Found:
        """Return the points in all files read so far.

        Args:
            expiring: policies with a duration: the server drops their shards by itself one day.
        """
        told = Found()
        told.valued = self.valued
        for key, pieces in self.pieces.items():
            # Reasons that may be damage come first, even if another reason applies too.
            why = self.odd.get(key) or self._why_untold(key, expiring)
            known = None if why else _together(pieces)
            if known is None:
                told.untold[why or "points that were written twice"] += 1
            else:
                told.series[key] = known
        return told

    def _why_untold(self, key: Key, expiring: Collection[str]) -> str:
        """The reason why the files do not show what the server has of a series; empty if they
        do."""
        if self.unknown:
            return "some of the database was deleted"
        if key in self.deleted:
            return "some of their points were deleted"
        if key.policy in expiring:
            return "a policy lets them expire"
        if len(self.kinds[key.policy, key.field]) > 1:
            # The query spans all measurements. For such a field the server counts the points of
            # one type only, and reports 0 for the others.
            return "their field has values of several types"
        return ""


def points_of(folder: Path, among: Collection[str]) -> dict[str, Found]:
    """Read the points of these databases from a complete portable backup.

    Raises:
        FormatError: the backup is incomplete or damaged.
    """
    found = {name: _Database() for name in among}

    def take(database: str, name: str, file: IO[bytes]) -> None:
        policy = name.split("/", 3)[1]
        for one in series(file, folder / name):
            found[database].take(policy, one, file, folder / name)

    def other(database: str, name: str, file: IO[bytes] | None) -> None:
        if name.endswith(".tombstone"):
            found[database].delete(name.split("/", 3)[1], file, folder / name)

    backup = read_archives(folder, take, other, among)
    return {
        name: one.found({policy for database, policy in backup.expiring if database == name})
        for name, one in found.items()
    }


def _first(one: Series, file: IO[bytes], path: Path) -> tuple[int, tuple[Point, ...]]:
    """The type of a series' values, and its first points in the order of their times."""
    found: list[Point] = []
    kind = 0
    for block in sorted(one.blocks, key=lambda block: block.oldest):
        kind, more = read_points(file, block, path, FIRST - len(found))
        found += more
        if len(found) >= FIRST:
            break
    return kind, tuple(found)


def _together(pieces: list[_Piece]) -> Known | None:
    """Merge the points of one series from several files.

    A point that is in two files has the value of the later file (`pieces` is in file order). None
    if the result is unknown: types differ, or files overlap in time and not all points were read.
    """
    if len({one.kind for one in pieces}) > 1:
        return None
    valued = all(one.first is not None for one in pieces)
    ordered = sorted(pieces, key=lambda one: one.oldest)
    apart = all(one.newest < after.oldest for one, after in pairwise(ordered))
    if apart:
        first = islice((point for one in ordered for point in one.first or ()), FIRST)
        return Known(sum(one.many for one in pieces), tuple(first) if valued else None)
    if not all(one.first is not None and len(one.first) == one.many for one in pieces):
        return None
    merged = {time: value for one in pieces for time, value in one.first or ()}
    return Known(len(merged), tuple(islice(sorted(merged.items()), FIRST)))


def _key(policy: str, key: bytes) -> Key:
    lead, _, field = key.partition(_FIELD)
    name, *tags = _COMMA.split(lead)
    pairs = [_EQUALS.split(tag, maxsplit=1) for tag in tags]
    told = tuple(sorted((_text(pair[0]), _text(pair[-1])) for pair in pairs))
    return Key(policy, _text(name), told, field.decode("utf-8", "replace"))


def _text(escaped: bytes) -> str:
    return _ESCAPED.sub(rb"\1", escaped).decode("utf-8", "replace")
