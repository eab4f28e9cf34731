"""Holes in files: what a copy needs room for is what a file holds, not how long it is."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

from pryv_tui.vault.folders import open_quietly

WORTH = 64 << 10
"""Bytes of the shortest file that is looked at for holes."""
_PROBE = 4 << 20


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


def keeps_holes(folder: Path) -> bool:
    """Whether files that are made in a folder can have holes; true where that can't be tried.

    A file without a name is made for it, which is gone at once.
    """
    probe = folder
    while not probe.is_dir() and probe != probe.parent:
        probe = probe.parent
    try:
        with tempfile.TemporaryFile(dir=probe) as file:
            os.pwrite(file.fileno(), b"x", _PROBE)
            os.fsync(file.fileno())
            return os.fstat(file.fileno()).st_blocks * 512 < _PROBE
    except OSError:
        return True
