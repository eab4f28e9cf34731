"""Say where content is that a run has moved: from the disks' state, never from a plan."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pryv_tui.operations.root.aside import MOVING, RELEASING, RETURNING, absent, disks_of_aside
from pryv_tui.operations.root.moving import top_of


def where_it_lies(root: Path, aside: Path) -> str:
    """A part of a sentence: where a root's content from before a restore is now."""
    try:
        return _told(root, aside)
    except OSError as error:
        return f"it is not known where it is: {error.strerror or error} ({error.filename})"


def was_empty(root: Path, aside: Path) -> bool:
    """Whether a root that was moved aside completely was empty; False too if that can't be seen."""
    if not aside.is_dir() or absent(root, aside):
        return False
    tops = [top_of(root, disk, aside) for disk in disks_of_aside(aside)]
    return not any(any(place.iterdir()) for place in (aside, *tops) if place.is_dir())


def lying_words(root: Path, aside: Path, run: str) -> str:
    """Say what is left of the content that a run moved aside; a sentence without its full stop."""
    place = f"the folder into which the run {run} moved what was there"
    try:
        if absent(root, aside):
            return (f"content moved aside by the run {run} is still there, but a part of it is on"
                   " a disk where it can't be seen now")  # fmt: skip
        tops = [top_of(root, disk, aside) for disk in disks_of_aside(aside)]
        found = [_holds(part) for part in (aside, *tops) if part.is_dir()]
    except OSError as error:
        return (
            f"content moved aside by the run {run} is still there, but can't be read as a whole"
            f" ({error.strerror or error})"
        )
    if "files" in found or not found:
        return f"content moved aside by the run {run} is still there"
    if "folders" in found:
        return f"{place} is still there, but holds only folders, no files"
    return f"{place} is empty: either nothing was there, or somebody has emptied it since"


def _holds(folder: Path) -> Literal["files", "folders", "nothing"]:
    """The kind of entries in a folder and below; a link counts as a file.

    Raises:
        OSError: a folder below it can't be read before a file was found.
    """
    found: Literal["folders", "nothing"] = "nothing"
    ahead = [folder]
    while ahead:
        with os.scandir(ahead.pop()) as entries:
            for entry in entries:
                if not entry.is_dir(follow_symlinks=False):
                    return "files"
                found = "folders"
                ahead.append(Path(entry.path))
    return found


def aside_line(host: str, root: Path, aside: Path) -> str:
    """A sentence on a root's content from before a restore, after that restore is done."""
    try:
        if was_empty(root, aside):
            return (
                f"{aside} is empty: either nothing was in {root} on {host} before, or somebody"
                " has emptied it since."
            )
    except OSError:
        pass  # What can't be read counts as there.
    return f"What was in {root} on {host} before lies aside in {aside}."


def _told(root: Path, aside: Path) -> str:
    moving, returning, releasing = (
        aside.with_name(aside.name + tail) for tail in (MOVING, RETURNING, RELEASING)
    )
    if was_empty(root, aside):
        return (
            f"{aside} is empty: either nothing was there before, or somebody has emptied it since"
        )
    if aside.is_dir():
        return f"the former content is in {aside}{_disks(root, aside)}"
    if returning.is_dir():
        return (
            f"the former content is only partly put back: a part is in {root} again, the rest"
            f" is in {returning}{_disks(root, aside)}"
        )
    if moving.is_dir():
        tops = [top_of(root, disk, aside) for disk in disks_of_aside(aside)]
        moved = any(any(place.iterdir()) for place in (moving, *tops) if place.is_dir())
        if not moved and not absent(root, aside):
            return f"all the former content is still in {root}"
        return (
            f"a part of the former content is in {moving}{_disks(root, aside)}, the rest is"
            f" still in {root}"
        )
    if releasing.is_dir():
        return f"the former content is half removed, in {releasing}"
    return f"nothing is in {aside} any more"


def _disks(root: Path, aside: Path) -> str:
    tops = [top_of(root, disk, aside) for disk in disks_of_aside(aside)]
    gone = absent(root, aside)
    text = "".join(f" and {top}" for top in tops if top.is_dir())
    if gone:
        text += f" and on disks where it can't be seen now ({', '.join(map(str, gone))})"
    return text
