"""What a page of a played drill says, for the terminal's lines and the interface alike. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from pryv_tui.clock import moment_of
from pryv_tui.drills.noting.kept import in_their_place
from pryv_tui.drills.playing.page import Page
from pryv_tui.drills.scenarios.model import PHASES, Check, Option
from pryv_tui.drills.story.state import NOT_EXECUTED, State, after, begins, options, time_of_day
from pryv_tui.drills.story.turns import hints_told, next_hint, open_decision
from pryv_tui.incidents.events import Acted, CameTo, Closed, Decided, Gate, Hinted, Noted
from pryv_tui.phrases import counted

Stage = Literal["done", "now", "to come"]


class Stop(NamedTuple):
    """One word of the trail."""

    name: str
    stage: Stage


def trail(page: Page) -> list[Stop]:
    """Where the drill is on its way from the declaration to the signature."""
    decisions = {one.id: one.phase for one in page.scenario.decisions}
    been: set[str] = {decisions[name.partition(".")[0]] for name in page.state.choices}
    now: str = decisions.get(page.state.at, PHASES[6])
    if any(isinstance(one, Closed) for one in page.events):
        been.add(PHASES[6])
        now = PHASES[7]
    at = PHASES.index(now)
    return [
        Stop(name, "now" if number == at else "done" if name in been else "to come")
        for number, name in enumerate(PHASES)
    ]


def clocks(page: Page, now: datetime) -> tuple[str, str]:
    """The story's clock and the wall's: what each says, and how long it has run."""
    minutes = page.state.minutes
    story = f"{time_of_day(page.scenario, minutes)} (+{minutes} min)"
    began = moment_of(page.began)
    passed = int((now - began).total_seconds()) if began is not None else 0
    passed = max(0, passed)
    hours, rest = divmod(passed, 3600)
    # Without hours both clocks and what is counted fit into one line of 80.
    wall = f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"
    return story, wall


def before(page: Page) -> list[str]:
    """What is told before the first question."""
    return [
        " ".join(page.scenario.story.split()),
        *page.scenario.symptoms,
    ]


def consequence(page: Page) -> str:
    """What came of the last choice, as the story tells it; empty before the first."""
    if not page.state.choices:
        return ""
    decision, _, choice = page.state.choices[-1].partition(".")
    found = page.scenario.decision(decision)
    option = found.option(choice) if found is not None else None
    return option.consequence if option is not None else ""


def gate_missed(page: Page) -> list[str]:
    """What is said to whoever went past a gate with the last choice."""
    if not page.state.choices:
        return []
    *earlier, last = page.state.choices
    return [
        gate.missed
        for gate in page.scenario.gates
        if last in gate.before
        and gate.id in page.state.missed
        and gate.id not in page.state.opened
        # Once: whoever took a choice back and comes to it again was told.
        and not set(gate.before).intersection(earlier)
    ]


def otherwise(page: Page) -> list[str]:
    """What came out otherwise than the story tells: what follows may not fit it."""
    return [f"Otherwise than the story tells: {text}" for text in page.state.deviations]


class Past(NamedTuple):
    """Something that was decided, asked or noted, at its time of the story."""

    clock: str
    text: str
    wrong: bool = False
    """A wrong turn, or a look that was missed."""
    more: str = ""
    """What came of it, as far as the page does not tell it as its own."""


def so_far(page: Page) -> list[Past]:
    """What was decided, asked and noted up to here, in its order, with what came of it."""
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
    """What was seen of it since the last choice: of acts what they said, of checks how they came
    out."""
    checks = {one.id: one for one in page.scenario.checks}
    found: list[str] = []
    red: list[str] = []
    told = consequence(page)
    # A check that was made after the choice, and again at the end, is told as it came out last.
    last = {one.what: at for at, one in enumerate(page.state.since)}
    for at, one in enumerate(page.state.since):
        if one.what in checks and at != last[one.what]:
            continue
        if one.what in checks:
            good = one.outcome in ("passed", NOT_EXECUTED)
            # At its end what was not passed comes first: what is below the edge is not seen.
            where = red if page.state.over and not good else found
            where.append(_check(one, checks[one.what], page.state.choices))
        elif one.said and one.outcome != NOT_EXECUTED:
            # What the story says in the same words stands above it.
            found += [line for line in one.said if line != told]
    found = red + found
    more = len(found) - most
    return found[:most] + ([f"and {counted(more, 'line')} more"] if more > 0 else [])


def _check(acted: Acted, check: Check, choices: Sequence[str]) -> str:
    if acted.outcome == NOT_EXECUTED and check.kind == "chosen":
        # It asks for nothing but what was chosen, and that is known without any platform.
        chosen = set(check.chosen) <= set(choices)
        return f"{'CHOSEN' if chosen else 'NOT CHOSEN'}: {check.says}"
    told = " ".join(acted.said[0].split()) if acted.said else ""
    why = f" ({told})" if told and acted.outcome != "passed" else ""
    return f"{acted.outcome.upper()}: {check.says}{why}"


class Shown(NamedTuple):
    """An option as it is shown."""

    option: Option
    command: str
    undo: str


def shown(page: Page) -> list[Shown]:
    """The options of the open decision, in the order of this drill's seed."""
    decision = open_decision(page.scenario, page.state)
    if decision is None:
        return []
    found = options(page.scenario, decision, page.seed)
    return [Shown(one, page.command(one), page.undo(one)) for one in found]


def hint_offer(page: Page) -> str:
    """That there is a hint, and its cost; empty where there is none."""
    found = next_hint(page.scenario, page.state)
    return f"a hint costs {found[1]} min of the story" if found is not None else ""


def hints(page: Page) -> list[str]:
    """The hints that were asked for here."""
    return [f"Hint: {text}" for text in hints_told(page.scenario, page.state)]


BETWEEN = " · "
"""What stands between facts of one line."""


def tally(page: Page) -> str:
    """What is counted, in one line."""
    return BETWEEN.join(tallied(page))


def tallied(page: Page) -> tuple[str, ...]:
    """What is counted, each by itself: there is no score."""
    state = page.state
    return (
        counted(len(state.wrong), "wrong turn"),
        counted(len(state.hints), "hint"),
        f"{counted(len(state.missed), 'look')} missed",
    )


def ending(page: Page) -> list[str]:
    """What is told at the end of the story."""
    last = next((one for one in page.events if isinstance(one, CameTo)), None)
    if last is None:
        return []
    told = "It ended well." if last.good else "It did not end well."
    if last.good and page.state.deviations:
        # Its text is that of a good end, which a check may have found to be no such thing.
        told = "The story came to its good end, and what is named below was otherwise."
    said = [told, last.text, *otherwise(page)]
    return [*said, " ".join(page.scenario.note.split())]


def facilitators(page: Page) -> list[str]:
    """What a facilitator sees beside that: the hints, and what each option leads to."""
    decision = open_decision(page.scenario, page.state)
    if decision is None:
        return []
    said = [f"Hint ({one.minutes} min): {one.text}" for one in decision.hints]
    for option in options(page.scenario, decision, page.seed):
        mark = "WRONG " if option.wrong else ""
        said.append(f"{mark}{option.text}: {option.consequence} (then: {option.then})")
    return said


def in_json(page: Page, *, facilitator: bool = False) -> dict[str, Any]:
    """Where a played drill is, for programs (docs/formats.md).

    Args:
        facilitator: with what an observer does not see: what comes, and which turn is wrong.
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
