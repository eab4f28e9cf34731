"""Compute the state of a story from its events: how far it has come, and what is still to be done.
Pure.

The same scenario and events always give the same state. So a drill whose terminal was lost
continues at the last confirmed decision.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from pryv_tui.drills.scenarios.model import Act, Decision, End, Option, Scenario
from pryv_tui.drills.words import another_file, unexpected
from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.events import (
    Acted,
    AnyEvent,
    CameTo,
    Decided,
    Gate,
    Hinted,
    Planned,
    StoryFile,
)

START = "start"
"""The name of the moment before the first decision."""


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """One act on the platform, or one check of it."""

    act: Act | None = None
    check: str = ""
    """The id of the check; `act` is None then."""
    expect: tuple[str, ...] = ()
    """The outcomes that the story expects; empty if none in particular."""
    by: Literal["you", "story"] = "story"
    final: bool = False
    """Whether the effect is one of the checks at the end, which decide the drill's outcome."""

    @property
    def what(self) -> str:
        return self.check if self.act is None else self.act.do


class State(msgspec.Struct, frozen=True, kw_only=True):
    """How far a story has come."""

    at: str
    """The id of the current decision, or of the end."""
    minutes: int = 0
    """Minutes on the story's own clock since the story began."""
    choices: tuple[str, ...] = ()
    """Each choice as `decision.option`, in order."""
    wrong: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    """The id of the decision for each hint that the player asked for."""
    opened: tuple[str, ...] = ()
    """Ids of the gates whose look was taken."""
    missed: tuple[str, ...] = ()
    pending: tuple[Effect, ...] = ()
    """Effects that must be performed before the next page, in order."""
    since: tuple[Acted, ...] = ()
    """The acts and checks since the last choice."""
    deviations: tuple[str, ...] = ()
    """A sentence for each outcome that the story did not expect."""
    file: str = ""
    """SHA-256 of the scenario's file when the drill began; empty if it was not written down."""
    over: bool = False
    """Whether the end of the story is in the journal."""


def state_of(scenario: Scenario, events: Iterable[AnyEvent]) -> State:
    """Return the state of a story after the events of its journal.

    Raises:
        PryvTuiError: `scenario`, the journal does not fit the scenario's present version.
    """
    state = State(at=scenario.first, pending=begins(scenario))
    for event in events:
        state = after(scenario, state, event)
    return state


def after(scenario: Scenario, state: State, event: AnyEvent) -> State:
    """Return the state after one more event. Events that are not about the story change nothing."""
    if isinstance(event, Decided) and event.decision:
        return _after_choice(scenario, state, event)
    if isinstance(event, Hinted) and event.decision:
        decision = _known(scenario, event.decision)
        used = state.hints.count(decision.id)
        cost = decision.hints[used].minutes if used < len(decision.hints) else 0
        return msgspec.structs.replace(
            state, hints=(*state.hints, decision.id), minutes=state.minutes + cost
        )
    if isinstance(event, Gate) and not event.passed and event.name not in state.missed:
        return msgspec.structs.replace(state, missed=(*state.missed, event.name))
    if isinstance(event, Acted) and state.pending:
        off = unexpected(event)
        return msgspec.structs.replace(
            state,
            pending=state.pending[1:],
            since=(*state.since, event),
            deviations=(*state.deviations, *([off] if off else [])),
        )
    if isinstance(event, Planned):
        return msgspec.structs.replace(state, file=event.sha256)
    if isinstance(event, StoryFile):
        told = another_file(state.file, event.sha256)
        return msgspec.structs.replace(state, deviations=(*state.deviations, told))
    if isinstance(event, CameTo):
        return msgspec.structs.replace(state, over=True)
    return state


def _after_choice(scenario: Scenario, state: State, event: Decided) -> State:
    option = _known(scenario, event.decision).option(event.choice)
    if option is None:
        raise _other_story(event.choice)
    name = f"{event.decision}.{option.id}"
    opened = [gate.id for gate in scenario.gates if name in gate.opened_by]
    return msgspec.structs.replace(
        state,
        at=option.then,
        minutes=state.minutes + option.minutes,
        choices=(*state.choices, name),
        wrong=(*state.wrong, *([name] if option.wrong else [])),
        opened=tuple(dict.fromkeys((*state.opened, *opened))),
        pending=effects(scenario, event.decision, option),
        since=(),
    )


def _known(scenario: Scenario, name: str) -> Decision:
    found = scenario.decision(name)
    if found is None:
        raise _other_story(name)
    return found


def _other_story(name: str) -> PryvTuiError:
    return PryvTuiError(
        "scenario",
        f"the drill was started with another version of its scenario; the one here has no {name!r}",
        "Break it off, then start it again: pryv-tui drill stop",
    )


def begins(scenario: Scenario) -> tuple[Effect, ...]:
    """Return the effects to perform before the first page."""
    before = [Effect(act=act, expect=tuple(act.expect)) for act in scenario.before]
    return (*before, *moment(scenario, START), *moment(scenario, scenario.first))


def effects(scenario: Scenario, decision: str, option: Option) -> tuple[Effect, ...]:
    """Return the effects of an option, up to the next page; if it leads to an end, with the final
    checks."""
    found = [
        *moment(scenario, f"{decision}.{option.id}"),
        *(Effect(act=act, expect=tuple(act.expect), by="you") for act in option.act),
        *(Effect(check=name, expect=("failed",)) for name in option.red),
        *(Effect(check=name, expect=("passed",)) for name in option.green),
        *moment(scenario, option.then),
    ]
    end = scenario.end(option.then)
    if end is not None:
        found += [
            Effect(check=check.id, expect=_at_end(end, check.id), final=True)
            for check in scenario.checks
        ]
    return tuple(found)


def _at_end(end: End, check: str) -> tuple[str, ...]:
    if end.good:
        return ("passed",)
    return ("failed",) if check in end.red else ()


def moment(scenario: Scenario, name: str) -> list[Effect]:
    """Return the effects of a moment: first the faults that end, then the acts that begin."""
    ends = [
        Effect(act=Act(do="clear", fault=act.fault.partition(":")[0]), expect=("done",))
        for one in scenario.happenings
        if one.until == name
        for act in one.act
    ]
    comes = [
        Effect(act=act, expect=tuple(act.expect))
        for one in scenario.happenings
        if one.at == name
        for act in one.act
    ]
    return [*ends, *comes]


def options(scenario: Scenario, decision: Decision, seed: int) -> Sequence[Option]:
    """Return the options in the order shown. The order depends on the seed, so that the position on
    the screen does not reveal the right option."""
    found = list(decision.options)
    random.Random(f"{seed}/{scenario.name}/{decision.id}").shuffle(found)
    return found


def time_of_day(scenario: Scenario, minutes: int) -> str:
    """Return the time of day in the story, as HH:MM, after this number of minutes."""
    hours, _, rest = scenario.starts.partition(":")
    total = (int(hours) * 60 + int(rest) + minutes) % (24 * 60)
    return f"{total // 60:02}:{total % 60:02}"
