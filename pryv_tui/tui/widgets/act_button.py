"""The button of an act. If Enter led to the button, another key presses it, so that holding Enter
down starts nothing."""

from __future__ import annotations

from typing import ClassVar

from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Button
from textual.widgets.button import ButtonVariant

from pryv_tui.tui.widgets.field import WordField


class ActButton(Button):
    """A button that Space presses. Enter presses it too, except if an Enter in the field or on the
    page has moved the focus here: a person who holds that key down has decided nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "press_by_enter", show=False),
        Binding("space", "press", show=False),
    ]

    def __init__(
        self,
        label: str,
        *,
        id: str,
        variant: ButtonVariant,
        disabled: bool = False,
        word: WordField | None = None,
    ) -> None:
        """Make the button. `word` is the field for the word that confirms the act; None if no word
        is required."""
        super().__init__(Content(label), id=id, variant=variant, disabled=disabled)
        self._word = word
        self._brought = False

    @property
    def key(self) -> str:
        """The key that presses the button now."""
        return "space" if self._brought else "enter"

    def bring(self) -> None:
        """Take the focus after an Enter in the field or on the page: Enter then does not press the
        button."""
        self._brought = True
        self.focus()

    def action_press_by_enter(self) -> None:
        if self._brought:
            raise SkipAction  # The screen says which key presses it.
        self.press()

    def on_focus(self) -> None:
        if self._word is not None:
            self._word.tell_at("brought" if self._brought else "button")

    def on_blur(self) -> None:
        self._brought = False
        if self._word is not None:
            self._word.tell_at("field")
