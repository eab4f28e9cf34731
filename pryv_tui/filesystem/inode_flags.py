"""Inode flags that restrict or change what can be done with files and folders (chattr(1)).

A copy never has these flags: an immutable file could not be written, and rsync and cp drop them
too. So the lost flags are reported.
"""

from __future__ import annotations

import array
import fcntl
import os
import stat
from collections.abc import Callable

_GET = 0x80086601 if array.array("l").itemsize == 8 else 0x80046601
"""FS_IOC_GETFLAGS (ioctl_iflags(2))."""
_IMMUTABLE, _APPEND_ONLY = 0x10, 0x20
_NAMES = {_IMMUTABLE: "immutable (i)", _APPEND_ONLY: "append-only (a)"}
_FOR_FOLDERS = {
    0x8: "written at once (S)",
    0x10000: "names written at once (D)",
    0x4000: "content in the journal (j)",
    0x800000: "no copy on write (C)",
    0x40000000: "names in either case (F)",
}
"""Flags of folders. Files in a folder inherit them, so they are reported for the folder only."""


def flags_of(fd: int, *, folder: bool = False) -> tuple[str, ...]:
    """The names of the flags that a copy of an open file or folder loses.

    Empty if the file system has no flags.
    """
    value = array.array("l", [0])
    try:
        fcntl.ioctl(fd, _GET, value, True)
    except OSError:
        return ()
    known = {**_NAMES, **(_FOR_FOLDERS if folder else {})}
    return tuple(name for bit, name in known.items() if value[0] & bit)


def note_flags(
    fd: int, path: bytes, note: Callable[[bytes, str], object], *, folder: bool = False
) -> None:
    """Note each flag that the copy of an open file or folder loses."""
    for name in flags_of(fd, folder=folder):
        note(path, f"its flag {name} could not be kept")


def held_fast(path: str | os.PathLike[str]) -> tuple[str, ...]:
    """The flags that prevent a file or folder from being renamed or removed.

    Empty for links, and for files or folders that can't be opened.
    """
    try:
        mode = os.lstat(path).st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            return ()
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return ()
    try:
        return flags_of(fd)
    finally:
        os.close(fd)
