"""An incident, as the events of its journal describe it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pryv_tui.incidents.events import (
    AnyEvent,
    Audited,
    Closed,
    Lost,
    Noted,
    Opened,
    Ran,
    RunNamed,
    Serving,
    Stopped,
)
from pryv_tui.incidents.facts import RunFacts
from pryv_tui.operations.kind import kind_of
from pryv_tui.runs.record.request import asked_by_name, kind_by_name
from pryv_tui.who import Who


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """One incident, without the actions of its runs: `gathering` adds those."""

    id: str
    folder: str
    kind: str = "incident"
    """`incident`, or `drill` for a rehearsed one."""
    platform: str = ""
    domain: str = ""
    practice: bool = False
    machine: str = ""
    how: str = ""
    """`found`: the program opened the incident by itself; `declared`: the operator did."""
    text: str = ""
    opened: str = ""
    opened_by: Who = Who()
    after: str = ""
    """When the last run known at the opening was asked for."""
    losses: tuple[Lost, ...] = ()
    """Each loss of a role, with the best known time. A role may be lost more than once."""
    servings: tuple[Serving, ...] = ()
    stopped: tuple[Stopped, ...] = ()
    """Roles that were seen not to run, but are not lost."""
    notes: tuple[Noted, ...] = ()
    named: tuple[str, ...] = ()
    """Runs that somebody added to the incident by name."""
    audits: tuple[Audited, ...] = ()
    kept: dict[str, RunFacts] = {}
    """By run id, what the incident stores about its runs, since the runs' own records are removed
    after some time."""
    closed: str = ""
    closed_by: Who = Who()
    closed_text: str = ""
    upto: str = ""
    """When the last run known at the close was asked for."""
    moments: tuple[str, ...] = ()
    """The times of all its events, in the order in which they were written."""
    problems: tuple[str, ...] = ()
    """The parts of the journal that can't be read, in words."""
    unclear: tuple[str, ...] = ()
    """The parts of the journal that are torn at the end, or of a later program, in words:
    undamaged, but not read either."""

    @property
    def unread(self) -> tuple[str, ...]:
        """The parts of the journal that were not read, for any reason. If there are any, something
        that seems missing here may have been written all the same."""
        return (*self.problems, *self.unclear)

    @property
    def open(self) -> bool:
        return not self.closed

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that were lost, each once."""
        return tuple(dict.fromkeys(one.role for one in self.losses))

    @property
    def taken(self) -> dict[str, Serving]:
        """The lost roles that were not seen serving since, but count as serving, since a person
        accepted what they lack."""
        last = {one.role: one for one in self.servings}
        lost = {one.role: one.time for one in self.losses}
        return {
            role: one
            for role, one in last.items()
            if one.accepted and role in lost and lost[role] <= one.time
        }

    @property
    def wanted(self) -> tuple[str, ...]:
        """The roles that were lost, without those that a person accepted as gone from here."""
        taken = self.taken
        return tuple(role for role in self.roles if role not in taken or not taken[role].away)

    @property
    def sets(self) -> tuple[str, ...]:
        """The sets that the incident names: those that contain what was lost, those whose
        casualties its audits checked, and those that its runs brought back, if it stores these
        runs."""
        runs = [one.set for one in self.kept.values() if kind_of(one.kind).brings_back]
        found = [*(one.set for one in self.losses), *(one.set for one in self.audits), *runs]
        return tuple(dict.fromkeys(filter(None, found)))


def incident_of(
    name: str,
    folder: str,
    events: Sequence[AnyEvent],
    problems: Sequence[str] = (),
    unclear: Sequence[str] = (),
) -> Incident:
    """Return the incident that the events of a journal describe.

    Args:
        name: the incident's id, which is the name of its folder, even if the events have another.
        problems: the parts of the journal that can't be read.
        unclear: the parts of the journal that are torn at the end, or of a later program.
    """
    told = list(problems)
    opened = next((one for one in events if isinstance(one, Opened)), None)
    if opened is None:
        told.append("the entry that opened it can't be read")
        first = events[0].time if events else ""
        when = first or asked_by_name(name)
        opened = Opened(time=when, kind=kind_by_name(name), how="declared")
    closed = next((one for one in events if isinstance(one, Closed)), None)
    return Incident(
        id=name,
        folder=folder,
        kind=opened.kind,
        platform=opened.platform,
        domain=opened.domain,
        practice=opened.practice,
        machine=opened.machine,
        how=opened.how,
        text=opened.text,
        opened=opened.time,
        opened_by=opened.by,
        after=opened.after,
        losses=tuple(_losses(events)),
        servings=tuple(one for one in events if isinstance(one, Serving)),
        stopped=tuple(one for one in events if isinstance(one, Stopped)),
        notes=tuple(one for one in events if isinstance(one, Noted)),
        named=tuple(
            dict.fromkeys(
                one.run for one in events if isinstance(one, RunNamed | Noted) and one.run
            )
        ),
        audits=tuple(one for one in events if isinstance(one, Audited)),
        kept={one.facts.id: one.facts for one in events if isinstance(one, Ran)},
        closed=closed.time if closed is not None else "",
        closed_by=closed.by if closed is not None else Who(),
        closed_text=closed.text if closed is not None else "",
        upto=closed.upto if closed is not None else "",
        moments=tuple(one.time for one in events),
        problems=tuple(told),
        unclear=tuple(unclear),
    )


def _losses(events: Sequence[AnyEvent]) -> list[Lost]:
    """Return each loss once, with its best known time: what a person said, else what was recorded
    first."""
    found: list[Lost] = []
    now: dict[str, int] = {}
    for event in events:
        if isinstance(event, Serving):
            now.pop(event.role, None)
        if not isinstance(event, Lost):
            continue
        at = now.get(event.role)
        if at is None or event.again:
            now[event.role] = len(found)
            found.append(event)
        elif found[at].doubt and not event.doubt:
            # Whether the role served was not known; this event tells it.
            found[at] = msgspec.structs.replace(
                event,
                time=found[at].time,
                since=event.since or found[at].since,
                alone=found[at].alone or event.alone,
            )
        elif event.source == "asked" or (not found[at].since and event.since):
            # The loss was seen when its first event was written: that time stays.
            found[at] = msgspec.structs.replace(
                event,
                time=found[at].time,
                set=event.set or found[at].set,
                alone=found[at].alone or event.alone,
            )
    return found
