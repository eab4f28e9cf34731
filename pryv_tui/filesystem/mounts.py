"""Mount points of this machine, as the kernel tells them."""

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
"""File systems whose number in statfs(2) is made from their identifier; that of others is made from
their device's number, or is none."""


class Mounted(msgspec.Struct, frozen=True, kw_only=True):
    """One mount, as /proc/self/mountinfo tells it (proc_pid_mountinfo(5))."""

    number: int
    point: Path
    inner: str
    """Which folder of the file system it shows; `/` for all of it."""
    kind: str
    source: str
    read_only: bool
    device: str = ""
    """The file system's number, as `8:1`: what has the same one shows the same file system."""


def mounts_here() -> list[Mounted]:
    """All mounts, in the kernel's order; empty where it tells none."""
    try:
        return list(_told(read_whole("/proc/self/mountinfo")))
    except OSError:
        return []


@lru_cache(maxsize=1)
def _told(mountinfo: bytes) -> tuple[Mounted, ...]:
    """What these lines say: of a machine's some hundred mounts hardly one changes during a run."""
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
    """Mount points strictly below a folder; empty where the kernel tells none.

    Docker's own overlay mounts never lie under a platform's root, so each of these is a disk, a
    network share or a bind mount that a rename of its parent would carry along.
    """
    base = os.path.realpath(folder)
    return sorted({one.point for one in mounts_here() if _is_below(str(one.point), base)})


def other_ways(root: str, every: Iterable[Mounted]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The other paths by which a folder is reached, and those by which parts of it are: what is
    mounted there elsewhere, or of which it is itself a second mount (`mount --bind`). Pure.

    Args:
        root: a real path.
        every: as the kernel lists them.
    """
    # As text: a stop asks for this before each container, and paths as objects took a third of it.
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
    """A mount, as far as it matters for what shows the same."""

    device: str
    point: str
    inner: str


def _is_below(path: str, folder: str) -> bool:
    """Whether a path lies below a folder; both without a slash at their end."""
    return path.startswith(folder if folder == "/" else f"{folder}/") and path != folder


def _within(path: str, every: list[_Shown]) -> tuple[str, str]:
    """Which file system a path lies on, and where in that."""
    best = None
    for one in every:
        # Of two that lead there the longer one is the nearer; of two at one place, the later.
        if (path == one.point or _is_below(path, one.point)) and (
            best is None or len(one.point) >= len(best.point)
        ):
            best = one
    if best is None:
        return "", path
    return best.device, _joined(best.inner, path, best.point)


def _joined(start: str, path: str, above: str) -> str:
    """What a path is called below `start`, where it lies below `above` otherwise."""
    rest = path[len(above) :].strip("/")
    return f"{start.rstrip('/')}/{rest}" if rest else start


def _names(path: str, every: list[_Shown]) -> list[str]:
    """Every other path that leads to the same place of the same file system."""
    device, within = _within(path, every)
    found = [
        _joined(one.point, within, one.inner)
        for one in every
        if one.device == device and (within == one.inner or _is_below(within, one.inner))
    ]
    return [name for name in found if name != path]


class Below(msgspec.Struct, frozen=True, kw_only=True):
    """What is mounted at a root and below it."""

    disks: tuple[Disk, ...] = ()
    """The root's own file system first, then those that are mounted on folders, by their paths."""
    files: tuple[str, ...] = ()
    """Files that something is mounted on, relative to the root."""
    hidden: tuple[str, ...] = ()
    """Mount points that another mount lies over: what they hold is not seen here."""
    root_is_mounted: bool = False
    """Whether something is mounted on the root itself."""


def disks_of(root: Path) -> Below:
    """The file systems that a root lies on and that are mounted below it."""
    base = Path(os.path.realpath(root))
    if not base.is_dir():
        return Below()
    every = _with_automounts(base)
    disks, files, hidden = [], [], []
    for one in every:
        # What waits for somebody to come by holds nothing, and is no disk (autofs(5)).
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
    """All mounts, with those below a folder that are only made when somebody looks into them
    (systemd.automount(5), `x-systemd.automount` in fstab(5))."""
    every = mounts_here()
    automatic = [one.point for one in every if one.kind == _AUTOMOUNT]
    waiting = [point for point in automatic if _is_below(str(point), str(base))]
    for point in waiting:
        # What it says when its disk can't be mounted: it is not there then.
        with contextlib.suppress(OSError):
            next(os.scandir(point), None)
    return mounts_here() if waiting else every


def declared_below(root: Path) -> tuple[str, ...]:
    """Folders below a root, relative to it, that this machine is set to mount something on at its
    start (fstab(5)); not those that are left to somebody to mount."""
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
"""Levels below a root that are looked through for subvolumes: so deep lie the folders of services
that are worth one (`pryv/core/data`)."""


def _subvolumes(base: Path, own: Mounted, mounted: set[str]) -> list[Disk]:
    """Folders near the root that are subvolumes: nothing is mounted there, and yet nothing can be
    renamed out of one, or into it (rename(2): EXDEV). Snapshots are none of them."""
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
            # A subvolume that nobody can write to (EROFS, access(2)) is a snapshot.
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
    """What stays the same when a disk gets another number; empty where nothing is known of that."""
    if mount.kind in _NETWORK:
        return f"{mount.kind}:{mount.source}"
    with contextlib.suppress(OSError):
        # A file system of several devices, or of subvolumes, has a number that is no device's.
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
    """Whether something is mounted on a folder, also where that is a folder of the same disk
    (`mount --bind`), which its device's number does not tell; or whether it is a subvolume."""
    real = Path(os.path.realpath(place))
    return real.is_mount() or _number_of(real) != _number_of(real.parent)


def _number_of(place: Path) -> int | None:
    """The number of the mount that a path leads to now."""
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
