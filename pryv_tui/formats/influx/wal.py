"""InfluxDB 1.x's write-ahead log: the newest points, which are in no TSM file yet.

A segment (`_00001.wal`) is a sequence of entries: a type (1 byte), a length (big-endian uint32) and
that many bytes, compressed with Snappy (tsdb/engine/tsm1/wal.go). A write has for each key: the
type of its values (1 byte), the key (after its length, uint16), the number of values (uint32), and
for each a time (8 bytes) and a value. A value has 8 bytes, a boolean 1, a text its length (uint32)
and its bytes. Like the server, this reader stops at a cut-off entry: the server was writing it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.influx.snappy import decompress
from pryv_tui.phrases import counted

_HEAD = struct.Struct(">BI")
_WRITE = 1
_LARGEST = 256 << 20
"""Bytes of the largest entry; an entry is one batch of points."""
_FIXED = {1: 8, 2: 8, 3: 1, 5: 8}
"""Bytes of a value by type: float, integer, boolean, unsigned integer."""
_TEXT = 4


class Written(NamedTuple):
    """The points of one field of one series in one write."""

    key: bytes
    """The key as in a TSM file: `measurement,tags#!~#field`."""
    times: tuple[int, ...]
    """Nanoseconds since 1970 (UTC)."""


def entries(file: IO[bytes], path: Path) -> Iterator[Written | None]:
    """Yield the writes in a segment; None for an entry that deletes.

    Raises:
        FormatError: the segment is damaged.
    """
    at = 0
    while True:
        head = file.read(_HEAD.size)
        if len(head) < _HEAD.size:
            return
        kind, length = _HEAD.unpack(head)
        if length > _LARGEST:
            raise FormatError(path, at, f"an entry can't have {counted(length, 'byte')}")
        packed = file.read(length)
        if len(packed) < length:
            return
        if kind != _WRITE:
            yield None
        else:
            try:
                yield from _written(decompress(packed, _LARGEST))
            except (ValueError, IndexError, struct.error) as error:
                raise FormatError(path, at, f"an entry can't be read: {error}") from error
        at += _HEAD.size + length


def _written(body: bytes) -> Iterator[Written]:
    at = 0
    while at < len(body):
        kind = body[at]
        (length,) = struct.unpack_from(">H", body, at + 1)
        key = body[at + 3 : at + 3 + length]
        at += 3 + length
        (many,) = struct.unpack_from(">I", body, at)
        at += 4
        times = []
        for _ in range(many):
            (time,) = struct.unpack_from(">q", body, at)
            times.append(time)
            at += 8
            if kind == _TEXT:
                (width,) = struct.unpack_from(">I", body, at)
                at += 4 + width
            elif kind in _FIXED:
                at += _FIXED[kind]
            else:
                raise ValueError(f"values of an unknown type ({kind})")
            if at > len(body):
                raise ValueError("a value is cut off")
        yield Written(key, tuple(times))
