"""The events of an incident's journal: typed, versioned, one JSON object a line, as a run's are.

The format only grows: a reader ignores fields and events that it does not know. A drill is an
incident of another kind, and has these events too.
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
from pryv_tui.who import Who

VERSION = 1

Source = Literal["engine", "files", "asked", ""]
"""What told a time: when the engine's containers ended; when the folder that held what is gone was
changed last; a person; nothing."""


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event"):
    """What every event has."""

    v: int = VERSION
    time: str = ""
    """When it was written, RFC 3339 UTC."""
    incident: str = ""
    by: Who = Who()
    """Who wrote it; of an incident that opened by itself, whose command saw the loss."""


class Opened(Event, frozen=True, kw_only=True, tag="opened"):
    """The first event of each journal."""

    kind: str = "incident"
    how: Literal["found", "declared"] = "declared"
    """By itself, or by the operator."""
    platform: str = ""
    """Which platform of this machine it is of: the name of its lock."""
    domain: str = ""
    practice: bool = False
    machine: str = ""
    """The name of the machine on which it was opened."""
    text: str = ""
    """What happened, as the operator says it."""
    after: str = ""
    """When the last run was asked for that was known then. Runs are asked for in an order that no
    clock turns round: those that come after it came after this."""


class Lost(Event, frozen=True, kw_only=True, tag="lost"):
    """A role is found gone, or it is told since when it is; of each role the last one counts, but
    none takes back what a person said."""

    role: str
    since: str = ""
    """Since when, RFC 3339 UTC; empty where that is not known."""
    source: Source = ""
    set: str = ""
    """The newest set that holds it."""
    again: bool = False
    """It had been back before."""
    why: str = ""
    """What was found, in words, where it is another thing than that the role is nowhere."""
    doubt: bool = False
    """Whether it serves its users is not known: nobody could ask."""
    at_least: bool = False
    """It may have been so before `since`."""
    host: str = ""
    """The machine, where it is gone on one of several that have it; empty else, and in older
    ones."""
    alone: Alone | None = None
    """Of core: the accounts that it alone had by the last look at the running platform; None where
    no look told of any."""


class Serving(Event, frozen=True, kw_only=True, tag="serving"):
    """A role that was gone was seen to be there, with what its users need running."""

    role: str
    since: str = ""
    """Since when it has, as far as its engine tells."""
    restarts: int = 0
    """How often its engine had started by then what its users need, after that had ended."""


class Stopped(Event, frozen=True, kw_only=True, tag="stopped"):
    """A role was seen to be there and not to run, while no run had stopped it for a time: somebody
    did, or it fell. It is not lost."""

    role: str
    since: str = ""
    """Since when, as its engine tells; empty where that is not known."""
    restarts: int = 0
    """How often its engine had started again by then what ends as soon as it runs, whose turns are
    no events of their own. 0: it does not run, and nothing starts it; and in older ones."""


class Noted(Event, frozen=True, kw_only=True, tag="noted"):
    """What somebody wrote."""

    text: str
    decision: bool = False
    """It says what was decided."""
    run: str = ""
    """The run that it is about."""
    kept: str = ""
    """Of a drill: its words could not be compared with the names of the accounts when they were
    typed, and were left out. A later event with the same word here has them, and stands for it."""


class RunNamed(Event, frozen=True, kw_only=True, tag="run_named"):
    """A run is part of it that would not be by its time and platform."""

    run: str


class Audited(Event, frozen=True, kw_only=True, tag="audited"):
    """The running platform was asked what it lacks."""

    set: str = ""
    """The set whose casualties were asked for; empty for none."""
    outcome: Literal["settled", "remains", "unknown"] = "unknown"
    """Nothing remains and all was checked; something remains; not all could be checked."""
    remains: dict[str, int] = {}
    """How many of each kind, by `group.name`."""
    names: dict[str, list[str]] = {}
    """Which, as they are told, by `group.name`: no more of a kind than a page has room for."""
    not_checked: list[str] = []
    facts: dict[str, tuple[str, str]] = {}
    """By kind, the key and the facts by which a person accepts what remains of it."""
    earlier: dict[str, KnownBefore] = {}
    """Of kinds that it could not tell, or not whole: what was known before."""


class Ran(Event, frozen=True, kw_only=True, tag="ran"):
    """What a run of it came to, kept: a run's own record goes after some time."""

    facts: RunFacts


class Closed(Event, frozen=True, kw_only=True, tag="closed"):
    """The operator closed it. What comes after only tells what was seen of it later."""

    text: str = ""
    """Why, or with what result."""
    upto: str = ""
    """When the last run was asked for that was known then."""


