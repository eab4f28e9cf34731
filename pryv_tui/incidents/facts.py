"""What an incident keeps of a run: how it ended, who asked, what it stopped and started."""

from __future__ import annotations

import msgspec

from pryv_tui.operations.facts import KnownBefore
from pryv_tui.who import Who


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """From here on something keeps a role from serving, or does so no more."""

    time: str
    """RFC 3339 UTC."""
    role: str
    cause: str
    """What it is: a container by host and name, or `gone`."""
    down: bool
    exact: bool = True
    """False: it began before, nobody knows when."""
    doubt: bool = False
    """It is only not known whether it serves: nobody could ask."""
    seen: bool = False
    """Of an end: it was only seen to be over by then, nobody knows since when."""


GOOD = ("complete", "warnings")
GONE = "gone"
"""The cause of a role that is not there; a restore ends it, and no start of a container."""
STOPPED = "stopped"
"""The cause of a role that is there and was seen not to run, until a look finds it served."""
ALL = "*"
"""In a mark that ends something: every cause."""


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """What the running platform was found to be without."""

    time: str
    set: str = ""
    """The set whose casualties were asked for; empty for none."""
    outcome: str = "unknown"
    """`settled`: nothing remains and all was checked; `remains`; `unknown`: not all could be
    checked."""
    remains: dict[str, int] = {}
    """How many of each kind, by `group.name`."""
    names: dict[str, list[str]] = {}
    """Which, as they are told, by `group.name`: no more of a kind than a page has room for."""
    not_checked: tuple[str, ...] = ()
    by: Who = Who()
    run: str = ""
    """The run that ended with it; empty where a person asked."""
    facts: dict[str, tuple[str, str]] = {}
    """By kind, the key and the facts by which a person accepts what remains of it."""
    earlier: dict[str, KnownBefore] = {}
    """Of kinds that it could not tell, or not whole: what was known before."""


class RunFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A run as an incident tells it."""

    id: str
    kind: str
    state: str = "ended"
    """As `runs --json` has it: `running`, `ended`, `died`."""
    outcome: str = ""
    asked: str = ""
    started: str = ""
    finished: str = ""
    """Of one that died, when it wrote its last event."""
    set: str = ""
    roles: tuple[str, ...] = ()
    what: str = ""
    by: Who = Who()
    """Who asked for it."""
    confirmed: str = ""
    """How that person confirmed it: `dialog`, `typed`, `option`; empty where nothing was to be."""
    ended_by: Who = Who()
    """Who cancelled it."""
    as_of: str = ""
    """Up to when the data is whole that it brought back."""
    as_of_roles: dict[str, str] = {}
    """The same of each role by itself; of older runs nothing."""
    nothing_newer: tuple[str, ...] = ()
    """The roles of which everything that was compared had nothing newer."""
    gap: tuple[str, ...] = ()
    newer: tuple[str, ...] = ()
    """What was newer than what it brought back, as it says."""
    set_aside: tuple[str, ...] = ()
    """Of an undo: what of that which it set aside the restored set does not hold, or may not."""
    aside: tuple[str, ...] = ()
    """Of an undo: the folders in which what it set aside lies still."""
    aside_gone: tuple[str, ...] = ()
    """Of a restore that came to its end: the folders of what it moved aside that are not there any
    more."""
    released_by: str = ""
    """The run that has removed what it had moved aside."""
    audit: Audit | None = None
    """What it found the running platform to lack at its end; None where it did not ask."""
    checks: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    remains: tuple[str, ...] = ()
    next: tuple[str, ...] = ()
    undone_by: str = ""
    marks: tuple[Mark, ...] = ()
    hosts: tuple[str, ...] = ()
    """The machines whose roots it is about, by its plan; of older ones nothing."""
    recovers: tuple[str, ...] = ()
    """The runs whose leavings it was asked to see to."""
    half: tuple[str, ...] = ()
    """The roots that it left half-changed, as `host:root`, by its own journal."""
    owes: bool | None = None
    """Whether it ended with anything to put back; None where that is not known."""
    done: str = ""
    """Of one that came to no end of its own: when all that it is for was done; empty where it was
    not. It left no root half-changed then."""
    unread: int = 0
    """Lines of its journal that can't be read: what they told is not in here."""

    @property
    def stands(self) -> bool:
        """Whether it did what it is for."""
        return self.outcome in GOOD or bool(self.done)
