"""Getting what was written onto the disk, so that a rename after it means something."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

from pryv_tui.vault.names import write_failed


def settle_rename(scratch: Path, final: Path) -> None:
    """Give a folder its last name, so that a crash leaves it under one of the two."""
    scratch.rename(final)
    sync_folder(final.parent)


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


def write_durably(path: Path, content: bytes) -> None:
    """Write a small file so that it is whole or absent after a crash."""
    scratch = path.with_name(path.name + ".new")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    replace_durably(scratch, path)


def replace_durably(scratch: Path, path: Path) -> None:
    """Put a file that is on disk in another's place, so that a crash leaves one of the two."""
    scratch.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Put the names in a folder on disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
