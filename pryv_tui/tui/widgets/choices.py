"""The list from which somebody chooses in a played drill."""

from __future__ import annotations

from textual.message import Message

from pryv_tui.tui.widgets.panes import ListPane


class Choices(ListPane):
    """A list with two ends: Down on the last option does not lead to the first one."""

    class Resized(Message):
        """The list has another size now."""

    def on_resize(self) -> None:
        self.post_message(self.Resized())

    def action_cursor_down(self) -> None:
        if self.highlighted is None or self.highlighted < self.option_count - 1:
            super().action_cursor_down()

    def action_cursor_up(self) -> None:
        if self.highlighted is None or self.highlighted > 0:
            super().action_cursor_up()
