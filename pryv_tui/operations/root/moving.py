"""Renaming a folder's content elsewhere and back, each disk's own on that disk.

What is mounted on a folder can't be renamed, nor carried along with what holds it: it would be
mounted elsewhere until the next start of the machine, and over other content from then on. So the
folders on the way to a disk stay, and are made again beside what is moved out of them; what a disk
holds is moved into our own folder at the disk's top. A file system's own snapshots stay where they
are: they are none of the content.
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
    """Where, on a disk below a folder, that lies which belongs to `target` beside the folder's."""
    return folder / disk / target.parent.parent.name / target.parent.name / target.name


def stays_at_top(folder: Path, own: str = own_folder.NAME) -> frozenset[str]:
    """What of a folder that something is mounted on is never moved."""
    found = {own}
    # The root may be named by a link, which is itself no mount.
    if os.path.ismount(os.path.realpath(folder)) and (folder / LOST_AND_FOUND).is_dir():
        found.add(LOST_AND_FOUND)
    return frozenset(found)


def make_own(folder: Path, *names: str, base: Path | None = None) -> Path:
    """Make folders of ours below one, closed to others at each level.

    Args:
        base: as for `hold`.
    """
    made = folder.joinpath(*names)
    with contextlib.ExitStack() as opened:
        holder = opened.enter_context(hold(folder, base=base))
        for name in names:
            with contextlib.suppress(FileExistsError):
                (holder.at / name).mkdir(mode=0o700)
            if (holder.at / name).is_symlink():
                what = "it is a link, and no folder of ours"
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
    """Rename every entry of a folder but the kept names into `target`; how many.

    Goes on where a killed one stopped.

    Args:
        disks: mounted below the folder, relative to it. Each one's content goes to `top_of`.
        named: what the place of it on each disk is called, if not as `target`.
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
    """As `move_tree`, but what is mounted below stays as it is; only what leads there is made
    again."""
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
    """Where an entry goes: never over, nor into, something that lies there already."""
    place = target.at / name
    return _beside(target, "more") / name if os.path.lexists(place) else place


def _beside(folder: Held, word: str) -> Path:
    """A new folder beside one of ours, for what has no place in it."""
    path = folder.at / ".." / f"{folder.path.name}.{word}-{os.urandom(4).hex()}"
    path.mkdir(mode=0o700)
    return path


def bring_back(
    source: Path, folder: Path, disks: Iterable[str], *, dressed: bool, base: Path | None = None
) -> None:
    """Rename every entry of a folder that `_move` filled back; goes on where a killed one stopped.

    Args:
        base: the root that both are in, where it is not the one that holds the source.
        disks: mounted below `folder`, relative to it: what lies on the way to them is no entry.
        dressed: whether the source carries what `folder` was besides its content.
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
            # Never over something: whoever put it there finds it beside.
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
        folder: as `Held.at` gives it, or in a folder of ours; what it leads to is dressed.
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
    with hold(folder) as held:
        sync_filesystem(held.fd, os.fsencode(folder))
