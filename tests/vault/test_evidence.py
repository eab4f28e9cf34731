"""What a set's files tell of attachments and series, for the layouts of 1.6 to 1.9."""

from __future__ import annotations

import io
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import bson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.tsm_files import Block, count, measurements
from pryv_tui.formats.tsm_points import Points
from pryv_tui.operations.audit.evidence import Evidence, attachment_place, usernames
from pryv_tui.practice.stores.tsm import encode, series_key
from pryv_tui.vault.lists.sums import sums_line

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


ids = st.integers(0, 12).map(str)
pairs = st.sets(st.tuples(ids, ids), max_size=25)


@settings(max_examples=60, deadline=None)
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


def test_the_points_that_a_real_server_backed_up() -> None:
    """As the server that made it counted them: two of `user.alice`, none of `user.bob`."""
    folder = Path(__file__).parent / "formats/data/influxdb-1.6.7/two-users"
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
