"""The journal's events: the only public record of a run. They are typed and versioned; each is one
line.

`--json` prints the same lines. The format only grows: a reader ignores fields and events that it
does not know.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, TypeAlias, get_args

import msgspec

from pryv_tui.decoding import decode_json, is_damaged_event
from pryv_tui.operations.advice import Failure
from pryv_tui.operations.context import GuardOutcome
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.drilling.facts import (
    Check,
    Disposal,
    DrillFact,
    Erased,
    Fingerprint,
    Image,
    Newest,
    Phase,
    Probe,
    Sandbox,
)
from pryv_tui.operations.facts import CheckedSet, LiveFound, NewerFound, Offer, SeenContainer
from pryv_tui.operations.plan import StepView
from pryv_tui.runs.record.older import view_written_before
from pryv_tui.who import Who

VERSION = 1

Outcome = Literal["complete", "warnings", "failed", "cancelled", "refused"]
StepOutcome = Literal["done", "failed", "cancelled"]


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event"):
    """The fields of every event."""

    v: int = VERSION
    time: str = ""
    run: str = ""


class RunStarted(Event, frozen=True, kw_only=True, tag="run_started"):
    kind: str
    roles: list[str]
    plan: list[StepView]
    pid: int
    domain: str = ""
    set: str = ""
    practice: bool = False
    notice: list[str] = []
    by: Who | None = None
    """Who asked for the run; None in older journals."""
    confirmed: str = ""
    """How the operator confirmed the run: `dialog`, `typed`, `option`; empty if nothing had to be
    confirmed."""


class RunPlanned(RunStarted, frozen=True, kw_only=True, tag="run_planned"):
    """The plan of a run that had to wait before it could begin, made after the wait. In its
    `run_started` event the plan and the set are empty: they were not known then."""


class StepStarted(Event, frozen=True, kw_only=True, tag="step_started"):
    step: str
    title: str
    command: list[str]


class StepFinished(Event, frozen=True, kw_only=True, tag="step_finished"):
    step: str
    title: str
    command: list[str]
    outcome: StepOutcome
    seconds: float
    reason: str = ""


class Output(Event, frozen=True, kw_only=True, tag="output"):
    step: str
    stream: str
    text: str


class ProgressMade(Event, frozen=True, kw_only=True, tag="progress"):
    step: str
    done: int
    total: int
    unit: str


class GuardChecked(Event, frozen=True, kw_only=True, tag="guard"):
    name: str
    outcome: GuardOutcome
    text: str
    remedy: str


class GapKnown(Event, frozen=True, kw_only=True, tag="gap"):
    accounts_seconds: float | None
    data_seconds: float | None
    moments: list[dict[str, Any]]
    going: dict[str, Any] | None = None
    """The moment that is being taken now, in the form of an entry of `moments` without its end."""
    hold: dict[str, Any] | None = None
    """The hold that was placed, in the form in which `set.json` has it."""


class Note(Event, frozen=True, kw_only=True, tag="note"):
    text: str
    level: str = "info"
    step: str = ""


class ContainersFound(Event, frozen=True, kw_only=True, tag="found"):
    """A machine's containers as they were before the run stopped the first of them."""

    host: str
    containers: list[SeenContainer]


class ContainersLeft(Event, frozen=True, kw_only=True, tag="left"):
    """A machine's containers at the end of a run that stopped or started some, as its engine lists
    them. A container that was started again may have stopped or failed since."""

    host: str
    containers: list[SeenContainer]


class NewerCounted(Event, frozen=True, kw_only=True, tag="newer"):
    """The records that a restore found to be newer than its set, counted before it changed
    anything."""

    newer: list[NewerFound]


class OwedNoted(Event, frozen=True, kw_only=True, tag="owed"):
    """Something that has to be put back later, recorded before it is changed."""

    owed: Owed


class SettledNoted(Event, frozen=True, kw_only=True, tag="settled"):
    owed: Owed


class CancelAsked(Event, frozen=True, kw_only=True, tag="cancel_asked"):
    """The run was asked to end."""

    by: Who | None = None
    asked: str = ""
    """Time when the run was asked to end, RFC 3339. The event itself is written later, when the
    worker notices."""


class SandboxPlanned(Event, frozen=True, kw_only=True, tag="drill_sandbox"):
    """The sandbox of a drill, written before its first part is made."""

    sandbox: Sandbox


class ImageUsed(Event, frozen=True, kw_only=True, tag="drill_image"):
    image: Image


class Probed(Event, frozen=True, kw_only=True, tag="drill_probe"):
    probe: Probe


class Fingerprinted(Event, frozen=True, kw_only=True, tag="drill_fingerprint"):
    fingerprint: Fingerprint


class PhaseNoted(Event, frozen=True, kw_only=True, tag="drill_phase"):
    """A phase of a drill, written when it begins and again when it ends."""

    phase: Phase


class DrillChecked(Event, frozen=True, kw_only=True, tag="drill_check"):
    check: Check


class NewestKnown(Event, frozen=True, kw_only=True, tag="drill_newest"):
    newest: Newest


