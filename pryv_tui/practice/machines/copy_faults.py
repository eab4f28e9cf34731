"""Faults that happen while files are copied; the copier calls these hooks for every file."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, field

from pryv_tui.practice.home import Home
from pryv_tui.practice.people import account
from pryv_tui.vault.files.copier import ATTEMPTS

_CONF = b"/pryv/nginx/conf/notes of the operator.txt"
_ROOM = 2 * 1024
"""The number of bytes that a full disk still accepts, so that the copy has begun when it fails."""


@dataclass
class CopyFaults:
    """The copier's hooks on a practice platform. Each copy needs new ones, since a disk fills up
    only once."""

    folder: bytes
    """The folder of the platform's machines: only files in it are ever changed."""
    full: bool = False
    unreadable: bytes | None = None
    changing: bool = False
    rewritten: bytes | None = None
    room: int = _ROOM
    _writes: dict[bytes, tuple[int, int]] = field(default_factory=dict)

    def before_read(self, path: bytes) -> None:
        """Called before a file is opened.

        Raises:
            PermissionError: it is the file that can't be read.
        """
        if self.unreadable is not None and path.endswith(self.unreadable):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        if self.changing and b"/log/" in path and path.startswith(self.folder + b"/"):
            with open(path, "ab") as log:
                log.write(b"a line that came while this file was copied\n")
        if (
            self.rewritten is not None
            and path.endswith(self.rewritten)
            and path.startswith(self.folder + b"/")
        ):
            self._write_again(path)

    def before_write(self, path: bytes, size: int) -> None:
        """Called before `size` bytes are written.

        Raises:
            OSError: no space is left.
        """
        if self.full:
            self.room -= size
            if self.room < 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)

    def _write_again(self, path: bytes) -> None:
        """Write a file's content again, as a config follower does.

        The file's time changes with each write and returns to the old one after the third, so that
        the platform's content stays the same however often the copier reads.
        """
        status = os.stat(path)  # noqa: PTH116 - bytes, no Path
        time, count = self._writes.get(path, (status.st_mtime_ns, 0))
        count += 1
        self._writes[path] = (time, count)
        with open(path, "r+b") as file:
            content = file.read()
            file.seek(0)
            file.write(content)
        os.utime(path, ns=(status.st_atime_ns, time + count % ATTEMPTS))


def copy_faults(home: Home) -> CopyFaults | None:
    """Return the hooks of the faults that are set; None if there is none."""
    full = home.faults.active("disk-full")
    unreadable = home.faults.active("unreadable-file")
    changing = home.faults.active("changing-log")
    rewritten = home.faults.active("changing-file")
    if not (full or unreadable or changing or rewritten):
        return None
    return CopyFaults(
        folder=os.fsencode(home.folder / "hosts"),
        full=full,
        unreadable=_first_attachment(home) if unreadable else None,
        changing=changing,
        rewritten=_CONF if rewritten else None,
    )


def _first_attachment(home: Home) -> bytes:
    """Return the end of the path of the attachment that can't be read; it is the same in the root
    and in a set. It is the first attachment ever made, which is known from the seed even after a
    wipe."""
    from pryv_tui.practice.life import attachment_path

    seed = home.settings.seed
    return os.fsencode(attachment_path(seed, account(seed, 0), 0))
