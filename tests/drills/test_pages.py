"""What a page of a played drill says is so, and is said once."""

from __future__ import annotations

import msgspec

from pryv_tui.drills.playing.words import gate_missed, seen, shown
from pryv_tui.drills.scenarios.model import Gate
from pryv_tui.drills.words import NOT_EXECUTED
from pryv_tui.incidents.events import Acted
from pryv_tui.tui.text.drill import about_option, played_on
from tests.tui.stills.still_drill import THIRD, WELL, StillDrill


def test_in_a_walk_through_what_was_chosen_is_not_said_to_be_undone() -> None:
    """A check that asks for a choice alone hangs on no platform."""
    asked = ("list", "read", "download", "restore", "audit")
    scenario = StillDrill("machine-gone").scenario
    (check,) = [one for one in scenario.checks if one.kind == "chosen"]
    page = StillDrill("machine-gone", walk_through=True).page()
    others = [one.id for one in scenario.checks if one is not check]
    since = tuple(Acted(what=one.id, outcome=NOT_EXECUTED) for one in scenario.checks)
    for choices, word in ((check.chosen, "CHOSEN"), (asked, "NOT CHOSEN"), ((), "NOT CHOSEN")):
        state = msgspec.structs.replace(page.state, since=since, choices=tuple(choices))
        found = seen(page._replace(state=state), 40)
        assert f"{word}: {check.says}" in found
        assert sum(line.startswith("NOT EXECUTED: ") for line in found) == len(others)


def test_at_its_end_what_was_not_passed_stands_before_what_was() -> None:
    page = StillDrill("core-lost", *WELL).page()
    checks = [one.what for one in page.state.since if one.outcome == "passed"]
    assert len(checks) > 2
    for outcome in ("failed", "could not verify"):
        since = tuple(
            msgspec.structs.replace(one, outcome=outcome) if one.what == checks[-1] else one
            for one in page.state.since
        )
        ended = msgspec.structs.replace(page.state, since=since)
        first, *rest = seen(page._replace(state=ended), 40)
        assert first.startswith(f"{outcome.upper()}: ")
        assert sum(line.startswith("PASSED: ") for line in rest) == len(checks) - 1
        # Before the end it stands where it was made, among what was looked at.
        midway = msgspec.structs.replace(ended, over=False)
        assert not midway.over
        assert seen(page._replace(state=midway), 40)[-1].startswith(f"{outcome.upper()}: ")


def test_a_look_that_was_missed_is_told_once() -> None:
    """Also where the choice is taken back, and the same or another one comes after it."""
    page = StillDrill().page()
    gate = Gate(id="look", opened_by=("a.look",), before=("a.x", "a.y"), missed="You did not look.")
    story = msgspec.structs.replace(page.scenario, gates=(gate,))

    def told(*choices: str, opened: tuple[str, ...] = ()) -> list[str]:
        state = msgspec.structs.replace(
            page.state, choices=choices, missed=("look",), opened=opened
        )
        return gate_missed(page._replace(scenario=story, state=state))

    assert told("a.x") == told("a.other", "a.y") == ["You did not look."]
    assert told("a.x", "b.undo") == told("a.x", "b.undo", "a.x") == []
    assert told("a.x", "b.undo", "a.y") == told("a.x", opened=("look",)) == []


def test_what_is_not_all_seen_of_an_option_begins_with_its_undo() -> None:
    page = StillDrill("core-lost", *THIRD).page()
    (one,) = [each for each in shown(page) if not each.option.safe][:1]
    whole = about_option(page, one.option.id, command=False).plain
    assert whole.index("For it: ") < whole.index("Risk: ") < whole.index("Undo: ")
    assert about_option(page, one.option.id, command=False, room=(78, 9)).plain == whole
    cut = about_option(page, one.option.id, command=False, room=(30, 5)).plain
    assert cut.startswith(f"Undo: {one.undo}\nRisk: ") and "For it: " in cut


def test_on_what_a_drill_is_played_is_said_as_it_is() -> None:
    for name, walked, said in (
        ("core-lost", False, "a practice platform of its own"),
        ("core-lost", True, "no platform is made"),
        ("password-gone", False, "told in words alone"),
        ("password-gone", True, "told in words alone"),
    ):
        drill = StillDrill(name, walk_through=walked)
        assert played_on(drill.scenario, a_platform=drill.has_a_platform) == said
