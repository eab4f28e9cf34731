"""The points of InfluxDB's files, with their values: in each form in which they are packed."""

from __future__ import annotations

import gzip
import io
import struct
import zlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.influx import some_points
from pryv_tui.formats.influx.some_points import FIRST, Key, points_of
from pryv_tui.formats.influx.tombstones import deleted_keys
from pryv_tui.formats.influx.tsm_files import Block
from pryv_tui.formats.influx.tsm_values import BOOLEAN, FLOAT, INTEGER, TEXT, read_points

REAL = Path(__file__).parent / "data" / "influxdb-1.6.7" / "two-users"
PATH = Path("a.tsm")
T0 = 1_767_225_600_000_000_000


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def block(kind: int, times: bytes, values: bytes) -> tuple[io.BytesIO, Block]:
    body = bytes([kind]) + varint(len(times)) + times + values
    content = b"head" + struct.pack(">I", zlib.crc32(body)) + body
    return io.BytesIO(content), Block(0, 0, 4, len(content) - 4)


def word(selector: int, bits: int, *numbers: int) -> bytes:
    packed = sum(one << at * bits for at, one in enumerate(numbers))
    return struct.pack(">Q", selector << 60 | packed)


def eights(*numbers: int) -> bytes:
    return b"".join(struct.pack(">Q", one % (1 << 64)) for one in numbers)


RAW_TIMES = b"\0" + eights(T0, 10, 20)
RUN_TIMES = bytes([0x20 | 9]) + eights(T0) + varint(1) + varint(3)
WORD_TIMES = bytes([0x10 | 3]) + eights(T0) + word(14, 30, 5, 7)
THREE = {
    "raw": (RAW_TIMES, [T0, T0 + 10, T0 + 30]),
    "run": (RUN_TIMES, [T0, T0 + 10**9, T0 + 2 * 10**9]),
    "words": (WORD_TIMES, [T0, T0 + 5_000, T0 + 12_000]),
}


@pytest.mark.parametrize("form", THREE)
def test_times_are_read_in_each_form(form: str) -> None:
    packed, expected = THREE[form]
    values = b"\0" + eights(2 * 7, 0, 0)
    file, at = block(INTEGER, packed, values)
    kind, found = read_points(file, at, PATH, FIRST)
    assert (kind, found) == (INTEGER, [(time, 7) for time in expected])
    assert read_points(file, at, PATH, 2)[1] == found[:2]


def bits_of(*pieces: tuple[int, int]) -> bytes:
    """Numbers of so many bits each, one after the other, filled up to whole bytes."""
    text = "".join(f"{number:0{size}b}" for number, size in pieces)
    text += "0" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big")


def as_bits(number: float) -> int:
    return int.from_bytes(struct.pack(">d", number), "big")


ONE_TO_TWO = as_bits(1.0) ^ as_bits(2.0)
"""From 1.0 to 2.0 the bits 1 to 11 change."""
FLOATS = b"\x10" + bits_of(
    (as_bits(1.0), 64), (0b11, 2), (1, 5), (11, 6), (ONE_TO_TWO >> 52, 11), (0b10, 2),
    (ONE_TO_TWO >> 52, 11),
)  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        (FLOAT, FLOATS, [1.0, 2.0, 1.0]),
        (FLOAT, b"\x10" + bits_of((as_bits(-0.1), 64), (0, 1), (0, 1)), [-0.1, -0.1, -0.1]),
        (INTEGER, b"\0" + eights(3, 4, 1), [-2, 0, -1]),
        (INTEGER, b"\x10" + eights(20) + word(13, 20, 4, 3), [10, 12, 10]),
        (INTEGER, b"\x20" + eights(20) + varint(2) + varint(2), [10, 11, 12]),
        (INTEGER, b"\x10" + eights(2) + word(1, 0), [1, 0, -1]),
        (BOOLEAN, b"\x10" + varint(3) + b"\xa0", [True, False, True]),
        (TEXT, b"\x10" + bytes([6, 20]) + b"\1a\1b\1c", ["a", "b", "c"]),
        (4, b"\0" + eights(1, 0, 0), [(1 << 64) - 1] * 3),
    ],
)
def test_values_are_read_in_each_form(kind: int, values: bytes, expected: list[Any]) -> None:
    file, at = block(kind, RAW_TIMES, values)
    found = [value for _, value in read_points(file, at, PATH, FIRST)[1]]
    assert found == expected
    assert [type(one) for one in found] == [type(one) for one in expected]


