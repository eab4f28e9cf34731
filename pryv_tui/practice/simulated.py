"""What was done to a practice platform on purpose, recorded in its folder.

Readers of an incident on it can later tell what was done on purpose from what happened by itself.
Each entry is written before the act, with what was requested, by whom and when. A fault is recorded
when it is set, not when it happens.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from pryv_tui.clock import timestamp
from pryv_tui.decoding import decode_json
from pryv_tui.phrases import counted
from pryv_tui.practice.locking import locked_folder
from pryv_tui.who import Who, who_is_here

FILE = "simulated.jsonl"


class Simulated(msgspec.Struct, frozen=True, kw_only=True):
    """One act that was done on purpose."""

    v: int = 1
    time: str
    """RFC 3339, UTC, by this machine's clock."""
    event: str
    """One of `lost`, `fault_set`, `fault_cleared`, `grown`, `pace`, `engine_started`,
    `container_added`, `container_renamed`, `container_started`, `events_dropped`, `file_damaged`,
    `half_account`, `name_freed`, `grown_elsewhere`; later versions of the program may write
    others."""
    what: str = ""
    """The role, the fault (`NAME` or `NAME:SERVICE`; empty: all faults), the container, the file or
    the account."""
    counts: dict[str, float] = {}
    """For `grown` and `grown_elsewhere`: `users`, `attachments`, `points`; for `pace`: `seconds`;
    for `events_dropped`: `events`."""
    to: str = ""
    """For `container_renamed`: the new name; for `container_added`: its folders."""
    who: Who = Who()

    @property
    def words(self) -> str:
        """A description of what was done."""
        made = {
            "lost": f"lost: {self.what}",
            "fault_set": f"fault set: {self.what}",
            "fault_cleared": f"fault cleared: {self.what or 'every one'}",
            "grown": f"data added: {amount_words(self.counts)}",
            "grown_elsewhere": f"on another core: {amount_words(self.counts)}",
            "pace": f"pace: {self.counts.get('seconds', 0):g} s for each store",
            "engine_started": "engines started again",
            "container_added": f"container added: {self.what}",
            "container_renamed": f"container renamed: {self.what} to {self.to}",
            "container_started": f"container started by somebody: {self.what}",
            "events_dropped": f"events deleted: {self.counts.get('events', 0):,.0f}",
            "file_damaged": f"file overwritten: {self.what}",
            "half_account": f"account that only register knows: {self.what}",
            "name_freed": f"name made free: {self.what}",
        }
        return made.get(self.event, f"{self.event} {self.what}".strip())


def amount_words(amounts: Mapping[str, float]) -> str:
    """Return how much was created: `2 accounts, 1,000 points`; zero amounts are left out."""
    nouns = {"users": "account", "attachments": "attachment", "points": "point"}
    return ", ".join(
        counted(int(many), noun, said=f"{many:,.0f}")
        for name, noun in nouns.items()
        if (many := amounts.get(name, 0))
    )


class Told(msgspec.Struct, frozen=True):
    """The acts read from a record file."""

    done: tuple[Simulated, ...] = ()
    """The acts, oldest first."""
    unread: int = 0
    """How many lines can't be read; the acts in them are not known."""


def note(folder: Path, event: str, what: str = "", *, to: str = "", **counts: float) -> None:
    """Record an act that is about to be done.

    Raises:
        OSError: the record can't be written; then the act must not be done.
    """
    entry = Simulated(
        time=timestamp(), event=event, what=what, to=to, counts=counts, who=who_is_here()
    )
    line = msgspec.json.encode(entry) + b"\n"
    with locked_folder(folder):
        descriptor = os.open(
            folder / FILE, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600
        )
        try:
            size = os.fstat(descriptor).st_size
            if size and os.pread(descriptor, 1, size - 1) != b"\n":
                line = b"\n" + line  # If the line before was cut off, it stays a separate line.
            os.write(descriptor, line)
        finally:
            os.close(descriptor)


def read(folder: Path, since: str = "", until: str = "") -> Told:
    """Read what was done to the practice platform in a folder. Nothing is changed there.

    Args:
        folder: the platform's own folder. If it has no record, the result is empty.
        since: return only acts at this time or later, in the format of `time`.
        until: return only acts at this time or earlier; empty: no limit.

    Raises:
        OSError: the file exists and can't be read.
    """
    try:
        lines = (folder / FILE).read_bytes().split(b"\n")
    except FileNotFoundError:
        return Told()
    done, unread = [], 0
    for line in lines[:-1]:  # What follows the last newline is empty, or a line that was cut off.
        entry = None
        with contextlib.suppress(msgspec.MsgspecError):
            entry = decode_json(line, Simulated) if line else None
        unread += entry is None and bool(line)
        if entry is not None and since <= entry.time and (not until or entry.time <= until):
            done.append(entry)
    return Told(tuple(done), unread)
