"""Databases that are opened and closed again while they are copied by SQLite: the copy is asked for
anew, and where no moment of it is to be had, it is told as one that may be torn."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.formats.sqlite import recover
from pryv_tui.formats.sqlite.copy import NotByBackup, backup_database
from pryv_tui.formats.sqlite.inside import Waits
from pryv_tui.vault.files import copier
from tests.vault.copying.previous.increments import backup
from tests.vault.engine import use
from tests.vault.files.sqlite.open_databases import DATABASES, change, changes, opened

NEEDED = (b"-wal", b"-journal")


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A closed database in a root, of which only a copy of its files can be made."""
    use(monkeypatch, native=False, workers=0)
    monkeypatch.setattr(copier, "copy_held", lambda *_: None)

    def locked(*_given: Any, **_more: Any) -> None:
        refusal = NotByBackup("it is locked")
        refusal.may_be_mended = True
        raise refusal

    monkeypatch.setattr(recover, "backup_database", locked)
    (tmp_path / "root" / "users").mkdir(parents=True)
    path = tmp_path / "root" / "users" / "x.db"
    opened(path, "wal").close()
    return path


@pytest.fixture
def live(path: Path) -> Iterator[sqlite3.Connection]:
    """Somebody who has it open, with something in its log."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        change(database)
        yield database


def whenever(monkeypatch: pytest.MonkeyPatch, acts: Callable[[bytes], None]) -> None:
    """Act before each file that is copied beside a database, or is one."""
    copying = recover._copy

    def copy(name: bytes, *given: Any) -> Any:
        acts(name)
        return copying(name, *given)

    monkeypatch.setattr(recover, "_copy", copy)


@pytest.mark.parametrize("times", [1, 3, 8])
def test_one_that_closes_in_between_is_copied_when_it_has_closed(
    path: Path,
    live: sqlite3.Connection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    times: int,
) -> None:
    """Its log was seen, and is gone when it is to be copied; so many times it is opened again."""
    left = times
    now = live

    def closes(name: bytes) -> None:
        nonlocal left, now
        if name.endswith(NEEDED) and left:
            left -= 1
            now.close()
            if left:
                now = sqlite3.connect(path, isolation_level=None)
                change(now)

    whenever(monkeypatch, closes)
    result = backup(tmp_path / "root", tmp_path / "1", selection=DATABASES)
    now.close()
    copy = tmp_path / "1" / "files" / "users" / "x.db"
    assert left == 0
    assert [one.name for one in copy.parent.iterdir()] == ["x.db"]
    assert changes(copy) == times
    assert not any(note.torn for note in result.notes)


def test_one_that_never_lies_still_is_told_as_torn(
    path: Path, live: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its files are of several moments: nobody may take them for a good copy."""
    whenever(monkeypatch, lambda name: change(live) if name.endswith(NEEDED) else None)
    result = backup(tmp_path / "root", tmp_path / "1", selection=DATABASES)
    told = {note.path: note for note in result.notes}
    assert told["users/x.db"].torn
    assert "it changed during each of 3 copies of its files" in told["users/x.db"].what


def test_one_that_is_locked_and_lies_still_is_not_told_as_torn(
    path: Path, live: sqlite3.Connection, tmp_path: Path
) -> None:
    result = backup(tmp_path / "root", tmp_path / "1", selection=DATABASES)
    assert [(note.path, note.torn) for note in result.notes] == [("users/x.db", False)]
    assert changes(tmp_path / "1" / "files" / "users" / "x.db") == 1


@pytest.mark.parametrize("open_", [True, False], ids=["being opened", "left by a crash"])
def test_a_log_without_the_rest_was_left_only_where_nobody_has_it_open(
    path: Path, live: sqlite3.Connection, tmp_path: Path, open_: bool
) -> None:
    """Who opens a database has its log a moment before the rest."""
    files = {end: path.with_name(path.name + end).read_bytes() for end in ("", "-wal")}
    other = path.with_name("y.db")
    for end, content in files.items():
        other.with_name(other.name + end).write_bytes(content)
    with closing(sqlite3.connect(other, isolation_level=None)) as database:
        if open_:  # it has read the head, and nothing of the log yet
            database.execute("PRAGMA locking_mode=EXCLUSIVE")
            database.execute("SELECT count(*) FROM data").fetchone()
            assert not other.with_name("y.db-shm").exists()
        result = backup(tmp_path / "root", tmp_path / "1", selection=DATABASES)
    (what,) = [note.what for note in result.notes if note.path == "users/y.db"]
    assert ("nobody has it open" in what) is not open_


@pytest.mark.parametrize(
    ("seen", "busy", "goes"),
    [
        ("aaa", 0.0, True),
        ("abb", 0.0, False),
        ("aab", 0.0, False),
        ("abbbb", 60.0, True),
        ("abbba", 60.0, False),
    ],
)
def test_a_database_is_backed_up_only_if_it_is_what_it_was_before_it_was_read(
    tmp_path: Path, seen: str, busy: float, goes: bool
) -> None:
    """Right before SQLite reads, right after, and when our own lock is had: also where there is no
    time left to begin anew."""
    for folder in ("one", "other"):
        (tmp_path / folder).mkdir()
    opened(tmp_path / "one" / "x.db", "wal").close()
    (tmp_path / "other" / "x.db").touch()
    looks = iter(seen)
    ends = [os.open(tmp_path / folder, os.O_RDONLY) for folder in ("one", "other")]
    try:
        copying = partial(
            backup_database,
            b"x.db",
            *ends,
            between=lambda: None,
            waits=Waits(busy=busy),
            looks=lambda: next(looks),
        )
        if goes:
            copying()
        else:
            with pytest.raises(NotByBackup) as refused:
                copying()
            assert refused.value.moves
    finally:
        for fd in ends:
            os.close(fd)
    assert next(looks, None) is None, "all were asked for"
    if goes:
        assert changes(tmp_path / "other" / "x.db") == 0
