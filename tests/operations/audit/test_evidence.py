"""What a set's files tell of attachments and series, for the layouts of 1.6 to 1.9."""

from __future__ import annotations

import io
import sqlite3
import struct
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import bson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.influx.raw import RawPoints, databases_in, points_in
from pryv_tui.formats.influx.snappy import decompress
from pryv_tui.formats.influx.tsm_files import Block, count, measurements
from pryv_tui.formats.influx.tsm_points import Points
from pryv_tui.formats.influx.wal import entries
from pryv_tui.operations.audit.evidence import (
    Evidence,
    attachment_place,
    named_accounts,
    usernames,
)
from pryv_tui.practice.stores.tsm import encode, series_key
from pryv_tui.vault.lists.sums import sums_line
from tests.helpers.examples import tries

DATA = b"files/pryv/core/data/"


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (b"attachments/u1/e1/f1", ("u1", "f1")),
        (b"users/c/b/a/u1/attachments/e1/f1", ("u1", "f1")),
        (b"users/c/b/a/u1/attachments/e1/a\nb", ("u1", "a\nb")),
        (b"users/c/b/a/u1/attachments/e1/\xff", ("u1", "\\xff")),
        (b"users/c/b/a/u1/audit.sqlite", None),
        (b"users/c/b/a/u1/attachments/e1", None),
        (b"users/c/b/a/u1/attachments/e1/f1/deeper", None),
        (b"users/c/b/a/u1/other/attachments/f1", None),
        (b"attachments/u1/f1", None),
        (b"previews/attachments/u1/e1/f1", None),
    ],
)
def test_where_attached_files_lie(path: bytes, place: tuple[str, str] | None) -> None:
    found = attachment_place(sums_line(b"\0" * 32, DATA + path).rstrip(b"\n"))
    assert (found[:2] if found else None) == place


def test_bytes_that_are_no_text_are_no_name_that_an_event_has(tmp_path: Path) -> None:
    """Written out they would look like a file that an event names."""
    sums = tmp_path / "SHA256SUMS"
    names = (b"\\xff", b"\xff")
    sums.write_bytes(
        b"".join(sums_line(b"\0" * 32, DATA + b"attachments/u1/e1/" + one) for one in names)
    )
    with Evidence() as evidence:
        with evidence.taking_events() as take:
            take({"_id": "e1", "userId": "u1", "attachments": [{"id": r"\xff"}]})
        evidence.read_files(sums)
        assert evidence.files == 2
        assert list(evidence.paths_without_event()) == [DATA[6:] + b"attachments/u1/e1/\xff"]
        assert list(evidence.files_without_event()) == [r"pryv/core/data/attachments/u1/e1/\xff"]
        assert list(evidence.missing_files()) == []


ids = st.integers(0, 12).map(str)
pairs = st.sets(st.tuples(ids, ids), max_size=25)


@settings(max_examples=tries(60), deadline=None)
@given(named=pairs, stored=pairs, old=st.booleans(), plain=st.integers(0, 5))
def test_the_join_is_the_difference_of_the_sets(
    tmp_path_factory: pytest.TempPathFactory,
    named: set[tuple[str, str]],
    stored: set[tuple[str, str]],
    old: bool,
    plain: int,
) -> None:
    folder = tmp_path_factory.mktemp("evidence")
    events: list[dict[str, Any]] = [
        {"_id": f"e{n}", "userId": user, "attachments": [{"id": file, "size": 1}]}
        for n, (user, file) in enumerate(sorted(named))
    ]
    events += [{"_id": f"p{n}", "userId": "u", "content": {"attachments": [{"id": "x"}]}}
               for n in range(plain)]  # fmt: skip
    (folder / "events.bson").write_bytes(b"".join(bson.encode(event) for event in events))
    lines = []
    for user, file in sorted(stored):
        where = (
            f"attachments/{user}/e/{file}" if old else f"users/c/b/a/{user}/attachments/e/{file}"
        )
        lines.append(sums_line(b"\1" * 32, DATA + where.encode()))
    (folder / "SHA256SUMS").write_bytes(b"".join(lines))
    with Evidence() as evidence:
        evidence.read_events(folder / "events.bson")
        evidence.read_files(folder / "SHA256SUMS")
        lost = {tuple(p.split("/")[i] for i in (0, -1)) for p in evidence.missing_files()}
        orphans = list(evidence.files_without_event())
    assert lost == named - stored
    assert len(orphans) == len(stored - named)
    assert all(path.startswith("pryv/core/data/") for path in orphans)


def test_a_dump_that_is_cut_off_is_said_to_be(tmp_path: Path) -> None:
    content = bson.encode({"_id": "e", "userId": "u"})
    (tmp_path / "events.bson").write_bytes(content + content[:-2])
    with Evidence() as evidence, pytest.raises(FormatError, match="cut off"):
        evidence.read_events(tmp_path / "events.bson")


