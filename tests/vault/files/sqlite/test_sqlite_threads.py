"""SQLite's locks are the process's: a thread that closes a descriptor of a database drops what
SQLite holds of it in another one. So nobody has one open that another thread is at; and where that
is done under another name, a lock of ours keeps its writers out."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.formats.sqlite import copy, hold
from pryv_tui.vault.files import copier
from pryv_tui.vault.files.content import ContentCopier
from tests.vault.copying.previous.increments import backup
from tests.vault.engine import use
from tests.vault.files.sqlite.open_databases import (
    DATABASES,
    change,
    changes,
    opened,
    quick,
    source,
)

__all__ = ["quick", "source"]
BESIDE = ("", "-wal", "-shm")


class Watched:
    """Which threads have which files below a folder open, by Python's own calls."""

    def __init__(self, patch: pytest.MonkeyPatch, folder: Path) -> None:
        self.folder = folder.stat().st_dev
        self.files: set[int] = set()
        self.threads: set[int] = set()
        self.several: list[int] = []
        self._open: dict[int, tuple[int, int]] = {}
        self._lock = threading.Lock()
        self._opens, self._closes = os.open, os.close
        patch.setattr(os, "open", self._opened)
        patch.setattr(os, "close", self._closed)

    def _opened(self, *given: Any, **more: Any) -> int:
        fd = self._opens(*given, **more)
        status = os.fstat(fd)
        if status.st_dev == self.folder and status.st_ino in self.files:
            here = threading.get_ident()
            with self._lock:
                self.threads.add(here)
                if {who for file, who in self._open.values() if file == status.st_ino} - {here}:
                    self.several.append(status.st_ino)
                self._open[fd] = status.st_ino, here
        return fd

    def _closed(self, fd: int) -> None:
        with self._lock:
            self._open.pop(fd, None)
        self._closes(fd)


@pytest.mark.parametrize("by_sqlite", [False, True])
@pytest.mark.parametrize("native", [False, True])
def test_a_database_is_one_threads_at_a_time(
    source: Path,
    tmp_path: Path,
    together: None,
    monkeypatch: pytest.MonkeyPatch,
    native: bool,
    by_sqlite: bool,
) -> None:
    """Of the walk, which looks whether it is to be linked, its workers, and who counts."""
    use(monkeypatch, native=native, count_after=0, batch_entries=3)
    if by_sqlite:
        monkeypatch.setattr(copier, "copy_held", lambda *_: None)
    paths = [source / "users" / f"u{at % 5}" / f"x{at}.db" for at in range(25)]
    with ExitStack() as writers:
        for at, path in enumerate(paths):
            path.parent.mkdir(exist_ok=True)
            database = opened(path, "wal")
            change(database)
            if at % 3:
                writers.enter_context(closing(database))
            else:
                database.close()
        watched = Watched(monkeypatch, source)
        for number in (1, 2):
            for path in paths[::2] if number == 2 else ():
                with closing(opened(path, "wal")) as database:
                    change(database)
            files = [path.with_name(path.name + end) for path in paths for end in BESIDE]
            watched.files = {file.stat().st_ino for file in files if file.exists()}
            former = tmp_path / "1" if number == 2 else None
            backup(source, tmp_path / str(number), former, selection=DATABASES, count=True)
    assert len(watched.threads) > 1, "they are opened by several"
    assert watched.several == []
    for at, path in enumerate(paths):
        copy = tmp_path / "2/files" / path.relative_to(source)
        assert changes(copy) == (2 if at % 2 == 0 else 1)


