"""Lock a database as SQLite's readers do, so that its files can be copied as plain files.

SQLite's own backup opens each database twice and copies page by page: a hundred times the work of
copying the file. It is correct only because nobody changes the file in the meantime, and any
program can take the locks for that (https://sqlite.org/lockingv3.html; os_unix.c, wal.c,
https://sqlite.org/walformat.html, 2.3.1):

- A writer to the database file has an exclusive lock on the bytes of `_SHARED`. A reader's lock
  there keeps writers out. It also prevents the last user who closes the database from removing its
  log.
- In write-ahead mode commits go to the log. Only a checkpoint moves them to the database file, and
  it takes an exclusive lock on `_READ_0` of the `-shm`. A reader's lock there keeps checkpoints
  out, but no writers.
- So the log only grows while this program has the locks, with one exception: if all of the log was
  in the database file before, the log may be restarted, with a new salt in its header. An equal
  header afterwards shows that it was not.

These locks belong to an open descriptor. SQLite's own belong to the process: a thread that closes
any descriptor of a database or its `-shm` drops SQLite's locks of other threads (fcntl(2)). So only
one thread at a time may use a database and its companion files.

If a lock is not free at once, or anything is unusual, the caller lets SQLite copy the database.
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
"""Bytes of a database's header, which includes its change counter."""
_LOG_HEAD = 32
_HOLLOW = 1 << 20
"""Bytes of holes in a log above which SQLite has to copy it: writing a log makes no holes."""
_FLOCK = struct.Struct("@hhqqi4x")
"""`struct flock` of fcntl(2) on 64-bit machines."""


class Beside(NamedTuple):
    """The files beside a database that belong to its content."""

    log: os.stat_result | None
    """The write-ahead log, if it exists and is not empty."""
    files: bool
    """Whether any companion file exists."""


def stands_alone(file: int, name: bytes, folder: int) -> bool:
    """Whether a file that was copied or linked as a plain file is complete without companion files.

    True for a database (it is copied as a plain file only if nobody has it open), and for any other
    file without companions.
    """
    is_one = os.pread(file, len(SQLITE_MAGIC), 0) == SQLITE_MAGIC
    return is_one or beside(name, folder) == Beside(None, False)


def beside(name: bytes, folder: int) -> Beside | None:
    """The companion files of a database; None if a journal may have to be rolled back.

    None too if the files can't be examined. A journal that is empty or begins with a zero byte has
    no effect (pager.c, `hasHotJournal`).
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
    """Combine a database's ctime and its log's inode, size and times into one number.

    The number is negative, so that it never equals the ctime of a platform's file.
    """
    numbers = (status.st_ctime_ns, log.st_ino, log.st_size, log.st_mtime_ns, log.st_ctime_ns)
    digest = hashlib.sha256(b"%d %d %d %d %d" % numbers).digest()
    return -1 - (int.from_bytes(digest[:8], "big") >> 2)


def keep_log(database: int) -> bool:
    """Lock a database so that the last user who closes it leaves its log in place.

    The lock lasts until the descriptor is closed or passed to `let_go`. After copying the file, the
    caller can then see whether somebody had it open in the meantime; times don't show that within a
    clock tick.

    Returns:
        False if somebody has an exclusive lock, or if these locks are not supported.
    """
    return _set(database, fcntl.F_RDLCK, _SHARED)


def look_at(database: int, name: bytes, folder: int) -> tuple[bytes, int]:
    """A value that changes with an open database's state, while writers are not kept out.

    The value is the header, with the change counter, and the log's inode (0: no log), since the
    last user who closes the database removes the log.
    """
    with contextlib.suppress(OSError):
        return os.pread(database, _HEAD, 0), os.stat(name + b"-wal", dir_fd=folder).st_ino
    return os.pread(database, _HEAD, 0), 0


def let_go(database: int) -> None:
    """Release the lock of `keep_log`."""
    _set(database, fcntl.F_UNLCK, _SHARED)


def is_open(name: bytes, folder: int) -> bool:
    """Whether somebody has a database open in write-ahead mode now: each user has a reader's lock.

    False too if the file can't be examined.
    """
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
    """A database that is locked against changes until `let_go` is called."""

    def __init__(self, database: int, name: bytes, folder: int) -> None:
        """Prepare the lock; `hold` calls this."""
        self._database = database
        self._name = name
        self._folder = folder
        self._state = state_of(os.fstat(database))
        self._head = os.pread(database, _HEAD, 0)
        self._shm = -1
        self._log_head = b""
        self.log = -1
        """Descriptor of the write-ahead log; -1 if there is no log or it is empty."""
        self.log_status: os.stat_result | None = None

    def let_go(self) -> None:
        """Release the locks."""
        for descriptor in (self._shm, self.log):
            if descriptor >= 0:
                os.close(descriptor)
        self._shm = self.log = -1
        _set(self._database, fcntl.F_UNLCK, _SHARED)

    def as_it_was(self) -> bool:
        """Whether nothing changed since the lock was taken, so that all that was read fits
        together."""
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
        """Whether the log has only grown."""
        assert self.log_status is not None
        return (
            os.fstat(self.log).st_size >= self.log_status.st_size
            and os.pread(self.log, _LOG_HEAD, 0) == self._log_head
        )

    def _leads(self, ending: bytes, descriptor: int) -> bool:
        return leads_to(self._folder, self._name + ending, os.fstat(descriptor))

    def is_held(self) -> bool:
        """Take the remaining locks; False if one is not free, or something is unusual."""
        found = beside(self._name, self._folder)
        if self._head[18:20] == b"\1\1":
            # Without write-ahead mode there should be no log: SQLite has to decide which data are
            # valid.
            return (found is not None and found.log is None) or (found is None and self._at_work())
        if self._head[18:20] != b"\2\2" or found is None:
            return False
        return self._hold_log(found)

    def _at_work(self) -> bool:
        """Whether the journal's writer is still active, and has not changed the database file
        yet."""
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
            # SQLite stops at the first invalid frame; a plain copy would have the whole length.
            and self.log_status.st_size <= self.log_status.st_blocks * 512 + _HOLLOW
        )


def hold(database: int, name: bytes, folder: int) -> Held | None:
    """Lock a database as a reader does, without changing anything and without waiting.

    The locks belong to the open descriptors (F_OFD_SETLK, fcntl(2)) and end when those are closed;
    nothing else in this process affects them.

    Args:
        database: the database, open for reading; the caller closes it.
        name: the database's name in `folder`.
        folder: the database's folder, open.

    Returns:
        The locked database; its `let_go` releases the locks. None if a lock is not free, if a
        journal has to be rolled back, or if the files can't be examined.
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
    """Lock or unlock a range of an open file, without waiting; False if that fails."""
    try:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, _FLOCK.pack(kind, os.SEEK_SET, *where, 0))
    except OSError:
        return False
    return True


def _is_locked(descriptor: int, where: tuple[int, int], wanted: int) -> bool:
    """Whether a lock on a range of an open file, by another descriptor, conflicts with `wanted`."""
    asked = _FLOCK.pack(wanted, os.SEEK_SET, *where, 0)
    kind = _FLOCK.unpack(fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, asked))[0]
    return bool(kind != fcntl.F_UNLCK)
