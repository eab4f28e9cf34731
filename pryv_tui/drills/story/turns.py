"""Turn what a person does in a story into events for the journal. Pure.

Nothing is executed here. After a choice's event is written, `State.pending` lists what remains to
be done on the platform. So a confirmed choice is never asked for again.
"""

from __future__ import annotations

from pryv_tui.drills.scenarios.model import Decision, Scenario
from pryv_tui.drills.story.state import Effect, State
from pryv_tui.drills.words import NOT_EXECUTED
from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.events import Acted, AnyEvent, CameTo, Decided, FactFound, Gate, Hinted
from pryv_tui.operations.drilling.facts import Check


def open_decision(scenario: Scenario, state: State) -> Decision | None:
    """Return the decision that waits for a person; None while effects are pending, and at the
    end."""
    return None if state.pending else scenario.decision(state.at)


def choose(scenario: Scenario, state: State, choice: str) -> list[AnyEvent]:
    """Return the events for an option chosen at the open decision: its gates and the choice itself.

    Raises:
        PryvTuiError: `usage`, no decision is open, or it does not have this option.
    """
    decision = _need_open(scenario, state)
    option = decision.option(choice)
    if option is None:
        names = ", ".join(one.id for one in decision.options)
        raise PryvTuiError(
            "usage",
            f"the decision {decision.id!r} has no option {choice!r}; it has: {names}",
        )
    name = f"{decision.id}.{option.id}"
    return [
        *(
            Gate(name=gate.id, passed=gate.id in state.opened)
            for gate in scenario.gates
            if name in gate.before
        ),
        Decided(
            question=decision.question,
            option=option.text,
            options=[one.text for one in decision.options],
            wrong=option.wrong,
            decision=decision.id,
            choice=option.id,
        ),
    ]


def next_hint(scenario: Scenario, state: State) -> tuple[str, int] | None:
    """Return the next hint of the open decision and its cost in minutes of the story. None if there
    are no more hints, or no decision is open."""
    decision = open_decision(scenario, state)
    if decision is None:
        return None
    used = state.hints.count(decision.id)
    if used >= len(decision.hints):
        return None
    return decision.hints[used].text, decision.hints[used].minutes


def hint(scenario: Scenario, state: State) -> list[AnyEvent]:
    """Return the event for the next hint of the open decision; empty if no hint is left.

    Raises:
        PryvTuiError: `usage`, no decision is open.
    """
    decision = _need_open(scenario, state)
    found = next_hint(scenario, state)
    if found is None:
        return []
    text, minutes = found
    return [Hinted(text=text, cost=60.0 * minutes, decision=decision.id)]


def hints_told(scenario: Scenario, state: State) -> list[str]:
    """Return the hints of the open decision that the player has asked for so far."""
    decision = open_decision(scenario, state)
    if decision is None:
        return []
    return [one.text for one in decision.hints[: state.hints.count(decision.id)]]


def not_executed(effect: Effect) -> list[AnyEvent]:
    """Return the events for an effect in a walk-through, in which nothing is executed."""
    found: list[AnyEvent] = []
    if effect.final:
        why = "the drill was walked through, and nothing was executed"
        found.append(FactFound(check=Check(name=effect.check, state="not checked", why=why)))
    return [
        *found,
        Acted(what=effect.what, outcome=NOT_EXECUTED, expected=list(effect.expect)),
    ]


def came_to(scenario: Scenario, state: State) -> list[AnyEvent]:
    """Return the event for the end of the story; empty if the end is not reached, or already
    written."""
    end = scenario.end(state.at)
    if end is None or state.pending or state.over:
        return []
    return [CameTo(end=end.id, good=end.good, text=end.text)]


def _need_open(scenario: Scenario, state: State) -> Decision:
    found = open_decision(scenario, state)
    if found is None:
        why = "the acts before it are not finished" if state.pending else "the story is at its end"
        raise PryvTuiError("usage", f"no decision is open at {state.at!r}: {why}")
    return found
