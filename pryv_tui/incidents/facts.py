"""What an incident keeps of a run: how it ended, who asked, what it stopped and started."""

from __future__ import annotations

import msgspec

from pryv_tui.operations.facts import KnownBefore
from pryv_tui.who import Who


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A moment from which something keeps a role from serving, or ceases to."""

    time: str
    """RFC 3339 UTC."""
    role: str
    cause: str
    """What keeps the role from serving: a container as `host/name`, or `gone`, `stopped`,
    `absent`."""
    down: bool
    exact: bool = True
    """False: it began earlier, nobody knows when."""
    doubt: bool = False
    """It is not known whether the role serves: nobody could ask."""
    seen: bool = False
    """For an end: it was seen to be over at this time; since when it was over is not known."""


GOOD = ("complete", "warnings")
GONE = "gone"
"""The cause of a role that is missing. A restore ends it; the start of a container does not."""
STOPPED = "stopped"
"""The cause of a role that is there but was seen not to run, until a look sees it serve."""
ALL = "*"
"""The cause in a mark that ends every cause."""


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """What an audit found the running platform to lack."""

    time: str
    set: str = ""
    """The set whose casualties were asked for; empty if none."""
    outcome: str = "unknown"
    """`settled`: nothing remains and all was checked; `remains`: something does; `unknown`: not all
    could be checked."""
    remains: dict[str, int] = {}
    """By `group.name`, how many of each kind remain."""
    names: dict[str, list[str]] = {}
    """By `group.name`, the names of what remains: of each kind no more than a page has room for."""
    not_checked: tuple[str, ...] = ()
    by: Who = Who()
    run: str = ""
    """The run at whose end the audit was made; empty where a person asked."""
    facts: dict[str, tuple[str, str]] = {}
    """For each kind, the key and the facts by which a person accepts what remains of it."""
    earlier: dict[str, KnownBefore] = {}
    """For each kind that the audit could not tell, or only in part: what was known before."""


class RunFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What an incident tells of a run."""

    id: str
    kind: str
    state: str = "ended"
    """As `runs --json` has it: `running`, `ended`, `died`."""
    outcome: str = ""
    asked: str = ""
    started: str = ""
    finished: str = ""
    """When the run ended; for a run that died, when it wrote its last event."""
    set: str = ""
    roles: tuple[str, ...] = ()
    what: str = ""
    by: Who = Who()
    """Who asked for it."""
    confirmed: str = ""
    """How that person confirmed it: `dialog`, `typed`, `option`; empty where nothing had to be
    confirmed."""
    ended_by: Who = Who()
    """Who cancelled it."""
    as_of: str = ""
    """The moment up to which the data that it brought back is whole."""
    as_of_roles: dict[str, str] = {}
    """`as_of` of each role; empty for older runs."""
    nothing_newer: tuple[str, ...] = ()
    """The roles of which nothing that was compared was newer than what the run brought back."""
    gap: tuple[str, ...] = ()
    newer: tuple[str, ...] = ()
    """What was newer than what the run brought back, in the run's words."""
    set_aside: tuple[str, ...] = ()
    """For an undo: the parts of what it set aside that the restored set does not hold, or may
    not."""
    aside: tuple[str, ...] = ()
    """For an undo: the folders in which what it set aside still lies."""
    aside_gone: tuple[str, ...] = ()
    """For a restore that came to its end: the folders to which it moved content aside, and that no
    longer exist."""
    released_by: str = ""
    """The run that removed what this run had moved aside."""
    audit: Audit | None = None
    """What the run found the running platform to lack at its end; None where it did not ask."""
    checks: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    remains: tuple[str, ...] = ()
    next: tuple[str, ...] = ()
    undone_by: str = ""
    marks: tuple[Mark, ...] = ()
    hosts: tuple[str, ...] = ()
    """The machines whose roots the run is about, by its plan; empty for older runs."""
    recovers: tuple[str, ...] = ()
    """The runs that this run was asked to recover, to continue or to undo."""
    half: tuple[str, ...] = ()
    """The roots that the run left half-changed, as `host:root`, by its own journal."""
    owes: bool | None = None
    """Whether the run ended with something left to put back; None where that is not known."""
    done: str = ""
    """For a run that failed or died: when all its work was done; empty where it was not. A run that
    was done left no root half-changed."""
    unread: int = 0
    """Lines of its journal that can't be read; what they told is missing here."""

    @property
    def stands(self) -> bool:
        """Whether the run did what it is for."""
        return self.outcome in GOOD or bool(self.done)
