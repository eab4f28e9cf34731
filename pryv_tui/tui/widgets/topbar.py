"""The line at the top of every screen: the screen's title, the platform, and the time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.cells import cell_len
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from pryv_tui.clock import utc_now
from pryv_tui.tui.session import Desk
from pryv_tui.tui.text.words import fit

LATER_SECONDS = 0.02
"""How many seconds after the minute the time is drawn: an early timer would show the last
minute."""


class TopBar(Widget):
    """Badge, title, platform, and the time in UTC, as in journals and sets. On a practice platform
    the whole line has another colour."""

    DEFAULT_CSS = """
    TopBar { dock: top; height: 1; background: $panel; color: $foreground; }
    TopBar.-practice { background: $practice; color: $practice-ink; }
    """

    def __init__(self, desk: Desk, title: str) -> None:
        super().__init__()
        self._desk = desk
        self.title = title
        self.about = ""
        """What the screen is about instead of the live platform; usually empty."""
        self.set_class(desk.practice, "-practice")

    def on_mount(self) -> None:
        self._tick()

    def _tick(self) -> None:
        """Draw the time, and again when the next minute begins. Only the cells that change are
        sent."""
        self.refresh()
        now = utc_now()
        self.set_timer(60.0 - now.second - now.microsecond / 1e6 + LATER_SECONDS, self._tick)

    def retitle(self, title: str) -> None:
        self.title = title
        self.refresh()

    def of(self, about: str) -> None:
        """Set what the screen is about, if that is not the live platform."""
        self.about = about
        self.refresh()

    def render(self) -> Content:
        badge = " PRACTICE " if self._desk.practice else ""
        title = f" {self.title} "
        room = self.size.width - len(badge) - 1
        title = title if cell_len(title) <= room else fit(title, max(room, 0))
        clock = f"  {utc_now():%H:%M} UTC"
        clock = clock if cell_len(title) + len(clock) <= room else ""
        left = room - cell_len(title) - len(clock)
        facts = self.about or self._desk.facts(max(left, 0))
        wide = cell_len(facts)
        facts = fit(facts, max(left, 0)) if wide > left else " " * (left - wide) + facts
        return Content.assemble(
            (badge, "bold reverse"), (title, "bold"), (f"{facts}{clock}", ""), " "
        )


def bar_over(desk: Desk, screens: Sequence[Screen[Any]]) -> TopBar:
    """Make the top line of a question, like that of the topmost screen that has a top line."""
    bars = [top for screen in screens if isinstance(top := getattr(screen, "top", None), TopBar)]
    made = TopBar(desk, bars[-1].title if bars else "")
    if bars:
        made.of(bars[-1].about)
    return made
