"""Text that goes on stays at its end, also when more comes at once than the view has room for."""

from __future__ import annotations

import time

from textual.app import App, ComposeResult

from pryv_tui.tui.lines import Line
from pryv_tui.tui.widgets.output import OutputPane


class Alone(App[None]):
    """An output whose first lines are there before it is laid out."""

    def compose(self) -> ComposeResult:
        yield OutputPane("Log")

    def on_mount(self) -> None:
        self.query_one(OutputPane).add(Line("output", f"line {number}") for number in range(500))


async def test_the_first_lines_are_followed_too() -> None:
    app = Alone()
    async with app.run_test(size=(40, 12)) as pilot:
        view = app.query_one(OutputPane).view
        deadline = time.monotonic() + 30
        while not (view.max_scroll_y and view.scroll_offset.y == view.max_scroll_y):
            assert time.monotonic() < deadline, (view.scroll_offset, view.max_scroll_y)
            await pilot.pause(0.02)
        assert view.following
        assert view.render_line(view.size.height - 1).text.startswith("line 499")
