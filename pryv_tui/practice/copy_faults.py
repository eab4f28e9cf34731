"""What some faults do while files are copied; the copier calls these at every file."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass

from pryv_tui.practice.home import Home
from pryv_tui.practice.life import attachment_path
from pryv_tui.practice.people import account

_ROOM = 2 * 1024
"""Bytes that a full disk still takes, so that the copy has begun when it fails."""


@dataclass
class CopyFaults:
    """The copier's hooks on a practice platform; one a copy, since a disk fills up only once."""

    folder: bytes
    """The practice platform's: only files in it are ever changed."""
    full: bool = False
    unreadable: bytes | None = None
    changing: bool = False
    room: int = _ROOM

    def before_read(self, path: bytes) -> None:
        """Called before a file is opened.

        Raises:
            PermissionError: it is the one that can't be read.
        """
        if self.unreadable is not None and path.endswith(self.unreadable):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        if self.changing and b"/log/" in path and path.startswith(self.folder + b"/"):
            with open(path, "ab") as log:
                log.write(b"a line that came while this file was copied\n")

    def before_write(self, path: bytes, size: int) -> None:
        """Called before `size` bytes are written.

        Raises:
            OSError: no space is left.
        """
        if self.full:
            self.room -= size
            if self.room < 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)


def copy_faults(home: Home) -> CopyFaults | None:
    """The hooks that the set faults make, or None."""
    full = home.faults.active("disk-full")
    unreadable = home.faults.active("unreadable-file")
    changing = home.faults.active("changing-log")
    if not (full or unreadable or changing):
        return None
    return CopyFaults(
        folder=os.fsencode(home.folder / "hosts"),
        full=full,
        unreadable=_first_attachment(home) if unreadable else None,
        changing=changing,
    )


def _first_attachment(home: Home) -> bytes:
    """The attachment that can't be read, as the end of its path, which is the same in the root
    and in a backup set: the first that was ever made, which the seed tells even after a wipe."""
    seed = home.settings.seed
    return os.fsencode(attachment_path(seed, account(seed, 0), 0))
