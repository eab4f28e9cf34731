"""Read the series in an InfluxDB 1.x data file (TSM1), and their numbers of points.

The series are in the file's index, the numbers in the headers of its blocks.

A file has: the header `16 D1 16 D1`, version 1; blocks; the index; the index's offset (last 8
bytes). For each key the index has the key's length (big-endian uint16), the key, a type (byte), the
number of blocks (uint16) and 28 bytes per block (tsdb/engine/tsm1/DESIGN.md in InfluxDB's sources).
A key is `measurement,tags#!~#field`.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.influx.snappy import varint
from pryv_tui.phrases import counted

_MAGIC = bytes.fromhex("16d116d101")
_ENTRY = struct.Struct(">qqqI")
LARGEST = 64 << 20
"""Bytes of the largest block that is read; a block usually has a thousand points."""
HELD = (240, 120, 60, 30, 20, 15, 12, 10, 8, 7, 6, 5, 4, 3, 2, 1)
"""Number of values in a simple8b word, by its highest four bits (jwilder/encoding)."""
_UNESCAPED = re.compile(rb"(?<!\\),")
_FIELD = b"#!~#"


class Block(NamedTuple):
    """A block of points: its place in the file, and its first and last time (UTC, nanoseconds)."""

    oldest: int
    newest: int
    at: int
    size: int


class Series(NamedTuple):
    """One field of one series."""

    measurement: str
    key: bytes
    """The full key with tags and field; it is unique within a file."""
    field: str
    blocks: tuple[Block, ...]
    kind: int
    """The number of the values' type, as in InfluxDB (`tsm_values.FLOAT` and others)."""


def measurements(file: IO[bytes], path: Path) -> Iterator[str]:
    """Yield the measurement of each series in an open file; a name may come several times.

    Args:
        file: seekable.
        path: the file's name in errors.

    Raises:
        FormatError: it is not a TSM file, or is damaged.
    """
    for one in series(file, path):
        yield one.measurement


def series(file: IO[bytes], path: Path) -> Iterator[Series]:
    """Yield the series of an open file with their blocks. Arguments and errors as in
    `measurements`."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if size < len(_MAGIC) + 8 or file.read(len(_MAGIC)) != _MAGIC:
        raise FormatError(path, path.name, "is not a TSM file")
    file.seek(size - 8)
    (at,) = struct.unpack(">q", file.read(8))
    if not len(_MAGIC) <= at <= size - 8:
        raise FormatError(path, path.name, f"its index can't be at byte {at}")
    end = size - 8
    while at < end:
        file.seek(at)
        try:
            (length,) = struct.unpack(">H", file.read(2))
            key = file.read(length)
            kind, blocks = struct.unpack(">BH", file.read(3))
        except struct.error as error:
            raise FormatError(path, at, f"its index is cut off: {error}") from error
        at += 2 + length + 3 + blocks * _ENTRY.size
        if len(key) < length or at > end:
            raise FormatError(path, at, "its index is cut off")
        listed = file.read(blocks * _ENTRY.size)
        if len(listed) < blocks * _ENTRY.size:
            raise FormatError(path, at, "its index is cut off")
        name, field = names_of(key)
        yield Series(
            name,
            key,
            field,
            tuple(Block(*each) for each in _ENTRY.iter_unpack(listed)),
            kind,
        )


def names_of(key: bytes) -> tuple[str, str]:
    """The measurement and the field of a key."""
    lead, _, field = key.partition(_FIELD)
    name = _UNESCAPED.split(lead, 1)[0].replace(b"\\,", b",").replace(b"\\ ", b" ")
    return name.decode("utf-8", "replace"), field.decode("utf-8", "replace")


def count(file: IO[bytes], block: Block, path: Path) -> int:
    """The number of points in a block, found without decoding its values.

    A block is a checksum (4 bytes), a type (1), the length of its times (varint), its times and its
    values. The high half of the first byte of the times gives their encoding
    (tsdb/engine/tsm1/timestamp.go, `CountTimestamps`): 0, eight bytes each; 1, the first in eight
    bytes, then simple8b words; 2, the first, a step and a count.

    Raises:
        FormatError: the block is damaged, or has an unknown encoding.
    """
    if block.size > LARGEST:
        raise FormatError(path, block.at, f"a block of {counted(block.size, 'byte')}")
    if not 0 <= block.at <= file.seek(0, os.SEEK_END) - block.size:
        raise FormatError(path, block.at, f"there can't be a block at byte {block.at}")
    file.seek(block.at)
    body = file.read(block.size)
    try:
        length, at = varint(body, 5)
        times = body[at : at + length]
        if len(times) < length or not times:
            raise ValueError("a block is cut off")
        kind, packed = times[0] >> 4, times[9:]
        if kind == 0:
            return (len(times) - 1) // 8
        if kind == 1:
            words = len(packed) // 8
            return 1 + sum(HELD[packed[each * 8] >> 4] for each in range(words))
        if kind == 2:
            _step, after = varint(packed, 0)
            return varint(packed, after)[0]
    except (ValueError, IndexError) as error:
        raise FormatError(path, block.at, f"a block can't be read: {error}") from error
    raise FormatError(path, block.at, f"times in an unknown encoding ({kind})")
