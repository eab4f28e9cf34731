"""Read protobuf's wire format without a schema; only as much as this package needs.

https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

from collections.abc import Iterator


def fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield the fields of a message: each number, with an integer or the field's bytes.

    Raises:
        ValueError: the message is not protobuf, or is cut off.
    """
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, wire = key >> 3, key & 7
        if number == 0:
            raise ValueError("a field can't have number 0")
        if wire == 0:
            value, at = _varint(message, at)
            yield number, value
        elif wire in (1, 2, 5):
            if wire == 2:
                length, at = _varint(message, at)
            else:
                length = 8 if wire == 1 else 4
            if at + length > len(message):
                raise ValueError(f"field {number} is cut off")
            yield number, message[at : at + length]
            at += length
        else:
            raise ValueError(f"field {number} has an unknown type ({wire})")


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(message):
            raise ValueError("a number is cut off")
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("a number is longer than 64 bits")
