"""Points of a set that its own files do not tell: what a drill says of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.formats.influx.some_points import UNREAD, Found, points_of
from pryv_tui.operations.steps.drilling import check_sandbox
from tests.journeys.drills.rehearsed import Rehearsed, checks, end, in_state, rehearsed, untouched

__all__ = ["rehearsed", "untouched"]


@pytest.mark.parametrize(
    ("reason", "damage"),
    [
        ("a policy lets them expire", False),
        ("some of the database was deleted", False),
        ("points that were written twice", False),
        ("a block can't be read (a.tsm: a block is cut off)", True),
    ],
)
def test_points_that_the_set_does_not_tell_are_no_green_ones_and_no_red_ones(
    rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch, reason: str, damage: bool
) -> None:
    def untold(_folder: Path, among: list[str]) -> dict[str, Found]:
        found = {name: Found() for name in among}
        for one in found.values():
            one.untold[reason] = 2
        return found

    monkeypatch.setattr(check_sandbox, "points_of", untold)
    events = rehearsed.drill(monkeypatch)
    said = checks(events)["sample: series", "single"]
    assert said.why == f"6 series were not compared: {reason}"
    if damage:
        assert (said.state, said.beyond, end(events).exit) == ("could not verify", False, 3)
        return
    # It is told, with its reason; of this set no drill could ever tell more.
    assert (said.state, said.beyond, end(events).exit) == ("not checked", True, 0)
    assert set(checks(events)) - in_state(events, "passed") == {("sample: series", "single")}
    assert "every check that was made passed, 1 thing was not checked" in end(events).what
    assert not [one for one in end(events).checks if "sample: series" in one]


def test_a_block_that_can_not_be_read_is_no_green_one_beside_all_that_compare_well(
    rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(folder: Path, among: list[str]) -> dict[str, Found]:
        found = points_of(folder, among)
        next(iter(found.values())).untold[f"{UNREAD} (a.tsm: a block is cut off)"] = 1
        return found

    monkeypatch.setattr(check_sandbox, "points_of", damaged)
    events = rehearsed.drill(monkeypatch)
    said = checks(events)["sample: series", "single"]
    assert (said.state, said.beyond, end(events).exit) == ("could not verify", False, 3)
    assert said.why == f"1 series was not compared: {UNREAD} (a.tsm: a block is cut off)"
    assert "compared and equal" in said.found and " 0 series" not in said.expected
    assert in_state(events, "could not verify") == {("sample: series", "single")}
    assert "NOT compared in full" in end(events).what


def test_what_was_deleted_beside_all_that_compare_well_is_told_and_green(
    rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def some(folder: Path, among: list[str]) -> dict[str, Found]:
        found = points_of(folder, among)
        next(iter(found.values())).untold["some of their points were deleted"] = 1
        return found

    monkeypatch.setattr(check_sandbox, "points_of", some)
    events = rehearsed.drill(monkeypatch)
    said = checks(events)["sample: series", "single"]
    assert (said.state, end(events).exit) == ("passed", 0)
    assert said.why == "1 series was not compared: some of their points were deleted"
