"""The list of options in a played drill, and the panel to read before choosing."""

from __future__ import annotations

from textual.actions import SkipAction
from textual.message import Message

from pryv_tui.tui.widgets.panes import ListPane, Pane


class Choices(ListPane):
    """A list with two ends: Down on the last option does not lead to the first one."""

    class Resized(Message):
        """The message that the list has another size now."""

    def on_resize(self) -> None:
        self.post_message(self.Resized())

    def action_page_down(self) -> None:
        # All options are visible: the page keys scroll the text to read before one is chosen.
        raise SkipAction

    def action_page_up(self) -> None:
        raise SkipAction

    def action_cursor_down(self) -> None:
        if self.highlighted is None or self.highlighted < self.option_count - 1:
            super().action_cursor_down()

    def action_cursor_up(self) -> None:
        if self.highlighted is None or self.highlighted > 0:
            super().action_cursor_up()


class ReadBefore(Pane):
    """A panel to read before choosing. The list has the focus, and the page keys scroll this panel:
    its title shows these keys if not all of it is visible."""

    def on_mount(self) -> None:
        self.watch(self, "show_vertical_scrollbar", self._more)

    def _more(self, more: bool) -> None:
        self.border_title = f"{self.heading} (PgDn, PgUp)" if more else self.heading

    def read_on(self, step: int) -> None:
        """Scroll by a page: down (1) or up (-1)."""
        lines = self.scrollable_content_region.height
        self.scroll_relative(y=step * lines, animate=False)
