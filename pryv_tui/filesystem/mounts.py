"""Mount points of this machine, as the kernel lists them."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import msgspec

from pryv_tui import own_folder
from pryv_tui.platform.disks import ROOT, SNAPSHOTS, Disk
from pryv_tui.reading import read_whole

_ESCAPE = re.compile(r"\\([0-7]{3})")
_BY_UUID = Path("/dev/disk/by-uuid")
_FSTAB = Path("/etc/fstab")
_NETWORK = (
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "ceph",
    "fuse.sshfs",
    "9p",
    "glusterfs",
    "fuse.glusterfs",
)
_AUTOMOUNT = "autofs"
_TOLD_BY_FSID = ("ext2", "ext3", "ext4", "btrfs", "zfs")
"""File systems whose statfs(2) number is made from their UUID.

Others have no such number, or one made from the device's number.
"""


class Mounted(msgspec.Struct, frozen=True, kw_only=True):
    """One mount, as a line of /proc/self/mountinfo (proc_pid_mountinfo(5))."""

    number: int
    point: Path
    inner: str
    """The folder of the file system that is mounted; `/` if it is the whole file system."""
    kind: str
    source: str
    read_only: bool
    device: str = ""
    """The file system's device number, such as `8:1`; mounts of one file system have the same."""


def mounts_here() -> list[Mounted]:
    """All mounts, in the kernel's order; empty if the list can't be read."""
    return list(_told(_mountinfo()))


def _mountinfo() -> bytes:
    try:
        return read_whole("/proc/self/mountinfo")
    except OSError:
        return b""


@lru_cache(maxsize=1)
def _told(mountinfo: bytes) -> tuple[Mounted, ...]:
    """Parse mountinfo. Cached: a machine has hundreds of mounts, which seldom change during a
    run."""
    found = []
    for line in mountinfo.decode("utf-8", "surrogateescape").splitlines():
        head, dash, tail = line.partition(" - ")
        fields, more = head.split(" "), tail.split(" ")
        if not dash or len(fields) < 6 or len(more) < 2:
            continue
        options = {*fields[5].split(","), *(more[2].split(",") if len(more) > 2 else ())}
        found.append(
            Mounted(
                number=int(fields[0]),
                point=Path(_plain(fields[4])),
                inner=_plain(fields[3]),
                kind=more[0],
                source=_plain(more[1]),
                read_only="ro" in options,
                device=fields[2],
            )
        )
    return tuple(found)


def mounts_below(folder: Path) -> list[Path]:
    """Mount points strictly below a folder; empty if the kernel's list can't be read.

    Docker's overlay mounts are never below a platform's root. So each one is a disk, a network
    share or a bind mount; a rename of its parent folder would move it too.
    """
    base = os.path.realpath(folder)
    return sorted({one.point for one in mounts_here() if _is_below(str(one.point), base)})


