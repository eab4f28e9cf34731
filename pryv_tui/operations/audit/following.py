"""Looks at the live platform that somebody follows, told from those that nobody does any more.

A look has MongoDB's own program send every document. Where who asks is killed, that program goes on
in its container until it has read everything. As long as a look is followed a lock is held, shared
with other looks; the kernel lets go of it with the process, so whoever gets it alone knows that no
look is followed from this state folder.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pryv_tui.filesystem.durable import open_own
from pryv_tui.ownership import make_private

NAME = "looking.lock"


@contextmanager
def followed(state: Path) -> Iterator[None]:
    """That a look is followed, as long as this lasts. Where it can't be written down nobody is kept
    from looking."""
    descriptor = _opened(state)
    try:
        if descriptor is not None:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


@contextmanager
def none_followed(state: Path) -> Iterator[bool]:
    """Whether no look is followed, and none begins as long as this lasts; False where that can't be
    told."""
    descriptor = _opened(state)
    try:
        yield descriptor is not None and _alone(descriptor)
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _alone(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _opened(state: Path) -> int | None:
    try:
        make_private(state)
        return open_own(state / NAME, os.O_RDWR | os.O_CREAT)
    except OSError:
        return None
