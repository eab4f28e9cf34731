"""Renaming a folder's content elsewhere and back, each disk's own on that disk.

What is mounted on a folder can't be renamed, nor carried along with what holds it: it would be
mounted elsewhere until the next start of the machine, and over other content from then on. So the
folders on the way to a disk stay, and are made again beside what is moved out of them; what a disk
holds is moved into our own folder at the disk's top. A file system's own snapshots stay where they
are: they are none of the content.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from pryv_tui.ownership import refuse_links
from pryv_tui.platform.disks import LOST_AND_FOUND, OWN
from pryv_tui.vault.durable import settle
from pryv_tui.vault.snapshots import snapshot_at

Parts = tuple[str, ...]


def top_of(folder: Path, disk: str, target: Path) -> Path:
    """Where, on a disk below a folder, that lies which belongs to `target` beside the folder's."""
    return folder / disk / target.parent.parent.name / target.parent.name / target.name


def stays_at_top(folder: Path, own: str = OWN) -> frozenset[str]:
    """What of a folder that something is mounted on is never moved."""
    found = {own}
    if os.path.ismount(folder) and (folder / LOST_AND_FOUND).is_dir():
        found.add(LOST_AND_FOUND)
    return frozenset(found)


def make_own(folder: Path, *names: str) -> Path:
    """Make folders of ours below one, closed to others at each level."""
    for name in names:
        folder = folder / name
        folder.mkdir(mode=0o700, exist_ok=True)
        refuse_links(folder)
    return folder


def move_tree(
    folder: Path,
    target: Path,
    keep: frozenset[str],
    disks: Iterable[str] = (),
    *,
    named: str = "",
) -> int:
    """Rename every entry of a folder but the kept names into `target`; how many.

    Goes on where a killed one stopped.

    Args:
        disks: mounted below the folder, relative to it. Each one's content goes to `top_of`.
        named: what the place of it on each disk is called, if not as `target`.
    """
    known, last = tuple(disks), target.with_name(named or target.name)
    moved = _move(folder, target, keep, _parts(known))
    for disk in known:
        place = folder / disk
        own = target.parent.parent.name
        there = make_own(place, own, last.parent.name, last.name)
        inner = _parts(
            PurePosixPath(other).relative_to(disk).as_posix()
            for other in known
            if other != disk and PurePosixPath(disk) in PurePosixPath(other).parents
        )
        before = place.stat()
        moved += _move(place, there, stays_at_top(place, own), inner)
        dress(there, place, before)
    return moved


def move_beside(folder: Path, target: Path, keep: frozenset[str], disks: Iterable[str]) -> int:
    """As `move_tree`, but what is mounted below stays as it is; only what leads there is made
    again."""
    return _move(folder, target, keep, _parts(disks))


def _parts(disks: Iterable[str]) -> list[Parts]:
    return [PurePosixPath(disk).parts for disk in disks]


def _move(folder: Path, target: Path, keep: frozenset[str], disks: list[Parts]) -> int:
    moved = 0
    for entry in sorted(folder.iterdir()):
        if entry.name in keep or snapshot_at(entry):
            continue
        inside = [rest for head, *rest in disks if head == entry.name]
        if not inside:
            entry.rename(_free(target, entry.name))
            moved += 1
        elif [] not in inside:
            way = target / entry.name
            way.mkdir(mode=0o700, exist_ok=True)
            before = entry.stat()
            moved += _move(entry, way, frozenset(), [tuple(rest) for rest in inside])
            dress(way, entry, before)
    return moved


def _free(target: Path, name: str) -> Path:
    """Where an entry goes: never over, nor into, something that lies there already."""
    place = target / name
    if os.path.lexists(place):
        beside = tempfile.mkdtemp(prefix=f"{target.name}.more-", dir=target.parent)
        return Path(beside) / name
    return place


def bring_back(source: Path, folder: Path, disks: Iterable[str], *, dressed: bool) -> None:
    """Rename every entry of a folder that `_move` filled back; goes on where a killed one stopped.

    Args:
        disks: mounted below `folder`, relative to it: what lies on the way to them is no entry.
        dressed: whether the source carries what `folder` was besides its content.
    """
    _back(source, folder, _parts(disks), source, dressed=dressed)


def _back(source: Path, folder: Path, disks: list[Parts], whole: Path, *, dressed: bool) -> None:
    for entry in sorted(source.iterdir()):
        place = folder / entry.name
        inside = [tuple(rest) for head, *rest in disks if head == entry.name and rest]
        if inside and place.is_dir() and not place.is_symlink():
            _back(entry, place, inside, whole, dressed=dressed)
            entry.rmdir()
            continue
        if os.path.lexists(place):
            # Never over something: whoever put it there finds it beside.
            name = whole.name.split(".", 1)[0]
            beside = Path(tempfile.mkdtemp(prefix=f"{name}.in-the-way-", dir=whole.parent))
            place.rename(beside / entry.name)
        entry.rename(place)
    if dressed:
        dress(folder, source, source.stat())


def dress(folder: Path, like: Path, own: os.stat_result) -> None:
    """Give a folder the owner, mode, times and attributes of another, as far as this user may.

    Args:
        own: the other's status: its times change with what is taken out of it.
    """
    with contextlib.suppress(OSError):
        wanted, present = os.listxattr(like), os.listxattr(folder)
        for name in set(present) - set(wanted):
            with contextlib.suppress(OSError):
                os.removexattr(folder, name)
        for name in wanted:
            with contextlib.suppress(OSError):
                os.setxattr(folder, name, os.getxattr(like, name))
    with contextlib.suppress(PermissionError):
        os.chown(folder, own.st_uid, own.st_gid)
    folder.chmod(own.st_mode & 0o7777)
    os.utime(folder, ns=(own.st_atime_ns, own.st_mtime_ns))


def write_out(folder: Path) -> None:
    """See that what was renamed on a disk is on it: another disk's names will speak of it.

    Raises:
        PryvTuiError: `disk-full` or `step-failed`.
    """
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        settle(fd, os.fsencode(folder))
    finally:
        os.close(fd)
