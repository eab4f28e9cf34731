"""Locks that keep two processes from disturbing each other's work on one set.

Both are flock(2) locks on existing files of a set, so nothing is added to the set, and a lock ends
with its process. If a file system has no locks, the work is done without one.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.vault.set_files import SET_JSON

PATIENCE_SECONDS = 10.0
"""Seconds to wait for a lock. Except for a check, which keeps its lock until it ends, each lock is
kept only for a moment."""
_LOOK_SECONDS = 0.02
_HELD_BY = SET_JSON
"""The file whose lock means that a set is being read: it exists as long as the set does, and is
never replaced."""


class InUse(PryvTuiError):
    """Error: a set can't be removed, since a check is reading it."""

    def __init__(self, set_id: str) -> None:
        super().__init__(
            "refused",
            f"{set_id} is being checked now, so it is not removed: the check would call it damaged",
        )


@contextlib.contextmanager
def alone(folder: Path, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Lock a folder, to change the records of a set's checks in it.

    After `patience` seconds the work is done without the lock: otherwise the result would be lost.
    """
    with _opened(folder, os.O_RDONLY | os.O_DIRECTORY) as descriptor:
        if descriptor is not None:
            _locked(descriptor, fcntl.LOCK_EX, patience)
        yield


@contextlib.contextmanager
def being_read(folder: Path, set_id: str, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Keep a set from being removed while it is read. Several readers may have this lock at once.

    Args:
        patience: seconds to wait for a process that is removing the set.

    Raises:
        PryvTuiError: `set-unknown`: the set is being removed, or was just removed.
    """
    path = folder / _HELD_BY
    with _opened(path, os.O_RDONLY) as descriptor:
        if descriptor is not None and not (
            _locked(descriptor, fcntl.LOCK_SH, patience) and _is_at(descriptor, path)
        ):
            raise PryvTuiError(
                "set-unknown", f"{set_id} is being removed and can't be used any more"
            )
        yield


@contextlib.contextmanager
def unread(folder: Path, set_id: str) -> Iterator[None]:
    """Make sure that nobody reads a set, for as long as it takes to rename it.

    Raises:
        InUse: a check is reading it.
    """
    # File servers give exclusive locks only on files open for writing; nothing is written.
    with _opened(folder / _HELD_BY, os.O_RDWR, os.O_RDONLY) as descriptor:
        if descriptor is not None and not _locked(descriptor, fcntl.LOCK_EX, 0.0):
            raise InUse(set_id)
        yield


@contextlib.contextmanager
def _opened(path: Path, *ways: int) -> Iterator[int | None]:
    """Open a file to lock it, with the first of these flags that works. Yield None if none
    works."""
    with contextlib.ExitStack() as opened:
        descriptor = None
        for flags in ways:
            with contextlib.suppress(OSError):
                descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
                opened.callback(os.close, descriptor)
                break
        yield descriptor


def _locked(descriptor: int, kind: int, patience: float) -> bool:
    """Whether the lock was taken within `patience` seconds; also true if the file system has no
    locks."""
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
            return True
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                return True
        if time.monotonic() > deadline:
            return False
        time.sleep(_LOOK_SECONDS)


def _is_at(descriptor: int, path: Path) -> bool:
    """Whether the path still leads to this open file."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat(follow_symlinks=False))
    except OSError:
        return False
