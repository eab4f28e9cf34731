"""Live databases are copied as of one moment, and nothing is left beside them."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.errors import Cancelled
from pryv_tui.formats.sqlite import copy as sqlite_copy
from pryv_tui.formats.sqlite import inside as sqlite_inside
from pryv_tui.formats.sqlite import recover as sqlite_recover
from pryv_tui.formats.sqlite.files import count_rows, quick_check
from pryv_tui.formats.sqlite.inside import Waits
from pryv_tui.formats.sqlite.live import live_check
from pryv_tui.vault.files import copier as file_copier
from pryv_tui.vault.files import held
from pryv_tui.vault.files.copier import UNKNOWN
from pryv_tui.vault.files.types import CopyNote, Selection, TreeCount
from tests.vault.engine import copy_tree, count_tree, use

DATABASES = Selection(sqlite=("*.db", "*.sqlite"))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "root" / "users").mkdir(parents=True)
    return tmp_path / "root"


def live(path: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA journal_mode={mode}")
    connection.execute("CREATE TABLE id4name (username TEXT, userId TEXT)")
    rows = [(f"user{n}", "x" * 100) for n in range(1000)]
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO id4name VALUES (?, ?)", rows)
    connection.execute("COMMIT")
    return connection


@pytest.fixture
def by_sqlite(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that can't be held is left to SQLite: here none can."""
    monkeypatch.setattr(held, "hold", lambda *_given: None)


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


def crashed(folder: Path, mode: str) -> Path:
    """A database whose writer died in a transaction, with what it left beside it."""
    work = folder.parent.parent / "work.db"
    connection = live(work, mode)
    connection.execute("PRAGMA cache_size=1")
    connection.execute("BEGIN")
    connection.execute("UPDATE id4name SET userId = 'torn'")
    shutil.copy(work, folder / "x.db")
    for ending in ("-journal", "-wal"):
        beside = work.with_name(f"work.db{ending}")
        if beside.exists():
            shutil.copy(beside, folder / f"x.db{ending}")
    connection.close()
    return folder / "x.db"


def torn(copy: Path) -> int:
    with closing(sqlite3.connect(copy)) as database:
        count = database.execute("SELECT count(*) FROM id4name WHERE userId = 'torn'").fetchone()
        return int(count[0])


@pytest.mark.parametrize("mode", ["delete", "truncate", "persist", "wal"])
def test_after_a_crash_the_copy_is_what_sqlite_makes_of_it(
    source: Path, tmp_path: Path, mode: str
) -> None:
    """A writer died in a transaction: SQLite takes that back, in the copy; nothing else changes."""
    path = crashed(source / "users", mode)
    before = {each.name: each.read_bytes() for each in path.parent.iterdir()}

    result = copy_tree(source, tmp_path / "copy", selection=DATABASES)

    assert [note.path for note in result.notes] == ["users/x.db"]
    assert "a copy of its files was mended" in result.notes[0].what
    copy = tmp_path / "copy" / "users" / "x.db"
    assert [each.name for each in copy.parent.iterdir()] == ["x.db"]
    quick_check(copy)
    assert count_rows(copy, "id4name") == 1000
    assert torn(copy) == 0
    assert {each.name: each.read_bytes() for each in path.parent.iterdir()} == before


def test_a_journal_that_mends_nothing_travels_with_its_database(
    source: Path, tmp_path: Path
) -> None:
    """What SQLite can't make sense of is kept as it lies, all of it."""
    path = crashed(source / "users", "delete")
    content = bytearray(path.read_bytes())
    content[:100] = b"SQLite format 3\0" + b"\xff" * 84
    path.write_bytes(content)
    journal = path.with_name("x.db-journal").read_bytes()
    path.with_name("x.db-journal").write_bytes(journal[:600])
    result = copy_tree(source, tmp_path / "copy", selection=DATABASES)
    assert "copied as a file, with its journal" in result.notes[0].what
    for each in path.parent.iterdir():
        copy = tmp_path / "copy" / "users" / each.name
        assert copy.read_bytes() == each.read_bytes()


