"""Holding a database as SQLite's readers do, so that its files can be copied as they lie.

SQLite's own backup opens each database twice and moves it page by page: a hundred times the work of
copying the file. What makes it right is only that nobody changes the file meanwhile, and that is a
matter of locks, which anybody can take (https://sqlite.org/lockingv3.html; os_unix.c, wal.c,
https://sqlite.org/walformat.html, 2.3.1):

- Who writes to the database file itself has an exclusive lock on the bytes of `_SHARED`. A reader's
  lock on them keeps writers out, and the last one who closes a database from taking its log away.
- In write-ahead mode what is committed goes to the log. It gets into the database file by a
  checkpoint alone, which takes an exclusive lock on `_READ_0` of the `-shm`: a reader's lock there
  keeps every checkpoint out, and no writer.
- So the log only grows meanwhile, unless all of it was in the database file before: then it may be
  begun anew, with another salt in its head. An equal head afterwards tells that it was not.

Locks taken here are those of an open descriptor. SQLite's own are the process's: a thread that
closes any descriptor of a database or its `-shm` drops what SQLite holds there in another thread
(fcntl(2)). So a database and what lies beside it are for one thread at a time.

Whoever does not get the locks at once, or finds anything that is not so, leaves it to SQLite.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import stat
import struct
import sys
from typing import NamedTuple

from pryv_tui.filesystem.folders import READ, open_quietly
from pryv_tui.filesystem.same_file import leads_to, state_of
from pryv_tui.formats.sqlite.copy import SQLITE_MAGIC

_PENDING = (0x40000000, 1)
_RESERVED = (0x40000001, 1)
_SHARED = (0x40000002, 510)
_READ_0 = (123, 1)
_HEAD = 100
"""Bytes of a database's head; its counter of changes is in it."""
_LOG_HEAD = 32
_HOLLOW = 1 << 20
"""Bytes of holes in a log from which on it is left to SQLite: nobody makes such by writing."""
_FLOCK = struct.Struct("@hhqqi4x")
"""`struct flock` of fcntl(2), where a pointer has 8 bytes."""


class Beside(NamedTuple):
    """What lies beside a database and belongs to its content."""

    log: os.stat_result | None
    """A write-ahead log that is not empty."""
    files: bool
    """Whether anything lies there at all."""


def stands_alone(file: int, name: bytes, folder: int) -> bool:
    """Whether an open file, copied or linked to as it lay, needs nothing from beside it: a database
    that nobody had open then, or what is none with nothing there."""
    is_one = os.pread(file, len(SQLITE_MAGIC), 0) == SQLITE_MAGIC
    return is_one or beside(name, folder) == Beside(None, False)


def beside(name: bytes, folder: int) -> Beside | None:
    """What lies beside a database; None where a journal may have to be played back, or where it
    can't be told.

    A journal that is empty or begins with a zero means nothing (pager.c, `hasHotJournal`).
    """
    try:
        log = _status(name + b"-wal", folder)
        shared = _status(name + b"-shm", folder)
        if any(one is not None and not stat.S_ISREG(one.st_mode) for one in (log, shared)):
            return None
        journal = _status(name + b"-journal", folder)
        if journal is not None and not _is_void(name + b"-journal", folder, journal):
            return None
    except OSError:
        return None
    found = any(one is not None for one in (log, journal, shared))
    return Beside(log if log is not None and log.st_size else None, found)


def with_log(status: os.stat_result, log: os.stat_result) -> int:
    """What stands for a database's last change and its log's inode, size and times together.

    Negative, which no file of a platform has as its time of the last change.
    """
    numbers = (status.st_ctime_ns, log.st_ino, log.st_size, log.st_mtime_ns, log.st_ctime_ns)
    digest = hashlib.sha256(b"%d %d %d %d %d" % numbers).digest()
    return -1 - (int.from_bytes(digest[:8], "big") >> 2)


def keep_log(database: int) -> bool:
    """Have the last one who closes an open database leave its log there, until it is closed or
    `let_go`: who reads the file sees afterwards whether anybody had it open meanwhile. Times do not
    tell that within a tick of their clock.

    Returns:
        false where somebody has it alone, or where there are no such locks.
    """
    return _set(database, fcntl.F_RDLCK, _SHARED)


def look_at(database: int, name: bytes, folder: int) -> tuple[bytes, int]:
    """What tells a state of an open database from another one while nobody keeps writers out: its
    head, with the counter of changes, and which log it has, since the last one who closes it takes
    that away."""
    with contextlib.suppress(OSError):
        return os.pread(database, _HEAD, 0), os.stat(name + b"-wal", dir_fd=folder).st_ino
    return os.pread(database, _HEAD, 0), 0


def let_go(database: int) -> None:
    """Let go of what `keep_log` holds."""
    _set(database, fcntl.F_UNLCK, _SHARED)


def is_open(name: bytes, folder: int) -> bool:
    """Whether somebody has a database open, in write-ahead mode, at this moment: each who does has
    a reader's lock on it. False too where that can't be told."""
    try:
        database = open_quietly(name, READ, folder)
    except OSError:
        return False
    try:
        return _is_locked(database, _SHARED, fcntl.F_WRLCK)
    except OSError:
        return False
    finally:
        os.close(database)


