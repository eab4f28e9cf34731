"""InfluxDB's real TSM file format, restricted to integers in uncompressed blocks.

Header, blocks (checksum, type, times, values), index (a series key with its blocks), footer. Times
and values are deltas, as the real encoders write them when they can't compress: encoding 0.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence

Point = tuple[int, int]
"""Time in nanoseconds, value."""

_HEADER = bytes.fromhex("16d116d101")
_INTEGER = 1
_BLOCK_POINTS = 1000
_SEPARATOR = "#!~#"


def series_key(measurement: str, field: str) -> str:
    """Return the key of a field's series in a TSM index."""
    return f"{measurement}{_SEPARATOR}{field}"


def measurement(key: str) -> str:
    """Return the measurement in one of our series keys, which have no tags."""
    return key.partition(_SEPARATOR)[0]


def encode(series: Mapping[str, Sequence[Point]]) -> bytes:
    """Return a TSM file with these series.

    Args:
        series: the points of each key, in the order of their times.
    """
    out = bytearray(_HEADER)
    index = bytearray()
    for key in sorted(series, key=str.encode):
        points = series[key]
        entries = bytearray()
        blocks = [points[i : i + _BLOCK_POINTS] for i in range(0, len(points), _BLOCK_POINTS)]
        for block in blocks:
            body = _block(block)
            entries += struct.pack(">qqqI", block[0][0], block[-1][0], len(out), len(body) + 4)
            out += struct.pack(">I", zlib.crc32(body)) + body
        name = key.encode()
        index += struct.pack(">H", len(name)) + name + struct.pack(">BH", _INTEGER, len(blocks))
        index += entries
    offset = len(out)
    return bytes(out + index) + struct.pack(">q", offset)


def _block(points: Sequence[Point]) -> bytes:
    times, previous = bytearray([0]), 0
    values, last = bytearray([0]), 0
    for time, value in points:
        times += struct.pack(">Q", time - previous)
        delta = _wrapped(value - last)
        values += struct.pack(">Q", (delta << 1 ^ delta >> 63) & 0xFFFFFFFFFFFFFFFF)
        previous, last = time, value
    return bytes([_INTEGER]) + _varint(len(times)) + bytes(times) + bytes(values)


def _wrapped(number: int) -> int:
    """Return the number as a signed 64-bit integer, with wrap-around as in the real encoders."""
    return (number + (1 << 63)) % (1 << 64) - (1 << 63)


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out) + bytes([number])


def decode(data: bytes) -> dict[str, list[Point]]:
    """Return the series in a TSM file that `encode` wrote.

    Raises:
        ValueError: the file is damaged, or uses an encoding that `encode` does not write.
    """
    if data[:5] != _HEADER or len(data) < 13:
        raise ValueError("not a TSM file")
    (offset,) = struct.unpack(">q", data[-8:])
    position, end = offset, len(data) - 8
    series: dict[str, list[Point]] = {}
    while position < end:
        (length,) = struct.unpack_from(">H", data, position)
        key = data[position + 2 : position + 2 + length].decode()
        position += 2 + length
        _, count = struct.unpack_from(">BH", data, position)
        position += 3
        points: list[Point] = []
        for _ in range(count):
            _, _, at, size = struct.unpack_from(">qqqI", data, position)
            position += 28
            points += _read_block(data[at : at + size])
        series[key] = points
    return series


def _read_block(block: bytes) -> list[Point]:
    (checksum,) = struct.unpack(">I", block[:4])
    body = block[4:]
    if zlib.crc32(body) != checksum:
        raise ValueError("a block's checksum is wrong")
    if body[0] != _INTEGER:
        raise ValueError("a block of a type that this miniature does not hold")
    length, position, shift = 0, 1, 0
    while True:
        byte = body[position]
        position += 1
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    times, values = body[position : position + length], body[position + length :]
    if times[0] >> 4 or values[0] >> 4:
        raise ValueError("a block in an encoding that this miniature does not read")
    points: list[Point] = []
    time = value = 0
    for (step,), (zigzag,) in zip(
        struct.iter_unpack(">Q", times[1:]), struct.iter_unpack(">Q", values[1:]), strict=True
    ):
        time += step
        value = _wrapped(value + (zigzag >> 1 ^ -(zigzag & 1)))
        points.append((time, value))
    return points
