"""Sandbox drills and past ones in the interface: chosen, opened, and each title read whole."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec
import pytest

from pryv_tui.drills.files import Filed
from pryv_tui.drills.playing.drill import Drill, opened
from pryv_tui.drills.playing.ground import Ground
from pryv_tui.drills.record.closing import close_drill
from pryv_tui.drills.scenarios.library import shelf
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.tui.actions import ACTIONS
from pryv_tui.tui.screens.drills.play import PlayScreen
from pryv_tui.tui.widgets.panes import ListPane
from tests.drills.held import RUN, hold, settings_of
from tests.drills.kit import WORDS_ALONE, write
from tests.helpers.runs import run_to_its_end
from tests.journeys.drills.busy import BACKUP, Busy
from tests.tui import driving
from tests.tui.stills import still_drill


async def test_what_is_asked_for_while_it_is_closed_keeps_nobody_from_its_report(
    settings: Settings, tmp_path: Path
) -> None:
    write(tmp_path / "own", WORDS_ALONE.replace('name = "small"', 'name = "a"', 1), "a")
    settings = msgspec.structs.replace(settings, scenarios=str(tmp_path / "own"))
    may_end, close = threading.Event(), Drill.close

    def slowly(drill: Drill, why: str = "") -> Filed:
        assert may_end.wait(60)
        return close(drill, why)

    async with driving.opened(settings) as operator:
        await operator.keys("D")
        await operator.sees("A small one")
        await operator.keys("w")
        # A walk-through is none that does anything, and says so on each of its pages.
        await operator.sees("Walk-through: nothing is executed")
        await operator.sees("And now?")
        with patch.object(Drill, "close", slowly):
            await operator.keys("X")
            await operator.on("BreakOffDialog")
            await operator.keys("tab", "tab", "enter")
            await operator.sees("The record is written")
            await operator.keys("n")
            await operator.on("ObservationDialog")
            may_end.set()
            await operator.until(lambda: opened(settings) is None, "its end")
            screen = operator.app.screen_stack[-2]
            assert isinstance(screen, PlayScreen)
            await operator.until(lambda: bool(screen.record), "its record")
            await operator.on("ObservationDialog")
            await operator.keys("escape")
            await operator.on("HeldScreen")
        await operator.keys("escape")
        await operator.on("DrillsScreen")


async def test_the_newest_set_is_drilled_from_the_list(settings: Settings) -> None:
    async with driving.opened(settings) as operator:
        await operator.keys("D")
        await operator.sees("t drills the newest set, in a sandbox")
        await operator.keys("t")
        await operator.sees("holds no complete backup set")
        await operator.sees("press b on the overview")
        run_to_its_end(settings, "backup")
        await operator.keys("t")
        await operator.on("Confirm")
        await operator.sees("compared, and removed again")
        await operator.keys("c")
        await operator.sees("platform drill run")
        await operator.keys("escape")
        await operator.sees("Nothing was done.")
        await operator.keys("t")
        await operator.on("Confirm")
        await operator.keys("right", "enter")
        await operator.on("RunScreen")
        await operator.sees("compared: every")
        await operator.keys("escape")
        await operator.on("DrillsScreen")
        await operator.sees("unsigned and unreviewed")


async def test_where_the_platform_is_busy_the_question_says_so_and_offers_to_wait(
    settings: Settings,
) -> None:
    run_to_its_end(settings, "backup")
    async with driving.opened(settings) as operator:
        await operator.keys("D")
        await operator.sees("t drills the newest set")
        await operator.keys("t")
        await operator.on("Confirm")
        await operator.sees("compared, and removed again")
        assert "Not now" not in operator.text
        await operator.keys("escape")
        busy = Busy(settings)
        await operator.keys("t")
        await operator.on("Confirm")
        await operator.sees(f"runs: the backup {BACKUP} is running")
        await operator.sees("Wait, then drill it")
        # What is typed instead waits as well, at either depth.
        assert "--depth services --wait 30m" in " ".join(operator.text.replace("│", " ").split())
        await operator.keys("c")
        await operator.sees("--wait 30m")
        await operator.keys("right", "enter")
        await operator.on("RunScreen")
        await operator.sees("waits since")
        busy.end()
        await operator.sees("compared: every")


def test_no_key_says_twice_that_it_asks_first() -> None:
    for action in ACTIONS.values():
        assert not (action.destructive and "asks first" in action.help), action.name


LONG = "Look for the second copy: who made the envelope, which other machine opens the repository?"


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (60, 20)])
async def test_an_option_is_read_whole_at_any_size(
    settings: Settings, tmp_path: Path, size: tuple[int, int]
) -> None:
    text = WORDS_ALONE.replace('name = "small"', 'name = "a"', 1)
    text = text.replace('text = "Skip it"', f'text = "{LONG}"')
    write(tmp_path / "own", text, "a")
    settings = msgspec.structs.replace(settings, scenarios=str(tmp_path / "own"))

    def told(operator: driving.Operator) -> str:
        """What the list of options says, without its frame."""
        lines = operator.app.screen.query_one("#options", ListPane).region
        shown = operator.text.splitlines()[lines.y + 1 : lines.bottom - 1]
        cut = [line[lines.x + 1 : lines.right - 1].strip(" \u203a") for line in shown]
        return " ".join(" ".join(cut).split())

    async with driving.opened(settings, size=size) as operator:
        await operator.keys("D")
        await operator.sees("A small one")
        await operator.keys("enter")
        await operator.sees("And now?")
        await operator.until(lambda: LONG in told(operator), "the whole option")
        # Also where the terminal has become another one meanwhile.
        await operator.pilot.resize_terminal(100, 30)
        await operator.until(
            lambda: LONG in told(operator), "the whole option, on another terminal"
        )


async def test_each_shipped_title_is_read_whole_where_there_is_room(settings: Settings) -> None:
    async with driving.opened(settings, size=(120, 40)) as operator:
        await operator.keys("D")
        await operator.on("DrillsScreen")
        for one in shelf():
            assert one.scenario is not None
            await operator.sees(one.scenario.title)


async def test_each_title_and_each_held_drill_is_read_whole_at_the_least_size(
    settings: Settings, tmp_path: Path
) -> None:
    still = still_drill.Stage(tmp_path).look(settings)
    with patch("pryv_tui.tui.screens.drills.choose._look", lambda _settings: still):
        async with driving.opened(settings, size=(60, 20)) as operator:
            await operator.keys("D")
            await operator.on("DrillsScreen")
            for at, one in enumerate(still.scenarios):
                assert one.scenario is not None
                title = one.scenario.title
                operator.page.query_one("#scenarios", ListPane).highlighted = at
                await operator.until(lambda t=title: t in _row(operator, "#scenarios"), title)  # type: ignore[misc]
            await operator.keys("tab")
            for at in range(len(still.held)):
                operator.page.query_one("#held", ListPane).highlighted = at
                who = still.held[at].signatures.in_a_list
                await operator.until(lambda w=who: w in _row(operator, "#held"), who)  # type: ignore[misc]
            # Also where the terminal becomes another one.
            await operator.pilot.resize_terminal(70, 20)
            await operator.until(lambda: who in _row(operator, "#held"), who)


def _row(operator: driving.Operator, name: str) -> str:
    """What a list shows, in one line, without its frame."""
    box = operator.page.query_one(name, ListPane).region
    lines = operator.text.splitlines()[box.y + 1 : box.bottom - 1]
    return " ".join(" ".join(line[box.x + 1 : box.right - 2] for line in lines).split())


async def test_the_drill_that_was_just_held_is_the_one_that_is_selected(
    settings: Settings, tmp_path: Path
) -> None:
    folder = settings_of(tmp_path).state
    close_drill(hold(tmp_path), RUN)
    settings = msgspec.structs.replace(settings, state=folder)
    async with driving.opened(settings) as operator:
        await operator.keys("D")
        await operator.on("DrillsScreen")
        held = operator.page.query_one("#held", ListPane)
        await operator.until(lambda: held.chosen == RUN, "the one that is known")
        later = RUN.replace(RUN[:4], str(int(RUN[:4]) + 1), 1)
        there = Path(folder) / "drills" / RUN
        shutil.copytree(there, there.with_name(later))
        await operator.keys("ctrl+r")
        await operator.until(lambda: held.option_count == 2, "both")
        await operator.until(lambda: held.chosen == later, "the new one being selected")
        # Whoever reads among them stays where he is.
        await operator.keys("tab", "down")
        await operator.until(lambda: held.chosen == RUN, "the older one")
        shutil.copytree(there, there.with_name(later.replace("drill-", "drill-a")[:-1]))
        await operator.keys("ctrl+r")
        await operator.until(lambda: held.option_count == 3, "all three")
        assert held.chosen == RUN


async def test_a_sandbox_drill_says_where_its_report_is_and_is_found_there(
    with_set: Settings,
) -> None:
    async with driving.opened(with_set) as operator:
        await operator.keys("D")
        await operator.on("DrillsScreen")
        await operator.sees("No drill was held yet")
        await operator.keys("t")
        await operator.on("Confirm")
        await operator.keys("right", "enter")
        await operator.on("RunScreen")
        await operator.sees("Its report: D, then Tab.")
        await operator.keys("escape")
        await operator.on("DrillsScreen")
        await operator.sees("unsigned and unreviewed")
        await operator.keys("tab", "enter")
        await operator.on("HeldScreen")
        await operator.sees("PASSED: the restore was done and proven")


async def test_while_its_platform_is_made_it_is_said_what_one_waits_for(
    settings: Settings,
) -> None:
    """And the top line names no other platform than the one on which it is played."""
    made, go_on = Ground.make, threading.Event()

    def held(self: Ground, *words: Any) -> None:
        assert go_on.wait(120)
        made(self, *words)

    with patch.object(Ground, "make", held):
        async with driving.opened(settings) as operator:
            await operator.keys("D")
            await operator.sees("No drill was held yet")
            await operator.keys("end", "enter")
            await operator.on("PlayScreen")
            try:
                await operator.sees("Make the practice platform on which this is played")
                assert "Looking …" not in operator.text
            finally:
                go_on.set()
            await operator.sees("how do you know where you are?")
            (top, *_) = operator.text.splitlines()
            assert "a practice platform of its own" in top and "single-node" not in top
            await operator.keys("X")
            await operator.on("BreakOffDialog")
            await operator.sees("Its practice platform is removed")
            (top, *_) = operator.text.splitlines()
            assert "a practice platform of its own" in top


async def test_of_one_that_is_told_in_words_alone_no_platform_is_removed(
    settings: Settings, tmp_path: Path
) -> None:
    write(tmp_path / "own", WORDS_ALONE.replace('name = "small"', 'name = "a"', 1), "a")
    settings = msgspec.structs.replace(settings, scenarios=str(tmp_path / "own"))
    async with driving.opened(settings) as operator:
        await operator.keys("D")
        await operator.sees("No drill was held yet")
        await operator.keys("enter")
        await operator.on("PlayScreen")
        await operator.sees("told in words alone")
        await operator.keys("X")
        await operator.on("BreakOffDialog")
        await operator.sees("The drill is recorded as broken off")
        assert "practice platform is removed" not in operator.text