class Held:
    """A database that nobody can change until it is let go."""

    def __init__(self, database: int, name: bytes, folder: int) -> None:
        """See `hold`."""
        self._database = database
        self._name = name
        self._folder = folder
        self._state = state_of(os.fstat(database))
        self._head = os.pread(database, _HEAD, 0)
        self._shm = -1
        self._log_head = b""
        self.log = -1
        """Its write-ahead log, open; -1 where it has none that is not empty."""
        self.log_status: os.stat_result | None = None

    def let_go(self) -> None:
        """Let others change it again."""
        for descriptor in (self._shm, self.log):
            if descriptor >= 0:
                os.close(descriptor)
        self._shm = self.log = -1
        _set(self._database, fcntl.F_UNLCK, _SHARED)

    def as_it_was(self) -> bool:
        """Whether all is as it was when it was held: what was read since is of one state."""
        try:
            if state_of(os.fstat(self._database)) != self._state:
                return False
            if os.pread(self._database, _HEAD, 0) != self._head:
                return False
            if not leads_to(self._folder, self._name, os.fstat(self._database)):
                return False
            if self._shm >= 0 and not self._leads(b"-shm", self._shm):
                return False
            if self.log < 0:
                return True
            return self._leads(b"-wal", self.log) and self._same_log()
        except OSError:
            return False

    def _same_log(self) -> bool:
        """Whether the log was only written on."""
        assert self.log_status is not None
        return (
            os.fstat(self.log).st_size >= self.log_status.st_size
            and os.pread(self.log, _LOG_HEAD, 0) == self._log_head
        )

    def _leads(self, ending: bytes, descriptor: int) -> bool:
        return leads_to(self._folder, self._name + ending, os.fstat(descriptor))

    def is_held(self) -> bool:
        """Take what else it needs; false where that can't be had, or something is odd."""
        found = beside(self._name, self._folder)
        if self._head[18:20] == b"\1\1":
            # With a log as well SQLite knows better what counts.
            return (found is not None and found.log is None) or (found is None and self._at_work())
        if self._head[18:20] != b"\2\2" or found is None:
            return False
        return self._hold_log(found)

    def _at_work(self) -> bool:
        """Whether the journal is that of a writer who has not begun to change the database."""
        try:
            if _status(self._name + b"-wal", self._folder) is not None:
                return False
            return _is_locked(self._database, _RESERVED, fcntl.F_RDLCK)
        except OSError:
            return False

    def _hold_log(self, found: Beside) -> bool:
        try:
            self._shm = open_quietly(self._name + b"-shm", READ, self._folder)
            if not stat.S_ISREG(os.fstat(self._shm).st_mode) or not _set(
                self._shm, fcntl.F_RDLCK, _READ_0
            ):
                return False
            if found.log is None:
                return True
            self.log = open_quietly(self._name + b"-wal", READ, self._folder)
            self.log_status = os.fstat(self.log)
            self._log_head = os.pread(self.log, _LOG_HEAD, 0)
        except OSError:
            return False
        return (
            stat.S_ISREG(self.log_status.st_mode)
            and len(self._log_head) == _LOG_HEAD
            # SQLite reads a log to its first wrong frame only; copied would be all of it.
            and self.log_status.st_size <= self.log_status.st_blocks * 512 + _HOLLOW
        )


def hold(database: int, name: bytes, folder: int) -> Held | None:
    """Hold a database, as a reader does: nobody is waited for, and nothing is changed.

    The locks are those of the open descriptors (F_OFD_SETLK, fcntl(2)): they end with them, and
    with nothing else that this process does.

    Args:
        database: it, open for reading; stays the caller's.
        name: its name in `folder`.
        folder: the folder that it lies in, open.

    Returns:
        what has to be let go in the end; None where it is somebody else's turn, where its journal
        has to be played back, or where that can't be told.
    """
    if sys.maxsize < 1 << 32 or not _set(database, fcntl.F_RDLCK, _PENDING):
        return None
    shared = _set(database, fcntl.F_RDLCK, _SHARED)
    _set(database, fcntl.F_UNLCK, _PENDING)
    if not shared:
        return None
    try:
        held = Held(database, name, folder)
    except OSError:
        _set(database, fcntl.F_UNLCK, _SHARED)
        return None
    if held.is_held():
        return held
    held.let_go()
    return None


def _status(name: bytes, folder: int) -> os.stat_result | None:
    with contextlib.suppress(FileNotFoundError):
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    return None


def _is_void(name: bytes, folder: int, status: os.stat_result) -> bool:
    if not stat.S_ISREG(status.st_mode):
        return False
    if not status.st_size:
        return True
    descriptor = open_quietly(name, READ, folder)
    try:
        return os.pread(descriptor, 1, 0) in (b"", b"\0")
    finally:
        os.close(descriptor)


def _set(descriptor: int, kind: int, where: tuple[int, int]) -> bool:
    """Lock or unlock bytes of an open file, at once or not at all."""
    try:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, _FLOCK.pack(kind, os.SEEK_SET, *where, 0))
    except OSError:
        return False
    return True


def _is_locked(descriptor: int, where: tuple[int, int], wanted: int) -> bool:
    """Whether somebody else's lock on bytes of an open file keeps from the one that is wanted."""
    asked = _FLOCK.pack(wanted, os.SEEK_SET, *where, 0)
    kind = _FLOCK.unpack(fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, asked))[0]
    return bool(kind != fcntl.F_UNLCK)
