"""A run that was left while it went on: who comes back is told how it ended, until it was seen."""

from __future__ import annotations

import sys
from pathlib import Path

from pryv_tui.operations.drilling.places import Kept, folder_of, keep, words_folder
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.runs.start import cancel_run, start_run
from pryv_tui.tui.preferences import remembered, seen, watch
from pryv_tui.tui.screens.run import RunScreen
from pryv_tui.tui.widgets.panes import Pane
from tests.tui.driving import Operator, opened


def told(operator: Operator) -> str:
    return operator.page.query_one("#attention", Pane).plain


async def test_it_is_told_once(settings: Settings) -> None:
    state = Path(settings.state)
    held = (sys.executable, "-m", "tests.tui.held_worker", "2")
    run = start_run(settings, "backup", worker=held).id
    async with opened(settings) as operator:
        # It goes on: its screen opens by itself.
        await operator.on("RunScreen")
        screen = operator.page
        assert isinstance(screen, RunScreen)
        await operator.until(lambda: screen.model.current is not None, "its first step")
    assert cancel_run(state, run).outcome == "cancelled"
    async with opened(settings) as operator:
        await operator.until(lambda: run in told(operator), "how it ended")
        assert "that you left has ended: cancelled" in told(operator)
        assert f"press u, then Enter on {run}" in " ".join(told(operator).split())
        await operator.keys("u")
        await operator.sees("cancelled")
        await operator.keys("enter")
        await operator.on("RunScreen")
        await operator.sees("CANCELLED")
        await operator.keys("escape", "escape")
        await operator.on("OverviewScreen")
        await operator.until(lambda: run not in told(operator), "that it was seen")
    assert remembered(state).watched == ""


async def test_whoever_sees_the_end_is_not_told_again(settings: Settings) -> None:
    state = Path(settings.state)
    run = start_run(settings, "backup").id
    async with opened(settings) as operator:
        await operator.keys("u")
        await operator.sees("backup")
        await operator.keys("enter")
        await operator.on("RunScreen")
        await operator.sees("COMPLETE")
        await operator.until(lambda: remembered(state).watched == "", "that it was seen")
    async with opened(settings) as operator:
        assert run not in told(operator)


async def test_a_theme_that_is_chosen_forgets_no_run(settings: Settings) -> None:
    state = Path(settings.state)
    watch(state, "one")
    async with opened(settings) as operator:
        assert operator.app.take_theme("light")
    assert (remembered(state).theme, remembered(state).watched) == ("light", "one")
    seen(state, "another")
    assert remembered(state).watched == "one"
    seen(state, "one")
    assert (remembered(state).theme, remembered(state).watched) == ("light", "")


async def test_the_sandbox_of_a_drill_that_died_is_cleared_unasked(settings: Settings) -> None:
    state = Path(settings.state)
    folder = str(folder_of(state, "d9"))
    held = keep(state, Kept(drill="d9", folder=folder, host="single", made="", expires=""))
    held.leave()  # as the end of its process does
    async with opened(settings) as operator:
        await operator.until(lambda: not list(words_folder(state).iterdir()), "that it is gone")
