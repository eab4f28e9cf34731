"""InfluxDB's `meta.db`: databases, retention policies, shard groups, in the real protobuf message.

A portable backup's `.meta` file is another message around it: field 1 is this content, byte for
byte, field 2 a node number.
"""

from __future__ import annotations

import msgspec

from pryv_tui.practice.stores.protobuf import fields, message, number, signed

POLICY = "autogen"
WEEK = 7 * 24 * 3600 * 10**9
"""The length of an autogen shard group, in nanoseconds."""
_MONDAY = 4 * 24 * 3600 * 10**9
"""Nanoseconds from the epoch, a Thursday, to a Monday. Shard groups begin on Mondays, since
InfluxDB counts them from the year 1."""
_CLUSTER = 5600000000000000001


class ShardGroup(msgspec.Struct):
    """A time span and the shard that contains its points (one shard for each group, on one
    node)."""

    id: int
    start: int
    end: int
    shard: int


class Database(msgspec.Struct):
    """One database with its one retention policy."""

    name: str
    groups: list[ShardGroup] = msgspec.field(default_factory=list)

    def group_of(self, time: int) -> ShardGroup | None:
        return next((g for g in self.groups if g.start <= time < g.end), None)


class Meta(msgspec.Struct):
    """The whole metadata of a server."""

    databases: list[Database] = msgspec.field(default_factory=list)
    max_group: int = 0
    max_shard: int = 0
    index: int = 1

    def database(self, name: str) -> Database | None:
        return next((d for d in self.databases if d.name == name), None)

    def add_group(self, database: Database, time: int) -> ShardGroup:
        """Create a shard group for the week that contains this time."""
        start = (time - _MONDAY) // WEEK * WEEK + _MONDAY
        self.max_group += 1
        self.max_shard += 1
        group = ShardGroup(self.max_group, start, start + WEEK, self.max_shard)
        database.groups.append(group)
        return group


def encode(meta: Meta) -> bytes:
    """Return the content of `meta.db`."""
    out = number(1, 0) + number(2, meta.index) + number(3, _CLUSTER)
    for database in meta.databases:
        policy = message(1, POLICY) + number(2, 0) + number(3, WEEK) + number(4, 1)
        for group in sorted(database.groups, key=lambda g: g.start):
            body = number(1, group.id) + number(2, group.start) + number(3, group.end)
            body += number(4, 0) + message(5, number(1, group.shard))
            policy += message(5, body)
        out += message(5, message(1, database.name) + message(2, POLICY) + message(3, policy))
    return out + number(7, 0) + number(8, meta.max_group) + number(9, meta.max_shard)


def decode(data: bytes) -> Meta:
    """Read `meta.db`. Fields that this miniature does not use are ignored.

    Raises:
        ValueError: the content is not a valid message of this kind.
    """
    meta = Meta()
    for key, value in fields(data):
        if key == 5 and isinstance(value, bytes):
            meta.databases.append(_database(value))
        elif isinstance(value, int):
            if key == 2:
                meta.index = value
            elif key == 8:
                meta.max_group = value
            elif key == 9:
                meta.max_shard = value
    return meta


def _database(data: bytes) -> Database:
    database = Database("")
    for key, value in fields(data):
        if key == 1 and isinstance(value, bytes):
            database.name = value.decode()
        elif key == 3 and isinstance(value, bytes):
            for inner, group in fields(value):
                if inner == 5 and isinstance(group, bytes):
                    database.groups.append(_group(group))
    return database


def _group(data: bytes) -> ShardGroup:
    group = ShardGroup(0, 0, 0, 0)
    for key, value in fields(data):
        if isinstance(value, int):
            if key == 1:
                group.id = value
            elif key == 2:
                group.start = signed(value)
            elif key == 3:
                group.end = signed(value)
        elif key == 5:
            group.shard = next(int(v) for k, v in fields(value) if k == 1)
    return group


def pack(content: bytes) -> bytes:
    """Return the content of a portable `.meta` file for a `meta.db`."""
    return message(1, content) + number(2, 0)


def unpack(data: bytes) -> bytes:
    """Return the `meta.db` inside a portable `.meta` file.

    Raises:
        ValueError: the data is not a portable `.meta` file.
    """
    for key, value in fields(data):
        if key == 1 and isinstance(value, bytes):
            return value
    raise ValueError("no metadata in it")