def of_several(database: Path, shared: bytes) -> None:
    """Make its journal one of a transaction of several databases, as SQLite ends it then."""
    journal = database.with_name(f"{database.name}-journal")
    numbers = (len(shared), sum(shared))
    end = b"".join(number.to_bytes(4, "big") for number in numbers)
    page = ((1 << 30) // 4096 + 1).to_bytes(4, "big")
    magic = bytes.fromhex("d9d505f920a163d7")
    journal.write_bytes(journal.read_bytes() + page + shared + end + magic)


@pytest.mark.parametrize(
    "shared", [b"/app/x.db-mj7F\0F17976", b"x" * 500, b"/app/data/users/", b"..", b"x.db-dir"]
)
def test_what_several_journals_share_may_have_any_name(
    source: Path, tmp_path: Path, shared: bytes
) -> None:
    path = crashed(source / "users", "delete")
    (source / "users" / "x.db-dir").mkdir()
    of_several(path, shared)
    result = copy_tree(source, tmp_path / "copy", selection=DATABASES)
    assert "what they share is not here" in result.notes[0].what


@pytest.mark.parametrize("there", [True, False])
def test_a_change_of_several_databases_is_not_taken_half(
    source: Path, tmp_path: Path, there: bool
) -> None:
    """What their journals share is named as a container calls it, and tells whether it was done."""
    path = crashed(source / "users", "delete")
    of_several(path, b"/app/data/users/x.db-mj7F2F17976")
    if there:
        (source / "users" / "x.db-mj7F2F17976").write_bytes(b"/app/data/users/x.db-journal\0")
    result = copy_tree(source, tmp_path / "copy", selection=DATABASES)
    copy = tmp_path / "copy" / "users" / "x.db"
    if there:
        assert "a copy of its files was mended" in result.notes[0].what
        assert torn(copy) == 0
        return
    assert "what they share is not here" in result.notes[0].what
    assert "copied as a file, with its journal" in result.notes[0].what
    for each in path.parent.iterdir():
        assert (copy.parent / each.name).read_bytes() == each.read_bytes()


def test_a_log_that_is_written_to_meanwhile_is_not_mended_half(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = crashed(source / "users", "delete")
    copying = sqlite_recover._copy

    def touched(name: bytes, *given: Any) -> None:
        copying(name, *given)
        os.utime(path, ns=(1, path.stat().st_mtime_ns + 1))

    monkeypatch.setattr(sqlite_recover, "_copy", touched)
    result = copy_tree(source, tmp_path / "copy", selection=DATABASES)
    assert "it changed 3 times while its files were copied" in result.notes[0].what
    assert (tmp_path / "copy" / "users" / "x.db-journal").exists()


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


def test_a_database_that_is_a_link_stays_one(source: Path, tmp_path: Path) -> None:
    """What it leads to is copied by its own name, or not at all."""
    connection = live(tmp_path / "elsewhere.db", "wal")
    (source / "users" / "x.db").symlink_to(tmp_path / "elsewhere.db")
    copy_tree(source, tmp_path / "copy", selection=DATABASES)
    connection.close()
    assert (tmp_path / "copy" / "users" / "x.db").is_symlink()
    assert len(list((tmp_path / "copy" / "users").iterdir())) == 1


@pytest.mark.usefixtures("by_sqlite")
def test_a_database_swapped_for_a_link_is_not_followed(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite opens it by its name: what it read then is not what was found there."""
    live(tmp_path / "secret.db", "delete").close()
    path = source / "users" / "x.db"
    live(path, "delete").close()
    taking = sqlite_recover.take_database

    def swapped(*given: Any, **more: Any) -> str:
        path.unlink()
        path.symlink_to(tmp_path / "secret.db")
        return taking(*given, **more)

    monkeypatch.setattr(file_copier, "take_database", swapped)
    (source / "z").write_text("kept")
    result = copy_tree(source, tmp_path / "copy", selection=DATABASES)
    assert not (tmp_path / "copy" / "users" / "x.db").exists()
    assert [note.path for note in result.notes] == ["users/x.db"]


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


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A database of root's that has the name of one of the platform's."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    with closing(live(folder / "x.db", "delete")) as database:
        database.execute("CREATE TABLE secret (x TEXT)")
    return folder / "x.db"


def exchanged_while_sqlite_opens(
    monkeypatch: pytest.MonkeyPatch, name: str, put: Any, back: Any
) -> list[str]:
    """Somebody has something else in its place while SQLite opens it, and no longer."""
    opening: Any = sqlite3.connect
    seen: list[str] = []
    # A thread that was there before: SQLite's own has another root folder.
    somebody = ThreadPoolExecutor(1)
    somebody.submit(int).result()

    def opened(database: str, *given: Any, **more: Any) -> Any:
        if not str(database).endswith(f"{name}?mode=ro"):
            return opening(database, *given, **more)
        seen.append(str(database))
        somebody.submit(put).result()
        try:
            connection = opening(database, *given, **more)
            try:
                connection.execute("SELECT count(*) FROM sqlite_master")
            except sqlite3.Error:
                connection.close()
                raise
            return connection
        finally:
            somebody.submit(back).result()

    monkeypatch.setattr(sqlite3, "connect", opened)
    return seen


ROOT_OR_NOT = pytest.mark.parametrize("root", [True, False], ids=["root", "anybody"])


def as_root_or_not(monkeypatch: pytest.MonkeyPatch, root: bool) -> None:
    """SQLite shut in, which takes root; or looked at afterwards, as for everybody else."""
    if root and os.geteuid() != 0:
        pytest.skip("only root may change a thread's root")
    if not root:
        monkeypatch.setattr(sqlite_inside, "_own_root", lambda _folder: False)


@ROOT_OR_NOT
@pytest.mark.parametrize("what", ["file", "folder", "folder above"])
@pytest.mark.usefixtures("by_sqlite")
def test_what_is_a_link_for_a_moment_is_not_read(
    source: Path,
    secret: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    root: bool,
) -> None:
    """What is there before and after is what was found: that tells nothing of what SQLite read."""
    as_root_or_not(monkeypatch, root)
    path = source / "users" / "x.db"
    live(path, "delete").close()
    swapped = {"file": path, "folder": path.parent, "folder above": path.parent.parent}[what]
    goal = {"file": secret, "folder": secret.parent, "folder above": tmp_path / "above"}[what]
    (tmp_path / "above").mkdir()
    (tmp_path / "above" / "users").symlink_to(secret.parent)
    kept = swapped.with_name("kept")

    def put() -> None:
        swapped.rename(kept)
        swapped.symlink_to(goal)

    def back() -> None:
        swapped.unlink()
        kept.rename(swapped)

    seen = exchanged_while_sqlite_opens(monkeypatch, "x.db", put, back)
    copy_tree(source, tmp_path / "copy", selection=DATABASES)
    monkeypatch.undo()
    assert len(seen) == 1
    copy = tmp_path / "copy" / "users" / "x.db"
    assert count_rows(copy, "secret") is None and count_rows(copy, "id4name") == 1000
    assert [left.name for left in secret.parent.iterdir()] == ["x.db"]


@pytest.mark.parametrize("ending", ["-journal", "-wal", "-shm"])
@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_pipe_beside_a_database_holds_nothing_up(
    source: Path, tmp_path: Path, mode: str, ending: str
) -> None:
    path = source / "users" / "x.db"
    live(path, mode).close()
    os.mkfifo(f"{path}{ending}")
    copy_tree(source, tmp_path / "copy", selection=DATABASES)
    assert count_rows(tmp_path / "copy" / "users" / "x.db", "id4name") == 1000
    assert not live_check(path).damage


@ROOT_OR_NOT
@pytest.mark.parametrize("ending", ["", "-journal"])
@pytest.mark.usefixtures("by_sqlite")
def test_nor_one_that_is_put_there_meanwhile(
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ending: str,
    root: bool,
) -> None:
    as_root_or_not(monkeypatch, root)
    path = source / "users" / "x.db"
    live(path, "delete").close()
    pipe, kept = Path(f"{path}{ending}"), path.with_name("kept")

    def put() -> None:
        if pipe.exists():
            pipe.rename(kept)
        os.mkfifo(pipe)

    def back() -> None:
        pipe.unlink()
        if kept.exists():
            kept.rename(pipe)

    seen = exchanged_while_sqlite_opens(monkeypatch, "x.db", put, back)
    copy_tree(source, tmp_path / "copy", selection=DATABASES)
    monkeypatch.undo()
    assert len(seen) == 1
    assert count_rows(tmp_path / "copy" / "users" / "x.db", "id4name") == 1000


@pytest.mark.usefixtures("by_sqlite")
def test_a_pipe_that_nobody_finds_is_not_waited_for(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what SQLite does once it comes out of it changes nothing."""
    use(monkeypatch, sqlite=Waits(opening=0.0))
    path, pipe = source / "users" / "x.db", tmp_path / "pipe"
    live(path, "delete").close()
    os.mkfifo(pipe)
    visits: list[Any] = []
    paying = sqlite_inside._Visit.pay

    def pay(visit: Any) -> None:
        visits.append(visit)
        # As SQLite waits where a pipe lay that was moved away since.
        with pipe.open("rb"):
            paying(visit)

    monkeypatch.setattr(sqlite_inside._Visit, "pay", pay)
    result = copy_tree(source, tmp_path / "copy", selection=DATABASES)
    assert "could not be opened in" in result.notes[0].what
    copy = tmp_path / "copy" / "users" / "x.db"
    before = copy.stat()
    with pipe.open("wb"):
        assert visits[0].over.wait(30)
    assert copy.stat() == before and count_rows(copy, "id4name") == 1000
