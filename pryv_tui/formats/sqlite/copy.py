"""Copying a live SQLite database through SQLite itself, so that the copy is of one moment.

A database is one file only while nobody writes to it: copied as files, a database and its
write-ahead log tear (https://sqlite.org/howtocorrupt.html).
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from pryv_tui.filesystem.attributes import by_descriptor
from pryv_tui.formats.sqlite.inside import WAITS, NotOpened, Waits, opened_inside

# `sqlite3` is imported where it is used: a process that copies files loads this module, never that.
if TYPE_CHECKING:
    import sqlite3

SQLITE_MAGIC = b"SQLite format 3\0"
_PAGES = 1024
"""Pages copied at a time, usually of 4 KB each."""


class NotByBackup(Exception):
    """SQLite can't copy this database; its words are the message."""

    may_be_mended = False
    """It is locked, or waits for a writer: a copy of its files may do."""
    moves = False
    """It was opened, closed or written to again and again meanwhile: asked anew, it may go well."""


def wants_backup(fd: int, name: bytes, folder: int) -> bool:
    """Whether an open file is a database that somebody may be writing to.

    A database in write-ahead mode (bytes 18 and 19 of its header are 2,
    https://sqlite.org/fileformat.html) that has no `-wal` beside it is closed: it is copied as a
    file, since opening it would leave a `-wal` and a `-shm` behind in a tree that is only read.
    """
    header = os.pread(fd, 20, 0)
    if header[:16] != SQLITE_MAGIC:
        return False
    return header[18:20] != b"\2\2" or has_log(name, folder)


def has_log(name: bytes, folder: int) -> bool:
    """Whether a write-ahead log lies beside a database."""
    try:
        os.stat(name + b"-wal", dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def backup_database(
    name: bytes,
    source: int,
    target: int,
    *,
    between: Callable[[], None],
    waits: Waits = WAITS,
    holds: Callable[[], bool] = lambda: True,
    looks: Callable[[], object] = lambda: None,
) -> None:
    """Copy a database with SQLite's online backup (https://sqlite.org/backup.html).

    Args:
        name: the file's name in both folders; at the target an empty file already.
        source: the folder it lies in, open; nothing in it is changed, except that SQLite keeps
            its `-shm` there up to date as any reader does.
        target: the folder it goes to, open; no companion files are left there.
        between: called again and again while it copies or waits; may raise to end it.
        waits: how long SQLite is waited for.
        holds: called when reading has begun, to keep writers out by a lock of one's own; false
            where that can't be. SQLite's are the process's: whoever closes any descriptor of the
            file, under whatever name, drops them (fcntl(2)).
        looks: tells a state of the file from another; asked before reading begins and when `holds`
            has it, for what came in between.

    Raises:
        NotByBackup: it is locked, has a crashed writer's journal, or is no database.
        OSError: the target is full.
    """
    import sqlite3

    before: list[object] = []

    def reading(path: bytes) -> sqlite3.Connection:
        live = connect_at(path, "ro", timeout=waits.by_itself)
        try:
            before.append(_begin_reading(live, between, waits, looks))
        except BaseException:
            live.close()
            raise
        return live

    def fill(live: sqlite3.Connection) -> None:
        if not holds() or looks() != before[-1]:
            refusal = NotByBackup("it was written to while it was opened")
            refusal.moves = True
            raise refusal
        copy = connect(target, name, "rw")
        try:
            # A copy that fails is thrown away: it needs no journal of its own beside it.
            copy.execute("PRAGMA journal_mode=OFF")
            copy.execute("PRAGMA synchronous=OFF")
            # The callback ends it where SQLite is busy: without that, Python tries for ever.
            live.backup(copy, pages=_PAGES, progress=lambda status, *_: _go_on(status, between))
        finally:
            copy.close()

    try:
        opened_inside(source, name, reading, fill, between, waits)
    except NotOpened as error:
        raise NotByBackup(str(error)) from error
    except sqlite3.Error as error:
        raise full(error) or _refusal(error) from error
    except UnicodeDecodeError as error:
        # SQLite's words about a schema that it can't read hold a name that is no text.
        raise NotByBackup(error.object.decode("utf-8", "replace")) from error


def full(error: sqlite3.Error) -> OSError | None:
    """The error of a full disk, if that is what SQLite says."""
    import sqlite3

    if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return None


def connect(folder: int, name: bytes, mode: str) -> sqlite3.Connection:
    """Open a database in an open folder of ours, `ro` or `rw`; each statement is by itself.

    Raises:
        sqlite3.Error: it can't be.
    """
    return connect_at(by_descriptor(folder, name), mode)


def connect_at(path: bytes, mode: str, *, timeout: float = 5.0) -> sqlite3.Connection:
    """The same by its path, as `opened_inside` gives it: the caller looks after what that means."""
    import sqlite3
    from urllib.parse import quote

    return sqlite3.connect(
        f"file:{quote(path)}?mode={mode}", uri=True, timeout=timeout, isolation_level=None
    )


def _refusal(error: sqlite3.Error) -> NotByBackup:
    import sqlite3

    refusal = NotByBackup(str(error))
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_BUSY)  # our own word for busy
    refusal.may_be_mended = code & 0xFF not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
    return refusal


def _begin_reading(
    live: sqlite3.Connection,
    between: Callable[[], None],
    waits: Waits,
    looks: Callable[[], object],
) -> object:
    """Fix the moment that the copy shows: writers in write-ahead mode go on after it. Where the
    file is another after that, a writer was waited for, and it is begun anew, as long as there is
    time. Returns what was seen of the file right before."""
    import sqlite3

    end = time.monotonic() + waits.busy
    live.execute("BEGIN")
    while True:
        before = looks()
        try:
            live.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() >= end:
                raise
        else:
            if looks() == before or time.monotonic() >= end:
                return before
            live.execute("ROLLBACK")
            live.execute("BEGIN")
        between()


def _go_on(status: int, between: Callable[[], None]) -> None:
    import sqlite3

    if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        raise sqlite3.OperationalError("database is locked")
    between()
