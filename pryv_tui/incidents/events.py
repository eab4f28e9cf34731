"""The events of an incident's journal: typed, versioned, one JSON object per line.

Runs have journals of the same form. The format only grows: a reader ignores fields and events that
it does not know. A drill is an incident of another kind, and has these events too.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import msgspec

from pryv_tui.decoding import Undecodable, decode_json, is_damaged_event
from pryv_tui.incidents.facts import RunFacts
from pryv_tui.operations.comparing.alone import Alone
from pryv_tui.operations.drilling.facts import (
    Check,
    Disposal,
    Erased,
    Fingerprint,
    Image,
    Newest,
    Phase,
    Probe,
)
from pryv_tui.operations.facts import KnownBefore
from pryv_tui.operations.lost.words import is_away
from pryv_tui.who import Who

VERSION = 1

Source = Literal["engine", "files", "asked", ""]
"""What gave a time. `engine`: when the containers ended; `files`: the last change of the folder in
which the lost files were; `asked`: a person. Empty if nothing gave it."""


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event"):
    """The fields of every event."""

    v: int = VERSION
    time: str = ""
    """When the event was written, RFC 3339 UTC."""
    incident: str = ""
    by: Who = Who()
    """Who wrote the event; for an incident that opened by itself: who ran the command that saw the
    loss."""


class Opened(Event, frozen=True, kw_only=True, tag="opened"):
    """The first event of each journal."""

    kind: str = "incident"
    how: Literal["found", "declared"] = "declared"
    """`found`: the program opened the incident by itself; `declared`: the operator did."""
    platform: str = ""
    """The platform on this machine, by the name of its lock."""
    domain: str = ""
    practice: bool = False
    machine: str = ""
    """The name of the machine on which the incident was opened."""
    text: str = ""
    """What happened, in the operator's words."""
    after: str = ""
    """When the last run known at that time was asked for. Request times only grow, even if the
    clock is set back: a run with a later request time came after the opening."""


class Lost(Event, frozen=True, kw_only=True, tag="lost"):
    """A role was found gone, or somebody said since when it is. The first event of a loss counts,
    until a person gives a time, or a later event has what the first one lacked."""

    role: str
    since: str = ""
    """Since when the role is lost, RFC 3339 UTC; empty if not known."""
    source: Source = ""
    set: str = ""
    """The newest set that contains the role."""
    again: bool = False
    """Whether the role had been back after an earlier loss."""
    why: str = ""
    """What was found, in words; empty if the role is simply nowhere."""
    doubt: bool = False
    """Whether it is unknown if the role serves its users, because nobody could ask."""
    at_least: bool = False
    """Whether the role may have been gone before `since`."""
    host: str = ""
    """The machine, if the role is gone on one of several; else empty, as in older events."""
    alone: Alone | None = None
    """For core: the accounts that core alone had at the last check of the running platform; None if
    no check found any."""


class Serving(Event, frozen=True, kw_only=True, tag="serving"):
    """A role that was gone was seen to be there, with everything running that its users need."""

    role: str
    since: str = ""
    """Since when the role serves, according to its engine; empty if not known."""
    restarts: int = 0
    """How often its engine had restarted, by then, the containers that the role's users need."""
    accepted: str = ""
    """If nobody saw the role serve: the key by which a person accepted what it lacks; else
    empty."""

    @property
    def away(self) -> bool:
        """Whether the role counts as serving only because a person accepted that it is gone from
        here."""
        return is_away(self.accepted)


class Stopped(Event, frozen=True, kw_only=True, tag="stopped"):
    """A role was seen to be there but not to run, and no run had stopped it: somebody stopped it,
    or it crashed. The role is not lost."""

    role: str
    since: str = ""
    """Since when, according to the role's engine; empty if not known."""
    restarts: int = 0
    """How often the engine had restarted, by then, a container in a crash-loop, whose later
    restarts are not events of their own. 0: nothing restarts the role, or the event is older."""


class Noted(Event, frozen=True, kw_only=True, tag="noted"):
    """A note that somebody wrote."""

    text: str
    decision: bool = False
    """Whether the note says what was decided."""
    run: str = ""
    """The run that the note is about; empty if none."""
    kept: str = ""
    """For a drill: a key for words that were left out, since they could not be compared with the
    names of the accounts when they were typed. A later event with the same key contains the words,
    and replaces this one."""


class RunNamed(Event, frozen=True, kw_only=True, tag="run_named"):
    """Somebody added a run to the incident that would not belong by its time and platform."""

    run: str


class Audited(Event, frozen=True, kw_only=True, tag="audited"):
    """A check of the running platform: which of its accounts and data lack their counterpart."""

    set: str = ""
    """The set whose casualties were checked too; empty if none."""
    outcome: Literal["settled", "remains", "unknown"] = "unknown"
    """`settled`: nothing remains and everything was checked; `remains`: something does; `unknown`:
    not everything could be checked."""
    remains: dict[str, int] = {}
    """How many of each kind remain, by `group.name`."""
    names: dict[str, list[str]] = {}
    """The names of what remains, by `group.name`; of each kind no more than a page has room for."""
    not_checked: list[str] = []
    facts: dict[str, tuple[str, str]] = {}
    """For each kind, the key and the facts by which a person accepts what remains of it."""
    earlier: dict[str, KnownBefore] = {}
    """For each kind that the audit could not check, or only in part: what was known before."""


class Ran(Event, frozen=True, kw_only=True, tag="ran"):
    """The result of a run of the incident, stored here because the run's own record is removed
    after some time."""

    facts: RunFacts


