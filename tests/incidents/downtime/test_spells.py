"""From the loss to the end is one duration, and for how long something was down another one: where
it served in between both are said in one line, so that they do not contradict each other."""

from __future__ import annotations

import pytest

from pryv_tui.incidents.gathering import Told
from pryv_tui.incidents.reckoning import reckon
from pryv_tui.incidents.report.page import page
from pryv_tui.incidents.words import over_words, state_words
from tests.incidents.scripted import at, incident, lost, opened, run


def told(*spells: tuple[float, float]) -> Told:
    """A loss, and restores each of which has stopped and started register in between."""
    runs = tuple(
        run("restore", begins, ends=ends + 5, serves=ends, stops=[(begins, "register")],
            starts=[(ends, "register")], roles=("core", "register"))
        for begins, ends in spells
    )  # fmt: skip
    one = incident(opened(3), lost(3, since=0))
    return Told(one, runs, reckon(one, runs, at(400)), "")


def times(one: Told) -> dict[str, str]:
    made = page(one, now=at(400), by="x", tool="x")
    (section,) = [each for each in made.sections if each.heading == "Times (UTC)"]
    return dict(section.pairs)


def test_one_line_has_both_durations_where_it_served_in_between() -> None:
    one = told((10, 40), (180, 194))
    assert one.times.any_down.seconds == 54
    assert times(one)["Serving again"] == (
        "2026-03-04 09:03:14 UTC, 3 min 14 s after the loss; was down 54 s altogether, in 2 periods"
    )
    assert state_words(one).endswith("was down 54 s altogether, in 2 periods")


def test_what_was_down_once_has_one_duration() -> None:
    one = told((10, 40))
    assert times(one)["Serving again"] == "2026-03-04 09:00:40 UTC, 40 s after the loss"
    assert over_words(one.times) == "was down 40 s" and "periods" not in state_words(one)


@pytest.mark.parametrize("many", [2, 3])
def test_as_many_spells_are_told_as_there_were(many: int) -> None:
    one = told(*((10 + 100 * n, 40 + 100 * n) for n in range(many)))
    assert len(one.times.any_down.spans) == many
    assert times(one)["Serving again"].endswith(f"altogether, in {many} periods")
