"""Every scenario, played by a script on a practice platform: by the right way all that it checks is
green, and each wrong turn has the consequence that the story tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.drills.scenarios.library import SHIPPED, read
from pryv_tui.drills.scenarios.model import Option, Scenario
from tests.drills.play import acted, begun, play, right_way, ways

SCENARIOS = [read(path) for path in sorted(SHIPPED.glob("*.toml"))]


def _option(scenario: Scenario, name: str) -> Option:
    decision, _, choice = name.partition(".")
    found = scenario.decision(decision)
    option = found.option(choice) if found is not None else None
    assert option is not None
    return option


def in_words(scenario: Scenario, way: list[str]) -> bool:
    """Whether the wrong turns of a way do nothing to the platform: then the story alone tells what
    comes of them, and no platform is needed to see it."""
    wrong = [option for option in (_option(scenario, name) for name in way) if option.wrong]
    end = scenario.end(_option(scenario, way[-1]).then)
    assert end is not None
    red = {*end.red, *(name for one in wrong for name in (*one.red, *one.green))}
    kinds = {scenario.check(name).kind for name in red}
    return bool(wrong) and not any(one.act for one in wrong) and kinds <= {"chosen"}


EVERY = [(scenario, way) for scenario in SCENARIOS for way in ways(scenario)]
PLAYED = [
    pytest.param(
        scenario.name,
        way,
        id=f"{scenario.name}: {way[-1]} {number}",
        marks=[pytest.mark.each_turn] if way == right_way(scenario) else [],
    )
    for number, (scenario, way) in enumerate(EVERY)
    if not in_words(scenario, way)
]


@pytest.mark.parametrize(("name", "way"), PLAYED)
def test_what_is_told_happens(tmp_path: Path, name: str, way: list[str]) -> None:
    drill = begun(tmp_path, name)
    state = play(drill, way)
    seen = [(one.what, one.outcome, one.said) for one in acted(drill)]
    assert state.deviations == (), seen
    end = drill.scenario.end(state.at)
    assert end is not None and state.over
    # The checks by which it is judged say what the end says.
    final = [one for one in acted(drill) if one.what in {c.id for c in drill.scenario.checks}]
    last = {one.what: one.outcome for one in final}
    if end.good:
        assert set(last.values()) == {"passed"}, seen
    else:
        assert {last[name] for name in end.red} == {"failed"}, seen


def test_what_is_told_in_words_alone() -> None:
    told = [(scenario, way) for scenario, way in EVERY if in_words(scenario, way)]
    assert len(told) > 5
    for scenario, way in told:
        end = scenario.end(_option(scenario, way[-1]).then)
        assert end is not None
        lacks = [name for name in end.red if not set(scenario.check(name).chosen) <= set(way)]
        assert lacks == list(end.red), (scenario.name, way)


def test_every_option_is_taken() -> None:
    for scenario in SCENARIOS:
        every = {f"{one.id}.{option.id}" for one in scenario.decisions for option in one.options}
        assert {name for way in ways(scenario) for name in way} == every, scenario.name