class Closed(Event, frozen=True, kw_only=True, tag="closed"):
    """The operator closed the incident. Later events only record what was seen of it afterwards."""

    text: str = ""
    """Why the incident was closed, or with what result."""
    upto: str = ""
    """When the last run known at that time was asked for."""


class Planned(Event, frozen=True, kw_only=True, tag="planned"):
    """What a drill is for and how it will be judged, written before it begins."""

    exercise: Literal["sandbox", "scenario", "walk-through"]
    objectives: list[str] = []
    scope: list[str] = []
    criteria: list[str] = []
    rto: float | None = None
    """Seconds within which the platform has to be back; None if nobody has set a limit."""
    rpo: float | None = None
    """Most seconds of data that may be lost; None if nobody has set a limit."""
    every: float | None = None
    """Seconds within which the next drill is due; None if nobody has set a limit."""
    set: str = ""
    depth: str = ""
    scenario: str = ""
    title: str = ""
    """The scenario's title, for people."""
    version: str = ""
    """The scenario's version."""
    sha256: str = ""
    """SHA-256 of the scenario's file, byte for byte, as it was read when the drill began."""
    seed: str = ""
    faults: list[str] = []
    absent: list[str] = []
    """The roles of the people who count as away; no names."""
    unattended: bool = False
    """Whether nobody takes part, because a timer started the drill."""


class Joined(Event, frozen=True, kw_only=True, tag="joined"):
    """Somebody takes part in a drill."""

    role: Literal["operator", "observer", "facilitator"] = "operator"


class Decided(Event, frozen=True, kw_only=True, tag="decided"):
    """A decision that was taken in a drill."""

    question: str
    option: str
    options: list[str] = []
    why: str = ""
    wrong: bool = False
    """Whether the scenario counts the decision as a wrong turn."""
    decision: str = ""
    """For a scenario: the name of the decision in its file."""
    choice: str = ""
    """For a scenario: the name, in its file, of the option that was chosen."""


class Gate(Event, frozen=True, kw_only=True, tag="gate"):
    """A check that should be made before acting, and whether somebody made it."""

    name: str
    passed: bool


class Hinted(Event, frozen=True, kw_only=True, tag="hint"):
    """A hint was asked for."""

    text: str
    cost: float = 0.0
    """Seconds that the scenario adds for the hint."""
    decision: str = ""
    """For a scenario: the decision at which the hint was asked for."""


class Acted(Event, frozen=True, kw_only=True, tag="acted"):
    """An act, a blow or a check of a scenario ended."""

    what: str
    """The act, the blow or the check, as the scenario names it."""
    outcome: str
    """`done`, `warnings`, `failed`, `refused`, `busy`, `not executed`; for a check, the state that
    it found."""
    expected: list[str] = []
    """The outcomes that the story expects; any other is a deviation."""
    said: list[str] = []
    """What was seen of the act, line by line."""
    command: str = ""
    run: str = ""
    """The run that carried it out, on the practice platform; empty if none."""
    named: str = ""
    """The scenario's name for what the act made."""
    made: str = ""
    """For a backup: the id of the set that it made."""


class CameTo(Event, frozen=True, kw_only=True, tag="came_to"):
    """The end that a scenario's story reached."""

    end: str
    good: bool
    text: str = ""


class StoryFile(Event, frozen=True, kw_only=True, tag="story_file"):
    """A scenario's file was found to have changed since its drill began."""

    sha256: str = ""
    """SHA-256 of the file now; empty if it is gone, or can't be read."""


class FactFound(Event, frozen=True, kw_only=True, tag="fact"):
    """A fact that a drill itself found out, and not one of its runs. One of these fields is set."""

    check: Check | None = None
    probe: Probe | None = None
    fingerprint: Fingerprint | None = None
    phase: Phase | None = None
    newest: Newest | None = None
    erased: Erased | None = None
    image: Image | None = None
    disposal: Disposal | None = None


class FindingNoted(Event, frozen=True, kw_only=True, tag="finding"):
    """A finding from a drill's debrief."""

    name: str
    """The name by which the finding is closed, for example `a1`."""
    text: str
    good: bool = False
    """Whether it went well, so that nothing has to be done about it."""
    owner: str = ""
    due: str = ""
    """The day by which it has to be done, for example `2026-03-31`."""
    retest: str = ""
    """The drill that will show whether it was done."""


class FindingClosed(Event, frozen=True, kw_only=True, tag="finding_closed"):
    """What had to be done about a finding was done."""

    name: str
    text: str = ""
    """What was done."""
    drill: str = ""
    """The drill that showed it; empty if none."""


AnyEvent: TypeAlias = (
    Opened
    | Lost
    | Serving
    | Stopped
    | Noted
    | RunNamed
    | Audited
    | Ran
    | Closed
    | Planned
    | Joined
    | Decided
    | Gate
    | Hinted
    | Acted
    | CameTo
    | StoryFile
    | FactFound
    | FindingNoted
    | FindingClosed
)

_KINDS = frozenset(kind.__struct_config__.tag for kind in get_args(AnyEvent))


def is_damaged(line: bytes) -> bool:
    """Whether a line that `decode_event` can't decode is damaged. False: a later version of the
    program wrote it."""
    return is_damaged_event(line, _KINDS)


def decode_event(line: bytes) -> AnyEvent | None:
    """Return the event of one journal line; None for a torn line or an unknown kind of event."""
    try:
        event: AnyEvent = decode_json(line, AnyEvent)
    except Undecodable:
        return None
    return event
