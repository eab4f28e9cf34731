"""Write-ahead logs brought in by the C library: what comes of it is what SQLite makes of them."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import struct
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.sqlite.files import examine
from pryv_tui.vault.copying.tree import copy_tree
from pryv_tui.vault.native import library as compiled
from pryv_tui.vault.parallel.engine import CopyEngine
from tests.helpers.examples import tries
from tests.vault.files.sqlite.open_databases import DATABASES
from tests.vault.native.logged import (
    ENDINGS,
    FRAME_HEAD,
    HEAD,
    Files,
    by_library,
    by_sqlite,
    frames,
    put,
    summed,
)

pytestmark = pytest.mark.usefixtures("built")


SIZES = [512, 1024, 4096, 8192, 65536]


class Life(NamedTuple):
    """What becomes of a database before it is copied."""

    page: int
    vacuum: int
    steps: list[str]


def steps() -> st.SearchStrategy[list[str]]:
    acts = ["insert", "grow", "delete", "vacuum", "table", "passive", "full", "restart", "truncate"]
    return st.lists(st.sampled_from(acts), min_size=1, max_size=12)


lives = st.builds(Life, st.sampled_from(SIZES), st.integers(0, 2), steps())


def lived(life: Life, to: Path) -> Files:
    """Its files while somebody has it open."""
    path = to / "life.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for name, value in (("page_size", life.page), ("auto_vacuum", life.vacuum)):
            database.execute(f"PRAGMA {name}={value}")
        database.execute("PRAGMA journal_mode=wal")
        database.execute("PRAGMA wal_autocheckpoint=0")
        database.execute("CREATE TABLE t (x)")
        for at, step in enumerate(life.steps):
            if step == "insert":
                database.execute("INSERT INTO t VALUES (?)", (f"{at}" * 40,))
            elif step == "grow":
                database.execute("INSERT INTO t VALUES (randomblob(?))", (5 * life.page,))
            elif step == "delete":
                database.execute("DELETE FROM t")
            elif step == "vacuum":
                database.execute("VACUUM" if life.vacuum == 0 else "PRAGMA incremental_vacuum")
            elif step == "table":
                database.execute(f"CREATE TABLE more{at} (a, b UNIQUE)")
            else:
                database.execute(f"PRAGMA wal_checkpoint({step})").fetchall()
        return Files(*(Path(os.fsdecode(os.fsencode(path) + end)).read_bytes() for end in ENDINGS))


@contextmanager
def both(files: Files, path: str = compiled.LIBRARY) -> Iterator[tuple[bytes | None, bytes | None]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = put(files, folder / "source")
        before = [(one.name, one.read_bytes()) for one in sorted(source.iterdir())]
        made = by_library(source, folder / "target", path)
        assert [(one.name, one.read_bytes()) for one in sorted(source.iterdir())] == before
        yield made, by_sqlite(files, folder / "sqlite")


def life_of(life: Life) -> Files:
    with tempfile.TemporaryDirectory() as name:
        return lived(life, Path(name))


@settings(max_examples=tries(60), deadline=None)
@given(lives)
def test_a_log_is_brought_in_as_sqlite_does_it(life: Life) -> None:
    """Whatever was committed, checkpointed, cut off or begun anew; and the library leaves none."""
    with both(life_of(life)) as (made, wanted):
        assert made is not None
        assert made == wanted


@pytest.mark.xdist_group("one-by-one")
@pytest.mark.parametrize("page", SIZES)
def test_without_instructions_for_hashes_too(page: int, one_by_one: str) -> None:
    for more in (["grow"] * 3, ["grow", "truncate"], ["grow", "restart", "insert"]):
        with both(life_of(Life(page, 0, more)), one_by_one) as (made, wanted):
            assert made is not None
            assert made == wanted


def rest_of_another(log: bytes, page: int) -> bytes:
    """What is behind the last frame has another salt, and sums that fit."""
    kept = len(frames(log, page)) // 2 * (FRAME_HEAD + page) + HEAD
    return log[:kept] + summed(log, page, big=False, salt=b"12345678")[kept:]


def without_commit(log: bytes, page: int) -> bytes:
    """Frames with no end of a transaction among them."""
    size = FRAME_HEAD + page
    made = bytearray(log)
    for at in range(HEAD, len(log) - size + 1, size):
        made[at + 4 : at + 8] = bytes(4)
    return summed(bytes(made), page, big=False)


HURTS: dict[str, Callable[[bytes, int], bytes]] = {
    "empty": lambda log, page: b"",
    "a head alone": lambda log, page: log[:HEAD],
    "half a head": lambda log, page: log[:20],
    "a torn frame": lambda log, page: log[: -page // 2],
    "a head of a frame": lambda log, page: log + log[HEAD : HEAD + FRAME_HEAD],
    "a frame less": lambda log, page: log[: -page - FRAME_HEAD],
    "big": lambda log, page: summed(log, page, big=True),
    "little": lambda log, page: summed(log, page, big=False),
    "another order": lambda log, page: b"\x37\x7f\x06\x83" + log[4:],
    "another salt": lambda log, page: log[:16] + b"12345678" + log[24:],
    "another salt that adds up": lambda log, page: (
        summed(log[:HEAD], page, big=False, salt=b"a" * 8) + log[HEAD:]
    ),
    "the rest of another generation": rest_of_another,
    "no commit": without_commit,
    "zeros": lambda log, page: bytes(len(log)),
    "garbage": lambda log, page: hashlib.shake_128(log).digest(len(log)),
    "garbage behind": lambda log, page: log + hashlib.shake_128(log).digest(2 * page + 100),
    "once more behind": lambda log, page: log + log[HEAD:],
    "another page size": lambda log, page: (
        summed(log[:8] + struct.pack(">I", 2 * page) + log[12:HEAD], 2 * page, big=False)
        + log[HEAD:]
    ),
}


@pytest.mark.parametrize("hurt", HURTS)
@pytest.mark.parametrize("page", [512, 4096, 65536])
@pytest.mark.parametrize("steps", [["insert", "grow", "insert"], ["grow", "truncate", "delete"]])
def test_of_a_log_that_is_not_whole_counts_what_counts_for_sqlite(
    hurt: str, page: int, steps: list[str]
) -> None:
    files = life_of(Life(page, 1, steps))
    with both(files._replace(log=HURTS[hurt](files.log, page))) as (made, wanted):
        if hurt == "half a head":
            assert made is None
        else:
            assert made == wanted
            assert made is not None


@settings(max_examples=tries(60), deadline=None)
@given(lives, st.data())
def test_nor_does_damage_make_it_another(life: Life, data: st.DataObject) -> None:
    """In the log, or in the head of the database."""
    files = life_of(life)
    whole, head = bytearray(files.log), bytearray(files.database)
    for _ in range(data.draw(st.integers(1, 3))):
        damaged = whole if whole and data.draw(st.booleans()) else head
        near = HEAD + FRAME_HEAD if damaged is whole else 100
        at = data.draw(
            st.integers(0, min(near, len(damaged)) - 1) | st.integers(0, len(whole) or 1)
        )
        if at < len(damaged) and (damaged is whole or at < 100):
            damaged[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.none() | st.integers(0, len(whole)))
    hurt = Files(bytes(head), files.shm, bytes(whole[:cut]))
    with both(hurt) as (made, wanted):
        assert made is None or made == wanted


COUNT, ENCODING = 31, 59
"""Bytes of a head: how many pages there are, and how text is stored."""


def in_its_log(files: Files, at: int, value: int) -> Files:
    """With a byte of each first page in the log made another, under checksums that fit."""
    log, size = bytearray(files.log), FRAME_HEAD + 512
    for frame in range(HEAD, len(log) - size + 1, size):
        if log[frame : frame + 4] == b"\0\0\0\1":
            log[frame + FRAME_HEAD + at] = value
    return files._replace(log=summed(bytes(log), 512, big=False))


def in_itself(files: Files, at: int, value: int) -> Files:
    made = bytearray(files.database)
    made[at] = value
    return files._replace(database=bytes(made))


@pytest.mark.parametrize(
    ("at", "value"),
    [(COUNT, 1), *((ENCODING, value) for value in (2, 3, 127, 255))],
)
@pytest.mark.parametrize("hurt", [in_its_log, in_itself])
def test_what_sqlite_reads_otherwise_is_left_to_it(
    hurt: Callable[[Files, int, int], Files], at: int, value: int
) -> None:
    """A schema read as UTF-16, or one whose tables begin behind the end."""
    files = life_of(Life(512, 0, ["insert"] if hurt is in_its_log else ["insert", "truncate"]))
    with both(files) as (made, wanted):
        assert made is not None
        assert made == wanted
    with both(hurt(files, at, value)) as (made, wanted):
        assert (made, wanted) == (None, None)


@pytest.mark.parametrize("value", [1, 2])
def test_no_byte_of_a_head_makes_it_another(value: int) -> None:
    files = life_of(Life(512, 0, ["insert", "truncate"]))
    for at in range(100):
        with both(in_itself(files, at, value)) as (made, wanted):
            assert made is None or made == wanted, at


@pytest.mark.parametrize("at", [103, 108, 109])
def test_a_schema_that_sqlite_can_not_read_is_copied_as_it_is_and_the_check_of_the_set_finds_it(
    at: int, tmp_path: Path
) -> None:
    """As of a closed one: what the rows of the first page say is not looked at where it is copied.
    SQLite, which looks when it is asked for a copy, would have it copied as a file as well."""
    files = life_of(Life(512, 0, ["insert", "truncate"]))
    refused = 0
    for value in range(0, 256, 5):
        with both(in_itself(files, at, value)) as (made, wanted):
            if made is None or made == wanted:
                continue
            assert wanted is None, "nothing else comes of it than SQLite would make"
            assert made == in_itself(files, at, value).database, "not a byte is another"
            refused += 1
            (tmp_path / f"{value}").write_bytes(made)
            try:
                damage = examine(tmp_path / f"{value}").damage
            except FormatError as error:
                damage = str(error)
            assert damage
    assert refused or at != 108


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
@pytest.mark.parametrize("truncated", [False, True])
def test_each_encoding_is_copied(encoding: str, truncated: bool, tmp_path: Path) -> None:
    """By the library or by SQLite: what was committed is there."""
    source = tmp_path / "source"
    source.mkdir()
    with closing(sqlite3.connect(source / "x.db", isolation_level=None)) as database:
        database.execute(f"PRAGMA encoding='{encoding}'")
        database.execute("PRAGMA journal_mode=wal")
        database.execute("CREATE TABLE t (x)")
        if truncated:
            database.execute("PRAGMA wal_checkpoint(truncate)").fetchall()
        else:
            database.execute("INSERT INTO t VALUES ('Zoë')")
        made = by_library(source, tmp_path / "alone")
        assert (made is not None) == (encoding == "UTF-8")
        engine = CopyEngine(alone_files=-1, workers=2)
        result = copy_tree(source, tmp_path / "copy", selection=DATABASES, engine=engine)
        rows = database.execute("SELECT * FROM t").fetchall()
    assert result.notes == ()
    with closing(sqlite3.connect(tmp_path / "copy/x.db")) as copy:
        assert copy.execute("SELECT * FROM t").fetchall() == rows
        assert copy.execute("PRAGMA encoding").fetchone() == (encoding,)


@pytest.mark.parametrize("pages", [2, 3, 2**20, 2**32 - 1])
def test_a_length_that_nothing_was_written_for_is_left(pages: int) -> None:
    files = life_of(Life(512, 0, ["truncate", "insert"]))
    (frame,) = (one for one in frames(files.log, 512)[-1:])
    hurt = frame[:4] + struct.pack(">I", pages) + frame[8:]
    log = summed(files.log[: -len(frame)] + hurt, 512, big=False)
    with both(files._replace(log=log)) as (made, wanted):
        assert made is None or made == wanted
        assert (made is None) == (pages > 2)


def test_one_that_is_longer_than_there_is_room_for_is_left() -> None:
    with both(life_of(Life(65536, 0, ["grow"] * 8))) as (made, wanted):
        assert made is None
        assert wanted is not None


def test_a_log_that_is_read_in_pieces(tmp_path: Path) -> None:
    """Longer than what is in memory of it at a time, of a database that is not."""
    with closing(sqlite3.connect(tmp_path / "life.db", isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode=wal")
        database.execute("PRAGMA wal_autocheckpoint=0")
        database.execute("CREATE TABLE t (x)")
        database.execute("INSERT INTO t VALUES (zeroblob(300000))")
        for _ in range(10):
            database.execute("UPDATE t SET x = randomblob(300000)")
        names = [tmp_path / f"life.db{end.decode()}" for end in ENDINGS]
        files = Files(*(name.read_bytes() for name in names))
    assert len(files.log) > 3 << 20
    with both(files) as (made, wanted):
        assert made is not None
        assert made == wanted


def _log_elsewhere(path: Path) -> None:
    _beside(path, "-wal").rename(path.parent.parent / "log")
    _beside(path, "-wal").symlink_to("../log")


def _pipe(path: Path) -> None:
    _beside(path, "-shm").unlink()
    os.mkfifo(_beside(path, "-shm"))


LEFT: dict[str, Callable[[Path], object]] = {
    "a log without shared memory": lambda path: os.remove(_beside(path, "-shm")),  # noqa: PTH107
    "a journal": lambda path: _beside(path, "-journal").write_bytes(b"x"),
    "a link for a log": _log_elsewhere,
    "a log of several names": lambda path: os.link(_beside(path, "-wal"), path.parent.parent / "l"),
    "a pipe for shared memory": _pipe,
    "no database": lambda path: path.write_bytes(b"text" * 300),
    "a database of another mode": lambda path: _patch(path, 18, b"\1\1"),
    "a first page of zeros": lambda path: _patch(path, 100, bytes(900)),
    "rows that lie nowhere": lambda path: _patch(path, 108, b"\xff\xff"),
    "half a page": lambda path: os.truncate(path, path.stat().st_size - 100),
    "less than a head": lambda path: os.truncate(path, 50),
    "holes": lambda path: os.truncate(path, 1 << 20),
}


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _patch(path: Path, at: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(content)


@pytest.mark.parametrize("what", LEFT)
def test_what_is_odd_is_left_with_all_that_lies_beside_it(what: str, tmp_path: Path) -> None:
    source = put(life_of(Life(4096, 0, ["truncate"])), tmp_path / "source")
    LEFT[what](source / "x.db")
    assert by_library(source, tmp_path / "target") is None


@pytest.mark.parametrize(
    ("ending", "start", "length"),
    [("", 0x40000000, 1), ("", 0x40000002, 510), ("-shm", 123, 1)],
    ids=["who waits to write", "who has it alone", "a checkpoint"],
)
def test_whose_turn_it_is_is_not_waited_for(
    ending: str, start: int, length: int, tmp_path: Path
) -> None:
    import fcntl

    source = put(life_of(Life(4096, 0, ["insert"])), tmp_path / "source")
    with _beside(source / "x.db", ending).open("r+b") as file:
        for at, kind in enumerate((fcntl.F_WRLCK, fcntl.F_UNLCK)):
            lock = struct.pack("@hhqqi4x", kind, os.SEEK_SET, start, length, 0)
            fcntl.fcntl(file, fcntl.F_OFD_SETLK, lock)
            assert (by_library(source, tmp_path / f"{at}") is None) == (kind == fcntl.F_WRLCK)
