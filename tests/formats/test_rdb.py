"""The parts of Redis' snapshot format that the servers at hand don't write."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from pryv_tui.formats.crc64 import crc64
from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.lzf import decompress
from pryv_tui.formats.rdb import RdbReader


def string(content: bytes) -> bytes:
    assert len(content) < 64
    return bytes([len(content)]) + content


def snapshot(body: bytes, version: int = 12) -> bytes:
    return b"REDIS%04d" % version + body + b"\xff" + bytes(8 if version >= 5 else 0)


def keys(content: bytes) -> dict[int, set[bytes]]:
    return RdbReader(io.BytesIO(content), Path("snapshot.rdb")).keys()


PAIR = string(b"f") + string(b"v")
VALUES = {
    "list": (1, b"\x02" + PAIR),
    "set": (2, b"\x02" + PAIR),
    "sorted set with scores as text": (
        3,
        b"\x05"
        + string(b"a")
        + b"\x031.5"
        + b"".join(string(b"x") + m for m in (b"\xfd", b"\xfe", b"\xff", b"\x010")),
    ),
    "hash": (4, b"\x01" + PAIR),
    "sorted set": (5, b"\x01" + string(b"a") + bytes(8)),
    "module": (
        7,
        b"\x81"
        + bytes(8)
        + b"\x01\x05\x02\x06\x03"
        + bytes(4)
        + b"\x04"
        + bytes(8)
        + b"\x05"
        + string(b"x")
        + b"\x00",
    ),
    "zipmap": (9, string(b"z")),
    "stream of Redis 5": (
        15,
        b"\x01"
        + string(b"i" * 16)
        + string(b"l")
        + b"\x01\x02\x03"
        + b"\x01"
        + string(b"group")
        + b"\x01\x02"
        + b"\x01"
        + bytes(24)
        + b"\x01"
        + b"\x01"
        + string(b"consumer")
        + bytes(8)
        + b"\x01"
        + bytes(16),
    ),
    "stream of Redis 7.2": (
        21,
        b"\x01"
        + string(b"i" * 16)
        + string(b"l")
        + b"\x01\x02\x03\x04\x05\x06\x07\x08"
        + b"\x01"
        + string(b"group")
        + b"\x01\x02\x03"
        + b"\x01"
        + bytes(24)
        + b"\x01"
        + b"\x01"
        + string(b"consumer")
        + bytes(16)
        + b"\x01"
        + bytes(16),
    ),
    "hash with times": (24, bytes(8) + b"\x01\x05" + PAIR),
    "packed hash with times": (25, bytes(8) + string(b"l")),
    "string of 32-bit length": (0, b"\x80\x00\x00\x00\x02ab"),
    "string of 64-bit length": (0, b"\x81" + (2).to_bytes(8, "big") + b"ab"),
    "string of 14-bit length": (0, b"\x41\x00" + b"x" * 256),
}


@pytest.mark.parametrize("name", VALUES)
def test_every_type_is_walked_to_its_end(name: str) -> None:
    kind, value = VALUES[name]
    body = bytes([kind]) + string(b"first") + value + b"\0" + string(b"second") + string(b"x")
    assert keys(snapshot(body)) == {0: {b"first", b"second"}}


def test_what_stands_between_keys_is_passed_over() -> None:
    body = (
        b"\xfa" + PAIR + b"\xfe\x03" + b"\xfb\x01\x00" + b"\xf4\x01\x01\x00"
        + b"\xf5" + string(b"code") + b"\xf7\x81" + bytes(8) + b"\x02\x01\x00"
        + b"\xfc" + bytes(8) + b"\xf8\x05" + b"\xf9\x07" + b"\xfd" + bytes(4)
        + b"\0" + string(b"k") + string(b"v")
    )  # fmt: skip
    assert keys(snapshot(body)) == {3: {b"k"}}


def test_a_snapshot_older_than_checksums() -> None:
    assert keys(snapshot(b"\0" + string(b"k") + string(b"v"), version=4)) == {0: {b"k"}}


@pytest.mark.parametrize("body", [b"\x06" + PAIR, b"\x63" + PAIR, b"\0\xc4", b"\0\x82"])
def test_what_is_not_known_is_refused(body: bytes) -> None:
    with pytest.raises(FormatError):
        keys(snapshot(body))


@pytest.mark.parametrize("length", [2**20 + 1, 2**40, 2**63, 2**64 - 1])
def test_a_damaged_length_is_no_reason_to_fill_the_memory(length: int) -> None:
    name = b"\x81" + length.to_bytes(8, "big")
    for body in (b"\0" + name, b"\x01" + string(b"k") + name, b"\0\xc3" + name + name):
        with pytest.raises(FormatError):
            keys(snapshot(body))


def test_a_long_key_is_read_whole() -> None:
    long = bytes(range(256)) * 10_000
    body = b"\0\x80" + len(long).to_bytes(4, "big") + long + string(b"v")
    assert keys(snapshot(body)) == {0: {long}}


def test_keys_as_numbers_and_compressed() -> None:
    body = b"".join(
        b"\0" + key + string(b"v")
        for key in (
            b"\xc0\xf9",
            b"\xc1\x39\x30",
            b"\xc2" + (70000).to_bytes(4, "little"),
            b"\xc3\x05\x14" + b"\x00a\xe0\x0a\x00",
        )
    )
    assert keys(snapshot(body)) == {0: {b"-7", b"12345", b"70000", b"a" * 20}}


@pytest.mark.parametrize(
    "packed", [b"\xe0", b"\x20", b"\x20\x00", b"\x05ab", b"\x00a\xe0\x0a\x01", b"\x00a", b""]
)
def test_damaged_compression_is_refused(packed: bytes) -> None:
    with pytest.raises(ValueError):
        decompress(packed, 20)


def test_the_checksum_is_that_of_redis() -> None:
    assert crc64(b"123456789") == 0xE9C6D914C4B8D9CA  # the value that Redis' own test expects
    content = bytes(range(256)) * 5
    for at in (0, 1, 7, 8, 9, 1000):
        assert crc64(content[at:], crc64(content[:at])) == crc64(content)
