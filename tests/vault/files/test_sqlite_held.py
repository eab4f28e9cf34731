"""Databases that are copied as files while nobody can change them, and linked if nobody did."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.formats.sqlite.files import quick_check
from pryv_tui.formats.sqlite.hold import Held, beside, hold
from pryv_tui.formats.sqlite.inside import Waits
from pryv_tui.vault.files import copier, held
from pryv_tui.vault.files.content import ContentCopier
from pryv_tui.vault.files.types import CopyResult, Selection
from pryv_tui.vault.lists.index import IndexWriter, source_stat
from tests.vault.copying.test_previous import backup
from tests.vault.engine import at_once, copy_tree, use

DATABASES = Selection(sqlite=("*.db",))
ROWS = 400
MODES = pytest.mark.parametrize("mode", ["delete", "truncate", "persist", "wal"])


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the disk, nor long for a writer; what was made a moment ago is old."""
    use(monkeypatch, sync=at_once, settled_ns=-(10**20), sqlite=Waits(by_itself=0.01))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "root" / "users").mkdir(parents=True)
    return tmp_path / "root"


@pytest.fixture
def path(source: Path) -> Path:
    return source / "users" / "x.db"


@pytest.fixture
def no_backup(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite's own way is not taken."""

    def refused(*_given: Any, **_more: Any) -> str:
        raise AssertionError("was left to SQLite")

    monkeypatch.setattr(copier, "take_database", refused)


def opened(path: Path, mode: str, *settings: str) -> sqlite3.Connection:
    """A database of several pages in which every row says how many changes there were."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=0, check_same_thread=False)
    for setting in (f"journal_mode={mode}", "cache_size=2", *settings):
        connection.execute(f"PRAGMA {setting}").fetchall()
    connection.execute("CREATE TABLE IF NOT EXISTS data (changes INTEGER, filling TEXT)")
    if not connection.execute("SELECT count(*) FROM data").fetchone()[0]:
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO data VALUES (0, ?)", [("x" * 100,)] * ROWS)
        connection.execute("COMMIT")
    return connection


def change(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE data SET changes = changes + 1")


def changes(path: Path) -> int:
    """How many changes a copy shows, and that it shows no half one."""
    quick_check(path)
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as database:
        found = database.execute("SELECT changes, count(*) FROM data GROUP BY 1").fetchall()
    assert len(found) == 1 and found[0][1] == ROWS, found
    return int(found[0][0])


@contextmanager
def holding(path: Path) -> Iterator[Held | None]:
    folder = os.open(path.parent, os.O_RDONLY)
    database = os.open(path, os.O_RDONLY)
    found = hold(database, path.name.encode(), folder)
    try:
        yield found
    finally:
        if found is not None:
            found.let_go()
        os.close(database)
        os.close(folder)


def copied(source: Path, to: Path) -> Path:
    copy_tree(source, to, selection=DATABASES)
    copy = to / "users" / "x.db"
    assert [left.name for left in copy.parent.iterdir()] == ["x.db"]
    return copy


def in_mid_copy(monkeypatch: pytest.MonkeyPatch, what: Callable[[], object]) -> list[int]:
    """Have something done when the file is copied, and its log is not yet; once."""
    done: list[int] = []
    copying = ContentCopier.copy

    def meanwhile(content: Any, source: int, target: int, *given: Any, **more: Any) -> bytes:
        digest = copying(content, source, target, *given, **more)
        if not done:
            done.append(source)
            what()
        return digest

    monkeypatch.setattr(ContentCopier, "copy", meanwhile)
    return done


@MODES
@pytest.mark.usefixtures("no_backup")
def test_a_database_that_is_open_is_copied_as_files(
    source: Path, path: Path, tmp_path: Path, mode: str
) -> None:
    with closing(opened(path, mode)) as writer:
        change(writer)
        content = {one.name: one.read_bytes() for one in path.parent.iterdir()}
        copy = copied(source, tmp_path / "copy")
        after = {one.name: one.read_bytes() for one in path.parent.iterdir()}
    assert changes(copy) == 1
    assert after == content
    if mode != "wal":
        assert copy.read_bytes() == content["x.db"]


@MODES
def test_writers_that_never_stop_tear_nothing(
    source: Path, path: Path, tmp_path: Path, mode: str
) -> None:
    """With checkpoints that never stop either; and the copies do not go back in time."""
    over = threading.Event()

    def write(writer: sqlite3.Connection) -> None:
        with closing(writer):
            while not over.is_set():
                try:
                    change(writer)
                except sqlite3.OperationalError as error:
                    assert "locked" in str(error)

    there = [opened(path, mode, "wal_autocheckpoint=5") for _ in range(2)]
    with ThreadPoolExecutor(2) as writers:
        running = [writers.submit(write, one) for one in there]
        try:
            shown = [changes(copied(source, tmp_path / f"copy{at}")) for at in range(6)]
        finally:
            over.set()
        for one in running:
            one.result()
    assert shown == sorted(shown)


def test_a_checkpoint_in_mid_copy_waits(
    source: Path, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_backup: None
) -> None:
    """A writer does not."""
    with closing(opened(path, "wal", "wal_autocheckpoint=0")) as writer:
        change(writer)
        before = path.read_bytes()
        told: list[Any] = []

        def meanwhile() -> None:
            change(writer)
            told.append(writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])
            told.append(path.read_bytes() == before)

        in_mid_copy(monkeypatch, meanwhile)
        assert changes(copied(source, tmp_path / "copy")) == 1
        assert told == [1, True]
        assert writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
        assert changes(path) == 2


def test_a_log_that_is_begun_anew_in_mid_copy(
    source: Path, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it was in the database, so nothing keeps a writer from writing over it."""
    with closing(opened(path, "wal")) as writer:
        change(writer)
        assert writer.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()[0] == 0
        with holding(path) as found:
            assert found is not None and found.log >= 0
            change(writer)
            assert not found.as_it_was()
        assert writer.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()[0] == 0
        done = in_mid_copy(monkeypatch, lambda: change(writer))
        copy = copied(source, tmp_path / "copy")
        assert done and changes(copy) == 3


@pytest.mark.parametrize("mode", ["delete", "wal"])
@pytest.mark.parametrize("at", [90, 5000])
def test_who_keeps_to_no_locks_is_found_out(path: Path, mode: str, at: int) -> None:
    """As far as times tell: a page that is written has them changed."""
    with closing(opened(path, mode)) as writer:
        change(writer)
        writer.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        os.utime(path, ns=(0, 0))
        with holding(path) as found:
            assert found is not None and found.as_it_was()
            with path.open("r+b") as file:
                file.seek(at)
                file.write(b"?")
            assert not found.as_it_was()


def test_the_last_one_who_closes_it_leaves_the_log(
    source: Path, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_backup: None
) -> None:
    writer = opened(path, "wal")
    change(writer)
    in_mid_copy(monkeypatch, writer.close)
    assert changes(copied(source, tmp_path / "copy")) == 1
    assert path.with_name("x.db-wal").stat().st_size


@pytest.mark.usefixtures("no_backup")
def test_a_commit_waits_as_for_any_reader(path: Path) -> None:
    with closing(opened(path, "delete")) as writer, holding(path) as found:
        assert found is not None
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            change(writer)
        assert found.as_it_was()
        found.let_go()
        change(writer)
    assert changes(path) == 1


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_who_has_it_alone_keeps_it(path: Path, mode: str) -> None:
    """And SQLite is asked then, with all its patience."""
    with closing(opened(path, mode, "locking_mode=exclusive")) as writer:
        change(writer)
        with holding(path) as found:
            assert found is None


@pytest.mark.parametrize("mode", ["delete", "truncate", "persist"])
def test_a_change_that_was_begun_is_not_in_it(
    source: Path, path: Path, tmp_path: Path, mode: str
) -> None:
    """As long as its writer lives, his journal plays nothing back. When he is dead, it does."""
    with closing(opened(path, mode, "cache_size=1000")) as writer:
        writer.execute("BEGIN IMMEDIATE")
        change(writer)
        with holding(path) as found:
            assert found is not None
        assert changes(copied(source, tmp_path / "copy")) == 0
        writer.execute("PRAGMA cache_spill=1")
        writer.execute("PRAGMA cache_size=1")
        change(writer)
        dead = tmp_path / "dead" / "users"
        shutil.copytree(path.parent, dead)
    with holding(dead / "x.db") as found:
        assert found is None
    assert changes(copied(dead.parent, tmp_path / "another")) == 0


def test_a_log_whose_writer_is_dead_counts(
    source: Path, path: Path, tmp_path: Path, no_backup: None
) -> None:
    """What he had not committed does not; a torn end of it neither."""
    with closing(opened(path, "wal")) as writer:
        change(writer)
        writer.execute("BEGIN")
        change(writer)
        shutil.copytree(path.parent, tmp_path / "dead" / "users")
    log = tmp_path / "dead" / "users" / "x.db-wal"
    os.truncate(log, log.stat().st_size - 100)
    assert changes(copied(tmp_path / "dead", tmp_path / "copy")) == 1


@pytest.mark.parametrize("what", ["database", "log", "shared memory"])
def test_what_takes_its_place_in_mid_copy_is_not_taken_for_it(
    path: Path, tmp_path: Path, what: str
) -> None:
    ending = {"database": "", "log": "-wal", "shared memory": "-shm"}[what]
    with closing(opened(path, "wal")) as writer:
        change(writer)
        with holding(path) as found:
            assert found is not None and found.as_it_was()
            shutil.copy2(f"{path}{ending}", tmp_path / "other")
            (tmp_path / "other").replace(f"{path}{ending}")
            assert not found.as_it_was()


def test_a_link_is_not_followed(path: Path, tmp_path: Path) -> None:
    with closing(opened(tmp_path / "secret.db", "wal")) as writer:
        change(writer)
        shutil.copy(tmp_path / "secret.db", path)
        for ending in ("-wal", "-shm"):
            Path(f"{path}{ending}").symlink_to(tmp_path / f"secret.db{ending}")
        with holding(path) as found:
            assert found is None


def test_a_log_of_holes_fills_no_disk(path: Path) -> None:
    """Nor is anything else opened than a file."""
    with closing(opened(path, "wal")) as writer:
        change(writer)
        os.truncate(path.with_name("x.db-wal"), 1 << 40)
        with holding(path) as found:
            assert found is None
        os.truncate(path.with_name("x.db-wal"), 1 << 19)
        with holding(path) as found:
            assert found is not None
        path.with_name("x.db-shm").rename(path.with_name("kept"))
        os.mkfifo(path.with_name("x.db-shm"))
        with holding(path) as found:
            assert found is None


def second(source: Path, tmp_path: Path) -> tuple[CopyResult, Path]:
    """Another copy, linked to the first one."""
    result = backup(source, tmp_path / "2", tmp_path / "1", selection=DATABASES)
    copy = tmp_path / "2" / "files" / "users" / "x.db"
    assert [left.name for left in copy.parent.iterdir()] == ["x.db"]
    return result, copy


@MODES
@pytest.mark.usefixtures("no_backup")
def test_what_did_not_change_is_linked(source: Path, path: Path, tmp_path: Path, mode: str) -> None:
    with closing(opened(path, mode)) as writer:
        change(writer)
        backup(source, tmp_path / "1", selection=DATABASES)
        found, copy = second(source, tmp_path)
        first = tmp_path / "1" / "files" / "users" / "x.db"
        assert found.linked_files == 1 and copy.samefile(first)
        assert (tmp_path / "2" / "INDEX").read_bytes() == (tmp_path / "1" / "INDEX").read_bytes()
    assert changes(copy) == 1


@MODES
def test_what_changed_is_copied(source: Path, path: Path, tmp_path: Path, mode: str) -> None:
    """Where only the log changed, too, and where it is gone."""
    with closing(opened(path, mode)) as writer:
        change(writer)
        backup(source, tmp_path / "1", selection=DATABASES)
        change(writer)
        found, copy = second(source, tmp_path)
        assert (found.linked_files, changes(copy)) == (0, 2)
    backup(source, tmp_path / "3", tmp_path / "2", selection=DATABASES)
    assert changes(tmp_path / "3" / "files" / "users" / "x.db") == 2


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_what_was_left_to_sqlite_is_not_linked_to(
    source: Path, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    """Of which moment that copy is, its times do not tell."""
    with closing(opened(path, mode)), monkeypatch.context() as patch:
        patch.setattr(held, "hold", lambda *_given: None)
        backup(source, tmp_path / "1", selection=DATABASES)
        assert second(source, tmp_path)[0].linked_files == 0


def test_nor_while_a_journal_lies_there(source: Path, path: Path, tmp_path: Path) -> None:
    opened(path, "delete").close()
    backup(source, tmp_path / "1", selection=DATABASES)
    path.with_name("x.db-journal").write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(500))
    assert second(source, tmp_path)[0].linked_files == 0


def test_times_that_are_put_back_hide_no_change_of_a_log(path: Path) -> None:
    with closing(opened(path, "wal")) as writer:
        change(writer)
        log = path.with_name("x.db-wal")
        before = log.stat()
        was = source_stat(path.stat(), log=before)
        log.write_bytes(log.read_bytes()[:-1] + b"?")
        os.utime(log, ns=(before.st_atime_ns, before.st_mtime_ns))
        now = source_stat(path.stat(), log=log.stat())
        assert was.ctime_ns < 0 and was.identity[:4] == now.identity[:4]
        assert was.identity != now.identity


def test_a_log_that_changed_a_moment_ago_proves_nothing(
    source: Path, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own times count, not the database's alone."""
    with closing(opened(path, "wal")) as writer:
        change(writer)
        use(monkeypatch, settled_ns=0)
        backup(source, tmp_path / "1", selection=DATABASES)
        assert (tmp_path / "1" / "INDEX").read_bytes().splitlines()[1].startswith(b"s ")
        newest = max(path.stat().st_ctime_ns, path.with_name("x.db-wal").stat().st_ctime_ns)
        seen = source_stat(path.stat(), log=path.with_name("x.db-wal").stat())
        assert seen.newest_ns == newest
    index = tmp_path / "index"
    writer_of_it = IndexWriter(index, append=False, sums_offset=0, started_ns=100, settled_ns=50)
    for newest in (49, 50):
        seen = seen._replace(mtime_ns=5, ctime_ns=-7, names=1, newest_ns=newest)
        writer_of_it.add(seen, linkable=True)
    writer_of_it.close()
    assert [line[:1] for line in index.read_bytes().splitlines()[1:]] == [b"s", b"x"]


def test_many_are_copied_by_several_processes(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what lies beside them, in folders of their own and in others; the lists say the same."""
    use(monkeypatch, processes=2, alone_files=2)
    writers = []
    for at in range(8):
        home = source / "users" / f"u{at}"
        (home / ("attachments" if at % 2 else ".")).mkdir(parents=True, exist_ok=True)
        (home / "x.db-old").write_text("not of the database")
        (home / "y.db-wal").write_text("of no database")
        writers.append(opened(home / "x.db", ("wal", "delete")[at // 2 % 2]))
        change(writers[-1])
        (home / "y.db").write_text("not one")
    backup(source, tmp_path / "1", selection=DATABASES)
    backup(source, tmp_path / "2", tmp_path / "1", selection=DATABASES)
    with monkeypatch.context() as patch:
        use(patch, processes=0)
        backup(source, tmp_path / "3", selection=DATABASES)
    for writer in writers:
        writer.close()
    for at in range(8):
        one, other = (tmp_path / name / f"files/users/u{at}/x.db" for name in ("1", "2"))
        assert one.samefile(other)
    for name in ("1", "2", "3"):
        assert (tmp_path / name / "INDEX").read_bytes() == (tmp_path / "1/INDEX").read_bytes()
        for at in range(8):
            assert changes(tmp_path / name / f"files/users/u{at}/x.db") == 1
            left = {one.name for one in (tmp_path / name / f"files/users/u{at}").iterdir()}
            assert left - {"attachments"} == {"x.db", "x.db-old", "y.db", "y.db-wal"}


def test_what_lies_beside(path: Path) -> None:
    def there() -> Any:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            return beside(b"x.db", folder)
        finally:
            os.close(folder)

    assert there() == (None, False)
    path.with_name("x.db-wal").touch()
    assert there() == (None, True)
    path.with_name("x.db-wal").write_text("x")
    assert there().log.st_size == 1
    path.with_name("x.db-journal").write_bytes(bytes(28) + b"as persist leaves it")
    assert there().log.st_size == 1
    path.with_name("x.db-journal").write_bytes(b"x")
    assert there() is None
    path.with_name("x.db-journal").unlink()
    path.with_name("x.db-wal").unlink()
    path.with_name("x.db-wal").mkdir()
    assert there() is None