class ErasedCounted(Event, frozen=True, kw_only=True, tag="drill_erased"):
    erased: Erased


class Disposed(Event, frozen=True, kw_only=True, tag="drill_disposal"):
    disposal: Disposal


class StoppedNow(msgspec.Struct, frozen=True, kw_only=True):
    """How many containers a run stopped, and how many of these are running when the run ends."""

    number: int
    run: int | None
    """How many of them are running at the run's end; null: an engine did not answer."""


class RunFinished(Event, frozen=True, kw_only=True, tag="run_finished"):
    outcome: Outcome
    exit: int
    set: str = ""
    what: str = ""
    """What happened, in a sentence."""
    remains: list[str] = []
    """What the run left behind, and in which state."""
    next: list[str] = []
    """What to do next."""
    checks: list[str] = []
    """What was compared, with the expected values and those found."""
    warnings: list[str] = []
    as_of: str = ""
    """The moment up to which the data that this run saved or brought back is complete, RFC 3339."""
    as_of_roles: dict[str, str] = {}
    """The same time as `as_of`, for each role that a restore brought back."""
    down_from: str = ""
    """When the first service was stopped, RFC 3339; empty if none was stopped."""
    down_to: str = ""
    """When the last service was started again, RFC 3339; empty if some are still stopped."""
    stopped_since: str = ""
    """The time, RFC 3339, when an earlier run that this one continues stopped the first of the
    containers that were down before this run began; empty if there are none."""
    running: str = ""
    """How many of the containers that the run stopped are running at its end, in words; empty if
    none was stopped, or the number is not known."""
    stopped: StoppedNow | None = None
    """The numbers behind `running`; null if none was stopped, and in older journals."""
    gap: list[str] = []
    """The set's gap and what it cost, one line each."""
    verified: CheckedSet | None = None
    """The result of a check of a set, as it is stored beside the set."""
    newer: list[NewerFound] = []
    """The records that a restore found to be newer than its set, for each store."""
    asides: list[str] = []
    """The folders that now contain the newer files: the run moved the former content aside."""
    live: LiveFound | None = None
    """What a restore's live audit found at its end; null if there was none."""
    cancel_by: Who | None = None
    """Who asked the run to end, even if it was too late; None if nobody asked through this program.
    A signal from elsewhere gives no name."""
    failure: Failure | None = None
    """Why the run did not come to its end; None if it did, and in older journals."""
    removal: list[str] = []
    """What may be removed when nobody needs it any more, and how. Removing is never necessary."""
    offers: list[Offer] = []
    """Which lines of `next` and `removal` offer an action that may not be possible later, and the
    set or run that each acts on."""


AnyEvent: TypeAlias = (
    RunStarted
    | RunPlanned
    | StepStarted
    | StepFinished
    | Output
    | ProgressMade
    | GuardChecked
    | GapKnown
    | Note
    | ContainersFound
    | ContainersLeft
    | NewerCounted
    | OwedNoted
    | SettledNoted
    | CancelAsked
    | SandboxPlanned
    | ImageUsed
    | Probed
    | Fingerprinted
    | PhaseNoted
    | DrillChecked
    | NewestKnown
    | ErasedCounted
    | Disposed
    | RunFinished
)


def drill_event(fact: DrillFact) -> AnyEvent:
    """Return the event for a fact of a drill."""
    match fact:
        case Check():
            return DrillChecked(check=fact)
        case Probe():
            return Probed(probe=fact)
        case Fingerprint():
            return Fingerprinted(fingerprint=fact)
        case Phase():
            return PhaseNoted(phase=fact)
        case Newest():
            return NewestKnown(newest=fact)
        case Erased():
            return ErasedCounted(erased=fact)
        case Image():
            return ImageUsed(image=fact)
        case Disposal():
            return Disposed(disposal=fact)
        case Sandbox():
            return SandboxPlanned(sandbox=fact)


def with_plan(started: RunStarted | None, event: RunStarted) -> RunStarted:
    """Return a run's start event, updated when its plan is known. The time stays that of the first
    `run_started`."""
    if started is None or not isinstance(event, RunPlanned):
        return event
    return msgspec.structs.replace(event, time=started.time)


def start_of(events: Iterable[AnyEvent]) -> RunStarted | None:
    """Return a run's start event, with the plan that the run carries out; None if its journal has
    none."""
    found: RunStarted | None = None
    for event in events:
        if isinstance(event, RunStarted):
            found = with_plan(found, event)
    return found


_KINDS = frozenset(kind.__struct_config__.tag for kind in get_args(AnyEvent))


def is_damaged(line: bytes) -> bool:
    """Whether a line that `decode_event` can't read is damaged. False: a later version of the
    program wrote it."""
    return is_damaged_event(line, _KINDS)


def decode_event(line: bytes) -> AnyEvent | None:
    """Return the event of one journal line; None for a torn line or a kind of event unknown
    here."""
    try:
        event: AnyEvent = decode_json(line, AnyEvent)
        if isinstance(event, RunStarted):
            plan = [view_written_before(view) for view in event.plan]
            event = msgspec.structs.replace(event, plan=plan)
        return event
    except msgspec.MsgspecError:
        return None
