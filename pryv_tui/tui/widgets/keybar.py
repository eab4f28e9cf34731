"""The line of keys at the bottom, made from the actions of the screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from textwrap import wrap

from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from pryv_tui.tui.actions import Action
from pryv_tui.tui.text.words import fit

ALWAYS = ("palette", "help", "quit")
MARK = " · "
MOST_LINES = 6
"""The largest number of lines of a remark."""
LETTERS_A_SECOND = 15
"""How many letters a person reads per second."""


class KeyBar(Widget):
    """The line of keys. It becomes two lines if one is too short; menu, help and quit are always in
    it."""

    DEFAULT_CSS = """
    KeyBar {
        dock: bottom; height: auto; max-height: 8; background: $panel; color: $text-muted;
    }
    """

    class Clicked(Message):
        """The message that a key of the line was clicked."""

        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def __init__(self, actions: Callable[[], Sequence[Action]]) -> None:
        super().__init__()
        self._actions = actions
        self._places: list[tuple[int, int, int, str]] = []
        self._remark = ""
        self._timer: Timer | None = None
        self._until_key = False

    def remark(self, text: str, seconds: float = 6.0, *, until_key: bool = False) -> None:
        """Show a remark above the keys for a while; there it covers nothing.

        Args:
            until_key: whether the next key also removes it.
        """
        self._until_key = until_key
        # A longer remark is shown for longer.
        seconds = max(seconds, len(text) / LETTERS_A_SECOND)
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(seconds, partial(self.remark, "")) if text else None
        self._remark = text
        self.settle()

    def key_pressed(self) -> None:
        """Remove a remark that stays until a key; called before the key is handled."""
        if self._remark and self._until_key:
            self.remark("")

    def settle(self) -> None:
        """Draw the current keys. If they need more or fewer lines, lay the screen out again."""
        self.refresh(layout=self._lines(self.size.width) != self.size.height)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return self._lines(width)

    def _lines(self, width: int) -> int:
        return len(laid_out(self._actions(), width)) + len(self._remarked(width))

    def _remarked(self, width: int) -> list[str]:
        """Return the remark in lines; all of it, if the screen has space."""
        if not self._remark:
            return []
        lines = wrap(self._remark, max(width - len(MARK), 1), break_on_hyphens=False)
        kept, rest = lines[: MOST_LINES - 1], " ".join(lines[MOST_LINES - 1 :])
        lines = [*kept, *([rest] if rest else [])]
        marks = [MARK, *[" " * len(MARK)] * len(lines)]
        return [fit(f"{mark}{line}", width) for mark, line in zip(marks, lines, strict=False)]

    def render(self) -> Content:
        self._places.clear()
        lines: list[Content] = []
        for line in self._remarked(self.size.width):
            lines.append(Content.assemble((line, "$text-warning")))
        for row in laid_out(self._actions(), self.size.width):
            parts: list[Content] = []
            at = 0
            for action in row:
                parts.append(
                    Content.assemble(
                        (f" {action.key_label}", "bold $text-primary"), (f" {action.label} ", "")
                    )
                )
                self._places.append((len(lines), at, at + _width(action), action.name))
                at += _width(action)
            lines.append(Content("").join(parts))
        return Content("\n").join(lines)

    def on_click(self, event: events.Click) -> None:
        for line, start, end, name in self._places:
            if event.y == line and start <= event.x < end:
                self.post_message(self.Clicked(name))


def laid_out(actions: Sequence[Action], width: int) -> list[list[Action]]:
    """Return the actions for the line of keys, in one row or two. Palette, help and quit are always
    among them."""
    shown = [action for action in actions if action.shown]
    always = [action for action in shown if action.name in ALWAYS]
    others = [action for action in shown if action not in always]
    if sum(map(_width, shown)) <= width:
        return [shown]
    rows: list[list[Action]] = [[], []]
    rooms = [width, width - sum(map(_width, always))]
    at = 0
    for action in others:
        while at < 2 and _width(action) > rooms[at]:
            at += 1
        if at == 2:
            break
        rows[at].append(action)
        rooms[at] -= _width(action)
    return [rows[0], [*rows[1], *always]]


def _width(action: Action) -> int:
    return len(action.key_label) + len(action.label) + 3
