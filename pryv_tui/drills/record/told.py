"""What journals tell of a drill: its runs, and the facts that were found out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

from pryv_tui.drills import model
from pryv_tui.incidents.events import AnyEvent as DrillEvent
from pryv_tui.incidents.events import FactFound
from pryv_tui.operations.drilling.facts import DrillFact
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
    SandboxPlanned,
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
    held: Mapping[str, str]
    """By store, up to when the set holds what was written (`held_until`)."""
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
