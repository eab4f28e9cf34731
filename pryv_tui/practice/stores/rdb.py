"""Redis' dump file as `SAVE` writes it: strings and hashes, version 9, without a checksum."""

from __future__ import annotations

import struct
from collections.abc import Mapping

_STRING, _HASH, _AUX, _SELECT, _END = 0x00, 0x04, 0xFA, 0xFE, 0xFF


def encode(keys: Mapping[bytes, bytes | dict[bytes, bytes]]) -> bytes:
    """Return a dump of these keys. Its checksum is 0, which means that it has none."""
    out = bytearray(b"REDIS0009")
    out += bytes([_AUX]) + _text(b"redis-ver") + _text(b"5.0.14")
    if keys:
        out += bytes([_SELECT]) + _length(0)
    for key, value in sorted(keys.items()):
        if isinstance(value, dict):
            out += bytes([_HASH]) + _text(key) + _length(len(value))
            for name, word in value.items():
                out += _text(name) + _text(word)
        else:
            out += bytes([_STRING]) + _text(key) + _text(value)
    return bytes(out) + bytes([_END]) + bytes(8)


def decode(data: bytes) -> tuple[dict[bytes, bytes | dict[bytes, bytes]], int]:
    """Return the keys of a dump, and the position of its end: in an append-only file, commands may
    follow.

    Raises:
        ValueError: the data is not a valid dump, or it is cut off.
    """
    keys: dict[bytes, bytes | dict[bytes, bytes]] = {}
    at = 9
    try:
        while (kind := data[at]) != _END:
            at += 1
            if kind == _SELECT:
                _, at = _number(data, at)
                continue
            name, at = _word(data, at)
            if kind in (_AUX, _STRING):
                value, at = _word(data, at)
                if kind == _STRING:
                    keys[name] = value
                continue
            if kind != _HASH:
                raise ValueError(f"a value of the kind {kind}")
            count, at = _number(data, at)
            fields: dict[bytes, bytes] = {}
            for _ in range(count):
                field, at = _word(data, at)
                fields[field], at = _word(data, at)
            keys[name] = fields
    except (IndexError, struct.error) as error:
        raise ValueError("cut off") from error
    return keys, at + 9


def _number(data: bytes, at: int) -> tuple[int, int]:
    first = data[at]
    if first < 1 << 6:
        return first, at + 1
    if first < 0x80:
        return struct.unpack_from(">H", data, at)[0] & 0x3FFF, at + 2
    return struct.unpack_from(">I", data, at + 1)[0], at + 5


def _word(data: bytes, at: int) -> tuple[bytes, int]:
    length, at = _number(data, at)
    if at + length > len(data):
        raise ValueError("cut off")
    return data[at : at + length], at + length


def _text(word: bytes) -> bytes:
    return _length(len(word)) + word


def _length(number: int) -> bytes:
    if number < 1 << 6:
        return bytes([number])
    if number < 1 << 14:
        return struct.pack(">H", number | 0x4000)
    return b"\x80" + struct.pack(">I", number)