def tsm(*names: str) -> bytes:
    return encode({series_key(name, "value"): [(1, 2), (3, 4)] for name in names})


def read(content: bytes) -> list[str]:
    return list(measurements(io.BytesIO(content), Path("x.tsm")))


def test_measurements_of_a_file() -> None:
    assert read(tsm("event.c1", "event.c2")) == ["event.c1", "event.c2"]
    assert read(tsm("event.c1,place=left", "odd\\,name,tag=1")) == ["event.c1", "odd,name"]


@given(cut=st.integers(0, 120), junk=st.binary(max_size=40))
def test_whatever_is_no_such_file_is_said_to_be_none(cut: int, junk: bytes) -> None:
    """Never another error, and never a loop without end."""
    content = tsm("event.c1")
    for damaged in (content[:cut], content[:cut] + junk + content[cut + len(junk) :], junk):
        try:
            names = read(damaged)
        except FormatError:
            continue
        assert len(names) < 100


def packed(kind: int, rest: bytes) -> bytes:
    """A block whose times are packed in one of InfluxDB's ways; its values don't count."""
    times = bytes([kind << 4]) + rest
    assert len(times) < 128
    return b"\0" * 4 + b"\1" + bytes([len(times)]) + times + b"values"


@pytest.mark.parametrize(
    ("block", "many"),
    [
        (packed(0, b"\0" * 8 * 5), 5),
        # The first as it is, then words of which the highest four bits say how many each holds.
        (packed(1, b"\0" * 8 + b"\xd0" + b"\0" * 7 + b"\x20" + b"\0" * 7), 1 + 3 + 60),
        # The first, a step of two bytes, and how often it comes, of two bytes as well.
        (packed(2, b"\0" * 8 + b"\x80\x01" + b"\xe8\x07"), 1000),
        (packed(3, b"\0" * 8), None),
        (packed(0, b"")[:6], None),
        (packed(2, b"\0" * 8 + b"\xff" * 12), None),
        (b"", None),
    ],
)
def test_the_points_of_a_block_are_counted_by_the_head_of_its_times(
    block: bytes, many: int | None
) -> None:
    file = io.BytesIO(b"lead" + block)
    where = Block(0, 1, 4, len(block))
    if many is None:
        with pytest.raises(FormatError):
            count(file, where, Path("x.tsm"))
    else:
        assert count(file, where, Path("x.tsm")) == many


def test_points_are_counted_as_the_server_does_and_never_twice() -> None:
    found: dict[str, int] = {}
    points = Points(lambda base, fields: found.update({base: sum(fields.values())}))

    def read(base: str, name: str, first: int) -> None:
        content = encode({series_key("event.c1", "value"): [(first + n, n) for n in range(3)]})
        points.read(base, f"{base}/autogen/{name}", io.BytesIO(content), Path(name))

    read("user.a", "1/1.tsm", 0)
    read("user.a", "1/2.tsm", 100)
    read("user.a", "2/1.tsm", 1)  # another shard is of other times
    assert (points.doubted, found) == (frozenset(), {"user.a": 3})
    points.deleted("user.b", "user.b/autogen/1/1.tsm.idx")
    assert not points.doubted
    points.deleted("user.b", "user.b/autogen/1/1.tombstone")
    read("user.c", "9/1.tsm", 0)
    read("user.c", "9/2.tsm", 2)  # it may hold a point that the other has too
    assert points.doubted == {"user.b", "user.c"}


def logged(*writes: tuple[str, list[int]], text: bool = False) -> bytes:
    """A segment of a write-ahead log, an entry a write: its points are not compressed."""
    out = b""
    for key, times in writes:
        value = struct.pack(">I", 2) + b"ab" if text else b"\0" * 8
        body = bytes([4 if text else 1]) + struct.pack(">H", len(key)) + key.encode()
        body += struct.pack(">I", len(times))
        body += b"".join(struct.pack(">q", time) + value for time in times)
        packed = varint_of(len(body))
        for at in range(0, len(body), 60):
            piece = body[at : at + 60]
            packed += bytes([(len(piece) - 1) << 2]) + piece
        out += struct.pack(">BI", 1, len(packed)) + packed
    return out


