"""Tokens that end a program in a container for other reasons than the operator's cancel."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

import humanize

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.engine import CancelToken
from pryv_tui.operations.settings.patience import USUAL
from pryv_tui.phrases import counted

_LEAST = 64 << 20
_MOST = 256 << 20
_SHARE = 50
_FILES = 2000
"""Number of files that must still be possible on a disk that the program writes to.

A platform that can't create files stops as on a full disk: WiredTiger creates one for each part of
its journal.
"""


class AnyOf:
    """A token that is set as soon as one of several tokens is."""

    def __init__(self, *tokens: CancelToken | None) -> None:
        self._tokens = [token for token in tokens if token is not None]

    def is_set(self) -> bool:
        return any(token.is_set() for token in self._tokens)


class Deadline:
    """A token that is set when its time is over."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def is_set(self) -> bool:
        return time.monotonic() >= self._end


def kept_free(folder: Path) -> int:
    """Bytes that must stay free on the disk of a folder: a fiftieth of it, 64 to 256 MiB.

    That is as much as may be written between two looks at the disk, and little enough that a small
    disk can have a backup.
    """
    return min(_MOST, max(_LEAST, shutil.disk_usage(_there(folder)).total // _SHARE))


def shares_disk(folder: Path, others: Iterable[Path]) -> bool:
    """Whether a folder is on the same disk as one of others; none of them need exist yet."""
    mine = _device(folder)
    return any(_device(other) == mine for other in others)


def _device(folder: Path) -> int:
    return _there(folder).stat().st_dev


def _there(folder: Path) -> Path:
    """The folder itself, or its nearest existing parent."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


class RoomWatch:
    """A token that is set when a disk has too little space left, for bytes or for files.

    The limit is a little lower than the space that is required beforehand, since others write there
    too.

    Args:
        every: seconds between two looks at the disk.
        shared: whether the platform writes to that disk too; then the error says why that matters.
    """

    def __init__(
        self, folder: Path, every: float = USUAL.room_every, *, shared: bool = True
    ) -> None:
        self._every = every
        self._shared = shared
        self.folder = _there(folder)
        self.found: int | None = None
        """The free bytes when the token was set; None if it is not set."""
        self._few: int | None = None
        """Number of files that could still be made, if the token was set for that reason; else
        None."""
        self._least_files = _FILES if _may_be_made(self.folder) is not None else 0
        self._least = kept_free(folder) * 3 // 4
        self._next = 0.0

    def is_set(self) -> bool:
        now = time.monotonic()
        if self.found is None and now >= self._next:
            self._next = now + self._every
            free = shutil.disk_usage(self.folder).free
            if free < self._least:
                self.found = free
            elif self._least_files and (may := _may_be_made(self.folder) or 0) < self._least_files:
                self.found, self._few = free, may
        return self.found is not None

    def error(self, what: str) -> PryvTuiError:
        """The error for work that was ended because of this token.

        Args:
            what: the work, in words.
        """
        if self._few is not None:
            return PryvTuiError(
                "disk-full",
                f"{what} was ended in time: only {counted(self._few, 'file')} could still be made"
                f" at {self.folder}"
                + (
                    ", and the platform makes files on the same disk; its databases stop when no"
                    " more can be made"
                    if self._shared
                    else f"; room for {_FILES} is left there"
                ),
                "Remove small files there that nobody needs (df -i tells how many there are), or"
                " name a vault on another disk with --vault.",
            )
        return PryvTuiError(
            "disk-full",
            f"{what} was ended in time: only {_size(self.found or 0)} were free at {self.folder}"
            + (
                ", and the platform writes to the same disk; its databases stop when it is full"
                if self._shared
                else ""
            ),
            f"Free space there, or enlarge that disk: {_size(self._least)} of it have to stay"
            " free.",
        )


def _may_be_made(folder: Path) -> int | None:
    """Number of files that can still be made on a disk.

    None if the disk has no such limit, or if it is too small for `_FILES`.
    """
    found = os.statvfs(folder)
    return found.f_favail if found.f_files > 4 * _FILES else None


def _size(count: int) -> str:
    return humanize.naturalsize(count, binary=True)
