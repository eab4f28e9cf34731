"""Redis' dump file as `SAVE` writes it: strings and hashes, version 9, without a checksum."""

from __future__ import annotations

import struct
from collections.abc import Mapping

_STRING, _HASH, _AUX, _SELECT, _END = 0x00, 0x04, 0xFA, 0xFE, 0xFF


def encode(keys: Mapping[bytes, bytes | dict[bytes, bytes]]) -> bytes:
    """A dump of these keys; a checksum of 0 says that there is none."""
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


def _text(word: bytes) -> bytes:
    return _length(len(word)) + word


def _length(number: int) -> bytes:
    if number < 1 << 6:
        return bytes([number])
    if number < 1 << 14:
        return struct.pack(">H", number | 0x4000)
    return b"\x80" + struct.pack(">I", number)
