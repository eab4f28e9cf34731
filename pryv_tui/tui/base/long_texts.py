"""A wizard whose pages have texts that are often longer than their pane: a key scrolls them while
another widget has the focus."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual.binding import Binding, BindingType

from pryv_tui.tui.base.wizard import Wizard
from pryv_tui.tui.widgets.panes import Pane


class LongTexts(Wizard):
    """A wizard whose long texts can be read to their end from a field or a button."""

    TEXTS: ClassVar[Mapping[str, str]] = {}
    """For each page, the pane whose text PgDn scrolls and `v` opens as a separate page."""
    BINDINGS: ClassVar[list[BindingType]] = [Binding("pageup", "read_back", show=False)]

    @property
    def _text(self) -> Pane | None:
        """The pane of this page whose text often does not fit; None if the page has no such
        pane."""
        where = self.TEXTS.get(self.page)
        return self.query_one(where, Pane) if where and self.children else None

    def settle(self) -> None:
        super().settle()
        # Only after the layout is it known how much of its text a pane shows.
        self.call_after_refresh(self.refresh_keys)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("read_on", "whole_text"):
            pane = self._text
            return pane is not None and pane.max_scroll_y > 0
        return super().check_action(action, parameters)

    def action_read_on(self) -> None:
        """Scroll the text a page down, whatever widget has the focus; from the end, back to the
        top."""
        pane = self._text
        if pane is not None and pane.scroll_offset.y >= pane.max_scroll_y:
            pane.scroll_home(animate=False)
        elif pane is not None:
            pane.scroll_page_down(animate=False)

    def action_read_back(self) -> None:
        pane = self._text
        if pane is not None:
            pane.scroll_page_up(animate=False)

    def action_whole_text(self) -> None:
        pane = self._text
        if pane is not None:
            self.go_to("text", pane.heading, pane.plain, True)
