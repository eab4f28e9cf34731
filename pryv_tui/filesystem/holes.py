"""Holes in files: what a copy needs room for is what a file holds, not how long it is."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.folders import open_quietly
from pryv_tui.filesystem.paths import printable
from pryv_tui.phrases import counted

WORTH = 64 << 10
"""Bytes of the shortest file that is looked at for holes."""
MOST_HOLES = 64 << 30
"""Bytes of holes in one file at most: two minutes of hashing zeros on a usual machine."""
_A_MINUTE = 32 << 30
"""Bytes of zeros that are hashed in one on a usual machine."""
_PROBE = 4 << 20
HOLLOW = "is nearly nothing but holes, and too long to be hashed: it is left out of the set"
"""What is told of such a file where everything else is copied."""


class TooHollow(PryvTuiError):
    """A file is nearly nothing but holes, and too long to be hashed."""

    def __init__(self, path: bytes, size: int, data: int) -> None:
        super().__init__(
            "unreadable",
            f"{printable(path)} is {counted(size, 'byte')} long, of which {data} are no holes: to"
            f" hash so many zeros takes {_how_long(size - data)}",
            "No file of Pryv.io is so. Find out what made it; shorten it (truncate --size), or"
            " move it away, then try again.",
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
    """The bytes of a regular file that are no holes.

    A compressed file takes fewer blocks than it holds bytes; its copy may not: only what the file
    system calls a hole (SEEK_DATA, lseek(2)) counts as one.
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
            # ENXIO: nothing but a hole up to the end.
            return found if error.errno == errno.ENXIO else found + size - at
        found += min(at, size) - start
    return found


def need_readable(file: int, size: int, path: bytes, most: int = MOST_HOLES) -> None:
    """See that the zeros of an open file's holes can be hashed in minutes; it stands at its start
    then. A file of many terabytes takes no room at all, and a hash of it days.

    Args:
        most: bytes of holes that it may have.

    Raises:
        TooHollow: they can't.
    """
    if size <= most:
        return
    holes = size - _data(file, size)
    os.lseek(file, 0, os.SEEK_SET)
    if holes > most:
        raise TooHollow(path, size, size - holes)


def keeps_holes(folder: Path) -> bool:
    """Whether files that are made in a folder can have holes; true where that can't be tried.

    A file without a name is made for it, which is gone at once.
    """
    probe = folder
    while not probe.is_dir() and probe != probe.parent:
        probe = probe.parent
    import tempfile  # late: a start's time

    try:
        with tempfile.TemporaryFile(dir=probe) as file:
            os.pwrite(file.fileno(), b"x", _PROBE)
            os.fsync(file.fileno())
            return os.fstat(file.fileno()).st_blocks * 512 < _PROBE
    except OSError:
        return True
