"""Tokens that end what runs in a container, beside the operator's own."""

from __future__ import annotations

import os
import shutil
import time
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
"""So many files can still be made on a disk that we write to. Whoever may make none any more stops
as on a full disk: WiredTiger makes one for each part of its journal."""


class AnyOf:
    """Set as soon as one of several is."""

    def __init__(self, *tokens: CancelToken | None) -> None:
        self._tokens = [token for token in tokens if token is not None]

    def is_set(self) -> bool:
        return any(token.is_set() for token in self._tokens)


class Deadline:
    """Set when its time is over."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def is_set(self) -> bool:
        return time.monotonic() >= self._end


def kept_free(folder: Path) -> int:
    """Bytes that stay free on the disk of a folder: a fiftieth of it, 64 to 256 MiB.

    As much as is written between two looks at it, and not so much that a tight disk has no backup.
    """
    return min(_MOST, max(_LEAST, shutil.disk_usage(_there(folder)).total // _SHARE))


def _there(folder: Path) -> Path:
    """A folder, or the nearest one above it that is there."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


class RoomWatch:
    """A token that is set as soon as a disk has less room, for bytes or for files, than it has to
    keep.

    A little less than what is asked for beforehand: others write there too.

    Args:
        every: seconds between two looks at the disk.
    """

    def __init__(self, folder: Path, every: float = USUAL.room_every) -> None:
        self._every = every
        self.folder = _there(folder)
        self.found: int | None = None
        """Bytes that were free when it was set."""
        self._few: int | None = None
        """Files that could still be made, where it was set for them."""
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
        """What is said of something that was ended for it."""
        if self._few is not None:
            return PryvTuiError(
                "disk-full",
                f"{what} was ended in time: only {counted(self._few, 'file')} could still be made"
                " at"
                f" {self.folder}, and the platform makes some on the same disk; its databases stop"
                " where there can be none",
                "Remove small files there that nobody needs (df -i tells how many there are), or"
                " name a vault on another disk with --vault.",
            )
        return PryvTuiError(
            "disk-full",
            f"{what} was ended in time: only {_size(self.found or 0)} were free at {self.folder},"
            " and the platform writes to the same disk; its databases stop on a full one",
            f"Free space there, or give that disk more: {_size(self._least)} of it stay free.",
        )


def _may_be_made(folder: Path) -> int | None:
    """How many files can still be made on a disk; None where it has no such bound, or is too small
    for ours to mean anything."""
    found = os.statvfs(folder)
    return found.f_favail if found.f_files > 4 * _FILES else None


def _size(count: int) -> str:
    return humanize.naturalsize(count, binary=True)
