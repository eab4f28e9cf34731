"""Questions before an act: yes or no with No focused, and the typed word."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Input

from pryv_tui.tui.desk import Desk
from pryv_tui.tui.screens.page import Dialog
from pryv_tui.tui.widgets.field import WordField

SIDEWAYS: list[BindingType] = [
    Binding("left", "app.focus_previous", show=False),
    Binding("right", "app.focus_next", show=False),
]
"""From button to button."""


class Confirm(Dialog[bool]):
    """A question. No is focused, Escape is No, the other button names the act."""

    AUTO_FOCUS = "#no"
    KEYS = (("esc", "No"), ("↑ ↓", "Read on"), ("← → tab", "Choose"), ("enter", "Press"))
    BINDINGS: ClassVar[list[BindingType]] = SIDEWAYS

    def __init__(self, desk: Desk, title: str, text: Content | str, *, no: str, yes: str) -> None:
        super().__init__(desk, title, text)
        self._no = no
        self._yes = yes

    def buttons(self) -> Iterable[Button]:
        yield Button(Content(self._no), id="no")
        yield Button(Content(self._yes), id="yes", variant="warning")

    @on(Button.Pressed, "#yes")
    def say_yes(self) -> None:
        self.dismiss(True)


class TypeToConfirm(Dialog[bool]):
    """An act that wants a word typed: the button is off until the word matches exactly, and
    Enter in the field never presses it."""

    AUTO_FOCUS = "#word"
    KEYS = (("esc", "No"), ("↑ ↓", "Read on"), ("tab", "To the buttons"), ("enter", "Press"))

    def __init__(self, desk: Desk, title: str, text: Content | str, *, word: str, yes: str) -> None:
        super().__init__(desk, title, text)
        self._yes = yes
        self.word = WordField(word, id="word")

    def fields(self) -> Iterable[Widget]:
        yield self.word
        yield self.word.remark

    def buttons(self) -> Iterable[Button]:
        yield Button("No", id="no")
        yield Button(Content(self._yes), id="yes", variant="error", disabled=True)

    @on(Input.Changed, "#word")
    def compare(self) -> None:
        self.query_one("#yes", Button).disabled = not self.word.matches

    @on(Button.Pressed, "#yes")
    def say_yes(self) -> None:
        if self.word.matches:
            self.dismiss(True)
