"""A text to read, search and copy, such as the RESTORE.md of a set."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from pryv_tui.sanitize import sanitized
from pryv_tui.tui.actions import bindings
from pryv_tui.tui.base.output import OUTPUT_ACTIONS, OutputPage
from pryv_tui.tui.session import Desk
from pryv_tui.tui.text.lines import Line
from pryv_tui.tui.widgets.output import OutputPane


class TextScreen(OutputPage):
    """The screen with a text, shown from its beginning."""

    TITLE_TEXT = "Text"
    HERE = (*(name for name in OUTPUT_ACTIONS if name != "follow"), "back", "help", "quit")
    BINDINGS: ClassVar[list[BindingType]] = bindings(HERE)

    def __init__(self, desk: Desk, title: str, text: str, wrapped: bool = False) -> None:
        """
        Args:
            wrapped: whether long lines are wrapped at first; not for a text with commands to paste.
        """
        super().__init__(desk)
        self._wrapped = wrapped
        self._title = title
        self._text = text
        self.top.retitle("Read")

    def content(self) -> Iterable[Widget]:
        pane = OutputPane("")
        pane.border_title = self._title.replace("[", "(")
        pane.view.following = False
        pane.ended = True
        yield pane

    def begin(self) -> None:
        self.output.view.by_words = True  # A text for people, not the output of a program.
        self.output.view.focus()
        if self._wrapped:
            self.output.toggle_wrap()
        self.output.add(Line("output", line) for line in sanitized(self._text).split("\n"))
