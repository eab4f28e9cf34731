"""How far a story has come, by its events; and what is still to be done of it. Pure.

The same scenario and the same events always give the same state: that is how a drill whose terminal
was lost goes on at the last decision that was confirmed.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from pryv_tui.drills.scenarios.model import Act, Decision, End, Option, Scenario
from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.events import Acted, AnyEvent, CameTo, Decided, Gate, Hinted

START = "start"
"""The moment before the first decision."""
NOT_EXECUTED = "not executed"


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is done to the platform, or looked at there."""

    act: Act | None = None
    check: str = ""
    """The check that is made; then there is no act."""
    expect: tuple[str, ...] = ()
    """How it comes out by the story; empty: nothing is expected."""
    by: Literal["you", "story"] = "story"
    final: bool = False
    """It is one of the checks by which the drill is judged."""

    @property
    def what(self) -> str:
        return self.check if self.act is None else self.act.do


class State(msgspec.Struct, frozen=True, kw_only=True):
    """Where a story is."""

    at: str
    """The decision that is open, or the end."""
    minutes: int = 0
    """Of the story's own clock, since it began."""
    choices: tuple[str, ...] = ()
    """`decision.option`, in their order."""
    wrong: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    """At which decisions one was asked for, each time."""
    opened: tuple[str, ...] = ()
    """Gates."""
    missed: tuple[str, ...] = ()
    pending: tuple[Effect, ...] = ()
    """What is still to be done before the next page."""
    since: tuple[Acted, ...] = ()
    """What was done since the last decision."""
    deviations: tuple[str, ...] = ()
    """What came out otherwise than the story has it."""
    over: bool = False
    """It has come to its end, and that is written down."""


def state_of(scenario: Scenario, events: Iterable[AnyEvent]) -> State:
    """Where a story is, by its journal.

    Raises:
        PryvTuiError: `scenario`, the journal is of another story than the file tells now.
    """
    state = State(at=scenario.first, pending=begins(scenario))
    for event in events:
        state = after(scenario, state, event)
    return state


def after(scenario: Scenario, state: State, event: AnyEvent) -> State:
    """The state after one more event; what is none of a story changes nothing."""
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
        off = event.expected and event.outcome not in (*event.expected, NOT_EXECUTED)
        more = (deviation(event),) if off else ()
        return msgspec.structs.replace(
            state,
            pending=state.pending[1:],
            since=(*state.since, event),
            deviations=(*state.deviations, *more),
        )
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
        f"the drill was begun with another version of its scenario: this one has no {name!r}",
        "Break it off, then begin it anew: pryv-tui drill stop",
    )


def deviation(event: Acted) -> str:
    """What came out otherwise than the story has it, as a sentence."""
    expected = " or ".join(event.expected)
    return f"Not as the story has it: {event.what} came out {event.outcome}, and not {expected}."


def begins(scenario: Scenario) -> tuple[Effect, ...]:
    """What is done before the first page."""
    before = [Effect(act=act, expect=tuple(act.expect)) for act in scenario.before]
    return (*before, *moment(scenario, START), *moment(scenario, scenario.first))


def effects(scenario: Scenario, decision: str, option: Option) -> tuple[Effect, ...]:
    """What an option does, up to the next page."""
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
    """The blows of a moment: what ends then, and then what begins."""
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
    """The options in the order in which they are shown: another one with each seed, so that no
    place on the screen means the right one."""
    found = list(decision.options)
    random.Random(f"{seed}/{scenario.name}/{decision.id}").shuffle(found)
    return found


def time_of_day(scenario: Scenario, minutes: int) -> str:
    """What the clock on the wall of the story says."""
    hours, _, rest = scenario.starts.partition(":")
    total = (int(hours) * 60 + int(rest) + minutes) % (24 * 60)
    return f"{total // 60:02}:{total % 60:02}"
