"""A terminal that is too small is told the size it needs, and nothing unseen is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.runs.record.history import all_runs
from pryv_tui.runs.start import start_run
from tests.tui.driving import opened

NEEDED = "60x20 needed"


@pytest.mark.parametrize(
    ("size", "small"),
    [((60, 20), False), ((59, 20), True), ((60, 19), True), ((30, 8), True), ((12, 3), True)],
)
async def test_from_which_size_on(settings: Settings, size: tuple[int, int], small: bool) -> None:
    async with opened(settings, size) as operator:
        await operator.until(
            lambda: (
                ("needed" in operator.text) is small
                and ("Roles and containers" in operator.text) is not small
            ),
            "what fits",
        )
        if small and size[0] >= len(NEEDED):
            assert NEEDED in operator.text
            assert f"{size[0]}x{size[1]}" in operator.text


async def test_what_was_begun_is_as_it_was_and_no_key_acts_unseen(slow: Settings) -> None:
    async with opened(slow) as operator:
        start_run(slow, "backup")
        await operator.keys("u")
        await operator.sees("▶ running")
        await operator.keys("enter")
        await operator.sees("▶ running   Dump MongoDB on single")
        await operator.pilot.resize_terminal(30, 8)
        await operator.sees(NEEDED)
        assert "Dump" not in operator.text
        # x would ask, tab and enter would answer: none of it is done.
        await operator.keys("x", "tab", "enter", "escape", "colon")
        await operator.on("RunScreen")
        await operator.pilot.resize_terminal(80, 24)
        await operator.sees("▶ running   Dump MongoDB on single")
        assert NEEDED not in operator.text
        # A question, and a screen that opens while there is no room.
        await operator.keys("x")
        await operator.on("Confirm")
        await operator.pilot.resize_terminal(59, 24)
        await operator.sees(NEEDED)
        await operator.keys("escape")
        await operator.on("Confirm")
        await operator.pilot.resize_terminal(80, 24)
        await operator.sees("No, let it run")
        assert operator.focused == "no"
        await operator.keys("escape", "escape", "escape")
        await operator.on("OverviewScreen")
        await operator.pilot.resize_terminal(30, 8)
        await operator.sees(NEEDED)
        await operator.page.run_action("screen.sets")
        await operator.on("SetsScreen")
        await operator.sees(NEEDED)
        await operator.keys("q")
        await operator.until(lambda: not operator.app.is_running, "the end of the interface")
        assert operator.app.return_code == 0
    assert all_runs(Path(slow.state))[-1].state == "running"
