"""Databases that are copied as files while nobody can change them."""

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

from pryv_tui.formats.sqlite.hold import Held, beside, hold
from pryv_tui.vault.files.content import ContentCopier
from tests.vault.engine import copy_tree
from tests.vault.files.sqlite.open_databases import (
    DATABASES,
    MODES,
    change,
    changes,
    no_backup,
    opened,
    path,
    quick,
    source,
)

__all__ = ["no_backup", "path", "quick", "source"]


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
