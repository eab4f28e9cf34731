"""SQLite files at rest are read without leaving a trace beside them."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.sqlite.files import (
    count_rows,
    is_sqlite,
    quick_check,
    row_counts,
    rows,
)


@pytest.fixture(params=["wal", "delete"])
def database(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    path = tmp_path / "user-index%20?#.db"
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA journal_mode={request.param}")
    connection.execute("CREATE TABLE id4name (username TEXT PRIMARY KEY, userId TEXT NOT NULL)")
    connection.execute("CREATE INDEX by_id ON id4name (userId)")
    connection.execute('CREATE TABLE "odd "" name" (a INTEGER PRIMARY KEY AUTOINCREMENT)')
    rows = [(f"user{n}", f"id-{n}" * 20) for n in range(500)]
    connection.executemany("INSERT INTO id4name VALUES (?, ?)", rows)
    connection.commit()
    connection.close()
    return path


def test_rows_are_counted(database: Path) -> None:
    assert is_sqlite(database)
    quick_check(database)
    assert count_rows(database, "id4name") == 500
    assert count_rows(database, "none") is None
    assert row_counts(database) == {"id4name": 500, 'odd " name': 0}


@pytest.mark.parametrize(
    "columns",
    [("gone",), ("username", "gone"), ("gone", "userId"), ('user"name',), ("id4name",)],
)
def test_a_column_that_is_not_there_is_not_read_as_its_name(
    database: Path, columns: tuple[str, ...]
) -> None:
    """SQLite takes a quoted name that is no column for a text ("Double-quoted String Literals Are
    Accepted", sqlite.org/quirks.html): each row would hold it, as an account or an id."""
    with pytest.raises(FormatError, match="no such column"):
        list(rows(database, "id4name", columns))


def test_rows_of_odd_tables_and_of_names_in_other_letters(database: Path) -> None:
    assert ("user7", "id-7" * 20) in set(rows(database, "id4name", ("USERNAME", "userid")))
    assert list(rows(database, 'odd " name', ("a",))) == []
    assert list(rows(database, "none", ("gone",))) == []


def test_nothing_is_left_beside_it_or_changed(database: Path) -> None:
    before = database.read_bytes()
    status = database.stat()
    quick_check(database)
    row_counts(database)
    assert list(database.parent.iterdir()) == [database]
    assert database.read_bytes() == before
    assert database.stat().st_mtime_ns == status.st_mtime_ns


def test_a_cut_file_is_found(database: Path) -> None:
    content = database.read_bytes()
    for length in (20, 100, 4096, len(content) // 2, len(content) - 4096):
        database.write_bytes(content[:length])
        with pytest.raises(FormatError):
            quick_check(database)


def test_a_damaged_page_is_found(database: Path) -> None:
    content = bytearray(database.read_bytes())
    content[8192:8292] = b"\xff" * 100
    database.write_bytes(content)
    with pytest.raises(FormatError):
        quick_check(database)


@pytest.mark.parametrize("content", [b"", b"SQLite format 2\0", b"x" * 5000])
def test_what_is_no_database_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "user-index.db"
    path.write_bytes(content)
    assert not is_sqlite(path)
    for read in (quick_check, row_counts, lambda path: count_rows(path, "id4name")):
        with pytest.raises(FormatError):
            read(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="No such file"):
        quick_check(tmp_path / "user-index.db")


def test_what_lies_in_a_write_ahead_log_is_seen_and_nothing_is_touched(tmp_path: Path) -> None:
    live = tmp_path / "live.db"
    database = sqlite3.connect(live)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE id4name (username TEXT)")
        database.execute("INSERT INTO id4name VALUES ('anna')")
        database.commit()
        copy = tmp_path / "copy"
        copy.mkdir()
        for path in (live, tmp_path / "live.db-wal"):
            shutil.copy2(path, copy)
    finally:
        database.close()
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in copy.iterdir()}
    quick_check(copy / "live.db")
    assert list(rows(copy / "live.db", "id4name", ("username",))) == [("anna",)]
    after = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in copy.iterdir()}
    assert after == before
