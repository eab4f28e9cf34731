"""In each dialog the arrows go from button to button, and the keys that it names are seen."""

from __future__ import annotations

from typing import Any

import pytest
from textual.app import App
from textual.containers import Vertical
from textual.widgets import Button, Input

from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.tui.base.confirm import Confirm, TypeToConfirm
from pryv_tui.tui.base.dialog import LEAST_TEXT, Dialog
from tests.tui.driving import Operator, opened
from tests.tui.widgets.test_named_fields import DIALOGS

LONG = "a-very-long-name.of-a-hospital-group.clinical-data.pryv.example"
MANY = "\n".join(f"Line {number} of what is told before it is asked." for number in range(40))


async def _on(operator: Operator, dialog: Dialog[Any]) -> Dialog[Any]:
    operator.app.push_screen(dialog)
    await operator.on(type(dialog).__name__)
    await operator.until(lambda: dialog.focused is not None, "the dialog")
    return dialog


def _focused(app: App[Any]) -> str:
    return (app.focused.id or "") if app.focused is not None else ""


@pytest.mark.parametrize("name", ["debrief", "finding", "review", "break off", "sign", "pin"])
async def test_arrows_go_from_button_to_button_and_end_at_the_last(
    settings: Settings, name: str
) -> None:
    async with opened(settings) as operator:
        dialog = await _on(operator, DIALOGS[name](operator.page.desk))
        buttons = [one.id for one in dialog.query(".buttons Button").results(Button)]
        assert len(buttons) > 1
        dialog.query_one(f"#{buttons[0]}").focus()
        await operator.until(lambda: _focused(operator.app) == buttons[0], "the first button")
        assert "← →" in operator.text and "enter Press" in operator.text
        for there in (*buttons[1:], buttons[-1]):
            await operator.keys("right")
            assert _focused(operator.app) == there
        for there in (*buttons[-2::-1], buttons[0]):
            await operator.keys("left")
            assert _focused(operator.app) == there
        # In a field they move the cursor.
        field = dialog.query(Input).first()
        field.value = "abc"
        field.focus()
        await operator.keys("end", "left", "left")
        assert operator.app.focused is field and field.cursor_position == 1


@pytest.mark.parametrize("name", ["debrief", "review", "sign", "confirm"])
async def test_tab_stops_only_where_it_is_seen(settings: Settings, name: str) -> None:
    """Each stop is a field or a button: at any other one nothing shows where the typing goes."""
    async with opened(settings) as operator:
        dialog = await _on(operator, DIALOGS[name](operator.page.desk))
        for _ in range(12):
            await operator.keys("tab")
            assert isinstance(dialog.focused, Button | Input), dialog.focused


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (100, 30), (80, 20)], ids=str)
@pytest.mark.parametrize("kind", ["yes or no", "a word", "a word, and a problem"])
async def test_no_key_is_cut_off_below_a_long_text(
    settings: Settings, kind: str, size: tuple[int, int]
) -> None:
    async with opened(settings, size=size) as operator:
        desk = operator.page.desk
        dialog: Dialog[Any] = (
            Confirm(desk, "T", MANY, no="Think again", yes="Wait, then do it", commands="$ c")
            if kind == "yes or no"
            else TypeToConfirm(desk, "T", MANY, word="practice.example", yes="Do", commands="$ c")
        )
        await _on(operator, dialog)
        if kind.endswith("problem"):
            dialog._say_wrong("It did not work.\nDo it again.")
        await operator.sees("^n Note")
        _all_inside(dialog)


def _all_inside(dialog: Dialog[Any]) -> None:
    box = dialog.query(Vertical).first()
    for one in dialog.query(".keys, .buttons"):
        assert box.content_region.contains_region(one.region), one


@pytest.mark.parametrize("size", [(80, 24), (60, 20), (120, 40)], ids=str)
@pytest.mark.parametrize("kind", ["a long word", "a wrong word", "the act's button", "a problem"])
async def test_no_key_is_cut_off_by_what_takes_another_row(
    settings: Settings, kind: str, size: tuple[int, int]
) -> None:
    """A long domain takes two rows, and what a button's keys are called may take a second one."""
    word = "practice.example" if kind == "the act's button" else LONG
    async with opened(settings, size=size) as operator:
        dialog = TypeToConfirm(
            operator.page.desk, "T", MANY, word=word, yes="Stop it on single", commands="$ c"
        )
        await _on(operator, dialog)
        if kind == "a wrong word":
            dialog.word.value = "x"
        elif kind == "the act's button":
            dialog.word.value = word
            await operator.keys("enter")
            await operator.sees("space Press")
        elif kind == "a problem":
            dialog._say_wrong("It did not work.\nDo it again.")
        await operator.sees("^n Note")
        await operator.pilot.pause()
        _all_inside(dialog)
        # Nor is more taken from the text than that.
        assert dialog.query_one(".text").outer_size.height > LEAST_TEXT
