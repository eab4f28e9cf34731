"""What keeps two processes that use one set from spoiling each other's work.

Both locks are of flock(2), on what a set has anyway: nothing is added to it, and a lock goes with
the process that holds it, whatever becomes of that. Where a file system keeps no locks the work is
done without: a set is no worse for it than it was before there were any.
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
"""How long a lock is waited for; each is held for a moment, but that of a check."""
_LOOK_SECONDS = 0.02
_HELD_BY = SET_JSON
"""The file whose lock says that a set is being read: it is there from the set's first moment to its
last, and nothing ever takes its place."""


class InUse(PryvTuiError):
    """A set can't be removed now, since a check reads it."""

    def __init__(self, set_id: str) -> None:
        super().__init__(
            "refused",
            f"{set_id} is being checked now, and a check of half a set would say that it is"
            " damaged: it is not removed",
        )


@contextlib.contextmanager
def alone(folder: Path, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Hold the lock under which what is kept of a set's checks, in this folder, is changed.

    Whoever can't have it in `patience` seconds goes on without it: an outcome that is not
    written down would be lost for certain.
    """
    with _opened(folder, os.O_RDONLY | os.O_DIRECTORY) as descriptor:
        if descriptor is not None:
            _locked(descriptor, fcntl.LOCK_EX, patience)
        yield


@contextlib.contextmanager
def being_read(folder: Path, set_id: str, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Keep a set from being removed while it is read; any number of readers may do so.

    Args:
        patience: seconds that whoever removes it is waited for.

    Raises:
        PryvTuiError: `set-unknown`, it is being removed, or was a moment ago.
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
    """See that nobody reads a set, and keep it so while it loses its name.

    Raises:
        InUse: a check reads it.
    """
    # A file server locks for one alone only what is open for writing; nothing is written.
    with _opened(folder / _HELD_BY, os.O_RDWR, os.O_RDONLY) as descriptor:
        if descriptor is not None and not _locked(descriptor, fcntl.LOCK_EX, 0.0):
            raise InUse(set_id)
        yield


@contextlib.contextmanager
def _opened(path: Path, *ways: int) -> Iterator[int | None]:
    """A descriptor to lock, opened in the first of these ways that succeeds; None for what is not
    there, or can't be opened for that."""
    with contextlib.ExitStack() as opened:
        descriptor = None
        for flags in ways:
            with contextlib.suppress(OSError):
                descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
                opened.callback(os.close, descriptor)
                break
        yield descriptor


def _locked(descriptor: int, kind: int, patience: float) -> bool:
    """Whether the lock was had in time (seconds), or none can be had here at all."""
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
    """Whether a file still has its name."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat(follow_symlinks=False))
    except OSError:
        return False
