"""Rename a folder's content to another folder and back, on each disk within that disk.

A mount point can't be renamed. A folder that contains one must not be moved: the disk would be
mounted elsewhere until the next reboot, and from then on over other content. So folders on the path
to a disk stay, and are made again beside the content moved out of them. A disk's content is moved
into this program's folder at the top of the disk. A file system's own snapshots stay in place: they
are not content.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from pryv_tui import own_folder
from pryv_tui.filesystem.durable import sync_filesystem
from pryv_tui.filesystem.snapshots import snapshot_at
from pryv_tui.platform.disks import LOST_AND_FOUND
from pryv_tui.ways import Held, base_of, hold

Parts = tuple[str, ...]


def top_of(folder: Path, disk: str, target: Path) -> Path:
    """The folder, on a disk below `folder`, for the disk's part of what is moved to `target`."""
    return folder / disk / target.parent.parent.name / target.parent.name / target.name


def stays_at_top(folder: Path, own: str = own_folder.NAME) -> frozenset[str]:
    """The names at the top of a folder that are never moved.

    That is this program's own folder, and `lost+found` of a disk.
    """
    found = {own}
    # The root's path may be a symbolic link, which is not a mount point itself.
    if os.path.ismount(os.path.realpath(folder)) and (folder / LOST_AND_FOUND).is_dir():
        found.add(LOST_AND_FOUND)
    return frozenset(found)


def make_own(folder: Path, *names: str, base: Path | None = None) -> Path:
    """Make folders of this program below a folder, each closed to other users (0700).

    Args:
        base: as for `hold`.

    Raises:
        OSError: one of them is a symbolic link, or can't be made.
    """
    made = folder.joinpath(*names)
    with contextlib.ExitStack() as opened:
        holder = opened.enter_context(hold(folder, base=base))
        for name in names:
            with contextlib.suppress(FileExistsError):
                (holder.at / name).mkdir(mode=0o700)
            if (holder.at / name).is_symlink():
                what = "it is a link, not a folder made by pryv-tui"
                raise OSError(errno.ELOOP, what, str(holder.path / name))
            holder = opened.enter_context(holder.below(name))
    return made


def move_tree(
    folder: Path,
    target: Path,
    keep: frozenset[str],
    disks: Iterable[str] = (),
    *,
    named: str = "",
) -> int:
    """Rename every entry of a folder except the kept names into `target`; return how many.

    It continues if a killed run stopped half-way.

    Args:
        disks: disks mounted below the folder, relative to it. Each one's content goes to `top_of`.
        named: the name of the folder on each disk, if it is not that of `target`.
    """
    known, last = tuple(disks), target.with_name(named or target.name)
    moved = move_beside(folder, target, keep, known)
    for disk in known:
        place = folder / disk
        own = target.parent.parent.name
        inner = _parts(
            PurePosixPath(other).relative_to(disk).as_posix()
            for other in known
            if other != disk and PurePosixPath(disk) in PurePosixPath(other).parents
        )
        top = make_own(place, own, last.parent.name, last.name, base=folder)
        with hold(place, base=folder) as here, hold(top, base=folder) as there:
            before = os.fstat(here.fd)
            moved += _move(here, there, stays_at_top(place, own), inner)
            dress(there.at, here.at, before)
    return moved


def move_beside(folder: Path, target: Path, keep: frozenset[str], disks: Iterable[str]) -> int:
    """Move like `move_tree`, but leave the content of disks mounted below in place."""
    with hold(folder, base=base_of(target)) as here, hold(target) as there:
        return _move(here, there, keep, _parts(disks))


def _parts(disks: Iterable[str]) -> list[Parts]:
    return [PurePosixPath(disk).parts for disk in disks]


def _move(folder: Held, target: Held, keep: frozenset[str], disks: list[Parts]) -> int:
    moved = 0
    for name in sorted(os.listdir(folder.fd)):  # noqa: PTH208 - an open folder
        entry = folder.at / name
        if name in keep or snapshot_at(entry):
            continue
        inside = [rest for head, *rest in disks if head == name]
        if not inside:
            entry.rename(_free(target, name))
            moved += 1
        elif [] not in inside:
            with contextlib.suppress(FileExistsError):
                (target.at / name).mkdir(mode=0o700)
            with folder.below(name) as here, target.below(name) as there:
                before = os.fstat(here.fd)
                moved += _move(here, there, frozenset(), [tuple(rest) for rest in inside])
                dress(there.at, here.at, before)
    return moved


def _free(target: Held, name: str) -> Path:
    """The path to which an entry is moved: never over, nor into, an existing one."""
    place = target.at / name
    return _beside(target, "more") / name if os.path.lexists(place) else place


def _beside(folder: Held, word: str) -> Path:
    """Make a folder beside one of this program's, for an entry whose name exists there already."""
    path = folder.at / ".." / f"{folder.path.name}.{word}-{os.urandom(4).hex()}"
    path.mkdir(mode=0o700)
    return path


def bring_back(
    source: Path, folder: Path, disks: Iterable[str], *, dressed: bool, base: Path | None = None
) -> None:
    """Rename every entry back from a folder that `_move` filled.

    It continues if a killed run stopped half-way.

    Args:
        base: the root that both folders are in, if it is not the root of the source.
        disks: disks mounted below `folder`, relative to it: folders on the path to them stay.
        dressed: whether the source has the owner, mode and times that `folder` had.
    """
    base = base or base_of(source)
    with hold(source, base=base) as here, hold(folder, base=base) as there:
        _back(here, there, _parts(disks), here, dressed=dressed)


def _back(source: Held, folder: Held, disks: list[Parts], whole: Held, *, dressed: bool) -> None:
    for name in sorted(os.listdir(source.fd)):  # noqa: PTH208 - an open folder
        entry, place = source.at / name, folder.at / name
        inside = [tuple(rest) for head, *rest in disks if head == name and rest]
        if inside and folder.is_folder(name):
            with source.below(name) as here, folder.below(name) as there:
                _back(here, there, inside, whole, dressed=dressed)
            entry.rmdir()
            continue
        if os.path.lexists(place):
            # Never overwrite: an entry that somebody put there is moved beside.
            place.rename(_in_the_way(whole) / name)
        entry.rename(place)
    if dressed:
        dress(folder.at, source.at, os.fstat(source.fd))


def _in_the_way(whole: Held) -> Path:
    name = whole.path.name.split(".", 1)[0]
    return _beside(whole._replace(path=whole.path.with_name(name)), "in-the-way")


def dress(folder: Path, like: Path, own: os.stat_result) -> None:
    """Give a folder the owner, mode, times and attributes of another, as far as this user may.

    Args:
        folder: as `Held.at` gives it, or in a folder of this program; links are followed.
        own: the other folder's earlier status: its times change when entries are taken out.
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
    """Flush a disk's renames, before another disk's names depend on them.

    Raises:
        PryvTuiError: `disk-full` or `step-failed`.
    """
    with hold(folder) as held:
        sync_filesystem(held.fd, os.fsencode(folder))
