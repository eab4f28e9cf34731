"""What an incident stores about a run: how it ended, who asked for it, what it stopped and
started."""

from __future__ import annotations

import msgspec

from pryv_tui.operations.facts import KnownBefore
from pryv_tui.who import Who


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A moment at which something begins, or ceases, to keep a role from serving."""

    time: str
    """RFC 3339 UTC."""
    role: str
    cause: str
    """What keeps the role from serving: a container as `host/name`, or `gone`, `stopped`,
    `absent`."""
    down: bool
    exact: bool = True
    """False if it began earlier, at an unknown time."""
    doubt: bool = False
    """Whether it is unknown if the role serves, because nobody could ask."""
    seen: bool = False
    """For an end: whether this is only the time when it was seen to be over, and not when it was
    over."""


GOOD = ("complete", "warnings")
GONE = "gone"
"""The cause of a role that is missing. A restore ends it; starting a container does not."""
STOPPED = "stopped"
"""The cause of a role that is there but was seen not to run, until a look sees it serving."""
ALL = "*"
"""The cause in a mark that ends all causes."""


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """What an audit found that the running platform lacks."""

    time: str
    set: str = ""
    """The set whose casualties were checked too; empty if none."""
    outcome: str = "unknown"
    """`settled`: nothing remains and everything was checked; `remains`: something does; `unknown`:
    not everything could be checked."""
    remains: dict[str, int] = {}
    """How many of each kind remain, by `group.name`."""
    names: dict[str, list[str]] = {}
    """The names of what remains, by `group.name`; of each kind no more than a page has room for."""
    not_checked: tuple[str, ...] = ()
    by: Who = Who()
    run: str = ""
    """The run at whose end the audit was made; empty if a person asked for it."""
    facts: dict[str, tuple[str, str]] = {}
    """For each kind, the key and the facts by which a person accepts what remains of it."""
    earlier: dict[str, KnownBefore] = {}
    """For each kind that the audit could not check, or only in part: what was known before."""


class RunFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The facts that an incident stores about a run."""

    id: str
    kind: str
    state: str = "ended"
    """The state in the words of `runs --json`: `running`, `ended`, `died`."""
    outcome: str = ""
    asked: str = ""
    started: str = ""
    finished: str = ""
    """When the run ended; for a run that died, when it wrote its last event."""
    set: str = ""
    roles: tuple[str, ...] = ()
    what: str = ""
    by: Who = Who()
    """Who asked for the run."""
    confirmed: str = ""
    """How that person confirmed the run: `dialog`, `typed`, `option`; empty if nothing had to be
    confirmed."""
    ended_by: Who = Who()
    """Who cancelled the run."""
    as_of: str = ""
    """The moment up to which the data that the run brought back is complete."""
    as_of_roles: dict[str, str] = {}
    """The same as `as_of`, for each role; empty for older runs."""
    nothing_newer: tuple[str, ...] = ()
    """The roles whose compared data was not newer than what the run brought back."""
    gap: tuple[str, ...] = ()
    newer: tuple[str, ...] = ()
    """The records newer than what the run brought back, in the run's words."""
    set_aside: tuple[str, ...] = ()
    """For an undo: those parts of what it moved aside that the restored set does not have, or may
    not have."""
    aside: tuple[str, ...] = ()
    """For an undo: the folders that still contain what it moved aside."""
    aside_gone: tuple[str, ...] = ()
    """For a restore that came to its end: the folders to which it moved content aside and that no
    longer exist."""
    released_by: str = ""
    """The run that removed for good what this run had moved aside; empty if none."""
    audit: Audit | None = None
    """What the run found, at its end, that the running platform lacks; None if it did not ask."""
    checks: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    remains: tuple[str, ...] = ()
    next: tuple[str, ...] = ()
    undone_by: str = ""
    marks: tuple[Mark, ...] = ()
    hosts: tuple[str, ...] = ()
    """The hosts whose roots the run is about, according to its plan; empty for older runs."""
    recovers: tuple[str, ...] = ()
    """The runs that this run was asked to recover, to continue or to undo."""
    half: tuple[str, ...] = ()
    """The roots that the run left half-changed, as `host:root`, according to its own journal."""
    owes: bool | None = None
    """Whether the run ended with something left to put back; None if not known."""
    done: str = ""
    """For a run that failed or died: when all its work was done; empty if it was not done. A run
    whose work was done left no root half-changed."""
    unread: int = 0
    """Number of lines of the run's journal that can't be read; their content is missing here."""

    @property
    def stands(self) -> bool:
        """Whether the run completed its purpose."""
        return self.outcome in GOOD or bool(self.done)
