"""Identify the file system that a folder is on, in a way that survives a reboot.

Device numbers may change with each boot (LVM, USB, NFS); the UUID and the name of a share stay. For
the formats see proc(5) (`mountinfo`) and fstab(5).
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import msgspec

from pryv_tui.reading import read_whole

MOUNTS = Path("/proc/self/mountinfo")
FSTAB = Path("/etc/fstab")
BY_UUID = Path("/dev/disk/by-uuid")
NUMBERED = ("ext2", "ext3", "ext4", "btrfs", "zfs", "f2fs")
"""File systems whose statvfs number is made from their UUID; for others it may be the device's."""
NO_DISK = ("swap", "none", "ignore", "proc", "sysfs", "devpts", "tmpfs")

_ESCAPE = re.compile(r"\\([0-7]{3})")


class FileSystem(msgspec.Struct, frozen=True, kw_only=True):
    """A file system, as far as this machine knows it; unknown fields are empty."""

    kind: str = ""
    """The type, for example `ext4` or `nfs4`."""
    source: str = ""
    """The device, the network share or the ZFS data set."""
    uuid: str = ""
    number: str = ""
    """The `f_fsid` of statvfs(3) in hexadecimal, as text: it may need all 64 bits."""
    mount: str = ""
    """The mount point."""

    @property
    def words(self) -> str:
        """A description for people: kind, source, UUID and mount point."""
        named = f" (UUID {self.uuid})" if self.uuid else ""
        told = " ".join(filter(None, [self.kind, self.source])) or "an unknown file system"
        return f"{told}{named}, mounted at {self.mount or '?'}"

    @property
    def depth(self) -> int:
        """Number of parts of the mount point's path (1 for `/`); 0 if unknown."""
        return len(Path(self.mount).parts) if self.mount else 0

    def is_as_before(self, now: FileSystem) -> bool:
        """Whether a folder is still on the same file system, mounted at the same place.

        The mount point counts too: bind mounts and subvolumes show different parts of one file
        system.
        """
        return self.is_same(now) and self.mount == now.mount

    def is_same(self, other: FileSystem) -> bool:
        """Whether both are the same file system, judged by what a reboot does not change."""
        if self.kind != other.kind:
            return False
        if self.uuid and other.uuid:
            return self.uuid == other.uuid
        if self.kind in NUMBERED and self.number and other.number:
            return self.number == other.number
        # Shares and data sets keep their names; a device's name may belong to another disk after a
        # reboot.
        network = ":" in self.source or self.source.startswith("//") or self.kind == "zfs"
        return network and self.source == other.source


def nearest(path: Path) -> Path:
    """Return the path itself if it exists, else the nearest folder above it that exists."""
    while not os.path.lexists(path) and path != path.parent:
        path = path.parent
    return path


def file_system_of(path: Path) -> FileSystem:
    """The file system that a path is on; for a missing path, the one it would be created on."""
    real = Path(os.path.realpath(nearest(path)))
    kind, source, mount = _mounted(real)
    try:
        number = f"{os.statvfs(real).f_fsid or 0:x}"
    except OSError:
        number = "0"
    return FileSystem(
        kind=kind, source=source, uuid=_uuid_of(source), number=number.lstrip("0"), mount=mount
    )


def _mounted(real: Path, mounts: Path = MOUNTS) -> tuple[str, str, str]:
    """Type, source and mount point of the innermost mount that a path is on.

    Of several mounts at one point, the last counts: it hides the others.
    """
    best = ("", "", "")
    try:
        lines = os.fsdecode(read_whole(mounts)).split("\n")
    except OSError:
        return best
    place = os.fspath(real)
    for line in lines:
        fields = line.split(" ")
        if "-" not in fields[6:] or len(fields) < 10:
            continue
        point = _plain(fields[4])
        after = fields.index("-", 6)
        # Compared as text: making a Path for each mount of the machine took most of the time.
        inside = place == point or place.startswith(f"{point.rstrip('/')}/")
        if inside and len(point) >= len(best[2]):
            best = (fields[after + 1], _plain(fields[after + 2]), point)
    return best


def _plain(field: str) -> str:
    return _ESCAPE.sub(lambda m: chr(int(m[1], 8)), field)


def _uuid_of(source: str) -> str:
    """The UUID that udev lists for a device; empty if it lists none."""
    if not source.startswith("/"):
        return ""
    try:
        number = Path(source).stat().st_rdev
        named = sorted(BY_UUID.iterdir())
    except OSError:
        return ""
    for link in named:
        try:
            if number and link.stat().st_rdev == number:
                return link.name
        except OSError:
            continue
    return ""


def not_mounted(
    path: Path, *, fstab: Path = FSTAB, mounts: Path = MOUNTS
) -> tuple[str, str] | None:
    """Find a disk that `/etc/fstab` mounts on a path or above it, and that is not mounted now.

    Args:
        fstab: the file that declares the mounts.
        mounts: the kernel's list of mounts.

    Returns:
        Device and mount point, of several the last one declared; None if there is no such disk.
    """
    try:
        lines = os.fsdecode(read_whole(fstab)).split("\n")
    except OSError:
        return None
    found: tuple[str, str] | None = None
    for line in lines:
        fields = line.split()
        if len(fields) < 3 or fields[0].startswith("#") or fields[2] in NO_DISK:
            continue
        point = Path(_plain(fields[1]))
        if point == Path("/") or not (path == point or point in path.parents):
            continue
        mounted = _mounted(Path(os.path.realpath(point)), mounts)[2]
        if mounted != str(Path(os.path.realpath(point))):
            found = (_plain(fields[0]), str(point))
    return found