def varint_of(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def test_the_points_of_a_stopped_server_are_counted_in_its_files_and_its_log(
    tmp_path: Path,
) -> None:
    """A server leaves what was written last in its log; its own monitoring is nobody's data."""
    key, note = series_key("event.c1", "value"), series_key("event.c1", "note")
    data, wal = tmp_path / "data/user.a/autogen/7", tmp_path / "wal/user.a/autogen/7"
    for folder in (data, wal, tmp_path / "data/_internal/monitor/1", tmp_path / "wal/user.b"):
        folder.mkdir(parents=True)
    (tmp_path / "data/user.a/_series/00").mkdir(parents=True)
    (data / "1.tsm").write_bytes(encode({key: [(n, n) for n in range(4)]}))
    log = logged((key, [10, 11, 12]), (key, [12, 13]))  # one was written once more
    (wal / "_00001.wal").write_bytes(log)
    (wal / "_00002.wal").write_bytes(logged((note, [10]), text=True) + log[:20])  # cut off

    def counted() -> list[RawPoints]:
        return list(points_in(tmp_path, databases_in(tmp_path), lambda: False))

    assert counted() == [RawPoints("user.a", 8), RawPoints("user.b", 0)]
    # What the log has of the time of a file may be the same points.
    (wal / "_00003.wal").write_bytes(logged((key, [2])))
    assert counted()[0] == RawPoints("user.a", 9, fewer=True)
    (wal / "_00003.wal").write_bytes(struct.pack(">BI", 2, 1) + b"x")
    assert counted()[0] == RawPoints("user.a", 8, fewer=True), "something was deleted"
    (wal / "_00003.wal").write_bytes(struct.pack(">BI", 1, 3) + b"\x09\xff\xff")
    assert counted()[0].number is None
    assert "can't be read" in counted()[0].why
    ends = iter((False, True))
    assert len(list(points_in(tmp_path, ["user.a", "user.b"], lambda: next(ends)))) == 1


@pytest.mark.parametrize(
    ("packed", "plain"),
    [
        (b"\x00", b""),
        (b"\x03\x08abc", b"abc"),
        (b"\x09\x08abc\x09\x03", b"abcabcabc"),  # six from three back: it overlaps itself
        (b"\x08\x0cabcd\x0e\x04\x00", b"abcdabcd"),
        (b"\x3e\xf0\x3d" + b"x" * 62, b"x" * 62),
        (b"\x05\x08abc", None),  # cut off
        (b"\x09\x08abc\x09\x04", None),  # of before its beginning
        (b"\x01\x08abc", None),
        (b"", None),
        (b"\xff" * 12, None),
    ],
)
def test_what_snappy_has_compressed(packed: bytes, plain: bytes | None) -> None:
    if plain is None:
        with pytest.raises(ValueError, match=r"cut off|refers|length|too long|more than"):
            decompress(packed, 1 << 20)
    else:
        assert decompress(packed, 1 << 20) == plain


@given(st.binary(max_size=80))
def test_whatever_is_no_snappy_and_no_log_ends_in_our_errors(junk: bytes) -> None:
    with suppress(ValueError):
        assert len(decompress(junk, 1 << 16)) <= 1 << 16
    with suppress(FormatError):
        list(entries(io.BytesIO(junk), Path("x.wal")))


def test_the_points_that_a_real_server_backed_up() -> None:
    """As the server that made it counted them: two of `user.alice`, none of `user.bob`."""
    folder = Path(__file__).parents[2] / "formats/data/influxdb-1.6.7/two-users"
    with Evidence() as evidence:
        evidence.read_series(folder)
        assert evidence.points(["user.alice", "user.bob"]) == {"user.alice": 2, "user.bob": 0}


def test_more_accounts_than_memory_holds_are_refused(tmp_path: Path) -> None:
    index = tmp_path / "user-index.db"
    with closing(sqlite3.connect(index)) as database, database:
        database.execute("CREATE TABLE id4name (username TEXT, userId TEXT)")
        database.executemany("INSERT INTO id4name VALUES (?, 'i')", [("ann",), ("bob",)])
    assert usernames(index) == {"ann", "bob"}
    with pytest.raises(FormatError, match="more names than"):
        usernames(index, most=150)


def test_names_and_ids_of_accounts_are_read_together(tmp_path: Path) -> None:
    """Too many ids are none: the names alone tell. A row without an id is an account all the same,
    one without a name is nobody's."""
    index = tmp_path / "user-index.db"
    with closing(sqlite3.connect(index)) as database, database:
        database.execute("CREATE TABLE id4name (username TEXT, userId TEXT)")
        rows = [("ann", "i1"), (None, "i2"), ("bob", "i3"), ("eve", None)]
        database.executemany("INSERT INTO id4name VALUES (?, ?)", rows)
    names, ids = {"ann", "bob", "eve"}, {"i1": "ann", "i3": "bob"}
    assert named_accounts(index) == (names, ids)
    with closing(sqlite3.connect(index)) as database, database:
        database.execute("UPDATE id4name SET userId = hex(zeroblob(200)) WHERE userId = 'i3'")
    assert named_accounts(index, most=400) == (names, {})
    with pytest.raises(FormatError, match="more names than"):
        named_accounts(index, most=150)


@pytest.mark.parametrize("at", [-1, -(1 << 62), 91, 100, 1 << 62])
def test_a_block_that_can_not_lie_where_it_is_said_is_damage(at: int) -> None:
    """Before the file, over its end, beyond it: a number of the index is believed by nobody."""
    file = io.BytesIO(bytes.fromhex("16d116d101") + bytes(95))
    with pytest.raises(FormatError):
        count(file, Block(0, 0, at, 10), Path("a.tsm"))
