"""Points of some databases of a portable backup, to be compared with what a server tells of them:
of each series how many, and of some of them the first ones with their values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from itertools import islice, pairwise
from pathlib import Path
from typing import IO, NamedTuple

from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.influx.tsm_files import Series, count, series
from pryv_tui.formats.influx.tsm_values import Point, read_points
from pryv_tui.formats.influx_backup import read_archives

FIRST = 1_000
"""Points of a series that are compared by value: as many as a block has as a rule."""
VALUED = 20
"""Measurements of a database whose points are."""
SERIES = 100_000
"""Series of a database that are held at most."""
UNREAD = "a block can't be read"
"""How a reason begins that may be damage."""
_FIELD = b"#!~#"
_COMMA = re.compile(rb"(?<!\\),")
_EQUALS = re.compile(rb"(?<!\\)=")
_ESCAPED = re.compile(rb"\\([,= ])")


class Key(NamedTuple):
    """One field of one series, as a server tells it."""

    policy: str
    measurement: str
    tags: tuple[tuple[str, str], ...]
    field: str


class Known(NamedTuple):
    """What the files tell of a series."""

    many: int
    first: tuple[Point, ...] | None
    """In the order of their times; None where its values were not read."""


class Told(NamedTuple):
    """What a server tells of a policy of a database."""

    many: dict[Key, int]
    """Points of each series, of all its measurements."""
    first: dict[Key, list[Point]]
    """The first ones of those that are wanted by value."""
    until: dict[tuple[str, str, tuple[tuple[str, str], ...]], int]
    """By policy, measurement and tags, the time of the last of these, where there may be more."""


class Found:
    """What the files of a database tell."""

    def __init__(self) -> None:
        self.series: dict[Key, Known] = {}
        self.untold: Counter[str] = Counter()
        """By reason, of how many series the files do not tell what their server has to hold."""
        self.valued: set[str] = set()
        """The measurements whose values were read, all of them."""


class _Piece(NamedTuple):
    """What one file has of a series."""

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
        """By policy and field, the types of values that its measurements have."""
        self.valued: set[str] = set()
        self.shards: set[str] = set()
        self.deleted = False

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

    def found(self, lasting: bool) -> Found:
        told = Found()
        told.valued = self.valued
        for key, pieces in self.pieces.items():
            why = self.odd.get(key, "")
            if self.deleted:
                why = "some of the database was deleted"
            elif not lasting:
                why = "a policy lets them expire"
            elif not why and len(self.kinds[key.policy, key.field]) > 1:
                # One question spans all measurements: of such a field the server counts the points
                # of one type alone, and tells 0 of the others.
                why = "their field has values of several types"
            known = None if why else _together(pieces)
            if known is None:
                told.untold[why or "points that were written twice"] += 1
            else:
                told.series[key] = known
        return told


def points_of(folder: Path, among: Collection[str]) -> dict[str, Found]:
    """What a complete portable backup tells of these databases.

    Raises:
        FormatError: it is not complete, or damaged.
    """
    found = {name: _Database() for name in among}

    def take(database: str, name: str, file: IO[bytes]) -> None:
        _, policy, shard, _ = name.split("/", 3)
        found[database].shards.add(shard)
        for one in series(file, folder / name):
            found[database].take(policy, one, file, folder / name)

    def other(database: str, name: str) -> None:
        if name.endswith(".tombstone"):
            found[database].deleted = True

    backup = read_archives(folder, take, other, among)
    total = Counter(shard.database for shard in backup.files)
    return {
        name: one.found(lasting=backup.lasting.get(name, 0) == total[name])
        for name, one in found.items()
    }


def _first(one: Series, file: IO[bytes], path: Path) -> tuple[int, tuple[Point, ...]]:
    """The type of a series' values, and its first points."""
    found: list[Point] = []
    kind = 0
    for block in sorted(one.blocks, key=lambda block: block.oldest):
        kind, more = read_points(file, block, path, FIRST - len(found))
        found += more
        if len(found) >= FIRST:
            break
    return kind, tuple(found)


def _together(pieces: list[_Piece]) -> Known | None:
    """What several files tell of a series; None where they do not tell it. Of a point that lies in
    two of them the later one counts (they come in their order)."""
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
