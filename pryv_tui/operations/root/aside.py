"""Moving a folder's content aside and giving it back, so that a kill at any moment loses nothing.

The name of the aside folder tells how far it came, since one rename changes it at once:

- `<name>.moving`: some of the content is in it, the rest still in its place; both are the former.
- `<name>`: all of the former content is in it; what is in its place is new.
- `<name>.returning`: what was new is gone from the place; former content is on its way back.
- `<name>.releasing`: an operator let it go; it is being removed and can't be put back.

What lies on other disks, mounted below the folder, is moved on those (`moving`). Which they are is
written down before anything is moved; how far all of it came, that one name tells for all.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath

import msgspec

from pryv_tui import own_folder
from pryv_tui.decoding import decode_json
from pryv_tui.filesystem.durable import write_durably
from pryv_tui.filesystem.mounts import is_mounted
from pryv_tui.operations.root.moving import (
    bring_back,
    dress,
    make_own,
    move_tree,
    top_of,
    write_out,
)
from pryv_tui.ownership import make_private
from pryv_tui.reading import read_whole
from pryv_tui.ways import base_of, hold, remove_empty, rename_beside

MOVING = ".moving"
RETURNING = ".returning"
RELEASING = ".releasing"


def _named(aside: Path, tail: str) -> Path:
    return aside.with_name(aside.name + tail)


def is_aside(aside: Path) -> bool:
    """Whether all of the former content lies aside."""
    return aside.is_dir() or _named(aside, RETURNING).is_dir()


def still_aside(aside: Path) -> bool:
    """Whether something lies aside, in whichever state."""
    return is_aside(aside) or _named(aside, MOVING).is_dir()


# Which other disks hold a part of it.


def _record(aside: Path) -> Path:
    return aside.parent.parent / own_folder.DISKS / f"{aside.parent.name}-{aside.name}"


def disks_of_aside(aside: Path) -> tuple[str, ...]:
    """The disks, relative to the folder that the content is of, on which a part of it lies.

    Raises:
        OSError: it can't be read.
    """
    try:
        return tuple(decode_json(read_whole(_record(aside), follow=False), list[str]))
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except msgspec.MsgspecError as error:
        raise OSError(errno.EIO, f"can't be read ({error})", str(_record(aside))) from error


def _write_disks(aside: Path, disks: Iterable[str]) -> None:
    place, found = _record(aside), list(disks)
    if not found:
        place.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            place.parent.rmdir()
        return
    make_own(aside.parent.parent, own_folder.DISKS)
    write_durably(place, msgspec.json.encode(found) + b"\n")


def add_disks(folder: Path, target: Path, disks: Iterable[str]) -> tuple[str, ...]:
    """Write down that these disks below a folder get a part of what is moved to `target`, and make
    its place on each; all that are known by now."""
    before = disks_of_aside(target)
    fresh = [disk for disk in dict.fromkeys(disks) if disk not in before]
    # First the places: what is written down is there, or its disk is not.
    for disk in fresh:
        make_own(
            folder / disk,
            target.parent.parent.name,
            target.parent.name,
            target.name,
            base=folder,
        )
        write_out(folder / disk)
    if fresh:
        make_own(folder, target.parent.parent.name)
        _write_disks(target, sorted({*before, *fresh}))
    return tuple(sorted({*before, *fresh}))


def absent(folder: Path, aside: Path) -> list[Path]:
    """Disks that hold a part of what lies aside, and do not show it now: they are not mounted, or
    others are, or it was taken away. It can be neither put back nor removed."""
    # Of what is being removed, a disk's part may be gone already.
    releasing = _named(aside, RELEASING).is_dir()
    return [
        folder / disk
        for disk in disks_of_aside(aside)
        if not top_of(folder, disk, aside).is_dir()
        and not (releasing and is_mounted(folder / disk))
    ]


def _not_there(disk: Path) -> OSError:
    """That a disk which holds a part of what lies aside does not show it."""
    what = (
        "another disk is mounted there, or what lay on this one was taken away"
        if is_mounted(disk)
        else "nothing is mounted there any more"
    )
    return OSError(errno.ENODEV, what, str(disk))


def parts_of(aside: Path) -> list[Path]:
    """All places where a part of it lies, its main folder, in whichever state, first."""
    tails = ("", MOVING, RETURNING, RELEASING)
    found = [place for tail in tails if (place := _named(aside, tail)).is_dir()]
    with contextlib.suppress(OSError):
        root = aside.parent.parent.parent
        tops = [top_of(root, disk, aside) for disk in disks_of_aside(aside)]
        found += [top for top in tops if top.is_dir()]
    return found


def inside(aside: Path, path: str) -> Iterator[tuple[Path, str]]:
    """Where in what lies aside a path of the folder, or something below it, is to be found; with
    the path that it is of."""
    yield aside / path, path
    with contextlib.suppress(OSError):
        for disk in disks_of_aside(aside):
            top, wanted, place = (
                top_of(aside.parent.parent.parent, disk, aside),
                PurePosixPath(path),
                PurePosixPath(disk),
            )
            if place in (wanted, *wanted.parents):
                yield top / wanted.relative_to(place), path
            elif wanted in place.parents:
                yield top, disk


# Moving, and moving back.


def move_content(
    folder: Path, target: Path, keep: frozenset[str], disks: Iterable[str] = ()
) -> int:
    """Rename every entry of a folder but the kept names into `target`; how many.

    Args:
        disks: mounted below the folder, relative to it: their content is moved on themselves.
    """
    known = add_disks(folder, target, disks)
    moved = move_tree(folder, target, keep, known)
    for disk in known:
        write_out(folder / disk)
    return moved


def begin_aside(aside: Path, folder: Path | None = None, disks: Iterable[str] = ()) -> None:
    """Make the folders that content is moved into, so that what follows can always be undone."""
    if not is_aside(aside):
        make_private(_named(aside, MOVING))
        if folder is not None:
            add_disks(folder, aside, disks)


def drop_begun(aside: Path, folder: Path | None = None) -> None:
    """Take back `begin_aside`, if nothing was moved yet."""
    with contextlib.suppress(OSError):
        remove_empty(_named(aside, MOVING))
        if folder is not None:
            _drop_tops(folder, aside, disks_of_aside(aside))


def set_aside(folder: Path, aside: Path, keep: frozenset[str], disks: Iterable[str] = ()) -> int:
    """Move a folder's content aside; goes on where a killed one stopped.

    Returns:
        how many entries were moved; 0 as well when all of it lies aside already.

    Raises:
        OSError: nothing is lost, both parts are where the names say.
    """
    if is_aside(aside):
        return 0
    begin_aside(aside)
    moving = _named(aside, MOVING)
    known = add_disks(folder, aside, disks)
    lacking = absent(folder, aside)
    if lacking:
        raise _not_there(lacking[0])
    with hold(folder, base=base_of(aside)) as here:
        own = os.fstat(here.fd)
        # On other disks the place has its last name from the beginning.
        moved = move_tree(folder, moving, keep, known, named=aside.name)
        for disk in known:
            write_out(folder / disk)
        # It carries the folder's own owner, mode and times, until they are given back.
        with hold(moving) as there:
            dress(there.at, here.at, own)
    rename_beside(moving, aside.name)
    return moved


def give_back(folder: Path, aside: Path, clear: Callable[[], None]) -> bool:
    """Put former content back; goes on where a killed one stopped.

    Args:
        clear: takes what is new out of the folder; called only when all in it is new.

    Returns:
        False when nothing lies aside any more.

    Raises:
        OSError: nothing is lost, both parts are where the names say.
    """
    if not still_aside(aside):
        return False
    lacking = absent(folder, aside)
    if lacking:
        raise _not_there(lacking[0])
    returning = _named(aside, RETURNING)
    if aside.is_dir():
        clear()
        rename_beside(aside, returning.name)
    source = returning if returning.is_dir() else _named(aside, MOVING)
    dressed, disks = source == returning, disks_of_aside(aside)
    for disk in disks:
        inner = _below(disk, disks)
        bring_back(top_of(folder, disk, aside), folder / disk, inner, dressed=dressed, base=folder)
        write_out(folder / disk)
    bring_back(source, folder, disks, dressed=dressed)
    _drop_tops(folder, aside, disks)
    remove_empty(source)
    return True


def _below(disk: str, disks: Iterable[str]) -> list[str]:
    place = PurePosixPath(disk)
    return [
        PurePosixPath(other).relative_to(place).as_posix()
        for other in disks
        if place in PurePosixPath(other).parents
    ]


def _drop_tops(folder: Path, aside: Path, disks: Iterable[str]) -> None:
    """Our folders on other disks go when they are empty; that they are none of it any more is
    written down first."""
    _write_disks(aside, ())
    for disk in disks:
        drop_empty(top_of(folder, disk, aside), 3)


def begin_release(folder: Path) -> Path | None:
    """Give a folder that is let go its last name; that folder, or None when nothing is left."""
    gone = _named(folder, RELEASING)
    if folder.is_dir() and not gone.exists():
        rename_beside(folder, gone.name)
    return gone if gone.is_dir() else None


def end_release(root: Path, folder: Path) -> None:
    """What is left when all of it is removed: the names of the disks that held a part."""
    _drop_tops(root, folder, disks_of_aside(folder))


def kept_folders(root: Path) -> list[Path]:
    """Content that restores and undos have moved aside in a root."""
    found: list[Path] = []
    for name in own_folder.KEPT:
        with contextlib.suppress(OSError):
            found += sorted(entry for entry in (own_folder.of(root) / name).iterdir())
    return found


def drop_empty(folder: Path, levels: int) -> None:
    """Remove a folder and its parents, up to so many levels, as long as they are empty."""
    for _ in range(levels):
        try:
            remove_empty(folder)
        except OSError:
            return
        folder = folder.parent
