"""Every scenario, played by a script on a practice platform: by the right way all that it checks is
green, and each wrong turn has the consequence that the story tells."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from pryv_tui.drills.scenarios.library import SHIPPED, read
from pryv_tui.drills.scenarios.model import Option, Scenario
from tests.drills.play import acted, begun, moments, play, right_way, ways
from tests.drills.told import IN_WORDS, LOOKED, Said, all_roles, look_for, said

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
    untrue: list[Said] = []
    state = play(drill, way, at=lambda moment: untrue.extend(look_for(drill, moment)))
    assert untrue == [], "it is told, and is not so"
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


def _named(one: Said, table: Iterable[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    return [key for key in table if key[:2] == one[:2] and key[2] in one.text]


def test_each_sentence_about_all_and_nothing_is_looked_for_or_told_by_the_story_alone() -> None:
    every = [one for scenario in SCENARIOS for one in said(scenario)]
    assert len(every) > 80, "nothing is found any more"
    tables = [*LOOKED, *IN_WORDS]
    assert [one for one in every if len(_named(one, tables)) != 1] == [], "name each once"
    stale = [key for key in tables if sum(bool(_named(one, [key])) for one in every) != 1]
    assert stale == []
    assert all(len(why.split()) > 3 for why in IN_WORDS.values())


def test_what_is_looked_for_comes_up_on_a_way_that_is_played() -> None:
    come: set[tuple[str, str]] = set()
    for scenario, way in EVERY:
        if not in_words(scenario, way):
            end = _option(scenario, way[-1]).then
            come |= {(scenario.name, at) for at in moments(way, end)}
    assert [key for key in LOOKED if key[:2] not in come] == []


def test_each_look_sees_also_that_it_is_not_so(tmp_path: Path) -> None:
    """On the way through one story each of them is once so and once not."""
    drill = begun(tmp_path, "casualties")
    looks = {
        "run": LOOKED["casualties", "open", "All containers run"],
        "nothing": LOOKED["casualties", "symptoms", "Nothing answers"],
        "back": LOOKED["casualties", "restore.restore", "All is back"],
        "settled": LOOKED["casualties", "end settled-end", "Nothing is by half"],
        "set": LOOKED["casualties", "symptoms", "The set of 02:00 is whole"],
        "roles": all_roles("night"),
        "empty": LOOKED["backup-after-loss", "end tomorrow", "all diaries are empty again"],
    }
    seen: list[str] = []

    def look(_moment: str) -> None:
        seen.append(" ".join(name for name, one in looks.items() if one(drill)))

    play(drill, right_way(drill.scenario), at=look)
    lost, back = "nothing set roles empty", "run back set roles"
    assert seen[0] == seen[1] == lost, "at first, and at the first decision"
    assert seen[2] == seen[3] == back, "by half, after the restore"
    assert seen[-1] == "run settled set roles", "the name is free: register has one less"
    (sums,) = Path(drill.ground.settings.vault).glob(f"{drill.page().sets['night']}/*/SHA256SUMS")
    damaged = next(one for one in (sums.parent / "files").rglob("*.bson") if one.stat().st_size)
    damaged.chmod(0o600)
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"x")
    look("")
    assert seen[-1] == "run settled roles"
