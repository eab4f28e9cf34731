"""What the interface remembers in the state folder: its theme, and the run that was watched."""

from __future__ import annotations

from pathlib import Path

import msgspec

from pryv_tui.decoding import read_json
from pryv_tui.filesystem.durable import write_durably
from pryv_tui.operations.settings.appearance import THEMES
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.ownership import make_private

NAME = "interface.json"


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """The file `interface.json` of a state folder."""

    v: int = 1
    theme: str | None = None
    watched: str = ""
    """The id of the run that somebody watched and whose end nobody has seen; empty if none."""


def remembered(state: Path) -> Preferences:
    """Return what was remembered; the defaults if the file is missing or can't be understood. The
    look of the interface is not important enough for an error."""
    try:
        return read_json(state / NAME, Preferences)
    except (OSError, msgspec.MsgspecError):
        return Preferences()


def remember(state: Path, chosen: Preferences) -> bool:
    """Write the preferences. Return whether that was possible."""
    try:
        make_private(state)
        write_durably(state / NAME, msgspec.json.encode(chosen) + b"\n")
    except OSError:
        return False
    return True


def watch(state: Path, run: str) -> None:
    """Remember which run is being watched."""
    before = remembered(state)
    if before.watched != run:
        remember(state, msgspec.structs.replace(before, watched=run))


def seen(state: Path, run: str) -> None:
    """Forget the watched run: its end was seen, so nobody has to be informed of it any more."""
    before = remembered(state)
    if before.watched == run:
        remember(state, msgspec.structs.replace(before, watched=""))


def first_theme(settings: Settings) -> str:
    """Return the theme to open with. The first that exists of: the one requested, the one chosen
    before, the configuration's, the dark one."""
    before = remembered(Path(settings.state)).theme
    known = before if before in THEMES else None
    return settings.theme or known or settings.usual_theme or THEMES[0]
