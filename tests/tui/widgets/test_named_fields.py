"""Each field of a dialog says what it is for, and where the typing goes is seen without colours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rich.segment import Segment
from textual.widgets import Input

from pryv_tui.drills.findings import Usual
from pryv_tui.operations.settings.appearance import THEMES
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.tui.base.confirm import TypeToConfirm
from pryv_tui.tui.base.dialog import Dialog
from pryv_tui.tui.base.observing import ObservationDialog
from pryv_tui.tui.flows.adopt import AskFolder
from pryv_tui.tui.flows.drill import (
    BreakOffDialog,
    DebriefDialog,
    FindingDialog,
    KeyDialog,
    ReviewDialog,
)
from pryv_tui.tui.flows.files import AskPattern
from pryv_tui.tui.flows.pin import AskWhy
from pryv_tui.tui.flows.since import Since
from pryv_tui.tui.session import Desk
from pryv_tui.tui.widgets.field import Field, WordField
from tests.tui.driving import Operator, opened
from tests.tui.sheets import seen_alone
from tests.tui.unseen import drawn

USUAL = Usual("root", "2026-12-30", "core-lost")
DIALOGS: dict[str, Callable[[Desk], Dialog[Any]]] = {
    "debrief": lambda desk: DebriefDialog(desk, (), str, USUAL),
    "finding": lambda desk: FindingDialog(desk, str, USUAL, signed=True),
    "observation": lambda desk: ObservationDialog(desk, str),
    "break off": lambda desk: BreakOffDialog(desk, platform=True),
    "sign": lambda desk: KeyDialog(desk, "/k"),
    "review": lambda desk: ReviewDialog(desk),
    "pin": lambda desk: AskWhy(desk, "20260101T000000Z"),
    "files": lambda desk: AskPattern(desk, ""),
    "since": lambda desk: Since(desk),
    "adopt": lambda desk: AskFolder(desk, ""),
    "confirm": lambda desk: TypeToConfirm(desk, "T", "Text", word="w.example", yes="Y"),
}


Lines = list[list[Segment]]


def rows_of(lines: Lines, field: Input) -> list[tuple[str, bool]]:
    """What is drawn where a field and what names it are: each part, and whether it differs from
    the text beside it by more than its colour.

    Args:
        lines: what the screen shows, which is drawn once for all its fields.
    """
    top, height = field.region.y, field.region.height
    return [
        (part.text, bool(part.style and part.style.reverse))
        for line in lines[top : top + height]
        for part in line
    ]


@pytest.mark.parametrize("size", [(80, 24), (60, 20), (120, 40)], ids=str)
async def test_each_says_what_it_is_for_and_which_is_typed_in(
    settings: Settings, size: tuple[int, int]
) -> None:
    async with opened(settings, size) as operator:
        app, desk = operator.app, operator.page.desk
        own = app.theme
        with seen_alone(app):
            for name, made in DIALOGS.items():
                dialog = made(desk)
                app.push_screen(dialog)
                await operator.until(lambda dialog=dialog: app.screen is dialog, name)  # type: ignore[misc]
                await operator.pilot.pause()
                fields = list(dialog.query(Field))
                assert fields, name
                for theme in THEMES:
                    app.theme = theme
                    await looked_at(operator, fields)
                app.theme = own
                app.pop_screen()


def is_marked(lines: Lines, field: Field) -> bool:
    """Whether it looks as if it was typed in, without a look at colours: by a heavy border where
    there is one, else by a label that is reversed."""
    parts = rows_of(lines, field)
    heavy = any("┏" in part for part, _ in parts)
    return heavy or any(field.what in part and reverse for part, reverse in parts)


async def looked_at(operator: Operator, fields: list[Field]) -> None:
    """See that each is named in the theme, and that only one looks as if it was typed in,
    whichever it is."""
    theme = operator.app.theme
    for focused in fields:
        focused.focus()
        await operator.until(
            lambda one=focused: is_marked(drawn(operator.app), one),  # type: ignore[misc]
            f"its mark in {theme}",
        )
        await operator.pilot.pause()
        lines = drawn(operator.app)
        assert focused.what and focused.region.height in (1, 3)
        for each in fields:
            text = "".join(part for part, _ in rows_of(lines, each))
            assert each.what in text, (theme, text)
            assert is_marked(lines, each) is (each is focused), (theme, each.what, text)
            if each.region.height == 1:
                assert "▏" in text or "│" in text, text


def test_a_hint_is_told_from_what_was_typed() -> None:
    assert Field(placeholder="such as this").placeholder == "(such as this)"
    assert Field().placeholder == ""
    assert WordField("w").placeholder == "(Type w)"


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)], ids=str)
async def test_a_hint_that_has_no_room_ends_in_an_ellipsis(
    settings: Settings, size: tuple[int, int]
) -> None:
    """At its last blank it would seem to be whole: "(Type"."""
    word = "a-very-long-name.of-a-hospital-group.clinical-data.pryv.example"
    async with opened(settings, size) as operator:
        dialogs = (
            TypeToConfirm(operator.page.desk, "T", "Text", word=word, yes="Y"),
            AskFolder(operator.page.desk, ""),
            AskPattern(operator.page.desk, ""),
        )
        for dialog in dialogs:
            operator.app.push_screen(dialog)
            await operator.pilot.pause()
            field = dialog.query_one(Field)
            hint = f"(Type {word})" if isinstance(field, WordField) else field.placeholder
            row = drawn(operator.app)[field.region.y + 1]
            shown = "".join(part.text for part in row).split("┃")[1].strip()
            assert shown == hint or (shown[-1] == "…" and hint.startswith(shown[:-1])), shown
            assert len(shown) > len(hint) // 2
            operator.app.pop_screen()
