"""Test whether content can be moved aside, without moving it, before anything is stopped.

A folder is renamed onto a folder that is not empty, and anything else onto a folder. Neither can
ever succeed (rename(2): ENOTEMPTY, EISDIR), and the kernel gives these errors only for entries that
it could move.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import msgspec

from pryv_tui import own_folder
from pryv_tui.filesystem.deep_trees import walk
from pryv_tui.filesystem.inode_flags import held_fast
from pryv_tui.filesystem.snapshots import snapshot_at
from pryv_tui.operations.plan import quote
from pryv_tui.operations.root.moving import make_own, stays_at_top
from pryv_tui.platform.disks import SNAPSHOTS
from pryv_tui.vault.set_files import GUIDE
from pryv_tui.ways import Held, hold, remove_empty

_MOVABLE = (errno.ENOTEMPTY, errno.EEXIST, errno.EISDIR)


class Fast(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that can't be moved."""

    path: str
    why: str
    remedy: str
    flagged: str = ""
    """The folder or file whose file attributes prevent it (chattr); empty: another reason."""
    letters: str = ""
    """Those attributes, in the form for chattr(1)."""


MOST = 5
"""Most entries that are searched for, of those that can't be removed."""


def way_out(found: Sequence[Fast], tops: Iterable[Path] = ()) -> str:
    """The remedy for all of these entries, not only for the first one.

    Args:
        tops: the folders that were searched; if `MOST` entries were found, there may be more.
    """
    if all(one.flagged for one in found) and len(found) > 1:
        free = f"-{''.join(sorted(set(''.join(one.letters for one in found))))}"
        every = dict.fromkeys(one.flagged for one in found)
        command = quote("chattr", free, *every)
        if len(found) >= MOST and (folders := [str(top) for top in tops]):
            command = f"find {quote(*folders)} -type f,d -exec chattr {free} {{}} +"
        return f"Remove that protection for the time being: {command}"
    return ". ".join(dict.fromkeys(one.remedy.rstrip(".") for one in found))


def held_in(root: Path, disks: Iterable[str]) -> list[Fast]:
    """The entries of a root, and of disks mounted below it, that can't be moved aside.

    Folders of this program are made for the test, and removed.
    """
    known = [PurePosixPath(disk).parts for disk in disks]
    found: list[Fast] = []
    for top in [(), *known]:
        place = root.joinpath(*top)
        inside = [one[len(top) :] for one in known if one[: len(top)] == top and one != top]
        try:
            with _target(place, root, own_folder.NAME) as target, hold(place, base=root) as here:
                found += _tried(here, stays_at_top(place), inside, target)
        except OSError as error:
            found.append(why_fast(Path(error.filename or place), error))
    return found


def held_of(places: Iterable[Path]) -> list[Fast]:
    """The entries of content moved aside that can't be moved back; each place is tested by
    itself."""
    found: list[Fast] = []
    for place in places:
        try:
            with _target(place.parent.parent, None) as target, hold(place) as here:
                found += _tried(here, frozenset(), [], target)
        except OSError as error:
            found.append(why_fast(Path(error.filename or place), error))
    return found


@contextmanager
def _target(folder: Path, base: Path | None, *own: str) -> Iterator[Path]:
    """Make a folder that is not empty, on a folder's disk; its path is valid in the `with`
    block."""
    fresh = [folder.joinpath(*own[: at + 1]) for at in range(len(own))]
    fresh = [path for path in fresh if not path.exists()]
    with hold(folder, base=base) as top:
        before = os.fstat(top.fd)
        try:
            with hold(make_own(folder, *own, base=base), base=base) as holder:
                place = holder.at / f"trying-{os.urandom(4).hex()}"
                place.mkdir(mode=0o700)
                try:
                    (place / "never empty").mkdir()
                    yield place
                finally:
                    for path in (place / "never empty", place):
                        with contextlib.suppress(OSError):
                            path.rmdir()
        finally:
            for path in reversed(fresh):
                with contextlib.suppress(OSError):
                    remove_empty(path)
            with contextlib.suppress(OSError):
                os.utime(top.fd, ns=(before.st_atime_ns, before.st_mtime_ns))


