"""Getting what was written onto the disk, so that a rename after it means something."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

from pryv_tui.vault.names import write_failed


def settle_rename(scratch: Path, final: Path) -> None:
    """Give a folder its last name, so that a crash leaves it under one of the two."""
    scratch.rename(final)
    holder = os.open(final.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(holder)
    finally:
        os.close(holder)


def settle(fd: int, path: bytes) -> None:
    """Write out the whole file system that an open file or folder lies on (syncfs(2)).

    One call for a tree instead of one for each of its files. The kernel reports what it failed to
    write since the descriptor was opened (Linux 5.8).

    Raises:
        PryvTuiError: `disk-full` or `step-failed`.
    """
    try:
        syncfs = ctypes.CDLL(None, use_errno=True).syncfs
    except (OSError, AttributeError):
        os.sync()
        return
    if syncfs(ctypes.c_int(fd)) != 0:
        number = ctypes.get_errno()
        raise write_failed(path, OSError(number, os.strerror(number)))
