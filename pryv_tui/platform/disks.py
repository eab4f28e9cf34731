"""File systems that lie below a root, and the ways that lead to them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

import msgspec

from pryv_tui import own_folder

LOST_AND_FOUND = "lost+found"
"""Belongs to a file system, not to what is kept on it (e2fsck(8)); at its top alone."""

SNAPSHOTS = (".snapshots", ".snapshot", ".zfs")
"""Folders in which file systems, and what looks after them, keep their own snapshots."""

ROOT = "."
"""The path of the root's own file system."""


class Disk(msgspec.Struct, frozen=True, kw_only=True):
    """A file system at a root, or mounted on a folder below it."""

    path: str
    """Where it is mounted, relative to the root; `.` for the one that the root itself lies on."""
    kind: str = ""
    """The file system's type, such as `ext4`, as the kernel calls it."""
    source: str = ""
    """What is mounted: a device, a share."""
    device: int = 0
    """Its number now (`st_dev`); another after a reboot, as the case may be."""
    identity: str = ""
    """What tells it from others for good; empty where nothing does."""
    read_only: bool = False

    @property
    def what(self) -> str:
        """In words, without its place."""
        return f"{self.kind or 'a file system'} on {self.source or 'something unknown'}"


def below(disks: Iterable[Disk]) -> tuple[str, ...]:
    """The paths of all but the root's own, outer ones before those inside them."""
    return tuple(sorted(disk.path for disk in disks if disk.path != ROOT))


def holder_of(path: str, disks: Iterable[str]) -> str:
    """The innermost of these disks that holds a path; empty: it lies on the root's own disk."""
    place = PurePosixPath(path)
    holding = [disk for disk in disks if PurePosixPath(disk) in (place, *place.parents)]
    return max(holding, key=len, default="")


def own_paths(disks: Iterable[Disk], *, root_is_mounted: bool) -> tuple[str, ...]:
    """What never travels because of these disks: our folder, and what a file system keeps at its
    top for itself."""
    tops = below(disks)
    found = [f"{top}/{name}" for top in tops for name in (own_folder.NAME, LOST_AND_FOUND)]
    return (*([LOST_AND_FOUND] if root_is_mounted else []), *found)
