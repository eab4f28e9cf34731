"""Plays a scenario on a practice platform, by given options."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pryv_tui.drills.playing.drill import Drill, begin
from pryv_tui.drills.scenarios.model import Scenario
from pryv_tui.drills.story.state import State
from pryv_tui.incidents.events import Acted
from pryv_tui.operations.settings.resolve import Settings


def settings_in(folder: Path) -> Settings:
    """Of a state folder in which nothing is but drills."""
    return Settings(vault=str(folder / "vault"), state=str(folder / "state"))


def moments(way: Sequence[str], end: str) -> list[str]:
    """The moments at which a story tells something, on a way through it: at first, when a decision
    comes up, after it was taken, at the end."""
    told = ["symptoms"]
    for name in way:
        told += [name.partition(".")[0], name]
    return [*told, f"end {end}"]


def play(
    drill: Drill, choices: Sequence[str], at: Callable[[str], None] = lambda _moment: None
) -> State:
    """Take these options, one after the other; where the story is then.

    Args:
        at: called at each of `moments`, in their order, when the platform is as it is then.
    """
    drill.settle()
    at("symptoms")
    for choice in choices:
        at(choice.partition(".")[0])
        drill.choose(choice.rpartition(".")[2])
        drill.settle()
        at(choice)
    state = drill.page().state
    if state.over:
        at(f"end {state.at}")
    return state


def acted(drill: Drill) -> list[Acted]:
    return [one for one in drill.page().events if isinstance(one, Acted)]


def right_way(scenario: Scenario) -> list[str]:
    """`decision.option` of the way that the safe ones lead."""
    way: list[str] = []
    decision = scenario.decision(scenario.first)
    while decision is not None:
        option = next(one for one in decision.options if one.safe)
        way.append(f"{decision.id}.{option.id}")
        decision = scenario.decision(option.then)
    return way


def ways(scenario: Scenario) -> Iterator[list[str]]:
    """As few ways as take every option, each to an end: on from what is new by what is safe."""
    taken: set[str] = set()
    pending: list[tuple[list[str], str]] = [([], scenario.first)]
    seen = {scenario.first}
    reach: dict[str, list[str]] = {scenario.first: []}
    while pending:
        way, name = pending.pop(0)
        decision = scenario.decision(name)
        for option in decision.options if decision is not None else ():
            if option.then not in seen and scenario.decision(option.then) is not None:
                seen.add(option.then)
                reach[option.then] = [*way, f"{name}.{option.id}"]
                pending.append((reach[option.then], option.then))
    first = right_way(scenario)
    taken.update(first)
    yield first
    for decision in scenario.decisions:
        for option in decision.options:
            if f"{decision.id}.{option.id}" in taken:
                continue
            way = [*reach[decision.id], f"{decision.id}.{option.id}"]
            then = scenario.decision(option.then)
            while then is not None:
                fresh = [one for one in then.options if f"{then.id}.{one.id}" not in (*taken, *way)]
                last = next((one for one in then.options if one.safe), then.options[0])
                # What is new and ends the story is taken here: one way less.
                chosen = next((one for one in fresh if scenario.end(one.then)), last)
                way.append(f"{then.id}.{chosen.id}")
                then = scenario.decision(chosen.then)
            taken.update(way)
            yield way


def begun(folder: Path, name: str) -> Drill:
    return begin(settings_in(folder), name)
