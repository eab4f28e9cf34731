"""The keys and the top line of a drill's screens name what is so, from the first moment on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pryv_tui.operations.drilling.clearing import Cleared
from pryv_tui.tui.base.asking import TOLD_SECONDS
from pryv_tui.tui.screens.overview import OverviewScreen
from pryv_tui.tui.text.drill import OWN
from tests.tui.drill_walk import again, play, reads
from tests.tui.driving import opened
from tests.tui.stills.still import standing_still
from tests.tui.stills.still_drill import THIRD, TO_DO, WELL, StillDrill
from tests.tui.stills.still_held import CLEARED


@pytest.mark.parametrize("size", [(80, 24), (60, 20)])
async def test_while_its_platform_is_made_the_live_one_is_not_named_and_no_dead_key_is(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    with standing_still(tmp_path, practice=True) as site:
        async with opened(site.settings, size, site) as operator:
            await operator.keys("D")
            await reads(operator, "The newest backup was taken")
            making = StillDrill("core-lost", doing="Make the practice platform")
            await play(operator, site.drills, making, "Make the practice platform")
            top, *_, keys = operator.text.splitlines()
            assert OWN in top and "pryv.example" not in operator.text
            assert "esc Back" not in operator.text and "c Commands" not in operator.text
            assert "q Quit" in keys
            await operator.keys("escape")
            await operator.sees("Wait: what you chose is being done.")
            making.goes_on.set()
            await reads(operator, "You were paged.")
            await operator.sees("c Commands")
            assert "esc Back" in operator.text
            # Being done again, after a choice.
            making.goes_on.clear()
            await operator.keys("enter")
            await operator.sees("Being done now")
            assert "esc Back" not in operator.text and "c Commands" not in operator.text
            making.goes_on.set()


async def test_at_its_end_enter_is_the_debrief_and_nothing_is_broken_off(tmp_path: Path) -> None:
    with standing_still(tmp_path, practice=True) as site:
        async with opened(site.settings, (80, 24), site) as operator:
            await operator.keys("D")
            await reads(operator, "The newest backup was taken")
            await play(operator, site.drills, StillDrill("core-lost", *WELL), "It ended well.")
            await operator.sees("enter Debrief")
            for gone in ("Take it", "X Break off", "c Commands", "Core is gone"):
                assert gone not in operator.text
            await operator.keys("X")
            await operator.keys("enter")
            await operator.on("DebriefDialog")


async def test_what_enter_and_w_do_is_what_they_are_called(tmp_path: Path) -> None:
    with standing_still(tmp_path, practice=True) as site:
        stage = site.drills
        async with opened(site.settings, (80, 24), site) as operator:
            await operator.keys("D")
            await reads(operator, "The newest backup was taken")
            assert "enter Play" in operator.text
            stage.to_do = TO_DO
            await again(operator)
            for key, button in (("w", "Walk it through"), ("enter", "Play it")):
                await operator.keys(key)
                await operator.on("Confirm")
                await operator.sees(button)
                assert ("Play it" in operator.text) is (key == "enter")
                await operator.keys("escape")
                await operator.on("DrillsScreen")
            first = stage.scenarios[0].name
            stage.to_do, stage.open = (), StillDrill(first)
            await again(operator)
            await operator.keys("home")
            await operator.sees("enter Continue")
            assert "enter Play" not in operator.text and "w Walk" not in operator.text
            await operator.keys("down")
            await operator.sees("enter Play")


async def test_what_came_of_a_sandbox_that_was_left_is_told_as_long_as_a_problem_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What can't be removed is a warning; nobody reads a path in five seconds."""
    with standing_still(tmp_path, practice=True) as site:
        async with opened(site.settings, (80, 24), site) as operator:
            await operator.sees("into a backup")
            page = operator.page
            assert isinstance(page, OverviewScreen)
            # Under test, Textual shows no notices: what is handed to it is looked at.
            found: list[tuple[str, str, float]] = []

            def told(message: str, **how: Any) -> None:
                found.append((message, how.get("severity", "information"), how["timeout"]))

            monkeypatch.setattr(operator.app, "notify", told)
            page._tell_cleared([*CLEARED, Cleared(drill="b", goes_on=True)])
            assert found == [
                (CLEARED[0].words, "information", TOLD_SECONDS),
                (CLEARED[1].words, "warning", TOLD_SECONDS),
            ]


async def test_on_a_small_terminal_a_problem_leaves_the_selected_scenario_in_view(
    tmp_path: Path,
) -> None:
    with standing_still(tmp_path, practice=True) as site:
        site.drills.sets = False
        async with opened(site.settings, (60, 20), site) as operator:
            assert "D Drills" in operator.text
            await operator.keys("D")
            await reads(operator, "The newest backup was taken")
            await operator.keys(*["down"] * 4)
            await operator.keys("t")
            await reads(operator, "holds no")
            await operator.sees("The core machine is lost")
            assert "What happens" not in operator.text
            site.drills.sets = True
            await operator.keys("t")
            await operator.on("Confirm")
            await operator.sees("^n Note")
            assert "enter Press" in operator.text
            await operator.keys("escape")
            await operator.sees("What happens")


async def test_the_undo_of_each_option_is_read_on_a_small_terminal(tmp_path: Path) -> None:
    with standing_still(tmp_path, practice=True) as site:
        async with opened(site.settings, (60, 20), site) as operator:
            await operator.keys("D")
            await reads(operator, "The newest backup was taken")
            for name, choices in (
                ("core-lost", THIRD), ("wrong-machine", ()), ("disk-full", ()),
                ("password-gone", ()), ("mongorestore-lies", ("restore",)),
            ):  # fmt: skip
                drill = StillDrill(name, *choices)
                question = next(
                    one.question
                    for one in drill.scenario.decisions
                    if one.id == drill.page().state.at
                )
                await play(operator, site.drills, drill, question)
                at = drill.page().state.at
                (asked,) = [one for one in drill.page().scenario.decisions if one.id == at]
                # The one that is safe is looked at first, and may stand anywhere among them.
                missing = {f"Undo: {option.undo[:12]}" for option in asked.options}
                assert len(asked.options) > 1
                for key in (*["up"] * len(asked.options), *["down"] * len(asked.options)):
                    await operator.keys(key)
                    await operator.sees("Undo: ")
                    missing = {undo for undo in missing if undo not in operator.text}
                assert not missing
