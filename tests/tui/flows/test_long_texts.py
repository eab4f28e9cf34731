"""What an act would do is read to its end before the word is typed, whatever has the focus."""

from __future__ import annotations

import pytest
from textual.content import Content

from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.tui.base.wizard import Wizard
from pryv_tui.tui.widgets.panes import Pane
from tests.tui.driving import opened

MANY = Content("\n".join(f"  2026010{number % 9}T000000Z-set-{number}" for number in range(60)))
PAGES = {"prune": "#removed", "restore": "#replaced"}
"""Each wizard that asks for a word, with the pane that says what the word confirms."""


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)], ids=str)
@pytest.mark.parametrize("name", PAGES)
async def test_what_the_word_confirms_is_read_from_its_field(
    with_set: Settings, name: str, size: tuple[int, int]
) -> None:
    async with opened(with_set, size) as operator:
        operator.page.go_to(name)
        await operator.sees("1 ")
        await operator.until(lambda: bool(operator.page.query("#pages")), name)
        wizard = operator.page
        assert isinstance(wizard, Wizard)
        wizard.turn_to(len(wizard.PAGES) - 1)
        pane = wizard.query_one(PAGES[name], Pane)
        pane.show(MANY)
        wizard.query_one("#word").focus()
        wizard.settle()
        await operator.sees("PgDn Read on")
        await operator.keys("pagedown")
        await operator.until(lambda: pane.scroll_offset.y > 0, "the rest of the text")
        await operator.keys("pageup")
        await operator.until(lambda: pane.scroll_offset.y == 0, "its beginning")
        assert operator.focused == "word"
