"""File systems below a root, and the paths that lead to them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

import msgspec

from pryv_tui import own_folder

LOST_AND_FOUND = "lost+found"
"""A folder that the file system keeps at its top (e2fsck(8)); it is not part of the content."""

SNAPSHOTS = (".snapshots", ".snapshot", ".zfs")
"""Folders in which file systems, and their tools, keep their own snapshots."""

ROOT = "."
"""The path of the root's own file system, relative to the root."""


class Disk(msgspec.Struct, frozen=True, kw_only=True):
    """A file system: the one that the root is on, or one mounted on a folder below it."""

    path: str
    """The mount point, relative to the root; `.` for the file system of the root itself."""
    kind: str = ""
    """The file system's type as the kernel names it, for example `ext4`."""
    source: str = ""
    """The device or network share that is mounted."""
    device: int = 0
    """Its present device number (`st_dev`); it may change at a reboot."""
    identity: str = ""
    """An identifier that a reboot does not change; empty if there is none."""
    read_only: bool = False

    @property
    def what(self) -> str:
        """The file system in words, without where it is mounted."""
        return f"{self.kind or 'a file system'} on {self.source or 'something unknown'}"


def below(disks: Iterable[Disk]) -> tuple[str, ...]:
    """The paths of all disks except the root's own, outer ones before those inside them."""
    return tuple(sorted(disk.path for disk in disks if disk.path != ROOT))


def holder_of(path: str, disks: Iterable[str]) -> str:
    """The innermost of these disks that a path is on; empty if the path is on the root's own
    disk."""
    place = PurePosixPath(path)
    holding = [disk for disk in disks if PurePosixPath(disk) in (place, *place.parents)]
    return max(holding, key=len, default="")


def own_paths(disks: Iterable[Disk], *, root_is_mounted: bool) -> tuple[str, ...]:
    """Folders that no backup copies: this program's own, and those a file system keeps at its
    top."""
    tops = below(disks)
    found = [f"{top}/{name}" for top in tops for name in (own_folder.NAME, LOST_AND_FOUND)]
    return (*([LOST_AND_FOUND] if root_is_mounted else []), *found)
