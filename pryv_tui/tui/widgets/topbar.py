"""The line at the top of every screen: where you are, and on which platform."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from pryv_tui.tui.session import Desk
from pryv_tui.tui.text.words import fit


class TopBar(Widget):
    """Badge, title, platform. On a practice platform the whole line has another colour."""

    DEFAULT_CSS = """
    TopBar { dock: top; height: 1; background: $panel; color: $foreground; }
    TopBar.-practice { background: $practice; color: $practice-ink; }
    """

    def __init__(self, desk: Desk, title: str) -> None:
        super().__init__()
        self._desk = desk
        self.title = title
        self.set_class(desk.practice, "-practice")

    def retitle(self, title: str) -> None:
        self.title = title
        self.refresh()

    def render(self) -> Content:
        badge = " PRACTICE " if self._desk.practice else ""
        title = f" {self.title} "
        room = self.size.width - len(badge) - 1
        title = title if len(title) <= room else fit(title, max(room, 0))
        left = room - len(title)
        facts = self._desk.facts(max(left, 0))
        facts = fit(facts, max(left, 0)) if len(facts) > left else facts.rjust(left)
        return Content.assemble((badge, "bold reverse"), (title, "bold"), (facts, ""), " ")


def title_of(screens: Sequence[Screen[Any]]) -> str:
    """What the uppermost screen with a top line is called; a question has none of its own."""
    bars = [top for screen in screens if isinstance(top := getattr(screen, "top", None), TopBar)]
    return bars[-1].title if bars else ""