@pytest.mark.parametrize(
    ("kind", "times", "values"),
    [
        (FLOAT, RAW_TIMES, b"\x10\0"),
        (FLOAT, RAW_TIMES, b"\x30" + bytes(40)),
        (INTEGER, b"\x50" + bytes(24), b"\0" + bytes(24)),
        (INTEGER, RAW_TIMES, b"\0" + bytes(8)),
        (TEXT, RAW_TIMES, b"\x10" + bytes([2, 4]) + b"\x05a"),
        (9, RAW_TIMES, b"\0" + bytes(24)),
        (INTEGER, b"", b""),
    ],
)
def test_what_is_cut_off_or_not_known_is_said(kind: int, times: bytes, values: bytes) -> None:
    file, at = block(kind, times, values)
    with pytest.raises(FormatError):
        read_points(file, at, PATH, FIRST)


def test_a_block_with_one_bit_changed_is_none() -> None:
    file, at = block(INTEGER, RAW_TIMES, b"\0" + eights(1, 1, 1))
    content = bytearray(file.getvalue())
    content[-1] ^= 1
    with pytest.raises(FormatError, match="checksum"):
        read_points(io.BytesIO(bytes(content)), at, PATH, FIRST)


def test_a_real_backup_tells_its_points() -> None:
    found = points_of(REAL, ["user.alice", "user.bob"])
    assert {name: dict(one.untold) for name, one in found.items()} == {
        "user.alice": {}, "user.bob": {},
    }  # fmt: skip
    (only,) = found["user.alice"].series.items()
    assert only[0] == Key("autogen", "hr", (), "value")
    assert only[1].many == 2
    assert only[1].first == ((1_500_000_000_000_000_000, 1.0), (1_500_000_001_000_000_000, 2.0))
    assert found["user.alice"].valued == {"hr"} and not found["user.bob"].series


NUMBER, TRUTH = (FLOAT, FLOATS), (BOOLEAN, b"\x10" + varint(3) + b"\xa0")
WORD = (TEXT, b"\x10" + bytes([6, 20]) + b"\1a\1b\1c")


def file_of(series: dict[str, tuple[int, bytes]]) -> io.BytesIO:
    """A file of these fields, each with three points."""
    out, index = bytearray.fromhex("16d116d101"), b""
    for key, (kind, values) in sorted(series.items()):
        content = block(kind, RAW_TIMES, values)[0].getvalue()[4:]
        index += struct.pack(">H", len(key)) + key.encode() + struct.pack(">BH", kind, 1)
        index += struct.pack(">qqqI", T0, T0 + 30, len(out), len(content))
        out += content
    return io.BytesIO(bytes(out) + index + struct.pack(">q", len(out)))


def told_of(monkeypatch: pytest.MonkeyPatch, **policies: dict[str, tuple[int, bytes]]) -> Any:
    return told_beside(monkeypatch, {}, frozenset(), **policies)


def told_beside(
    monkeypatch: pytest.MonkeyPatch,
    beside: dict[str, bytes],
    expiring: frozenset[tuple[str, str]] = frozenset(),
    **policies: dict[str, tuple[int, bytes]],
) -> Any:
    """The same.

    Args:
        beside: by policy, what a file beside that with the points says was deleted.
    """

    def archives(_folder: Path, take: Any, other: Any, _among: Any) -> Any:
        for at, (policy, series) in enumerate(policies.items()):
            if policy in beside:
                note = io.BytesIO(beside[policy])
                other("user.a", f"user.a/{policy}/{at}/1.tombstone", note)
            take("user.a", f"user.a/{policy}/{at}/1.tsm", file_of(series))
        return SimpleNamespace(expiring=expiring)

    monkeypatch.setattr(some_points, "read_archives", archives)
    return points_of(Path("set"), ["user.a"])["user.a"]


@pytest.mark.parametrize("others", [[WORD], [TRUTH], [WORD, TRUTH]])
def test_of_a_field_with_values_of_several_types_a_server_counts_one_type_alone(
    monkeypatch: pytest.MonkeyPatch, others: list[tuple[int, bytes]]
) -> None:
    more = {f"e.{at}#!~#value": one for at, one in enumerate(others)}
    found = told_of(monkeypatch, autogen={"e.n#!~#value": NUMBER, "e.n#!~#unit": WORD, **more})
    assert [(key.measurement, key.field) for key in found.series] == [("e.n", "unit")]
    assert found.untold == {"their field has values of several types": 1 + len(others)}


def test_it_is_so_beyond_the_measurements_that_are_read_by_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    many = {f"e.{at:02}#!~#value": NUMBER for at in range(some_points.VALUED)}
    found = told_of(monkeypatch, autogen={**many, "e.last#!~#value": WORD})
    assert "e.last" not in found.valued and not found.series
    assert found.untold == {"their field has values of several types": len(many) + 1}


def test_fields_of_one_type_each_and_those_of_another_policy_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = {"e.a#!~#value": NUMBER, "e.b#!~#value": NUMBER, "e.b#!~#unit": WORD}
    found = told_of(monkeypatch, autogen=one, other={"e.a#!~#value": WORD})
    assert {key.policy for key in found.series} == {"autogen", "other"}
    assert {known.many for known in found.series.values()} == {3}
    assert len(found.series) == 4 and not found.untold


