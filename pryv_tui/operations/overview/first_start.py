"""Whether somebody who opens the interface here has no platform yet, and where one could be made.

A practice platform is offered only where nothing could be meant by mistake: nothing was said about
a platform, and no trace of one was found.
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

    Not where one is open, where an engine, a root or a platform was named, or where any container,
    root or backup set was found: there the real one is meant, even if it can't be seen right now.
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
    """Whether a practice platform lies in a folder."""
    return (folder / "practice.json").is_file()


def practice_folder() -> Path:
    """Where the offered platform lies: the one that was made or opened last, wherever that was, as
    long as it is there; else the one at home (without one: here), there or still to be made."""
    note = _note()
    try:
        last = Path(os.fsdecode(read_whole(note, limit=LINE).rstrip(b"\n")) if note else "")
        if last.is_absolute() and is_practice(last):
            return last
    except (OSError, ValueError):
        pass
    return (home() or Path.cwd()) / FOLDER


def remember_practice(folder: Path) -> None:
    """Note which practice platform was made or opened, for a start that names none. What can't be
    written is not remembered: that is never worth a refusal."""
    note = _note()
    if note is None:
        return
    with contextlib.suppress(OSError):
        make_private(note.parent)
        write_durably(note, os.fsencode(folder.absolute()) + b"\n")


def _note() -> Path | None:
    """A file of this user's own, not of the machine's state: who practises is a person."""
    own = own_state()
    return own and own / "practice"
