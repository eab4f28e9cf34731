"""File systems below a root, and the paths that lead to them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

import msgspec

from pryv_tui import own_folder

LOST_AND_FOUND = "lost+found"
"""A folder that belongs to a file system, not to its content (e2fsck(8)); only at its top."""

SNAPSHOTS = (".snapshots", ".snapshot", ".zfs")
"""Folders in which file systems, and their tools, keep their own snapshots."""

ROOT = "."
"""The path of the root's own file system, relative to the root."""


class Disk(msgspec.Struct, frozen=True, kw_only=True):
    """A file system that holds the root, or is mounted on a folder below it."""

    path: str
    """Where it is mounted, relative to the root; `.` for the file system of the root itself."""
    kind: str = ""
    """The kernel's name of the file system's type, for example `ext4`."""
    source: str = ""
    """What is mounted: a device, a share."""
    device: int = 0
    """Its present device number (`st_dev`); it may change at a reboot."""
    identity: str = ""
    """What identifies it permanently; empty where nothing does."""
    read_only: bool = False

    @property
    def what(self) -> str:
        """The file system in words, without where it is mounted."""
        return f"{self.kind or 'a file system'} on {self.source or 'something unknown'}"


def below(disks: Iterable[Disk]) -> tuple[str, ...]:
    """The paths of all disks except the root's own, outer ones before those inside them."""
    return tuple(sorted(disk.path for disk in disks if disk.path != ROOT))


def holder_of(path: str, disks: Iterable[str]) -> str:
    """The innermost of these disks that holds a path; empty if it lies on the root's own disk."""
    place = PurePosixPath(path)
    holding = [disk for disk in disks if PurePosixPath(disk) in (place, *place.parents)]
    return max(holding, key=len, default="")


def own_paths(disks: Iterable[Disk], *, root_is_mounted: bool) -> tuple[str, ...]:
    """Folders on these disks that never travel: our own, and what a file system keeps at its
    top."""
    tops = below(disks)
    found = [f"{top}/{name}" for top in tops for name in (own_folder.NAME, LOST_AND_FOUND)]
    return (*([LOST_AND_FOUND] if root_is_mounted else []), *found)
