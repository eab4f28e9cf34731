"""Decode the points of a block in an InfluxDB 1.x data file (TSM1), with their values.

A block is a CRC-32 checksum (4 bytes), a type (1), the length of its times (varint), its times and
its values. The high half of the first byte of the times, and of the values, gives their encoding
(tsdb/engine/tsm1/encoding.go, timestamp.go, float.go, int.go, bool.go, string.go). Times and
integers are stored as differences, integers in zigzag form; floats as changed bits (Gorilla); texts
are compressed with Snappy.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import IO

from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.influx.snappy import decompress, varint
from pryv_tui.formats.influx.tsm_files import HELD, LARGEST, Block

Value = float | int | bool | str
Point = tuple[int, Value]
"""Time in nanoseconds since 1970 (UTC), and value."""
FLOAT, INTEGER, BOOLEAN, TEXT, UNSIGNED = range(5)
"""The types of values in a block."""
_RAW, _WORDS, _RUN = range(3)
_BITS = (0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 30, 60)
"""Bits per number in a simple8b word, by its highest four bits; 0 means that all numbers are 1."""
_WORD = (1 << 64) - 1


def read_points(file: IO[bytes], block: Block, path: Path, most: int) -> tuple[int, list[Point]]:
    """Decode the first points of a block; return the type of its values, and the points.

    Args:
        file: seekable.
        path: the file's name in errors.
        most: most points to decode.

    Raises:
        FormatError: the block is damaged, or has an unknown encoding.
    """
    if not 0 < block.size <= LARGEST or block.at < 0:
        raise FormatError(path, block.at, f"there can't be a block at byte {block.at}")
    file.seek(block.at)
    content = file.read(block.size)
    if len(content) < block.size or content[:4] != struct.pack(">I", zlib.crc32(content[4:])):
        raise FormatError(path, block.at, "a block does not match its checksum")
    try:
        length, at = varint(content, 5)
        times = _times(content[at : at + length], most)
        values = list(_values(content[4], content[at + length :], len(times)))
    except (ValueError, IndexError, struct.error, OverflowError) as error:
        raise FormatError(path, block.at, f"a block can't be read: {error}") from error
    if len(values) < len(times):
        raise FormatError(path, block.at, "a block has fewer values than times")
    return content[4], list(zip(times, values, strict=True))


def _times(packed: bytes, most: int) -> list[int]:
    kind, step = packed[0] >> 4, 10 ** (packed[0] & 15)
    if kind == _RAW:
        found: Iterator[int] = accumulate(_eights(packed[1:], most))
    elif kind == _WORDS:
        (first,) = struct.unpack_from(">Q", packed, 1)
        steps = (one * step for one in _simple8b(packed[9:], most - 1))
        found = accumulate(steps, initial=first)
    elif kind == _RUN:
        (first,) = struct.unpack_from(">Q", packed, 1)
        by, at = varint(packed, 9)
        many, _ = varint(packed, at)
        return [_signed(first + one * by * step) for one in range(min(many, most))]
    else:
        raise ValueError(f"times in an unknown encoding ({kind})")
    return [_signed(one) for one in found]


def _values(kind: int, packed: bytes, many: int) -> Iterator[Value]:
    if kind == FLOAT:
        return _floats(packed, many)
    if kind in (INTEGER, UNSIGNED):
        found = _integers(packed, many)
        return (one & _WORD for one in found) if kind == UNSIGNED else map(_signed, found)
    if kind == BOOLEAN:
        return _booleans(packed, many)
    if kind == TEXT:
        return _texts(packed, many)
    raise ValueError(f"values of an unknown type ({kind})")


def _integers(packed: bytes, many: int) -> Iterator[int]:
    kind = packed[0] >> 4
    if kind == _RAW:
        return accumulate(map(_unfolded, _eights(packed[1:], many)))
    (first,) = struct.unpack_from(">Q", packed, 1)
    if kind == _WORDS:
        steps = map(_unfolded, _simple8b(packed[9:], many - 1))
        return accumulate(steps, initial=_unfolded(first))
    if kind == _RUN:
        by, _ = varint(packed, 9)
        return (_unfolded(first) + one * _unfolded(by) for one in range(many))
    raise ValueError(f"integers in an unknown encoding ({kind})")


def _booleans(packed: bytes, many: int) -> Iterator[bool]:
    if packed[0] >> 4 != _WORDS:
        raise ValueError("booleans in an unknown encoding")
    _many, at = varint(packed, 1)
    return (bool(packed[at + one // 8] >> 7 - one % 8 & 1) for one in range(many))


def _texts(packed: bytes, many: int) -> Iterator[str]:
    if packed[0] >> 4 != _WORDS:
        raise ValueError("texts in an unknown encoding")
    content = decompress(packed[1:], LARGEST)
    at = 0
    for _ in range(many):
        length, at = varint(content, at)
        if at + length > len(content):
            raise ValueError("a text is cut off")
        yield content[at : at + length].decode("utf-8", "replace")
        at += length


def _floats(packed: bytes, many: int) -> Iterator[float]:
    """Decode floats: the first has 64 bits; each other is stored as its XOR with the one before.

    A bit says whether the value differs. If so, a second bit says whether the position of the
    changed bits is new. If so, 5 bits give the number of unchanged leading bits, 6 bits that of the
    changed ones. The changed bits follow.
    """
    if packed[0] >> 4 != _WORDS:
        raise ValueError("floats in an unknown encoding")
    bits, left = int.from_bytes(packed[1:], "big"), (len(packed) - 1) * 8

    def take(size: int) -> int:
        nonlocal left
        left -= size
        if left < 0:
            raise ValueError("floats are cut off")
        return bits >> left & (1 << size) - 1

    value, behind, size = 0, 0, 0
    for number in range(many):
        if not number:
            value = take(64)
        elif take(1):
            if take(1):
                before, size = take(5), take(6) or 64
                behind = 64 - before - size
                if behind < 0:
                    raise ValueError("a float of more than 64 bits")
            value ^= take(size) << behind
        (found,) = struct.unpack(">d", value.to_bytes(8, "big"))
        yield found


def _simple8b(packed: bytes, most: int) -> Iterator[int]:
    """Unpack the numbers of simple8b words, lowest bits first (jwilder/encoding)."""
    for (word,) in struct.iter_unpack(">Q", packed[: len(packed) // 8 * 8]):
        kind = word >> 60
        bits = _BITS[kind]
        for at in range(HELD[kind]):
            if most <= 0:
                return
            most -= 1
            yield word >> at * bits & (1 << bits) - 1 if bits else 1


def _eights(packed: bytes, most: int) -> Iterator[int]:
    return (one for (one,) in struct.iter_unpack(">Q", packed[: min(len(packed) // 8, most) * 8]))


def _unfolded(number: int) -> int:
    return number >> 1 ^ -(number & 1)


def _signed(number: int) -> int:
    """Wrap a number into the range of signed 64-bit integers."""
    return (number + (1 << 63)) % (1 << 64) - (1 << 63)
