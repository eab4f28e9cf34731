"""Move a folder's content aside and back, so that a kill at any moment loses nothing.

The name of the aside folder shows the state, since one rename changes it atomically:

- `<name>.moving`: it has some of the former content; the rest is still in its place.
- `<name>`: it has all of the former content; the content in that place is new.
- `<name>.returning`: the new content was removed from the place; former content is being moved
  back.
- `<name>.releasing`: an operator released it; it is being removed and can't be put back.

Content on other disks, mounted below the folder, is moved within those disks (`moving`). These
disks are recorded before anything is moved; the one name shows the state of all parts.
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
    """Whether all of the former content was moved aside."""
    return aside.is_dir() or _named(aside, RETURNING).is_dir()


def still_aside(aside: Path) -> bool:
    """Whether any content is aside and can be put back."""
    return is_aside(aside) or _named(aside, MOVING).is_dir()


# Other disks that have a part of the content.


def _record(aside: Path) -> Path:
    return aside.parent.parent / own_folder.DISKS / f"{aside.parent.name}-{aside.name}"


def disks_of_aside(aside: Path) -> tuple[str, ...]:
    """The disks that have a part of the content, relative to the folder that it comes from.

    Raises:
        OSError: the list can't be read.
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
    """Record that these disks have a part of what is moved to `target`; make its folder on each.

    Returns:
        All disks that are recorded now.
    """
    before = disks_of_aside(target)
    fresh = [disk for disk in dict.fromkeys(disks) if disk not in before]
    # Make the folders first: a disk that is recorded has its folder, or is not mounted.
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
    """The mount points of disks that have a part of the content, but don't show it now.

    The disk is not mounted, another one is, or the part was removed. Then the content can be
    neither put back nor removed.
    """
    # While content is being removed, a disk's part may be gone already.
    releasing = _named(aside, RELEASING).is_dir()
    return [
        folder / disk
        for disk in disks_of_aside(aside)
        if not top_of(folder, disk, aside).is_dir()
        and not (releasing and is_mounted(folder / disk))
    ]


def _not_there(disk: Path) -> OSError:
    """The error for a disk on which the part of the content that was moved aside is not found."""
    what = (
        "another disk is mounted there, or the content was removed from this one"
        if is_mounted(disk)
        else "nothing is mounted there any more"
    )
    return OSError(errno.ENODEV, what, str(disk))


def parts_of(aside: Path) -> list[Path]:
    """All folders that have a part of the content; the main folder, in whatever state, first."""
    tails = ("", MOVING, RETURNING, RELEASING)
    found = [place for tail in tails if (place := _named(aside, tail)).is_dir()]
    with contextlib.suppress(OSError):
        root = aside.parent.parent.parent
        tops = [top_of(root, disk, aside) for disk in disks_of_aside(aside)]
        found += [top for top in tops if top.is_dir()]
    return found


def inside(aside: Path, path: str) -> Iterator[tuple[Path, str]]:
    """Yield where a path of the folder may be in the content moved aside.

    Disks mounted below that path are included. Each place comes with its path in the folder.
    """
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


# Moving content aside, and back.


def move_content(
    folder: Path, target: Path, keep: frozenset[str], disks: Iterable[str] = ()
) -> int:
    """Rename every entry of a folder except the kept names into `target`; return how many.

    Args:
        disks: disks mounted below the folder, relative to it: their content is moved within the
            disk itself.
    """
    known = add_disks(folder, target, disks)
    moved = move_tree(folder, target, keep, known)
    for disk in known:
        write_out(folder / disk)
    return moved


def begin_aside(aside: Path, folder: Path | None = None, disks: Iterable[str] = ()) -> None:
    """Make the folders that content is moved into, before the first rename."""
    if not is_aside(aside):
        make_private(_named(aside, MOVING))
        if folder is not None:
            add_disks(folder, aside, disks)


def drop_begun(aside: Path, folder: Path | None = None) -> None:
    """Remove the folders of `begin_aside`, if nothing was moved yet."""
    with contextlib.suppress(OSError):
        remove_empty(_named(aside, MOVING))
        if folder is not None:
            _drop_tops(folder, aside, disks_of_aside(aside))


def set_aside(folder: Path, aside: Path, keep: frozenset[str], disks: Iterable[str] = ()) -> int:
    """Move a folder's content aside, or continue if a killed run stopped half-way.

    Returns:
        Number of entries moved; 0 too if all content is aside already.

    Raises:
        OSError: nothing is lost; both parts are where the names say.
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
        # On other disks the folder has its final name from the beginning.
        moved = move_tree(folder, moving, keep, known, named=aside.name)
        for disk in known:
            write_out(folder / disk)
        # The aside folder gets the folder's owner, mode and times, to be given back later.
        with hold(moving) as there:
            dress(there.at, here.at, own)
    rename_beside(moving, aside.name)
    return moved


def give_back(folder: Path, aside: Path, clear: Callable[[], None]) -> bool:
    """Put former content back, or continue if a killed run stopped half-way.

    Args:
        clear: moves new content out of the folder; called only when everything in it is new.

    Returns:
        False if nothing is aside any more.

    Raises:
        OSError: nothing is lost; both parts are where the names say.
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
    """Remove this program's empty folders on other disks; first record that they have no part."""
    _write_disks(aside, ())
    for disk in disks:
        drop_empty(top_of(folder, disk, aside), 3)


def begin_release(folder: Path) -> Path | None:
    """Rename a released folder to its last name; return that folder, or None if nothing is left."""
    gone = _named(folder, RELEASING)
    if folder.is_dir() and not gone.exists():
        rename_beside(folder, gone.name)
    return gone if gone.is_dir() else None


def end_release(root: Path, folder: Path) -> None:
    """Finish a release: delete the list of disks that had a part, and their empty folders."""
    _drop_tops(root, folder, disks_of_aside(folder))


def kept_folders(root: Path) -> list[Path]:
    """The folders in a root with content moved aside by restores and undos."""
    found: list[Path] = []
    for name in own_folder.KEPT:
        with contextlib.suppress(OSError):
            found += sorted(entry for entry in (own_folder.of(root) / name).iterdir())
    return found


def why_unseen(root: Path) -> str:
    """Why the content moved aside in a root can't be searched for; empty if it can."""
    for name in own_folder.KEPT:
        try:
            with os.scandir(own_folder.of(root) / name):
                pass
        except FileNotFoundError:
            continue
        except OSError as error:
            return f"{own_folder.of(root) / name} can't be read: {error.strerror or error}"
    return ""


def drop_empty(folder: Path, levels: int) -> None:
    """Remove a folder and its parents, at most `levels` of them, as long as they are empty."""
    for _ in range(levels):
        try:
            remove_empty(folder)
        except OSError:
            return
        folder = folder.parent
