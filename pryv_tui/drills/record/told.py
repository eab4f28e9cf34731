"""Read runs and facts of a drill from the events of its journals. Pure."""

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
    """A run that a drill started or names, with the events of the run's journal."""

    id: str
    events: tuple[RunEvent, ...]
    state: str
    """`running`, `ended`, `died`."""
    unread: int = 0
    asked: str = ""
    """When the run was requested, RFC 3339 UTC."""


class Gathered(NamedTuple):
    """All input from which a record is made."""

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
    """The time up to which the set contains all data, by machine and store (`held_until`)."""
    stores: frozenset[tuple[str, str]] = frozenset()
    """The (machine, store) pairs for which a drill looks up the newest record (`stores_in`)."""
    erased: int = 0
    """How many names are known of accounts that were erased since the set was made."""
    played: tuple[RunTold, ...] = ()
    """The runs on a scenario's practice platform. A run may fail because the scenario wants that,
    so only the drill's own checks decide its outcome."""


class Timed(NamedTuple):
    """A fact, and the time at which it was written to a journal."""

    time: str
    fact: DrillFact


def facts_of(gathered: Gathered) -> list[Timed]:
    """Return the facts in the drill's journal and its runs, in order of time."""
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
    """Return the facts of one kind."""
    return (one.fact for one in facts if isinstance(one.fact, kind))


def checks_of(facts: Sequence[Timed]) -> tuple[Check, ...]:
    """Return each check once. A repeated check has its last result, at its first position. Planned
    checks without a result (for example if the run died) come last, as "not checked"."""
    known = {(one.name, one.about): one for one in of_kind(facts, Check)}
    planned = {pair: None for one in of_kind(facts, Sandbox) for pair in one.checks}
    why = "the drill ended before this check"
    missing = [pair for pair in planned if pair not in known]
    return *known.values(), *(
        Check(name=name, about=about, state="not checked", why=why) for name, about in missing
    )


def newest_of_each(gathered: Gathered, facts: Iterable[Timed]) -> list[Newest]:
    """Return the newest record of each store of each machine, as it was reported last. Stores that
    the drill did not reach have no time."""
    found = {(one.host, one.store): one for one in of_kind(facts, Newest)}
    hosts = {host for host, _store in found}
    # Nothing is added if the drill reported none, or is an older one, which names no machine.
    missing = gathered.stores - found.keys() if hosts - {""} else ()
    why = "the drill ended before this store was asked"
    found |= {(h, s): Newest(store=s, host=h, moment="", why=why) for h, s in sorted(missing)}
    return list(found.values())


_OF_CHECKS = ("check-failed", "not-isolated", "set-damaged")
"""The errors that a step has if its own checks did not pass."""
_TELL_ALL = (("in-sandbox",), ("remove-sandbox",))
"""Kinds of steps that record every cause of a failure as a check."""


def told_by(run: RunTold) -> frozenset[tuple[str, str]]:
    """Return the checks that made a run fail: those that did not pass in the step that failed.
    Empty if the step may have failed for another reason."""
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
