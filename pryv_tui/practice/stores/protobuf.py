"""The part of the protocol buffer wire format that InfluxDB's metadata needs: varints and
messages."""

from __future__ import annotations

from collections.abc import Iterator

_MASK = (1 << 64) - 1


def varint(number: int) -> bytes:
    """Return a number as a varint; a negative number as its 64-bit two's complement."""
    number &= _MASK
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def number(field: int, value: int) -> bytes:
    """Return a field that contains a number."""
    return varint(field << 3) + varint(value)


def message(field: int, body: bytes | str) -> bytes:
    """Return a field that contains bytes, a string or another message."""
    data = body.encode() if isinstance(body, str) else body
    return varint(field << 3 | 2) + varint(len(data)) + data


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield every field of a message, in order: its number and its raw value.

    Raises:
        ValueError: the message ends early, or has a wire type that InfluxDB's metadata does not
            use.
    """
    position = 0
    while position < len(data):
        key, position = _read_varint(data, position)
        if key & 7 == 0:
            value, position = _read_varint(data, position)
            yield key >> 3, value
        elif key & 7 == 2:
            length, position = _read_varint(data, position)
            if position + length > len(data):
                raise ValueError("unexpected EOF")
            yield key >> 3, data[position : position + length]
            position += length
        else:
            raise ValueError(f"bad wiretype {key & 7}")


def signed(value: int) -> int:
    """Return an unsigned 64-bit number reinterpreted as a signed one."""
    return value - (1 << 64) if value >> 63 else value


def _read_varint(data: bytes, position: int) -> tuple[int, int]:
    if position < len(data) and data[position] < 0x80:
        return data[position], position + 1  # Most varints have only one byte.
    value = shift = 0
    while True:
        if position >= len(data):
            raise ValueError("unexpected EOF")
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
