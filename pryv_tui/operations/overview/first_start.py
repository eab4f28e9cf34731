"""Decide whether to offer a practice platform when the interface is opened, and in which folder.

It is offered only if it can't be mistaken for a real one: no option or setting names a platform,
and no trace of one was found.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from pryv_tui.filesystem.durable import write_durably
from pryv_tui.home import home, own_state
from pryv_tui.operations.overview.overview import Overview
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.ownership import make_private
from pryv_tui.reading import LINE, read_whole

FOLDER = "pryv-practice"


def offers_practice(settings: Settings, found: Overview) -> bool:
    """Whether to offer a practice platform.

    False if one is open already, if an engine, a root or a platform was named, or if any container,
    root or backup set was found. In these cases the operator means the real platform, even if it
    can't be seen right now.
    """
    named = (
        settings.practice
        or settings.domain
        or settings.root_variable
        or len(settings.hosts) > 1
        or any(host.docker or host.root for host in settings.hosts)
    )
    traces = found.sets or any(
        state.containers or state.roles or state.root_exists for state in found.deployment.hosts
    )
    return not named and not traces


def is_practice(folder: Path) -> bool:
    """Whether a folder has a practice platform."""
    return (folder / "practice.json").is_file()


def practice_folder() -> Path:
    """The folder of the practice platform to offer.

    The one that was made or opened last, if it still exists; else `pryv-practice` in the user's
    home (in the current folder, if there is no home), which may not exist yet.
    """
    note = _note()
    try:
        last = Path(os.fsdecode(read_whole(note, limit=LINE).rstrip(b"\n")) if note else "")
        if last.is_absolute() and is_practice(last):
            return last
    except (OSError, ValueError):
        pass
    return (home() or Path.cwd()) / FOLDER


def remember_practice(folder: Path) -> None:
    """Note which practice platform was made or opened, for a later start that names none.

    If the note can't be written, nothing is said: it is only a convenience.
    """
    note = _note()
    if note is None:
        return
    with contextlib.suppress(OSError):
        make_private(note.parent)
        write_durably(note, os.fsencode(folder.absolute()) + b"\n")


def _note() -> Path | None:
    """The file for the note, in this user's own state folder; None if the user has no such folder.

    Not in the machine's state folder, since each user practises alone.
    """
    own = own_state()
    return own and own / "practice"
