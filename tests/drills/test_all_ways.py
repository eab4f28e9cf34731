"""Every scenario, played by a script on a practice platform: by the right way all that it checks is
green, and each wrong turn has the consequence that the story tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.drills.scenarios.library import SHIPPED, read
from tests.drills.play import acted, begun, play, ways

EVERY = [
    pytest.param(path.stem, way, id=f"{path.stem}: {way[-1]} {number}")
    for path in sorted(SHIPPED.glob("*.toml"))
    for number, way in enumerate(ways(read(path)))
]


@pytest.mark.parametrize(("name", "way"), EVERY)
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


def test_every_option_is_taken() -> None:
    for path in SHIPPED.glob("*.toml"):
        scenario = read(path)
        every = {f"{one.id}.{option.id}" for one in scenario.decisions for option in one.options}
        assert {name for way in ways(scenario) for name in way} == every, scenario.name
