"""What every screen with an output can do: follow it, search, copy, show it in the plain view."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from textual import on
from textual.app import SuspendNotSupported
from textual.widgets import Input

from pryv_tui.tui.actions import Action
from pryv_tui.tui.base.page import Page
from pryv_tui.tui.terminal.filters import ascii_cells
from pryv_tui.tui.text.words import count
from pryv_tui.tui.widgets.output import OutputPane

COPIED_LINES = 2_000
"""The largest number of lines that are copied: terminals refuse a clipboard of megabytes."""

OUTPUT_ACTIONS = ("follow", "search", "search_next", "search_previous", "copy", "plain", "wrap")


class OutputPage(Page):
    """A screen with an `OutputPane`."""

    @property
    def output(self) -> OutputPane:
        return self.query_one(OutputPane)

    def on_resize(self) -> None:
        if self.children:
            # Which keys are in the line of keys depends on the width.
            self.call_after_refresh(self.refresh_keys)

    def enter_in(self, field: Input) -> str:
        return "Find"

    def text_to_copy(self) -> str:
        """Return the text that is copied, or shown in the plain view."""
        return self.output.view.lines.text()

    def text_to_print(self) -> str:
        """Return the text as the plain view prints it: in ASCII if the screen is drawn in ASCII."""
        text = self.text_to_copy()
        return ascii_cells(text) if getattr(self.app, "ascii", False) else text

    def action_follow(self) -> None:
        self.output.toggle_follow()

    def action_wrap(self) -> None:
        self.output.toggle_wrap()

    def action_search(self) -> None:
        self.output.start_search()

    def action_search_next(self) -> None:
        """Go to the next hit. Without a search, the key asks for a note, as on other screens."""
        if self.output.finding:
            self.output.next_hit(1)
        else:
            self.action_note()

    def action_search_previous(self) -> None:
        self.output.next_hit(-1)

    def actions_here(self) -> Sequence[Action]:
        """Return the actions for the line of keys. On a wide screen they include `wrap` and
        `filter`; during a search, the keys of the search."""
        shown = {"wrap", "filter"} if self.has_class("-wide") else set()
        # A widget can get the focus, and this can be called, before all widgets exist.
        if any(pane.finding for pane in self.query(OutputPane)):
            shown |= {"search_next", "search_previous", "note_typed"}
        return [
            action._replace(shown=True) if action.name in shown else action
            for action in super().actions_here()
        ]

    def action_back(self) -> None:
        """End a search if there is one; else leave."""
        if self.output.searching:
            self.output.end_search()
        elif self.output.finding and self.output.display:
            self.output.forget_search()
            self.refresh_keys()
        else:
            self.dismiss()

    @on(OutputPane.Searched)
    def searched(self) -> None:
        self.refresh_keys()

    def action_copy(self) -> None:
        lines = self.text_to_copy().splitlines()
        cut = lines[-COPIED_LINES:]
        self.app.copy_to_clipboard("\n".join(cut) + "\n")
        which = "" if len(cut) == len(lines) else " (the last ones)"
        self.keybar.remark(f"{count(len(cut), 'line')} copied{which}; if nothing arrived, p prints"
                           f" {'it' if len(cut) == 1 else 'them'}.", until_key=True)  # fmt: skip

    def action_plain(self) -> None:
        """Leave the screen and print the text, so that it can be copied with the terminal's
        selection."""
        try:
            # OSError: the terminal is gone; the driver notices that in a moment.
            with self.app.suspend(), contextlib.suppress(EOFError, KeyboardInterrupt, OSError):
                print(self.text_to_print())
                input("-- Enter goes back to the interface -- ")
        except SuspendNotSupported:
            self.keybar.remark("On this terminal, the text can't be printed outside the interface.")
