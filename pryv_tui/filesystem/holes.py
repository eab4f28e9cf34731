"""Holes in sparse files: a copy needs room for a file's data only, not for its whole length."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.folders import open_quietly
from pryv_tui.filesystem.paths import printable
from pryv_tui.phrases import counted

WORTH = 64 << 10
"""Bytes: shorter files are not searched for holes."""
MOST_HOLES = 64 << 30
"""Most bytes of holes in one file: a usual machine needs two minutes to hash so many zeros."""
_A_MINUTE = 32 << 30
"""Bytes of zeros that a usual machine hashes in a minute."""
_PROBE = 4 << 20
HOLLOW = "consists almost only of holes, and is too long to be hashed: it is left out of the set"
"""The note for the operator on such a file, if it is left out while all others are copied."""


class TooHollow(PryvTuiError):
    """A file that consists almost only of holes, and is too long to hash."""

    def __init__(self, path: bytes, size: int, data: int) -> None:
        super().__init__(
            "unreadable",
            f"{printable(path)} is {counted(size, 'byte')} long, of which only {data} are data"
            f" and the rest holes: hashing so many zeros takes {_how_long(size - data)}",
            "No file of Pryv.io is like that. Find out what made it; shorten it (truncate"
            " --size), or move it away, then try again.",
        )


def _how_long(zeros: int) -> str:
    minutes = zeros // _A_MINUTE
    if minutes < 120:
        return f"about {counted(minutes, 'minute')}"
    return (
        f"about {counted(minutes // 60, 'hour')}"
        if minutes < 2880
        else f"about {counted(minutes // 1440, 'day')}"
    )


def data_of(folder: int, name: bytes, status: os.stat_result) -> int:
    """The bytes of a regular file that are not in holes; if unknown, all count as data.

    Only what the file system reports as a hole counts (SEEK_DATA, lseek(2)). Few blocks prove
    nothing: a compressed file has few too, and its copy may need more.
    """
    size = status.st_size
    if size < WORTH or status.st_blocks * 512 >= size:
        return size
    try:
        file = open_quietly(
            name, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC, folder
        )
    except OSError:
        return size
    try:
        return _data(file, size)
    finally:
        os.close(file)


def _data(file: int, size: int) -> int:
    found = at = 0
    while at < size:
        try:
            start = os.lseek(file, at, os.SEEK_DATA)
            at = os.lseek(file, start, os.SEEK_HOLE)
        except OSError as error:
            # ENXIO: from here to the end of the file there is only a hole.
            return found if error.errno == errno.ENXIO else found + size - at
        found += min(at, size) - start
    return found


def need_readable(file: int, size: int, path: bytes, most: int = MOST_HOLES) -> None:
    """Refuse an open file with more holes than can be hashed in minutes.

    A file of many terabytes of holes takes no room on the disk, but days to hash. After the check
    the file's position is its start.

    Args:
        most: bytes of holes allowed.

    Raises:
        TooHollow: it has more.
    """
    if size <= most:
        return
    holes = size - _data(file, size)
    os.lseek(file, 0, os.SEEK_SET)
    if holes > most:
        raise TooHollow(path, size, size - holes)


def keeps_holes(folder: Path) -> bool:
    """Whether the file system of a folder stores holes; True if that can't be tried.

    The trial uses an unnamed temporary file, in the folder or the nearest one above that exists.
    """
    probe = folder
    while not probe.is_dir() and probe != probe.parent:
        probe = probe.parent
    import tempfile  # imported here to keep start-up fast

    try:
        with tempfile.TemporaryFile(dir=probe) as file:
            os.pwrite(file.fileno(), b"x", _PROBE)
            os.fsync(file.fileno())
            return os.fstat(file.fileno()).st_blocks * 512 < _PROBE
    except OSError:
        return True
