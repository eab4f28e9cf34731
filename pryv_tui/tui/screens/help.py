"""Help: every key of a screen, and what its words mean."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget

from pryv_tui.operations.commands import completed
from pryv_tui.tui.actions import ACTIONS, MOVES, bindings
from pryv_tui.tui.base.page import Page
from pryv_tui.tui.navigation import PRACTICE
from pryv_tui.tui.session import Desk
from pryv_tui.tui.text.lines import Para
from pryv_tui.tui.text.words import fit
from pryv_tui.tui.widgets.panes import Pane


class HelpScreen(Page):
    """The keys and the words of another screen, made from its actions and `WORDS`."""

    TITLE_TEXT = "Help"
    HERE = ("back", "quit")
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(HERE), *bindings(("help",))]

    def __init__(self, desk: Desk, about: Page) -> None:
        super().__init__(desk)
        self.about = about
        self.top.retitle(f"Help: {about.TITLE_TEXT}")
        # Over a played drill, the top line names the drill's platform, not the live one.
        self.top.of(about.top.about)

    def content(self) -> Iterable[Widget]:
        pane = Pane("Keys and words")
        pane.show(help_text(self.about))
        yield pane

    def begin(self) -> None:
        self.query_one(Pane).focus()

    def action_help(self) -> None:
        self.dismiss()


def help_text(page: Page) -> list[Para]:
    """Return every key of a screen, whether it does anything now, and every word that the screen
    explains."""
    parts = [Para(0, Content.assemble(("Keys of this screen", "bold")))]
    for name in page.names():
        if name == PRACTICE and not page.desk.practice:
            continue  # Only a practice platform has this key.
        action = ACTIONS[name]
        mark = " It asks first." if action.destructive else ""
        if not page.check_action(name, ()):
            mark += " It does nothing now."
        parts.append(
            _row(9, action.key_label, f"{action.label}: {action.help}", "$text-primary", mark)
        )
    parts += [Para(0, Content("")), Para(0, Content.assemble(("Keys everywhere", "bold")))]
    parts += [_row(24, keys, what, "$text-primary") for keys, what in MOVES]
    if page.WORDS:
        parts += [Para(0, Content("")), Para(0, Content.assemble(("Words", "bold")))]
        widest = max(15, *(len(word) + 4 for word, _ in page.WORDS))
        given = page.desk.settings.given
        parts += [_row(widest, word, completed(text, given), "") for word, text in page.WORDS]
    return parts


def _row(width: int, name: str, text: str, style: str, mark: str = "") -> Para:
    return Para(
        width,
        Content.assemble(
            (f"  {fit(name, width - 2)}", f"bold {style}"), text, (mark, "$text-warning")
        ),
    )