def deleted(*keys: str) -> bytes:
    """What a tombstone says of them, before it is packed."""
    return b"".join(
        struct.pack(">I", len(key)) + key.encode() + struct.pack(">qq", T0, T0 + 5) for key in keys
    )


GONE = "e.a,room=b\\ c#!~#value"
TOMBSTONES = {
    "1": GONE.encode() + b"\n",
    "2": b"\0\0\x15\x02" + deleted(GONE),
    "3": b"\0\0\x15\x03" + gzip.compress(deleted(GONE)),
    # Each time that something is deleted a piece is put to the others.
    "4": b"\0\0\x15\x04" + gzip.compress(deleted("e.z#!~#value")) + gzip.compress(deleted(GONE)),
}


REAL_TOMBSTONE = bytes.fromhex(
    "00001504 1f8b0800000000 0000ff6260"
    "60104ecfcf4b5556ac532e49cd2d482d"
    "4a2c292d4a6d608000f1e973fe27e87f"
    "fc0f080000ffff9d6c123027000000"
)
"""As InfluxDB 1.6.7 wrote it when half of a series was deleted."""


def test_a_real_one_is_read() -> None:
    assert deleted_keys(io.BytesIO(REAL_TOMBSTONE), PATH) == {b"gone#!~#temperature"}


@pytest.mark.parametrize("version", TOMBSTONES)
def test_what_was_deleted_of_a_series_keeps_no_other_one_from_being_told(
    monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    held = {GONE: NUMBER, "e.a#!~#value": NUMBER, "e.b#!~#value": NUMBER}
    beside = {"autogen": TOMBSTONES[version]}
    found = told_beside(monkeypatch, beside, autogen=held, other={GONE: NUMBER})
    told = {(key.policy, key.measurement, key.tags) for key in found.series}
    of_it = ("e.a", (("room", "b c"),))
    assert told == {("autogen", "e.a", ()), ("autogen", "e.b", ()), ("other", *of_it)}
    assert found.untold == {"some of their points were deleted": 1}


@pytest.mark.parametrize(
    "content",
    [
        TOMBSTONES["2"][:-1],
        TOMBSTONES["2"] + b"\0\0",
        TOMBSTONES["3"][:-9],
        b"\0\0\x15\x03 no gzip",
        b"\0\0\x15\x05" + deleted(GONE),
        b"\0\0\x15\x02" + struct.pack(">I", 0) + bytes(16),
    ],
    ids=["cut", "too long", "cut gzip", "no gzip", "another version", "no key"],
)
def test_of_what_it_can_not_be_told_what_was_deleted_nothing_is_told(
    monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    with pytest.raises(FormatError):
        deleted_keys(io.BytesIO(content), PATH)
    found = told_beside(monkeypatch, {"autogen": content}, autogen={"e.b#!~#value": NUMBER})
    assert not found.series and found.untold == {"some of the database was deleted": 1}


def test_what_unpacks_to_more_than_is_held_is_no_list_of_what_was_deleted() -> None:
    many = deleted(GONE) * 2
    packed = b"\0\0\x15\x03" + gzip.compress(many)
    assert deleted_keys(io.BytesIO(packed), PATH) == {GONE.encode()}
    for content in (packed, b"\0\0\x15\x02" + many, TOMBSTONES["1"] * 9):
        with pytest.raises(FormatError, match="more than"):
            deleted_keys(io.BytesIO(content), PATH, len(many) - 1)


def test_a_policy_that_lets_points_expire_keeps_no_other_one_from_being_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held = {"e.a#!~#value": NUMBER}
    passes = frozenset({("user.a", "week"), ("user.b", "autogen")})
    found = told_beside(monkeypatch, {}, passes, autogen=held, week=held)
    assert {key.policy for key in found.series} == {"autogen"}
    assert found.untold == {"a policy lets them expire": 1}


@pytest.mark.parametrize("also", ["deleted", "expiring", "several types"])
def test_what_may_be_damage_is_told_as_that_whatever_else_is_so_of_it(
    monkeypatch: pytest.MonkeyPatch, also: str
) -> None:
    """A block whose numbers do not fit its checksum, which are the values."""
    bad = (FLOAT, FLOATS[:-2])
    more = {"e.z#!~#value": WORD} if also == "several types" else {}
    beside = {"autogen": TOMBSTONES["2"]} if also == "deleted" else {}
    passes = frozenset({("user.a", "autogen")} if also == "expiring" else ())
    found = told_beside(monkeypatch, beside, passes, autogen={GONE: bad, **more})
    assert any(why.startswith(some_points.UNREAD) for why in found.untold), found.untold
