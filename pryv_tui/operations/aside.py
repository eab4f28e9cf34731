"""Moving a folder's content aside and giving it back, so that a kill at any moment loses nothing.

The name of the aside folder tells how far it came, since one rename changes it at once:

- `<name>.moving`: some of the content is in it, the rest still in its place; both are the former.
- `<name>`: all of the former content is in it; what is in its place is new.
- `<name>.returning`: what was new is gone from the place; former content is on its way back.
- `<name>.releasing`: an operator let it go; it is being removed and can't be put back.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from pryv_tui.ownership import make_private

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


def move_content(folder: Path, target: Path, keep: frozenset[str]) -> int:
    """Rename every entry of a folder but the kept names into `target`; how many."""
    moved = 0
    for entry in sorted(folder.iterdir()):
        if entry.name not in keep:
            entry.rename(target / entry.name)
            moved += 1
    return moved


def begin_aside(aside: Path) -> None:
    """Make the folder that content is moved into, so that what follows can always be undone."""
    if not is_aside(aside):
        make_private(_named(aside, MOVING))


def drop_begun(aside: Path) -> None:
    """Take back `begin_aside`, if nothing was moved yet."""
    with contextlib.suppress(OSError):
        _named(aside, MOVING).rmdir()


def set_aside(folder: Path, aside: Path, keep: frozenset[str]) -> int:
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
    own = folder.stat()
    moved = move_content(folder, moving, keep)
    # The aside folder carries the folder's own owner, mode and times, until they are given back.
    _dress(moving, own)
    moving.rename(aside)
    return moved


def give_back(folder: Path, aside: Path, clear: Callable[[], None]) -> bool:
    """Put former content back; goes on where a killed one stopped.

    Args:
        clear: takes what is new out of the folder; called only when all in it is new.

    Returns:
        False when nothing lies aside any more.
    """
    if not still_aside(aside):
        return False
    returning = _named(aside, RETURNING)
    if aside.is_dir():
        clear()
        aside.rename(returning)
    source = returning if returning.is_dir() else _named(aside, MOVING)
    own = source.stat() if source == returning else None
    for entry in sorted(source.iterdir()):
        place = folder / entry.name
        if os.path.lexists(place):
            # Never over something: whoever put it there finds it beside.
            beside = Path(tempfile.mkdtemp(prefix=f"{aside.name}.in-the-way-", dir=aside.parent))
            place.rename(beside / entry.name)
        entry.rename(place)
    if own is not None:
        _dress(folder, own)
    source.rmdir()
    return True


def begin_release(folder: Path) -> Path | None:
    """Give a folder that is let go its last name; that folder, or None when nothing is left."""
    gone = _named(folder, RELEASING)
    if folder.is_dir() and not gone.exists():
        folder.rename(gone)
    return gone if gone.is_dir() else None


def kept_folders(root: Path) -> list[Path]:
    """Content that restores and undos have moved aside in a root."""
    found: list[Path] = []
    for name in ("aside", "undone"):
        with contextlib.suppress(OSError):
            found += sorted(entry for entry in (root / ".pryv-tui" / name).iterdir())
    return found


def _dress(folder: Path, own: os.stat_result) -> None:
    """Give a folder the owner, mode and times of another, as far as this user may."""
    with contextlib.suppress(PermissionError):
        os.chown(folder, own.st_uid, own.st_gid)
    folder.chmod(own.st_mode & 0o7777)
    os.utime(folder, ns=(own.st_atime_ns, own.st_mtime_ns))


def drop_empty(folder: Path, levels: int) -> None:
    """Remove a folder and its parents, up to so many levels, as long as they are empty."""
    for _ in range(levels):
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent
