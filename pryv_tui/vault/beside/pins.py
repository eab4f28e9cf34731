"""Pins of sets: who protects a set from every removal rule, when and why.

Each pin and each unpin is a line of `pins.json`, kept beside the set; the last line counts. If that
file can't be read, the set counts as pinned: no rule may remove what somebody may have pinned.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from pryv_tui.clock import timestamp
from pryv_tui.decoding import Undecodable, read_json, why
from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.durable import write_durably
from pryv_tui.phrases import counted
from pryv_tui.sanitize import one_line
from pryv_tui.vault.in_use import alone
from pryv_tui.vault.set_files import PINS
from pryv_tui.who import Who

LONGEST_WHY = 200
"""Most characters of a reason: it is shown in one line of a list."""


class Pin(msgspec.Struct, frozen=True, kw_only=True):
    """One line of `pins.json`: a set was pinned or unpinned."""

    v: int = 1
    time: str = ""
    """RFC 3339 UTC."""
    event: Literal["pinned", "unpinned"] = "pinned"
    by: Who = Who()
    why: str = ""
    """The person's reason; may be empty."""
    incidents: tuple[str, ...] = ()
    """The incidents that named the set when it was unpinned. They no longer protect the set."""

    def __post_init__(self) -> None:
        for field in ("time", "why"):
            msgspec.structs.force_setattr(self, field, one_line(getattr(self, field)))

    @property
    def words(self) -> str:
        """The line in words for people: `pinned by anna on 2026-11-29: the state before the
        move`."""
        reason = f": {self.why}" if self.why else ""
        return f"{self.event} by {self.by.name} on {self.time[:10]}{reason}"


class Pins(NamedTuple):
    """The pins of a set, as read from a folder."""

    lines: tuple[Pin, ...] = ()
    """Oldest first."""
    unread: str = ""
    """Why the pins can't be read; empty if they can."""


class Pinned(PryvTuiError):
    """Error: a set can't be removed, since it is pinned."""

    def __init__(self, set_id: str, words: str) -> None:
        super().__init__(
            "refused",
            f"{set_id} is not removed: {words}",
            f"If nobody needs it any more: pryv-tui unpin {set_id}",
        )


def read_pins(folder: Path) -> Pins:
    """Read the pins stored in a folder. No file of pins means no pins."""
    try:
        return Pins(read_json(folder / PINS, tuple[Pin, ...]))
    except FileNotFoundError:
        return Pins()
    except (OSError, Undecodable) as error:
        return Pins((), one_line(f"{PINS} can't be read: {why(error)}"))


def read_first(folders: Iterable[Path]) -> Pins:
    """Read a set's pins from several folders, and return the newest list.

    Each list was written with all lines known at that time, so the longest list is the newest. If
    any list can't be read, `unread` of the result says so."""
    found = [read_pins(folder) for folder in folders]
    longest = max(found, key=lambda one: len(one.lines), default=Pins())
    return longest._replace(unread=next((one.unread for one in found if one.unread), ""))


def current(pins: Pins) -> Pin | None:
    """Return the pin in force; None if the set is not pinned."""
    last = pins.lines[-1] if pins.lines else None
    return last if last is not None and last.event == "pinned" else None


def kept_words(pins: Pins) -> str:
    """Return why no rule may remove a set; empty if a rule may."""
    pin = current(pins)
    if pins.unread:
        return f"{pins.unread}: it counts as pinned"
    return pin.words if pin is not None else ""


def pin_line(
    event: Literal["pinned", "unpinned"], by: Who, why: str, incidents: Iterable[str] = ()
) -> Pin:
    """Make the line for a pin or unpin at this moment.

    Raises:
        PryvTuiError: `usage`: the reason is too long.
    """
    said = one_line(why.strip())
    if len(said) > LONGEST_WHY:
        raise PryvTuiError(
            "usage",
            f"the reason has {counted(len(said), 'character')}; at most {LONGEST_WHY} are stored",
            "Give a shorter reason.",
        )
    return Pin(time=timestamp(), event=event, by=by, why=said, incidents=tuple(incidents))


def write_pins(folder: Path, lines: Iterable[Pin]) -> None:
    """Write a set's pins to a folder.

    Raises:
        OSError: the file can't be written.
    """
    write_durably(folder / PINS, msgspec.json.encode(list(lines)) + b"\n")


def add_pin(folders: Sequence[Path], set_id: str, line: Pin) -> None:
    """Add a line to the pins in the first of these folders, after all lines known from any of them.

    Raises:
        OSError: it can't be written.
        PryvTuiError: `unreadable`: the existing pins can't be read; `set-unknown`: the folder is
            gone, since the set is being removed.
    """
    with alone(folders[0]):
        known = read_first(folders)
        if known.unread:
            remove = shlex.join(["rm", str(folders[0] / PINS)])
            raise PryvTuiError(
                "unreadable",
                f"{set_id}: {known.unread}; it counts as pinned, and nothing overwrites that file",
                f"Look at that file; if nobody knows what it contained, remove it: {remove}",
            )
        try:
            write_pins(folders[0], (*known.lines, line))
        except FileNotFoundError as error:
            raise PryvTuiError(
                "set-unknown", f"{set_id} is being removed and can't be pinned any more"
            ) from error


def refuse_pinned(set_id: str, folders: Iterable[Path]) -> None:
    """Raise an error if a set is pinned.

    Args:
        folders: the folders in which the set's pins may be stored.

    Raises:
        Pinned: the set is pinned, or its pins can't be read.
    """
    words = kept_words(read_first(folders))
    if words:
        raise Pinned(set_id, words)
