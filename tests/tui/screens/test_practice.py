"""The practice platform's menu: reached by a key on it alone, and what is chosen there is done."""

from __future__ import annotations

from pathlib import Path

from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.practice import simulated
from pryv_tui.practice.platform import PracticePlatform
from tests.tui.driving import opened
from tests.tui.stills.still import standing_still


async def test_what_is_chosen_is_done_and_written_down(settings: Settings) -> None:
    folder = Path(settings.practice or "")

    def done() -> list[str]:
        return [one.words for one in simulated.read(folder).done]

    async with opened(settings) as operator:
        await operator.keys("P")
        await operator.sees("People use the platform")
        await operator.keys("enter")
        await operator.sees("Made: 1 account.")
        await operator.keys(*["down"] * 4)
        await operator.sees("The disaster: core's")
        await operator.keys("enter")
        await operator.on("Confirm")
        await operator.keys("enter")
        await operator.sees("Nothing was done.")
        assert done() == ["data added: 1 account"]
        await operator.keys("enter")
        await operator.on("Confirm")
        await operator.keys("right", "enter")
        await operator.sees("Gone: core.")
        await operator.sees("Not now: it is already gone")
        assert done() == ["data added: 1 account", "lost: core"]
        await operator.keys("enter")
        await operator.sees("That can't be done now")
        await operator.keys(*["down"] * 5)
        await operator.keys("enter")
        await operator.sees("[x] mongodump-empty")
        assert PracticePlatform.open(folder).faults.list() == ("mongodump-empty",)
        await operator.keys("escape")
        await operator.on("OverviewScreen")
        await operator.sees("Core is gone; 9 containers are left")


async def test_on_a_real_platform_there_is_no_such_thing(tmp_path: Path) -> None:
    with standing_still(tmp_path, practice=False) as site:
        async with opened(site.settings, site=site) as operator:
            await operator.sees("into a backup")
            await operator.keys("P")
            await operator.on("OverviewScreen")
            assert "practice" not in {action.name for action in operator.page.actions_here()}
            await operator.keys("colon")
            await operator.on("Palette")
            commands = {each.name for each in operator.app.screen._commands}  # type: ignore[attr-defined]
            assert "practice" not in commands
