"""One choice of several, whose mark shows without colours too."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import RadioButton


class Pick(RadioButton):
    """A radio button; the usual one has the same mark on and off, in another colour."""

    def __init__(self, label: str, value: bool = False) -> None:
        super().__init__(Content(label), value)
        self.BUTTON_INNER = "●" if value else " "

    def watch_value(self) -> None:
        self.BUTTON_INNER = "●" if self.value else " "
        super().watch_value()
