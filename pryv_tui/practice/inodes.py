"""The folder that a bind mount shows: the one that was at that path when the container started.

A bind mount follows the inode. When a folder is replaced under a running container, the container
keeps the old one, and writing through the mount fails with "no such file or directory". Inode
numbers are reused, so the inode's generation is part of its identity if the file system provides
it.
"""

from __future__ import annotations

import fcntl
import os
import struct
from pathlib import Path

Identity = tuple[int, int, int]
"""Device, inode, generation."""

_GET_VERSION = 0x80087601  # FS_IOC_GETVERSION


def identity(path: Path) -> Identity | None:
    """Return the identity of what is at `path` now; None if nothing is there, or it can't be
    opened."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        status = os.fstat(descriptor)
        return status.st_dev, status.st_ino, _generation(descriptor)
    finally:
        os.close(descriptor)


def _generation(descriptor: int) -> int:
    try:
        answer = fcntl.ioctl(descriptor, _GET_VERSION, struct.pack("l", 0))
    except OSError:
        return 0  # This file system does not provide it.
    return int(struct.unpack("l", answer)[0]) & 0xFFFFFFFF