WRITES = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=0)
database.execute("UPDATE data SET changes = changes + 1")
"""


@pytest.mark.parametrize("closes", ["another name", "its own name", "nothing"])
@pytest.mark.parametrize("mode", ["delete", "truncate", "persist"])
def test_a_descriptor_that_somebody_closes_lets_no_writer_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closes: str, mode: str
) -> None:
    """A file has its locks by process and inode: under another name, too, closing drops them."""
    use(monkeypatch, native=False, workers=0)
    monkeypatch.setattr(copier, "copy_held", lambda *_: None)
    path = tmp_path / "root" / "x.db"
    path.parent.mkdir()
    with closing(opened(path, mode)) as database:
        database.execute("CREATE TABLE long AS SELECT zeroblob(6 << 20)")  # it takes two steps
    (tmp_path / "alias").hardlink_to(path)
    told: list[str] = []
    going_on = copy._go_on

    def meanwhile(*given: Any) -> None:
        if not told:
            if closes != "nothing":
                name = path if closes == "its own name" else tmp_path / "alias"
                os.close(os.open(name, os.O_RDONLY))
            done = subprocess.run(
                [sys.executable, "-c", WRITES, str(path)], capture_output=True, text=True
            )
            told.append(done.stderr)
        going_on(*given)

    monkeypatch.setattr(copy, "_go_on", meanwhile)
    backup(tmp_path / "root", tmp_path / "1", selection=DATABASES)
    assert "database is locked" in told[0]
    assert changes(tmp_path / "1" / "files" / "x.db") == 0
    # And it is let go in the end.
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as database:
        database.execute("UPDATE data SET changes = changes + 1")


def test_its_writers_do_not_wait_for_the_hash_of_the_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, native=False, workers=0)
    monkeypatch.setattr(copier, "copy_held", lambda *_: None)
    path = tmp_path / "root" / "x.db"
    path.parent.mkdir()
    opened(path, "delete").close()
    told: list[int] = []
    hashed = ContentCopier.digest

    def digest(*given: Any, **more: Any) -> bytes:
        told.append(subprocess.run([sys.executable, "-c", WRITES, str(path)]).returncode)
        return hashed(*given, **more)

    monkeypatch.setattr(ContentCopier, "digest", digest)
    backup(tmp_path / "root", tmp_path / "1", selection=DATABASES)
    assert told == [0]
    assert changes(tmp_path / "1" / "files" / "x.db") == 0


GROWS = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=0)
database.execute("BEGIN")
database.execute("UPDATE data SET changes = changes + 1")
database.execute("CREATE TABLE more AS SELECT zeroblob(100000)")
database.execute("COMMIT")
"""


@pytest.mark.parametrize("when", ["before it is held", "before it is looked at"])
@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_what_is_written_before_it_is_held_is_in_the_copy_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str, mode: str
) -> None:
    """SQLite has begun to read; its lock is dropped, by another name, before ours is taken."""
    use(monkeypatch, native=False, workers=0)
    monkeypatch.setattr(copier, "copy_held", lambda *_: None)
    path = tmp_path / "root" / "x.db"
    path.parent.mkdir()
    database = opened(path, mode)
    if mode == "delete":
        database.close()
    (tmp_path / "alias").hardlink_to(path)
    told: list[str] = []
    reads, keeps, looks = copy._begin_reading, hold.keep_log, hold.look_at
    begun: list[bool] = []

    def meanwhile() -> None:
        if begun and not told:
            os.close(os.open(tmp_path / "alias", os.O_RDONLY))
            done = subprocess.run(
                [sys.executable, "-c", GROWS, str(path)], capture_output=True, text=True
            )
            told.append(done.stderr)
            if mode == "wal":
                database.close()  # the last one, for all that it knows

    def reading(*given: Any) -> object:
        before = reads(*given)
        begun.append(True)
        return before

    def kept(*given: Any) -> bool:
        if when == "before it is held":
            meanwhile()
        return keeps(*given)

    def looked(*given: Any) -> Any:
        if when == "before it is looked at":
            meanwhile()
        return looks(*given)

    monkeypatch.setattr(copy, "_begin_reading", reading)
    monkeypatch.setattr(copier, "keep_log", kept)
    monkeypatch.setattr(copier, "look_at", looked)
    result = backup(tmp_path / "root", tmp_path / "1", selection=DATABASES)
    assert (told and "locked" not in told[0]) or when == "before it is looked at"
    kept_copy = tmp_path / "1" / "files" / "x.db"
    with closing(sqlite3.connect(kept_copy)) as held:
        tables = {row[0] for row in held.execute("SELECT name FROM sqlite_master")}
        assert held.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert changes(kept_copy) == ("more" in tables)
    assert not any(note.torn for note in result.notes)