def other_ways_here(root: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Call `other_ways` with the mounts of this machine."""
    return _ways_told(_mountinfo(), root)


@lru_cache(maxsize=8)
def _ways_told(mountinfo: bytes, root: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Do the work of `other_ways_here`. Cached: a run asks for the same roots again and again."""
    return other_ways(root, _told(mountinfo))


def other_ways(root: str, every: Iterable[Mounted]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Find other paths to the whole folder, and paths outside it to parts of it. Pure.

    Bind mounts (`mount --bind`) make both: the folder may be mounted elsewhere, or be a mount
    itself.

    Args:
        root: the folder's real path.
        every: the mounts, in the kernel's order.

    Returns:
        The other paths to the whole folder; the paths outside the folder to parts of it.
    """
    # Text, not Path: this runs before each stop of a container, and Paths took a third of its time.
    known = [_Shown(one.device, str(one.point), one.inner) for one in every if one.device]
    base = str(PurePosixPath(root))
    whole = set(_names(base, known))
    parts: set[str] = set()
    for place in [base, *(one.point for one in known if _is_below(one.point, base))]:
        if place != base:
            parts |= set(_names(place, known))
        device, within = _within(place, known)
        parts |= {
            one.point for one in known if one.device == device and _is_below(one.inner, within)
        }
    inside = {one for one in parts if one == base or _is_below(one, base)}
    return tuple(sorted(whole)), tuple(sorted(parts - inside))


class _Shown(NamedTuple):
    """The fields of a mount that show which mounts have the same content."""

    device: str
    point: str
    inner: str


def _is_below(path: str, folder: str) -> bool:
    """Whether a path is below a folder. Neither may end with a slash."""
    return path.startswith(folder if folder == "/" else f"{folder}/") and path != folder


def _within(path: str, every: list[_Shown]) -> tuple[str, str]:
    """The device number of the file system that a path is on, and the path within that file
    system."""
    best = None
    for one in every:
        # The longest mount point is the nearest; of two at one point the later mount is on top.
        if (path == one.point or _is_below(path, one.point)) and (
            best is None or len(one.point) >= len(best.point)
        ):
            best = one
    if best is None:
        return "", path
    return best.device, _joined(best.inner, path, best.point)


def _joined(start: str, path: str, above: str) -> str:
    """Replace the start `above` of a path by `start`."""
    rest = path[len(above) :].strip("/")
    return f"{start.rstrip('/')}/{rest}" if rest else start


def _names(path: str, every: list[_Shown]) -> list[str]:
    """All other paths that lead to the same place of the same file system."""
    device, within = _within(path, every)
    found = [
        _joined(one.point, within, one.inner)
        for one in every
        if one.device == device and (within == one.inner or _is_below(within, one.inner))
    ]
    return [name for name in found if name != path]


class Below(msgspec.Struct, frozen=True, kw_only=True):
    """The mounts at a root and below it."""

    disks: tuple[Disk, ...] = ()
    """The root's own file system first, then those mounted on folders below it, sorted by path."""
    files: tuple[str, ...] = ()
    """Files that are mount points themselves, relative to the root."""
    hidden: tuple[str, ...] = ()
    """Mount points covered by another mount, so that their content can't be seen."""
    root_is_mounted: bool = False
    """Whether something is mounted on the root itself."""


def disks_of(root: Path) -> Below:
    """The file systems of a root: the one it is on, and those mounted below it.

    Empty if the root is not a folder.
    """
    base = Path(os.path.realpath(root))
    if not base.is_dir():
        return Below()
    every = _with_automounts(base)
    disks, files, hidden = [], [], []
    for one in every:
        # An automount point that was not accessed yet is empty, and is not a disk (autofs(5)).
        if one.kind == _AUTOMOUNT or not _is_below(str(one.point), str(base)):
            continue
        path = one.point.relative_to(base).as_posix()
        if _number_of(one.point) != one.number:
            hidden.append(path)
        elif one.point.is_dir():
            disks.append(_disk(path, one.point, one))
        else:
            files.append(path)
    number = _number_of(base)
    own = next((one for one in every if one.number == number), None)
    if own is not None and own.kind == "btrfs":
        disks += _subvolumes(base, own, {disk.path for disk in disks})
    return Below(
        disks=(_disk(ROOT, base, own), *sorted(disks, key=lambda disk: disk.path)),
        files=tuple(sorted(set(files))),
        hidden=tuple(sorted({path for path in hidden if path not in files})),
        root_is_mounted=own is not None and own.point == base,
    )


def _with_automounts(base: Path) -> list[Mounted]:
    """Mount the automounts below a folder by accessing them; return all mounts.

    See systemd.automount(5), and `x-systemd.automount` in fstab(5).
    """
    every = mounts_here()
    automatic = [one.point for one in every if one.kind == _AUTOMOUNT]
    waiting = [point for point in automatic if _is_below(str(point), str(base))]
    for point in waiting:
        # An error means that its disk can't be mounted; then it is not listed.
        with contextlib.suppress(OSError):
            next(os.scandir(point), None)
    return mounts_here() if waiting else every


def declared_below(root: Path) -> tuple[str, ...]:
    """Folders below a root, relative to it, that fstab(5) mounts at boot (without `noauto`)."""
    try:
        lines = read_whole(_FSTAB).decode("utf-8", "surrogateescape").splitlines()
    except OSError:
        return ()
    base, found = Path(os.path.realpath(root)), []
    for line in lines:
        fields = line.split()
        if len(fields) < 4 or fields[0].startswith("#") or "noauto" in fields[3].split(","):
            continue
        point = Path(os.path.realpath(_plain(fields[1])))
        if base in point.parents and not point.is_file():
            found.append(point.relative_to(base).as_posix())
    return tuple(sorted(set(found)))


_DEEP = 3
"""Levels below a root that are searched for subvolumes: enough for `pryv/core/data`."""


def _subvolumes(base: Path, own: Mounted, mounted: set[str]) -> list[Disk]:
    """Folders near the root that are writable btrfs subvolumes, except snapshots.

    No mount shows these, yet nothing can be renamed into or out of them (rename(2): EXDEV).
    """
    found, level = [], [base]
    for _ in range(_DEEP):
        below = [
            path
            for folder in level
            for path in _folders(folder)
            if path.name not in SNAPSHOTS and path.name != own_folder.NAME
        ]
        for path in below:
            name = path.relative_to(base).as_posix()
            # A subvolume that can't be written (EROFS, access(2)) is a snapshot.
            if name not in mounted and path.is_mount() and os.access(path, os.W_OK):
                subvolume = msgspec.structs.replace(own, inner=f"{own.inner.rstrip('/')}/{name}")
                found.append(_disk(name, path, subvolume))
        level = below
    return found


def _folders(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.is_dir() and not path.is_symlink()]
    except OSError:
        return []


def _disk(path: str, place: Path, mount: Mounted | None) -> Disk:
    try:
        device = place.stat().st_dev
    except OSError:
        device = 0
    if mount is None:
        return Disk(path=path, device=device)
    return Disk(
        path=path,
        kind=mount.kind,
        source=mount.source,
        device=device,
        identity=_identity(place, mount, device),
        read_only=mount.read_only,
    )


def _identity(place: Path, mount: Mounted, device: int) -> str:
    """A disk's identifier that stays when its device number changes; empty if none is known."""
    if mount.kind in _NETWORK:
        return f"{mount.kind}:{mount.source}"
    with contextlib.suppress(OSError):
        # A file system with several devices or subvolumes has a number that is no device's: so the
        # number of its source is looked up too.
        wanted = {device}
        if mount.source.startswith("/dev/"):
            wanted.add(Path(mount.source).stat().st_rdev)
        for link in sorted(_BY_UUID.iterdir()):
            if link.stat().st_rdev in wanted:
                inner = mount.inner if mount.kind == "btrfs" else ""
                return f"{mount.kind}:{link.name}{inner}"
    with contextlib.suppress(OSError):
        if mount.kind in _TOLD_BY_FSID and (number := os.statvfs(place).f_fsid):
            return f"{mount.kind}:{number:x}"
    return ""


def is_mounted(place: Path) -> bool:
    """Whether a folder is a mount point or a subvolume.

    Mount ids are compared too: a bind mount of a folder of the same disk has the same device
    number.
    """
    real = Path(os.path.realpath(place))
    return real.is_mount() or _number_of(real) != _number_of(real.parent)


def _number_of(place: Path) -> int | None:
    """The id of the mount that a path is on; None if the kernel does not say."""
    try:
        fd = os.open(place, os.O_PATH | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        for line in read_whole(f"/proc/self/fdinfo/{fd}").decode().splitlines():
            if line.startswith("mnt_id:"):
                return int(line.split()[1])
    except OSError:
        return None
    finally:
        os.close(fd)
    return None


def _plain(text: str) -> str:
    return _ESCAPE.sub(lambda m: chr(int(m[1], 8)), text)
