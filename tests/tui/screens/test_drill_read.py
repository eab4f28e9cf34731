"""What is known is read on without leaving the list of options, and it is said by which keys."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pryv_tui.drills.playing.drill import begin
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.tui.widgets.panes import ListPane, Pane
from tests.drills.kit import WORDS_ALONE, write
from tests.tui import driving

LONG = WORDS_ALONE.replace(
    'known = ["Nothing answers."]',
    "known = [" + ", ".join(f'"Line {number} of what is known."' for number in range(60)) + "]",
)
KEYS = "What is known (PgDn, PgUp)"


def _begun(settings: Settings, tmp_path: Path, story: str) -> Settings:
    write(tmp_path / "own", story)
    settings = msgspec.structs.replace(settings, scenarios=str(tmp_path / "own"))
    begin(settings, "small")
    return settings


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
async def test_the_page_keys_scroll_what_is_known_and_leave_the_option(
    settings: Settings, tmp_path: Path, size: tuple[int, int]
) -> None:
    settings = _begun(settings, tmp_path, LONG)
    async with driving.opened(settings, size=size) as operator:
        await operator.keys("D")
        await operator.sees("Something is lost.")
        await operator.sees("enter Take it")
        await operator.sees(KEYS)
        options = operator.page.query_one("#options", ListPane)
        safe = options.chosen
        assert "Line 59 of" not in operator.text
        for _ in range(12):
            await operator.keys("pagedown")
        await operator.sees("Line 59 of what is known.")
        assert (options.chosen, operator.app.focused) == (safe, options)
        await operator.keys("pageup")
        await operator.until(lambda: "Line 59 of" not in operator.text, "the page above")
        for _ in range(12):
            await operator.keys("pageup")
        await operator.sees("Something is lost.")
        assert (options.chosen, operator.app.focused) == (safe, options)
        # The next page has little to read: no key is named for it.
        await operator.keys("enter")
        await operator.sees("What do you do?")
        await operator.until(lambda: KEYS not in operator.text, "a title without keys")
        await operator.keys("pagedown")
        assert operator.page.query_one("#known", Pane).scroll_y == 0
