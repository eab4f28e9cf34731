"""Questions before an act: yes or no with No focused, and the typed word."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Static

from pryv_tui.tui.desk import Desk
from pryv_tui.tui.screens.page import Dialog
from pryv_tui.tui.widgets.field import WordField


class Confirm(Dialog[bool]):
    """A question. No is focused, Escape is No, the other button names the act."""

    AUTO_FOCUS = "#no"
    KEYS = (("esc", "No"), ("← → tab", "Choose"), ("enter", "Press"))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "no", show=False),
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(self, desk: Desk, title: str, text: Content | str, *, no: str, yes: str) -> None:
        super().__init__()
        self._title = ("PRACTICE · " if desk.practice else "") + title
        self._text = text
        self._no = no
        self._yes = yes

    def compose(self) -> ComposeResult:
        box = Vertical()
        box.border_title = self._title
        with box:
            with VerticalScroll(classes="text"):
                yield Static(self._text, markup=False)
            with Horizontal(classes="buttons"):
                yield Button(Content(self._no), id="no")
                yield Button(Content(self._yes), id="yes", variant="warning")
            yield self.keys_line()

    @on(Button.Pressed, "#yes")
    def say_yes(self) -> None:
        self.dismiss(True)

    @on(Button.Pressed, "#no")
    def action_no(self) -> None:
        self.dismiss(False)


class TypeToConfirm(Dialog[bool]):
    """An act that wants a word typed: the button is off until the word matches exactly, and
    Enter in the field never presses it."""

    AUTO_FOCUS = "#word"
    KEYS = (("esc", "No"), ("tab", "To the buttons"), ("enter", "Press the focused button"))
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "no", show=False)]

    def __init__(self, desk: Desk, title: str, text: Content | str, *, word: str, yes: str) -> None:
        super().__init__()
        self._title = ("PRACTICE · " if desk.practice else "") + title
        self._text = text
        self._yes = yes
        self.word = WordField(word, id="word")

    def compose(self) -> ComposeResult:
        box = Vertical()
        box.border_title = self._title
        with box:
            with VerticalScroll(classes="text"):
                yield Static(self._text, markup=False)
            yield self.word
            yield self.word.remark
            with Horizontal(classes="buttons"):
                yield Button("No", id="no")
                yield Button(Content(self._yes), id="yes", variant="error", disabled=True)
            yield self.keys_line()

    @on(Input.Changed, "#word")
    def compare(self) -> None:
        self.query_one("#yes", Button).disabled = not self.word.matches

    @on(Button.Pressed, "#yes")
    def say_yes(self) -> None:
        if self.word.matches:
            self.dismiss(True)

    @on(Button.Pressed, "#no")
    def action_no(self) -> None:
        self.dismiss(False)
