"""Pins of a set: who keeps it from every rule, when and why; kept beside what it is about.

Each pin and each release of one is a line of `pins.json`; the last one counts. Where that file
can't be read the set counts as pinned: no rule may take what somebody may have kept.
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
"""Characters of a reason: it stands in a line of a list."""


class Pin(msgspec.Struct, frozen=True, kw_only=True):
    """One line: a set was pinned, or let go again."""

    v: int = 1
    time: str = ""
    """RFC 3339 UTC."""
    event: Literal["pinned", "unpinned"] = "pinned"
    by: Who = Who()
    why: str = ""
    """What the person said, if anything."""
    incidents: tuple[str, ...] = ()
    """Incidents that name the set, and that no longer keep it since this was said."""

    def __post_init__(self) -> None:
        for field in ("time", "why"):
            msgspec.structs.force_setattr(self, field, one_line(getattr(self, field)))

    @property
    def words(self) -> str:
        """For people: `pinned by anna on 2026-11-29: the state before the move`."""
        reason = f": {self.why}" if self.why else ""
        return f"{self.event} by {self.by.name} on {self.time[:10]}{reason}"


class Pins(NamedTuple):
    """What a folder tells of the pins of a set."""

    lines: tuple[Pin, ...] = ()
    """Oldest first."""
    unread: str = ""
    """Why they can't be read, where they can't."""


class Pinned(PryvTuiError):
    """A set can't be removed, since somebody has pinned it."""

    def __init__(self, set_id: str, words: str) -> None:
        super().__init__(
            "refused",
            f"{set_id} is not removed: {words}",
            f"If nobody needs it any more: pryv-tui unpin {set_id}",
        )


def read_pins(folder: Path) -> Pins:
    """The pins that are written down in a folder."""
    try:
        return Pins(read_json(folder / PINS, tuple[Pin, ...]))
    except FileNotFoundError:
        return Pins()
    except (OSError, Undecodable) as error:
        return Pins((), one_line(f"{PINS} can't be read: {why(error)}"))


def read_first(folders: Iterable[Path]) -> Pins:
    """The pins of a set of which several folders tell: each is written with all that was known
    before, so that the longest is the newest."""
    found = [read_pins(folder) for folder in folders]
    longest = max(found, key=lambda one: len(one.lines), default=Pins())
    return longest._replace(unread=next((one.unread for one in found if one.unread), ""))


def current(pins: Pins) -> Pin | None:
    """The pin that counts now; None for a set that is not pinned."""
    last = pins.lines[-1] if pins.lines else None
    return last if last is not None and last.event == "pinned" else None


def kept_words(pins: Pins) -> str:
    """Why no rule may take a set; empty where one may."""
    pin = current(pins)
    if pins.unread:
        return f"{pins.unread}: it counts as pinned"
    return pin.words if pin is not None else ""


def pin_line(
    event: Literal["pinned", "unpinned"], by: Who, why: str, incidents: Iterable[str] = ()
) -> Pin:
    """What is written down now.

    Raises:
        PryvTuiError: `usage`, the reason is too long.
    """
    said = one_line(why.strip())
    if len(said) > LONGEST_WHY:
        raise PryvTuiError(
            "usage",
            f"the reason has {counted(len(said), 'character')}, and {LONGEST_WHY} are kept",
            "Say it in fewer.",
        )
    return Pin(time=timestamp(), event=event, by=by, why=said, incidents=tuple(incidents))


def write_pins(folder: Path, lines: Iterable[Pin]) -> None:
    """Write them down.

    Raises:
        OSError: they can't be.
    """
    write_durably(folder / PINS, msgspec.json.encode(list(lines)) + b"\n")


def add_pin(folders: Sequence[Path], set_id: str, line: Pin) -> None:
    """Write a line down in the first of these folders, after what all of them told before.

    Raises:
        OSError: it can't be written.
        PryvTuiError: `unreadable`, what was written before can't be read; `set-unknown`, the folder
            is gone: the set is being removed.
    """
    with alone(folders[0]):
        known = read_first(folders)
        if known.unread:
            remove = shlex.join(["rm", str(folders[0] / PINS)])
            raise PryvTuiError(
                "unreadable",
                f"{set_id}: {known.unread}; it counts as pinned, and nothing is written over that",
                f"Look at it; when nobody can tell what it said, take it away: {remove}",
            )
        try:
            write_pins(folders[0], (*known.lines, line))
        except FileNotFoundError as error:
            raise PryvTuiError(
                "set-unknown", f"{set_id} is being removed and can't be pinned any more"
            ) from error


def refuse_pinned(set_id: str, folders: Iterable[Path]) -> None:
    """See that nobody has pinned a set.

    Args:
        folders: those that tell of its pins.

    Raises:
        Pinned: somebody has.
    """
    words = kept_words(read_first(folders))
    if words:
        raise Pinned(set_id, words)