class Planned(Event, frozen=True, kw_only=True, tag="planned"):
    """What a drill is for and by what it will be judged, written before it begins."""

    exercise: Literal["sandbox", "scenario", "walk-through"]
    objectives: list[str] = []
    scope: list[str] = []
    criteria: list[str] = []
    rto: float | None = None
    """Seconds within which the platform has to be back; None where nobody has said."""
    rpo: float | None = None
    """Seconds of data that may be lost at most."""
    every: float | None = None
    """Seconds within which a drill is due again."""
    set: str = ""
    depth: str = ""
    scenario: str = ""
    title: str = ""
    """The scenario's, for people."""
    version: str = ""
    """The scenario's."""
    sha256: str = ""
    """Of the scenario's file, byte for byte, as it was read when the drill was begun."""
    seed: str = ""
    faults: list[str] = []
    absent: list[str] = []
    """Who is taken to be away: a role, not a name."""
    unattended: bool = False
    """Nobody takes part: a timer began it."""


class Joined(Event, frozen=True, kw_only=True, tag="joined"):
    """Somebody takes part in a drill."""

    role: Literal["operator", "observer", "facilitator"] = "operator"


class Decided(Event, frozen=True, kw_only=True, tag="decided"):
    """A decision of a drill."""

    question: str
    option: str
    options: list[str] = []
    why: str = ""
    wrong: bool = False
    """The story counts it as a wrong turn."""
    decision: str = ""
    """Of a scenario: which decision it is, by its name there."""
    choice: str = ""
    """The same of the option that was taken."""


class Gate(Event, frozen=True, kw_only=True, tag="gate"):
    """Something that has to be looked at before one acts, and whether it was."""

    name: str
    passed: bool


class Hinted(Event, frozen=True, kw_only=True, tag="hint"):
    """A hint was asked for."""

    text: str
    cost: float = 0.0
    """Seconds that the story counts for it."""
    decision: str = ""
    """Of a scenario: at which decision."""


class Acted(Event, frozen=True, kw_only=True, tag="acted"):
    """What a scenario does came to its end: an act, a blow, or a check."""

    what: str
    """Which one: the deed, or the check, as the scenario names it."""
    outcome: str
    """`done`, `warnings`, `failed`, `refused`, `busy`; of a check its state; `not executed`."""
    expected: list[str] = []
    """How it comes out by the story; anything else is a deviation."""
    said: list[str] = []
    """What was seen of it, in lines."""
    command: str = ""
    run: str = ""
    """The run that did it, on the practice platform."""
    named: str = ""
    """What it made is called so by the scenario."""
    made: str = ""
    """The set's id, of a backup."""


class CameTo(Event, frozen=True, kw_only=True, tag="came_to"):
    """The end that a scenario's story came to."""

    end: str
    good: bool
    text: str = ""


class FactFound(Event, frozen=True, kw_only=True, tag="fact"):
    """A fact that a drill found out by itself, where no run of it did: one of these."""

    check: Check | None = None
    probe: Probe | None = None
    fingerprint: Fingerprint | None = None
    phase: Phase | None = None
    newest: Newest | None = None
    erased: Erased | None = None
    image: Image | None = None
    disposal: Disposal | None = None


class FindingNoted(Event, frozen=True, kw_only=True, tag="finding"):
    """What a drill's debrief found."""

    name: str
    """By which it is closed: `a1`."""
    text: str
    good: bool = False
    """It went well: nothing is to be done about it."""
    owner: str = ""
    due: str = ""
    """The day by which it has to be done: `2026-03-31`."""
    retest: str = ""
    """The drill that will show whether it is."""


class FindingClosed(Event, frozen=True, kw_only=True, tag="finding_closed"):
    """What was to be done about a finding is done."""

    name: str
    text: str = ""
    """What was done."""
    drill: str = ""
    """The drill that showed it."""


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
    | FactFound
    | FindingNoted
    | FindingClosed
)

_KINDS = frozenset(kind.__struct_config__.tag for kind in get_args(AnyEvent))


def is_damaged(line: bytes) -> bool:
    """Whether a line that `decode_event` has nothing for is damaged, and not of a later program."""
    return is_damaged_event(line, _KINDS)


def decode_event(line: bytes) -> AnyEvent | None:
    """One line of a journal, or None for one that is torn or of a kind unknown here."""
    try:
        event: AnyEvent = decode_json(line, AnyEvent)
    except Undecodable:
        return None
    return event
