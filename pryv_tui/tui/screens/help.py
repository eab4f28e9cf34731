"""Help: every key of a screen, and what its words mean."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget

from pryv_tui.tui.actions import ACTIONS, MOVES, bindings
from pryv_tui.tui.desk import Desk
from pryv_tui.tui.screens.page import Page
from pryv_tui.tui.widgets.panes import Pane
from pryv_tui.tui.words import fit


class HelpScreen(Page):
    """Derived from the actions and the words of the screen that it is about."""

    TITLE_TEXT = "Help"
    HERE = ("back", "quit")
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(HERE), *bindings(("help",))]

    def __init__(self, desk: Desk, about: Page) -> None:
        super().__init__(desk)
        self.about = about
        self.top.retitle(f"Help: {about.TITLE_TEXT}")

    def content(self) -> Iterable[Widget]:
        pane = Pane("Keys and words")
        pane.show(help_text(self.about))
        yield pane

    def on_mount(self) -> None:
        self.query_one(Pane).focus()

    def action_help(self) -> None:
        self.dismiss()


def help_text(page: Page) -> Content:
    """Every key of a screen and every word that it explains."""
    parts: list[Content | str] = [Content.assemble(("Keys of this screen", "bold")), "\n"]
    for name in page.HERE:
        action = ACTIONS[name]
        mark = Content.assemble((" (asks first)", "$text-warning")) if action.destructive else ""
        parts += [
            Content.assemble((f"  {fit(action.key_label, 7)}", "bold $text-primary")),
            Content(f"{action.label}: {action.help}"),
            mark,
            "\n",
        ]
    parts += ["\n", Content.assemble(("Keys everywhere", "bold")), "\n"]
    for keys, what in MOVES:
        parts += [
            Content.assemble((f"  {fit(keys, 22)}", "bold $text-primary")),
            Content(what),
            "\n",
        ]
    if page.WORDS:
        parts += ["\n", Content.assemble(("Words", "bold")), "\n"]
        for word, meaning in page.WORDS:
            parts += [
                Content.assemble((f"  {fit(word, 12)} ", "bold")),
                Content(meaning),
                "\n",
            ]
    return Content.assemble(*parts)
