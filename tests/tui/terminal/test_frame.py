"""What frames every screen: the line of keys, and dialogs whose buttons are always in view."""

from __future__ import annotations

import pytest
from textual.app import App
from textual.widgets import Button, Static

from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.site import open_site
from pryv_tui.tui.actions import ACTIONS
from pryv_tui.tui.base.confirm import TypeToConfirm
from pryv_tui.tui.screens.overview import OverviewScreen
from pryv_tui.tui.screens.run import RunScreen
from pryv_tui.tui.screens.sets import SetsScreen
from pryv_tui.tui.session import Desk
from pryv_tui.tui.theme import DARK
from pryv_tui.tui.widgets.keybar import laid_out


@pytest.mark.parametrize("page", [OverviewScreen, RunScreen, SetsScreen])
@pytest.mark.parametrize("width", [30, 60, 80, 120])
def test_help_and_quit_are_always_named(page: type[OverviewScreen], width: int) -> None:
    actions = [ACTIONS[name] for name in page.HERE]
    rows = laid_out(actions, width)
    assert len(rows) <= 2
    assert [action.name for action in rows[-1][-2:]] == ["help", "quit"]
    for row in rows:
        assert sum(len(a.key_label) + len(a.label) + 3 for a in row) <= width
    if width >= 60:
        named = [action for row in rows for action in row]
        assert named == [action for action in actions if action.shown], "a key was left away"


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 20)])
async def test_a_long_text_leaves_a_dialog_its_buttons(
    settings: Settings, size: tuple[int, int]
) -> None:
    app: App[int] = App()
    app.register_theme(DARK)
    app.theme = DARK.name
    text = "\n".join(f"line {number}" for number in range(60))
    dialog = TypeToConfirm(Desk(settings, open_site(settings)), "T", text, word="w", yes="Do it")
    async with app.run_test(size=size) as pilot:
        await app.push_screen(dialog)
        await pilot.pause()
        box = dialog.query_one("Vertical").region
        keys = dialog.query_one(".keys", Static).region
        button = dialog.query_one("#yes", Button).region
        assert box.contains_region(keys)
        assert box.contains_region(button)
        assert box.bottom - keys.bottom == 1, "nothing but the border is below the keys"
