"""The line of keys at the bottom, derived from the actions of the screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from pryv_tui.tui.actions import Action


class KeyBar(Widget):
    """As many keys as fit; the last ones, help and quit, always."""

    DEFAULT_CSS = "KeyBar { dock: bottom; height: 1; background: $panel; color: $text-muted; }"

    class Clicked(Message):
        """A key of the line was clicked."""

        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def __init__(self, actions: Callable[[], Sequence[Action]]) -> None:
        super().__init__()
        self._actions = actions
        self._places: list[tuple[int, int, str]] = []

    def render(self) -> Content:
        shown = [action for action in self._actions() if action.shown]
        always = [action for action in shown if action.name in ("help", "quit")]
        others = [action for action in shown if action not in always]
        room = self.size.width - sum(_width(action) for action in always)
        kept: list[Action] = []
        for action in others:
            room -= _width(action)
            if room < 0:
                break
            kept.append(action)
        self._places.clear()
        parts: list[Content] = []
        at = 0
        for action in (*kept, *always):
            parts.append(
                Content.assemble(
                    (f" {action.key_label}", "bold $text-primary"), (f" {action.label} ", "")
                )
            )
            self._places.append((at, at + _width(action), action.name))
            at += _width(action)
        return Content("").join(parts)

    def on_click(self, event: events.Click) -> None:
        for start, end, name in self._places:
            if start <= event.x < end:
                self.post_message(self.Clicked(name))


def _width(action: Action) -> int:
    return len(action.key_label) + len(action.label) + 3
