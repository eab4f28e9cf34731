"""Copy a SQLite database that can't be read in place: its writer crashed, or has locked it.

SQLite recovers a database from its journal or write-ahead log when it opens the database for
writing. The source must not change. So its files are copied, all of one state, and SQLite recovers
the copy (https://sqlite.org/lockingv3.html#rollback, https://sqlite.org/wal.html#recovery).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable

from pryv_tui.filesystem.folders import CHUNK, READ, open_quietly
from pryv_tui.filesystem.same_file import State, state_of
from pryv_tui.formats.sqlite.copy import (
    SQLITE_MAGIC,
    NotByBackup,
    backup_database,
    connect_at,
    full,
)
from pryv_tui.formats.sqlite.hold import Held, is_open
from pryv_tui.formats.sqlite.inside import WAITS, NotOpened, Waits, all_inside
from pryv_tui.formats.sqlite.journals import lies_in, take_shared_name
from pryv_tui.formats.sqlite.names import COMPANIONS

_NEEDED = (b"-journal", b"-wal")
"""Suffixes of the files that a recovery needs; the `-shm` is created again."""
_ATTEMPTS = 3
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


def take_database(
    name: bytes,
    source: int,
    target: int,
    *,
    between: Callable[[], None],
    waits: Waits = WAITS,
    holds: Callable[[], bool] = lambda: True,
    looks: Callable[[], object] = lambda: None,
) -> str:
    """Copy a database with SQLite's backup; if that fails, copy its files and recover the copy.

    Args: see `backup_database`.

    Returns:
        Why a recovery was needed; empty if the backup worked.

    Raises:
        NotByBackup: neither works; the caller has to discard what was written.
        OSError: the target is full.
    """
    if _left_by_a_crash(name, source):
        # Opening the database in place would create a -shm there.
        mend_copy(name, source, target, between=between)
        return "nobody has it open, but it has a write-ahead log"
    try:
        backup_database(
            name, source, target, between=between, waits=waits, holds=holds, looks=looks
        )
    except NotByBackup as error:
        if not (error.may_be_mended or _there(name, source)):
            raise
        _empty(name, target)
        try:
            mend_copy(name, source, target, between=between)
        except NotByBackup as another:
            refusal = NotByBackup(f"{error}; {another}")
            refusal.moves = another.moves
            raise refusal from another
        return str(error)
    return ""


def mend_copy(name: bytes, source: int, target: int, *, between: Callable[[], None]) -> None:
    """Copy a database's files, and let SQLite recover the copy. Raises as `take_database`."""
    try:
        for _ in range(_ATTEMPTS):
            before = _states(name, source)
            for ending in (b"", *_NEEDED):
                copied = ending in before and _copy(name + ending, source, target, between)
                if ending and not copied:
                    _remove(name + ending, target)
            if _states(name, source) == before:
                break
        else:
            refusal = NotByBackup(f"it changed during each of {_ATTEMPTS} copies of its files")
            refusal.moves = True
            raise refusal
        _see_super_journal(name, source, target)
        _mend(name, target)
    finally:
        for ending in COMPANIONS:
            _remove(name + ending, target)


def take_log(held: Held, name: bytes, target: int, *, between: Callable[[], None]) -> None:
    """Merge the log of a locked database into the copy; the database file was copied before.

    Args: as for `backup_database`; `held` has a log.

    Raises:
        NotByBackup: the merge fails, or the log was restarted; the caller has to discard the copy.
        OSError: the target is full.
    """
    assert held.log_status is not None
    left = held.log_status.st_size
    try:
        other = os.open(name + b"-wal", _WRITE | os.O_TRUNC, 0o600, dir_fd=target)
        try:
            os.lseek(held.log, 0, os.SEEK_SET)
            while left and (data := _read(held.log, min(left, CHUNK))):
                between()
                left -= len(data)
                while data:
                    data = data[os.write(other, data) :]
        finally:
            os.close(other)
        if not held.as_it_was():
            raise NotByBackup("it changed while it was copied")
        _mend(name, target)
    finally:
        for ending in COMPANIONS:
            _remove(name + ending, target)


