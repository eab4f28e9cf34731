"""What journals tell of a drill: its runs, and the facts that were found out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

from pryv_tui.drills import model
from pryv_tui.incidents.events import AnyEvent as DrillEvent
from pryv_tui.incidents.events import FactFound
from pryv_tui.operations.drilling.facts import Check, DrillFact, Newest, Sandbox
from pryv_tui.runs.record.events import AnyEvent as RunEvent
from pryv_tui.runs.record.events import (
    Disposed,
    DrillChecked,
    ErasedCounted,
    Fingerprinted,
    ImageUsed,
    NewestKnown,
    PhaseNoted,
    Probed,
    RunFinished,
    SandboxPlanned,
    StepFinished,
    StepStarted,
)

T = TypeVar("T")


class RunTold(NamedTuple):
    """A run that a drill started or names: what its own record says of it."""

    id: str
    events: tuple[RunEvent, ...]
    state: str
    """`running`, `ended`, `died`."""
    unread: int = 0
    asked: str = ""
    """When it was asked for, RFC 3339 UTC."""


class Gathered(NamedTuple):
    """All that a record is made of."""

    drill: str
    events: tuple[DrillEvent, ...]
    runs: tuple[RunTold, ...]
    problems: tuple[str, ...]
    set: model.SetOnRecord
    tool: str
    release: str
    configuration_sha256: str
    chain: model.Chain
    erased_file: str
    now: str
    held: Mapping[tuple[str, str], str]
    """By machine and store, up to when the set holds what was written (`held_until`)."""
    stores: frozenset[tuple[str, str]] = frozenset()
    """By machine, the stores of the set whose newest record a drill tells (`stores_in`)."""
    erased: int = 0
    """How many names of accounts that were erased since the runs have left."""
    played: tuple[RunTold, ...] = ()
    """The runs on the practice platform of a scenario. One that failed may have had to: only the
    drill's own checks judge it."""


class Timed(NamedTuple):
    """A fact, and when it was written down."""

    time: str
    fact: DrillFact


def facts_of(gathered: Gathered) -> list[Timed]:
    """What was found out, in the order in which it was written down."""
    found = [*facts_of_runs(gathered.runs), *_of_drill(gathered.events)]
    return sorted(found, key=lambda one: one.time)


def facts_of_runs(runs: Sequence[RunTold]) -> Iterator[Timed]:
    for run in runs:
        for event in run.events:
            fact = _fact(event)
            if fact is not None:
                yield Timed(event.time, fact)


def _fact(event: RunEvent) -> DrillFact | None:
    match event:
        case DrillChecked():
            return event.check
        case Probed():
            return event.probe
        case Fingerprinted():
            return event.fingerprint
        case PhaseNoted():
            return event.phase
        case NewestKnown():
            return event.newest
        case ErasedCounted():
            return event.erased
        case ImageUsed():
            return event.image
        case Disposed():
            return event.disposal
        case SandboxPlanned():
            return event.sandbox
        case _:
            return None


def _of_drill(events: Sequence[DrillEvent]) -> Iterator[Timed]:
    for event in events:
        if isinstance(event, FactFound):
            told: list[DrillFact | None] = [
                event.check,
                event.probe,
                event.fingerprint,
                event.phase,
                event.newest,
                event.erased,
                event.image,
                event.disposal,
            ]
            yield from (Timed(event.time, one) for one in told if one is not None)


def of_kind(facts: Iterable[Timed], kind: type[T]) -> Iterator[T]:
    """The facts of one kind."""
    return (one.fact for one in facts if isinstance(one.fact, kind))


def checks_of(facts: Sequence[Timed]) -> tuple[Check, ...]:
    """Each check once: one that was made again counts as it came out the last time, at the place
    where it stood first. With those that were to be made and of which nobody wrote down what came:
    a run that died says nothing any more."""
    known = {(one.name, one.about): one for one in of_kind(facts, Check)}
    planned = {pair: None for one in of_kind(facts, Sandbox) for pair in one.checks}
    why = "the drill ended before it"
    missing = [pair for pair in planned if pair not in known]
    return *known.values(), *(
        Check(name=name, about=about, state="not checked", why=why) for name, about in missing
    )


def newest_of_each(gathered: Gathered, facts: Iterable[Timed]) -> list[Newest]:
    """The newest record of each machine's stores. One that was asked again counts as it was told
    last; of one that a drill did not come to, nothing is known."""
    found = {(one.host, one.store): one for one in of_kind(facts, Newest)}
    hosts = {host for host, _store in found}
    # Of a drill that told none no list is made up, nor of an older one, which tells no machine.
    missing = gathered.stores - found.keys() if hosts - {""} else ()
    why = "the drill ended before it was asked"
    found |= {(h, s): Newest(store=s, host=h, moment="", why=why) for h, s in sorted(missing)}
    return list(found.values())


_OF_CHECKS = ("check-failed", "not-isolated", "set-damaged")
"""Errors that a step ends with where its own checks did not pass."""
_TELL_ALL = (("in-sandbox",), ("remove-sandbox",))
"""Kinds of steps that write down as a check whatever ended them."""


def told_by(run: RunTold) -> frozenset[tuple[str, str]]:
    """The checks that are why a run failed: those that did not pass in the step at which it did.
    None where something else may have ended that."""
    ends = [one for one in run.events if isinstance(one, RunFinished)]
    failure = ends[-1].failure if ends else None
    if failure is None:
        return frozenset()
    made: list[Check] = []
    for event in run.events:
        if isinstance(event, StepStarted):
            made = []
        elif isinstance(event, DrillChecked) and event.check.state != "passed":
            made.append(event.check)
        elif isinstance(event, StepFinished) and event.outcome == "failed":
            break
    else:
        return frozenset()  # it ended between two steps
    if failure.error not in _OF_CHECKS and failure.like[:1] not in _TELL_ALL:
        return frozenset()
    return frozenset((one.name, one.about) for one in made if not one.beyond)
