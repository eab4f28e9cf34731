"""The story of a scenario is told by its events alone."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pryv_tui.drills.scenarios.library import SHIPPED, read
from pryv_tui.drills.scenarios.model import Scenario
from pryv_tui.drills.story.state import State, options, state_of, time_of_day
from pryv_tui.drills.story.turns import (
    came_to,
    choose,
    hint,
    hints_told,
    next_hint,
    not_executed,
    open_decision,
)
from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.events import Acted, AnyEvent, CameTo
from tests.drills.kit import write
from tests.helpers.examples import tries

SCENARIOS = [read(path) for path in sorted(SHIPPED.glob("*.toml"))]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return read(write(tmp_path_factory.mktemp("s") / "own"))


class Told:
    """A story that is walked through."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.events: list[AnyEvent] = []
        self.settle()

    @property
    def state(self) -> State:
        return state_of(self.scenario, self.events)

    def settle(self) -> None:
        while self.state.pending:
            self.events += not_executed(self.state.pending[0])
        self.events += came_to(self.scenario, self.state)

    def choose(self, option: str) -> None:
        self.events += choose(self.scenario, self.state, option)
        self.settle()


def test_what_a_person_did_is_counted_apart(small: Scenario) -> None:
    story = Told(small)
    assert next_hint(small, story.state) == ("Look.", 3)
    story.events += hint(small, story.state)
    assert hints_told(small, story.state) == ["Look."] and next_hint(small, story.state) is None
    assert hint(small, story.state) == [], "there is no more"
    story.choose("skip")
    assert story.state.minutes == 3 + 7
    story.choose("restore")
    state = story.state
    assert (state.wrong, state.hints, state.missed) == (("look.skip",), ("look",), ("looked",))
    assert (state.at, state.over, state.deviations) == ("well", True, ())
    assert isinstance(story.events[-1], CameTo) and story.events[-1].good


def test_a_gate_that_was_opened_is_not_missed(small: Scenario) -> None:
    story = Told(small)
    story.choose("status")
    story.choose("again")
    story.choose("skip")
    story.choose("restore")
    assert story.state.missed == () and story.state.wrong == ("look.skip",)


def test_what_is_not_offered_can_not_be_chosen(small: Scenario) -> None:
    story = Told(small)
    with pytest.raises(PryvTuiError, match="no option 'restore'; it has: status, skip"):
        choose(small, story.state, "restore")
    story.choose("skip")
    begun = state_of(small, [*story.events, *choose(small, story.state, "wait")])
    assert begun.pending
    with pytest.raises(PryvTuiError, match=r"no decision is open .*: the acts before it are not"):
        choose(small, begun, "wait")
    story.choose("wait")
    with pytest.raises(PryvTuiError, match=r"no decision is open .*: the story is at its end"):
        choose(small, story.state, "wait")


def test_what_was_confirmed_is_not_asked_again(small: Scenario) -> None:
    """Wherever the journal ends, the story goes on from there and comes out the same."""
    story = Told(small)
    for option in ("status", "restore"):
        story.choose(option)
    whole = story.events
    for cut in range(len(whole)):
        again = Told.__new__(Told)
        again.scenario, again.events = small, list(whole[:cut])
        again.settle()
        for option in ("status", "restore")[len(again.state.choices) :]:
            again.choose(option)
        # A gate is told with the choice that passes it; cut between the two, it is told twice.
        assert again.state == story.state, cut


def test_what_comes_out_otherwise_is_a_deviation(small: Scenario) -> None:
    story = Told(small)
    story.choose("status")
    story.events += choose(small, story.state, "restore")
    first, second, *_ = story.state.pending
    assert (first.what, second.what, second.by) == ("fault", "restore", "you")
    story.events.append(Acted(what="fault", outcome="done", expected=["done"]))
    story.events.append(Acted(what="restore", outcome="done", expected=["failed"]))
    assert story.state.deviations == (
        "The result of restore was done, but the story expected failed.",
    )


def test_an_event_of_another_story_is_refused(small: Scenario) -> None:
    other = msgspec.structs.replace(small, decisions=small.decisions[1:], first="act")
    story = Told(small)
    story.choose("status")
    with pytest.raises(PryvTuiError, match="another version"):
        state_of(other, story.events)


def test_the_clock_of_the_story_goes_round(small: Scenario) -> None:
    late = msgspec.structs.replace(small, starts="23:50")
    assert [time_of_day(late, minutes) for minutes in (0, 9, 10, 75)] == [
        "23:50", "23:59", "00:00", "01:05",
    ]  # fmt: skip


@settings(max_examples=tries(30), deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_same_seed_and_decisions_give_the_same_journal(data: st.DataObject) -> None:
    scenario = data.draw(st.sampled_from(SCENARIOS))
    seed = data.draw(st.integers(0, 1000))
    told, again = Told(scenario), Told(scenario)
    for _ in range(30):
        decision = open_decision(scenario, told.state)
        if decision is None:
            break
        shown = options(scenario, decision, seed)
        assert shown == options(scenario, decision, seed)
        assert sorted(one.id for one in shown) == sorted(one.id for one in decision.options)
        number = data.draw(st.integers(0, len(shown) - 1))
        if data.draw(st.booleans()):
            told.events += hint(scenario, told.state)
            again.events += hint(scenario, again.state)
        told.choose(shown[number].id)
        again.choose(options(scenario, decision, seed)[number].id)
    encoded = [msgspec.json.encode(event) for event in told.events]
    assert encoded == [msgspec.json.encode(event) for event in again.events]
    # What is written and read again tells the same.
    assert state_of(scenario, told.events) == told.state == again.state


def test_each_scenario_comes_to_a_good_end_by_what_is_not_wrong() -> None:
    for scenario in SCENARIOS:
        story, left = Told(scenario), 40
        while (decision := open_decision(scenario, story.state)) is not None and left:
            story.choose(next(one.id for one in decision.options if one.safe))
            left -= 1
        end = scenario.end(story.state.at)
        assert end is not None and end.good, f"{scenario.name}: the safe ways end well"
        assert not story.state.wrong and not story.state.missed, scenario.name
