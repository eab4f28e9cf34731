"""Live databases are copied as of one moment, and nothing is left beside them."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pryv_tui.errors import Cancelled
from pryv_tui.formats.sqlite import copy as sqlite_copy
from pryv_tui.formats.sqlite.files import count_rows, quick_check
from pryv_tui.formats.sqlite.inside import Waits
from pryv_tui.vault.files import copier as file_copier
from pryv_tui.vault.files.copier import UNKNOWN
from pryv_tui.vault.files.types import CopyNote, TreeCount
from tests.vault.engine import copy_tree, count_tree, use
from tests.vault.files.sqlite.live_databases import DATABASES, by_sqlite, live, source, torn

__all__ = ["by_sqlite", "source"]


@pytest.fixture
def index(source: Path) -> Iterator[Path]:
    """A database in write-ahead mode with most of its content in the log, and still open."""
    path = source / "users" / "user-index.db"
    connection = live(path, "wal")
    yield path
    connection.close()


def test_an_open_database_is_copied_with_its_log(source: Path, index: Path, tmp_path: Path) -> None:
    os.utime(index, ns=(5, 7))
    index.chmod(0o640)
    before = {path.name: path.stat().st_mtime_ns for path in index.parent.iterdir()}
    assert set(before) == {"user-index.db", "user-index.db-wal", "user-index.db-shm"}
    host = tmp_path / "host"
    host.mkdir()
    result = copy_tree(source, host / "files", selection=DATABASES, sums=host / "SHA256SUMS")
    copy = host / "files" / "users" / "user-index.db"
    assert [path.name for path in copy.parent.iterdir()] == ["user-index.db"]
    quick_check(copy)
    assert count_rows(copy, "id4name") == 1000
    assert copy.stat().st_mode & 0o7777 == 0o640
    assert copy.stat().st_mtime_ns == 7
    assert (result.files, result.notes) == (1, ())
    copy_tree(host / "files", tmp_path / "back", expected=host / "SHA256SUMS")
    after = {path.name: path.stat().st_mtime_ns for path in index.parent.iterdir()}
    assert after.keys() == before.keys()
    assert after["user-index.db"] == before["user-index.db"]
    assert after["user-index.db-wal"] == before["user-index.db-wal"]


def test_without_the_glob_the_files_travel_as_they_are(
    source: Path, index: Path, tmp_path: Path
) -> None:
    assert copy_tree(source, tmp_path / "copy").files == 3


def test_a_writer_goes_on_meanwhile(source: Path, index: Path, tmp_path: Path) -> None:
    writer = sqlite3.connect(index, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("DELETE FROM id4name")
    copy_tree(source, tmp_path / "copy", selection=DATABASES)
    writer.execute("COMMIT")
    writer.close()
    assert count_rows(tmp_path / "copy" / "users" / "user-index.db", "id4name") == 1000


def test_a_closed_database_is_a_file_and_nothing_is_left_beside_it(
    source: Path, tmp_path: Path
) -> None:
    path = source / "users" / "audit.sqlite"
    live(path, "wal").close()
    content = path.read_bytes()
    copy_tree(source, tmp_path / "copy", selection=DATABASES)
    assert [entry.name for entry in path.parent.iterdir()] == ["audit.sqlite"]
    assert (tmp_path / "copy" / "users" / "audit.sqlite").read_bytes() == content
    assert path.read_bytes() == content


def test_a_closed_database_that_is_opened_meanwhile(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a writer put into the log after the database was found closed is in the copy."""
    path = source / "users" / "audit.sqlite"
    live(path, "wal").close()
    opened: list[sqlite3.Connection] = []

    def looks_then_opens(fd: int, name: bytes, folder: int) -> bool:
        answer = sqlite_copy.wants_backup(fd, name, folder)
        if not opened:
            assert not answer
            opened.append(sqlite3.connect(path, isolation_level=None))
            opened[0].execute("INSERT INTO id4name VALUES ('late', 'x')")
        return answer

    monkeypatch.setattr(file_copier, "wants_backup", looks_then_opens)
    copy_tree(source, tmp_path / "copy", selection=DATABASES)
    copy = tmp_path / "copy" / "users" / "audit.sqlite"
    assert [entry.name for entry in copy.parent.iterdir()] == ["audit.sqlite"]
    assert count_rows(copy, "id4name") == 1001
    opened[0].close()


def test_a_database_with_a_rollback_journal(source: Path, tmp_path: Path) -> None:
    connection = live(source / "users" / "database.db", "delete")
    copy_tree(source, tmp_path / "copy", selection=DATABASES)
    copy = tmp_path / "copy" / "users" / "database.db"
    quick_check(copy)
    assert count_rows(copy, "id4name") == 1000
    connection.close()


@pytest.mark.parametrize("size", [512, 8192, 65536])
@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_pages_of_any_size(source: Path, tmp_path: Path, size: int, mode: str) -> None:
    path = source / "users" / "x.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as made:
        made.execute(f"PRAGMA page_size={size}")
        made.execute("PRAGMA application_id=12345")
        made.execute("VACUUM")
    connection = live(path, mode)
    result = copy_tree(source, tmp_path / "copy", selection=DATABASES)
    connection.close()
    assert result.notes == ()
    copy = tmp_path / "copy" / "users" / "x.db"
    assert count_rows(copy, "id4name") == 1000
    with closing(sqlite3.connect(copy)) as made:
        assert made.execute("PRAGMA page_size").fetchone() == (size,)
        assert made.execute("PRAGMA application_id").fetchone() == (12345,)