def _see_super_journal(name: bytes, source: int, target: int) -> None:
    """Make SQLite recover a part of a transaction over several databases as the source would.

    The journals of these databases name one shared file (super-journal): while it exists, all are
    rolled back; once it is gone, all are committed (https://sqlite.org/atomiccommit.html, 5.0). The
    journal has its full path in the writer's container. From the copy SQLite would never find it,
    and leave a half-done change.

    Raises:
        NotByBackup: the shared file is not beside the source, so its state is unknown.
    """
    with contextlib.suppress(FileNotFoundError):
        flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
        journal = os.open(name + b"-journal", flags, dir_fd=target)
        try:
            shared = take_shared_name(journal)
        finally:
            os.close(journal)
        if shared is not None and not lies_in(shared, source):
            raise NotByBackup(
                "it is one of several databases in a transaction, and the file that they share is"
                " not here"
            )


def mend(name: bytes, folder: int) -> None:
    """Let SQLite recover a database from its journal or log, in this program's own folder.

    The name of a super-journal must have been removed before (`take_shared_name`).

    Raises:
        sqlite3.Error, UnicodeDecodeError: it fails, with SQLite's message.
        NotOpened: no thread or descriptor is left.
    """

    def act(path: bytes) -> None:
        with contextlib.closing(connect_at(path, "rw")) as copy:
            # Then no -shm is needed; and nobody else uses this copy.
            copy.execute("PRAGMA locking_mode=EXCLUSIVE")
            copy.execute("PRAGMA synchronous=OFF")
            copy.execute("PRAGMA trusted_schema=OFF")
            copy.execute("SELECT count(*) FROM sqlite_master").fetchone()
            copy.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    all_inside(folder, name, act)


def _mend(name: bytes, target: int) -> None:
    import sqlite3

    try:
        mend(name, target)
    except NotOpened as error:
        raise NotByBackup(f"a copy of its files: {error}") from error
    except sqlite3.Error as error:
        raise full(error) or NotByBackup(f"a copy of its files: {error}") from error
    except UnicodeDecodeError as error:
        # A name that is not UTF-8, as in `backup_database`.
        words = error.object.decode("utf-8", "replace")
        raise NotByBackup(f"a copy of its files: {words}") from error


def is_unknown(fd: int, name: bytes, source: int) -> bool:
    """Whether an open file is not a SQLite database, but has a journal or log of SQLite beside
    it."""
    head = os.pread(fd, len(SQLITE_MAGIC), 0)
    return bool(head) and head != SQLITE_MAGIC and _there(name, source)


def _left_by_a_crash(name: bytes, source: int) -> bool:
    """Whether a write-ahead log was left behind that nobody uses.

    A user also has a -shm, except for a moment while opening the database.
    """
    found = _states(name, source, (b"-wal", b"-shm"))
    return b"-wal" in found and b"-shm" not in found and not is_open(name, source)


def _there(name: bytes, source: int) -> bool:
    return bool(_states(name, source, _NEEDED))


def _states(
    name: bytes, folder: int, endings: tuple[bytes, ...] = (b"", *_NEEDED)
) -> dict[bytes, State]:
    """The states of a database's existing files, by suffix."""
    found = {}
    for ending in endings:
        with contextlib.suppress(FileNotFoundError):
            status = os.stat(name + ending, dir_fd=folder, follow_symlinks=False)
            found[ending] = state_of(status)
    return found


def _copy(name: bytes, source: int, target: int, between: Callable[[], None]) -> bool:
    """Copy one file; False if it no longer exists."""
    try:
        one = open_quietly(name, READ, source)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise NotByBackup(f"{error.strerror}") from error
    try:
        other = os.open(name, _WRITE | os.O_TRUNC, 0o600, dir_fd=target)
        try:
            while data := _read(one):
                between()
                while data:
                    data = data[os.write(other, data) :]
        finally:
            os.close(other)
    finally:
        os.close(one)
    return True


def _read(fd: int, most: int = CHUNK) -> bytes:
    try:
        return os.read(fd, most)
    except OSError as error:
        raise NotByBackup(f"{error.strerror}") from error


def _empty(name: bytes, target: int) -> None:
    os.close(os.open(name, os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=target))


def _remove(name: bytes, folder: int) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)
