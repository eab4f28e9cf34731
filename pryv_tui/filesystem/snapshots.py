"""Snapshots made by a file system: they are visible in a tree, but not part of its content.

Each snapshot shows the whole tree at an earlier time. Copied, they would take many times its room,
and a restore would turn them into plain folders.
"""

from __future__ import annotations

import array
import fcntl
import os
from pathlib import Path

from pryv_tui.filesystem.folders import FOLDER_FLAGS, open_quietly
from pryv_tui.platform.disks import SNAPSHOTS

LEFT_OUT = "left out: snapshots of the file system, which are not part of its content"
_NAMES = frozenset(os.fsencode(name) for name in SNAPSHOTS)
_GET_FLAGS, _READ_ONLY = 0x80089419, 2
"""BTRFS_IOC_SUBVOL_GETFLAGS and BTRFS_SUBVOL_RDONLY (linux/btrfs.h)."""
_SUBVOLUME = 256
"""The inode number of a subvolume's top folder (BTRFS_FIRST_FREE_OBJECTID)."""


def named_so(name: bytes) -> bool:
    """Whether snapper, file servers or ZFS keep snapshots in folders of this name."""
    return name in _NAMES


def snapshot_at(path: Path) -> bool:
    """Whether a folder is a snapshot, or a folder in which snapshots are kept."""
    if path.is_symlink() or not path.is_dir():
        return False
    if path.name in SNAPSHOTS:
        return True
    status, holder = path.stat(), path.parent.stat()
    if status.st_dev == holder.st_dev:
        return False
    fd = open_quietly(os.fsencode(path), FOLDER_FLAGS)
    try:
        return is_snapshot(fd, status, holder)
    finally:
        os.close(fd)


def is_snapshot(fd: int, status: os.stat_result, holder: os.stat_result) -> bool:
    """Whether an open folder is a snapshot: a read-only btrfs subvolume.

    A platform can't write to it, so it is not part of the content.

    Args:
        fd: the folder's descriptor.
        status: the folder's status.
        holder: the status of its parent folder.
    """
    if status.st_dev == holder.st_dev or status.st_ino != _SUBVOLUME:
        return False
    flags = array.array("Q", [0])
    try:
        fcntl.ioctl(fd, _GET_FLAGS, flags, True)
    except OSError:
        return False
    return bool(flags[0] & _READ_ONLY)