def test_a_locked_database_is_told(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, sqlite=Waits(busy=0.01, by_itself=0.01))
    connection = live(source / "users" / "x.db", "delete")
    connection.execute("BEGIN EXCLUSIVE")
    result = copy_tree(source, tmp_path / "copy", selection=DATABASES)
    assert [note.path for note in result.notes] == ["users/x.db"]
    assert "locked" in result.notes[0].what
    assert count_rows(tmp_path / "copy" / "users" / "x.db", "id4name") == 1000
    connection.close()


def test_a_database_locked_in_the_middle_of_a_change_is_copied_as_before_it(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, sqlite=Waits(busy=0.01, by_itself=0.01))
    connection = live(source / "users" / "x.db", "delete")
    connection.execute("PRAGMA cache_size=1")
    connection.execute("BEGIN EXCLUSIVE")
    connection.execute("UPDATE id4name SET userId = 'torn'")
    result = copy_tree(source, tmp_path / "copy", selection=DATABASES)
    connection.execute("COMMIT")
    connection.close()
    assert "locked" in result.notes[0].what
    quick_check(tmp_path / "copy" / "users" / "x.db")
    assert torn(tmp_path / "copy" / "users" / "x.db") == 0
    assert torn(source / "users" / "x.db") == 1000


def test_cancel_ends_the_wait_for_a_locked_database(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, sqlite=Waits(by_itself=0.01))
    connection = live(source / "users" / "x.db", "delete")
    connection.execute("BEGIN EXCLUSIVE")
    cancel = threading.Event()

    class Cancels:
        def before_read(self, path: bytes) -> None: ...

        def before_write(self, path: bytes, size: int) -> None:
            cancel.set()

    with pytest.raises(Cancelled):
        copy_tree(source, tmp_path / "copy", selection=DATABASES, hooks=Cancels(), cancel=cancel)
    connection.close()


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0" + b"x" * 5000])
def test_what_only_is_called_a_database_is_a_file(
    source: Path, tmp_path: Path, content: bytes
) -> None:
    (source / "users" / "x.db").write_bytes(content)
    copy_tree(source, tmp_path / "copy", selection=DATABASES)
    assert (tmp_path / "copy" / "users" / "x.db").read_bytes() == content


@pytest.mark.parametrize("beside", ["-wal", "-journal"])
def test_an_encrypted_database_with_its_log_is_told(
    source: Path, tmp_path: Path, beside: str
) -> None:
    (source / "users" / "x.db").write_bytes(b"\x91" * 8192)
    (source / "users" / f"x.db{beside}").write_bytes(b"\x17" * 4096)
    result = copy_tree(source, tmp_path / "copy", selection=DATABASES)
    assert result.notes == (CopyNote("users/x.db", UNKNOWN),)
    assert result.files == 2


def test_companions_of_something_else_travel(source: Path, tmp_path: Path) -> None:
    (source / "users" / "notes-journal").write_text("not SQLite's")
    (source / "users" / "notes").write_text("x")
    (source / "users" / "x.db-wal").write_text("without its database")
    assert copy_tree(source, tmp_path / "copy", selection=DATABASES).files == 3
    assert count_tree(source, DATABASES).files == 3


def test_odd_names_reach_sqlite(source: Path, tmp_path: Path) -> None:
    name = os.fsdecode(b"odd ?#%41\xff\n.db")
    live(source / "users" / "plain", "wal").close()
    (source / "users" / "plain").rename(source / "users" / name)
    uri_free = source / "users" / "plain2.db"
    connection = live(uri_free, "delete")
    connection.close()
    uri_free.rename(source / "users" / ("2" + name))
    result = copy_tree(source, tmp_path / "copy", selection=DATABASES)
    assert (result.files, result.notes) == (2, ())
    copied = sorted(path.name for path in (tmp_path / "copy" / "users").iterdir())
    assert copied == sorted([name, "2" + name])


def test_counting_leaves_companions_out(source: Path, index: Path) -> None:
    assert count_tree(source, DATABASES) == TreeCount(1, index.stat().st_size, 1)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_a_copy_by_root_leaves_nothing_of_roots_in_the_source(
    source: Path, index: Path, tmp_path: Path
) -> None:
    for path in (index.parent, *index.parent.iterdir()):
        os.chown(path, 9999, 9999)
    copy_tree(source, tmp_path / "copy", selection=DATABASES)
    assert {path.stat().st_uid for path in index.parent.iterdir()} == {9999}
    assert (tmp_path / "copy" / "users" / "user-index.db").stat().st_uid == 9999


@pytest.mark.usefixtures("by_sqlite")
def test_a_schema_with_a_name_that_is_no_text_ends_no_copy(source: Path, tmp_path: Path) -> None:
    """SQLite says that it can't read it in words that hold the name."""
    path = source / "users" / "odd.db"
    live(path, "delete").close()
    content = path.read_bytes()
    assert b"CREATE TABLE id4name" in content
    path.write_bytes(content.replace(b"id4name", b"\xff" * 7).replace(b"CREATE", b"BREAKS"))
    result = copy_tree(source, tmp_path / "copy", selection=DATABASES)
    assert (tmp_path / "copy" / "users" / "odd.db").read_bytes() == path.read_bytes()
    assert "malformed database schema" in str(result.notes)
