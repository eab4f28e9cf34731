"""The texts on the page of a scenario that is being played, for the command line and the screens.
Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from pryv_tui.clock import moment_of
from pryv_tui.drills.noting.kept import in_their_place
from pryv_tui.drills.playing.page import Page
from pryv_tui.drills.scenarios.model import PHASES, Check, Option
from pryv_tui.drills.story.state import State, after, begins, options, time_of_day
from pryv_tui.drills.story.turns import hints_told, next_hint, open_decision
from pryv_tui.drills.words import NOT_EXECUTED
from pryv_tui.incidents.events import Acted, CameTo, Closed, Decided, Gate, Hinted, Noted
from pryv_tui.phrases import counted

Stage = Literal["done", "led past", "now", "to come"]


class Stop(NamedTuple):
    """One phase of the trail, and its stage: done, present, to come, or skipped by the story."""

    name: str
    stage: Stage


def trail(page: Page) -> list[Stop]:
    """Return the phases from the declaration to the signature, each with its stage."""
    decisions = {one.id: one.phase for one in page.scenario.decisions}
    been: set[str] = {decisions[name.partition(".")[0]] for name in page.state.choices}
    now: str = decisions.get(page.state.at, PHASES[6])
    if any(isinstance(one, Closed) for one in page.events):
        been.add(PHASES[6])
        now = PHASES[7]
    at = PHASES.index(now)

    def stage(number: int, name: str) -> Stage:
        if number == at:
            return "now"
        if name in been:
            return "done"
        return "led past" if number < at else "to come"

    return [Stop(name, stage(number, name)) for number, name in enumerate(PHASES)]


def clocks(page: Page, now: datetime) -> tuple[str, str]:
    """Return two texts: the time of day in the story, with its minutes so far; and the real time
    since the drill was declared."""
    minutes = page.state.minutes
    story = f"{time_of_day(page.scenario, minutes)} (+{minutes} min)"
    began = moment_of(page.began)
    passed = int((now - began).total_seconds()) if began is not None else 0
    passed = max(0, passed)
    hours, rest = divmod(passed, 3600)
    # Without hours, both clocks and the tally fit on one line of 80 characters.
    wall = f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"
    return story, wall


def before(page: Page) -> list[str]:
    """Return the story and its symptoms, shown before the first question."""
    return [
        " ".join(page.scenario.story.split()),
        *page.scenario.symptoms,
    ]


def consequence(page: Page) -> str:
    """Return the consequence of the last choice, in the story's words; empty before the first
    choice."""
    if not page.state.choices:
        return ""
    decision, _, choice = page.state.choices[-1].partition(".")
    found = page.scenario.decision(decision)
    option = found.option(choice) if found is not None else None
    return option.consequence if option is not None else ""


def gate_missed(page: Page) -> list[str]:
    """Return the texts about gates that the last choice passed without the look that they
    require."""
    if not page.state.choices:
        return []
    *earlier, last = page.state.choices
    return [
        gate.missed
        for gate in page.scenario.gates
        if last in gate.before
        and gate.id in page.state.missed
        and gate.id not in page.state.opened
        # Only once: a player who takes a choice back and repeats it has read it already.
        and not set(gate.before).intersection(earlier)
    ]


def otherwise(page: Page) -> list[str]:
    """Return sentences about outcomes that the story did not expect: its later texts may then not
    fit."""
    return [f"Different from the story: {text}" for text in page.state.deviations]


class Past(NamedTuple):
    """A choice, a missed look, a hint or a note, with its time in the story."""

    clock: str
    text: str
    wrong: bool = False
    """Whether the entry is a wrong turn or a missed look."""
    more: str = ""
    """The consequence of a choice; else empty."""


def so_far(page: Page) -> list[Past]:
    """Return all choices, missed looks, hints and notes so far, in order."""
    scenario = page.scenario
    state = State(at=scenario.first, pending=begins(scenario))
    found: list[Past] = []
    for event in in_their_place(page.events):
        clock = time_of_day(scenario, state.minutes)
        missed, state = state.missed, after(scenario, state, event)
        if isinstance(event, Decided) and event.decision:
            decision = scenario.decision(event.decision)
            option = decision.option(event.choice) if decision is not None else None
            if option is not None:
                found.append(Past(clock, option.text, option.wrong, option.consequence))
        elif isinstance(event, Gate) and state.missed != missed:
            told = [one.missed for one in scenario.gates if one.id == event.name]
            found += [Past(clock, text, True) for text in told]
        elif isinstance(event, Hinted) and event.decision:
            found.append(Past(clock, f"Hint: {event.text}"))
        elif isinstance(event, Noted):
            found.append(Past(clock, f"Note: {event.text}"))
    return found


def seen(page: Page, most: int = 8) -> list[str]:
    """Return the output of acts and the results of checks since the last choice, in at most `most`
    lines and one more line that counts the rest."""
    checks = {one.id: one for one in page.scenario.checks}
    found: list[str] = []
    red: list[str] = []
    told = consequence(page)
    # A check may be made after the choice and again at the end: only its last result is shown.
    last = {one.what: at for at, one in enumerate(page.state.since)}
    for at, one in enumerate(page.state.since):
        if one.what in checks and at != last[one.what]:
            continue
        if one.what in checks:
            good = one.outcome in ("passed", NOT_EXECUTED)
            # At the end, failed checks come first: the last lines may be cut off.
            where = red if page.state.over and not good else found
            where.append(_check(one, checks[one.what], page.state.choices))
        elif one.said and one.outcome != NOT_EXECUTED:
            # The consequence is already shown above, so a line with the same words is left out.
            found += [line for line in one.said if line != told]
    found = red + found
    more = len(found) - most
    return found[:most] + ([f"and {counted(more, 'line')} more"] if more > 0 else [])


def _check(acted: Acted, check: Check, choices: Sequence[str]) -> str:
    if acted.outcome == NOT_EXECUTED and check.kind == "chosen":
        # The check depends on the choices alone, which are known without a platform.
        chosen = set(check.chosen) <= set(choices)
        return f"{'CHOSEN' if chosen else 'NOT CHOSEN'}: {check.says}"
    told = " ".join(acted.said[0].split()) if acted.said else ""
    why = f" ({told})" if told and acted.outcome != "passed" else ""
    return f"{acted.outcome.upper()}: {check.says}{why}"


class Shown(NamedTuple):
    """An option, with the placeholders in its command and its undo filled in."""

    option: Option
    command: str
    undo: str


def shown(page: Page) -> list[Shown]:
    """Return the options of the open decision, in an order that depends on the drill's seed; empty
    if no decision is open."""
    decision = open_decision(page.scenario, page.state)
    if decision is None:
        return []
    found = options(page.scenario, decision, page.seed)
    return [Shown(one, page.command(one), page.undo(one)) for one in found]


def hint_offer(page: Page) -> str:
    """Return the offer of the next hint, with its cost; empty if there is no further hint."""
    found = next_hint(page.scenario, page.state)
    return f"a hint costs {found[1]} min of the story" if found is not None else ""


def hints(page: Page) -> list[str]:
    """Return the hints of the open decision that the player has asked for."""
    return [f"Hint: {text}" for text in hints_told(page.scenario, page.state)]


BETWEEN = " · "
"""The separator of facts on one line."""


def tally(page: Page) -> str:
    """Return the numbers of wrong turns, hints and missed looks on one line."""
    return BETWEEN.join(tallied(page))


def tallied(page: Page) -> tuple[str, ...]:
    """Return three texts: the numbers of wrong turns, of hints and of missed looks. There is no
    score."""
    state = page.state
    return (
        counted(len(state.wrong), "wrong turn"),
        counted(len(state.hints), "hint"),
        f"{counted(len(state.missed), 'look')} missed",
    )


def ending(page: Page) -> list[str]:
    """Return the lines shown at the end of the story; empty before the end."""
    last = next((one for one in page.events if isinstance(one, CameTo)), None)
    if last is None:
        return []
    told = "It ended well." if last.good else "It did not end well."
    if last.good and page.state.deviations:
        # The text of the end says that all is well, but a check or an act had another result.
        told = "The story came to a good end, but the results below differ from the story."
    said = [told, last.text, *otherwise(page)]
    return [*said, " ".join(page.scenario.note.split())]


def facilitators(page: Page) -> list[str]:
    """Return what only a facilitator sees: all hints of the open decision, and where each option
    leads."""
    decision = open_decision(page.scenario, page.state)
    if decision is None:
        return []
    said = [f"Hint ({one.minutes} min): {one.text}" for one in decision.hints]
    for option in options(page.scenario, decision, page.seed):
        mark = "WRONG " if option.wrong else ""
        said.append(f"{mark}{option.text}: {option.consequence} (then: {option.then})")
    return said


def in_json(page: Page, *, facilitator: bool = False) -> dict[str, Any]:
    """Return the present state of a played drill as JSON for programs (docs/formats.md).

    Args:
        facilitator: add what a player must not see: what is to come, and which options are wrong.
    """
    decision = open_decision(page.scenario, page.state)
    told: dict[str, Any] = {
        "id": page.drill,
        "scenario": page.scenario.name,
        "title": page.scenario.title,
        "walk_through": page.walk_through,
        "declared": page.began,
        "at": page.state.at,
        "over": page.state.over,
        "story_minutes": page.state.minutes,
        "consequence": consequence(page) or None,
        "question": decision.question if decision is not None else None,
        "known": list(decision.known) if decision is not None else [],
        "options": [_option(one, facilitator=facilitator) for one in shown(page)],
        "hints": hints(page),
        "so_far": [{"clock": one.clock, "text": one.text} for one in so_far(page)],
    }
    if facilitator:
        told |= {
            "to_come": facilitators(page),
            "wrong_turns": list(page.state.wrong),
            "gates_missed": list(page.state.missed),
        }
    return told


def _option(one: Shown, *, facilitator: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": one.option.id,
        "text": one.option.text,
        "why": one.option.why,
        "risk": one.option.risk,
        "undo": one.undo,
        "command": one.command or None,
        "safe": one.option.safe,
    }
    return told | ({"wrong": one.option.wrong, "then": one.option.then} if facilitator else {})
