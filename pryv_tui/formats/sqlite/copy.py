"""Copy a live SQLite database with SQLite itself, so that the copy is consistent.

While a database is written, it is more than one file: copied as plain files, the database and its
write-ahead log may not match (https://sqlite.org/howtocorrupt.html).
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from pryv_tui.filesystem.attributes import by_descriptor
from pryv_tui.formats.sqlite.inside import WAITS, NotOpened, Waits, opened_inside

# Imported in functions: most processes that load this module copy files, and never need sqlite3.
if TYPE_CHECKING:
    import sqlite3

SQLITE_MAGIC = b"SQLite format 3\0"
_PAGES = 1024
"""Pages copied per step, usually of 4 KB each."""


class NotByBackup(Exception):
    """SQLite can't copy this database. The message is SQLite's."""

    may_be_mended = False
    """Whether copying the files may work instead, for example if the database is only locked, not
    damaged."""
    moves = False
    """Whether a retry may work: the database was opened, closed or written to during each
    attempt."""


def wants_backup(fd: int, name: bytes, folder: int) -> bool:
    """Whether an open file is a database that somebody may be writing to.

    A database in write-ahead mode (bytes 18 and 19 of its header are 2,
    https://sqlite.org/fileformat.html) without a `-wal` is closed. Such a file is copied as a plain
    file: opening it would create a `-wal` and a `-shm` in a tree that must not change.
    """
    header = os.pread(fd, 20, 0)
    if header[:16] != SQLITE_MAGIC:
        return False
    return header[18:20] != b"\2\2" or has_log(name, folder)


def has_log(name: bytes, folder: int) -> bool:
    """Whether a database has a write-ahead log (`-wal`) beside it."""
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
        name: the file's name in both folders; in the target it exists and is empty.
        source: the open folder of the database. Nothing in it changes, except that SQLite updates
            the `-shm`, as each reader does.
        target: the open folder of the copy; no companion files are left there.
        between: called repeatedly while it copies or waits; may raise to end the copy.
        waits: how long to wait for SQLite.
        holds: called when reading has begun. It keeps writers out by a lock of the caller, and
            returns False if that fails. SQLite's own locks belong to the process: closing any
            descriptor of the file drops them (fcntl(2)).
        looks: returns a value that changes when the file does. It is called before reading begins
            and after `holds`, to detect a write in between.

    Raises:
        NotByBackup: the file is locked, has a crashed writer's journal, or is not a database.
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
            # A failed copy is discarded, so it needs no journal.
            copy.execute("PRAGMA journal_mode=OFF")
            copy.execute("PRAGMA synchronous=OFF")
            # The callback raises when SQLite is busy: otherwise Python would retry for ever.
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
        # SQLite's message about an unreadable schema has a name that is not UTF-8.
        raise NotByBackup(error.object.decode("utf-8", "replace")) from error


def full(error: sqlite3.Error) -> OSError | None:
    """The `OSError` for a full disk if SQLite reports one; else None."""
    import sqlite3

    if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return None


def connect(folder: int, name: bytes, mode: str) -> sqlite3.Connection:
    """Open a database in a folder that only this program uses, in autocommit mode.

    Args:
        mode: `ro` or `rw`.

    Raises:
        sqlite3.Error: it can't be opened.
    """
    return connect_at(by_descriptor(folder, name), mode)


def connect_at(path: bytes, mode: str, *, timeout: float = 5.0) -> sqlite3.Connection:
    """Open a database by its path, in autocommit mode, as `connect` does.

    The caller must make sure that the path is safe (`opened_inside`).
    """
    import sqlite3
    from urllib.parse import quote

    return sqlite3.connect(
        f"file:{quote(path)}?mode={mode}", uri=True, timeout=timeout, isolation_level=None
    )


def _refusal(error: sqlite3.Error) -> NotByBackup:
    import sqlite3

    refusal = NotByBackup(str(error))
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_BUSY)  # ours has no code
    refusal.may_be_mended = code & 0xFF not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
    return refusal


def _begin_reading(
    live: sqlite3.Connection,
    between: Callable[[], None],
    waits: Waits,
    looks: Callable[[], object],
) -> object:
    """Begin a read transaction: from then on reads show the database of one moment.

    In write-ahead mode others can write meanwhile. If the file changed while the transaction began,
    SQLite had waited for a writer: the transaction is begun again, until time is up.

    Returns:
        The file's state (`looks`) immediately before the transaction.
    """
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