def _tried(
    folder: Held, keep: frozenset[str], disks: list[tuple[str, ...]], target: Path
) -> list[Fast]:
    found: list[Fast] = []
    for name in sorted(os.listdir(folder.fd)):  # noqa: PTH208 - an open folder
        entry = folder.at / name
        if name in keep or snapshot_at(entry):
            continue
        inside = [rest for head, *rest in disks if head == name]
        if not inside:
            error = _try(entry, target)
            found += [why_fast(folder.path / name, error)] if error is not None else []
        elif [] not in inside:
            with folder.below(name) as below:
                found += _tried(below, frozenset(), [tuple(rest) for rest in inside], target)
    return found


def _try(entry: Path, target: Path) -> OSError | None:
    try:
        entry.rename(target)
    except FileNotFoundError:
        return None  # the entry is gone
    except OSError as error:
        return None if error.errno in _MOVABLE else error
    target.rename(entry)
    return None


def why_fast(path: Path, error: OSError) -> Fast:
    """Find out why an entry could not be moved or removed, and the remedy."""
    if error.errno in (errno.EPERM, errno.EACCES):
        there = next((place for place in path.parents if place.exists()), path)
        for place in dict.fromkeys((path, path.parent, there)):
            if flags := held_fast(place):
                letters = "".join(letter for letter in "ia" if f"({letter})" in " ".join(flags))
                free = quote("chattr", f"-{letters}", place)
                return Fast(
                    path=str(path),
                    why=f"{place} is {' and '.join(flags)}",
                    remedy=f"Remove that protection for the time being: {free}",
                    flagged=str(place),
                    letters=letters,
                )
    if error.errno == errno.EXDEV:
        return Fast(
            path=str(path),
            why="its file system can't rename it (an overlay file system, and it is in the lower"
            " layer)",
            remedy=f"Do it by hand as {GUIDE} in the set says: mv copies what can't be renamed.",
        )
    if error.errno == errno.EROFS:
        return Fast(
            path=str(path),
            why="it is mounted read-only",
            remedy=f"See why (dmesg), then: {quote('mount', '-o', 'remount,rw', _disk_of(path))}",
        )
    if error.errno == errno.EBUSY:
        return Fast(
            path=str(path),
            why="something was mounted there in the meantime",
            remedy=f"See what it is: findmnt; then mount it elsewhere: {quote('umount', path)}",
        )
    return Fast(
        path=str(path),
        why=error.strerror or str(error),
        remedy=f"See what uses it, and end that: {quote('lsattr', '-d', path)};"
        f" {quote('fuser', '-vm', path)}",
    )


def _disk_of(path: Path) -> Path:
    """The mount point of the disk that a path is on: only that can be mounted again."""
    return next(place for place in (path, *path.parents) if place.is_mount() or place == Path("/"))


def held_inside(folders: Iterable[Path], most: int = MOST) -> list[Fast]:
    """Find entries of folders that can't be removed: attributes forbid it, or they are snapshots.

    Every file and folder is opened for that, none is read. It stops at `most` entries.
    """
    found: list[Fast] = []
    for top in folders:
        for folder, _below, names in walk(top):
            for path in (Path(folder), *(Path(folder) / name for name in names)):
                with contextlib.suppress(OSError):
                    if path.name not in SNAPSHOTS and path.is_mount() and snapshot_at(path):
                        free = quote("btrfs", "subvolume", "delete", path)
                        remedy = f"If nobody needs it: {free}"
                        found.append(Fast(path=str(path), why="it is a snapshot", remedy=remedy))
                    elif held_fast(path):
                        found.append(why_fast(path, OSError(errno.EPERM, "")))
            if len(found) >= most:
                return found
    return found
