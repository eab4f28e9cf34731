"""Text that goes on stays at its end, also when more comes at once than the view has room for."""

from __future__ import annotations

import time

import pytest
from textual.app import App, ComposeResult

from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.tui.screens.text import TextScreen
from pryv_tui.tui.text.lines import Line, Rows
from pryv_tui.tui.widgets.output import OutputPane
from tests.tui.driving import Operator, opened


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


async def test_a_progress_bar_is_shown_from_its_end() -> None:
    bar = "[####....................]  pryv-node.events  120/1000  (12.0%)"
    app = Alone()
    async with app.run_test(size=(60, 12)) as pilot:
        pane = app.query_one(OutputPane)
        pane.add(
            [Line("error", f"  2026-11-24T15:20:17.000+0000\t{bar}"), Line("output", "x" * 99)]
        )
        await pilot.pause()
        view = pane.view
        shown = [view.render_line(y).text.rstrip() for y in range(view.size.height)]
        assert shown[-2].startswith("…")
        assert shown[-2].endswith(bar[-50:])
        assert shown[-1] == "x" * (view.room - 1) + "…", "of any other line the beginning, as cut"
        view.scroll_to(x=9, animate=False, immediate=True)
        await pilot.pause()
        middle = view.render_line(view.size.height - 1).text
        assert middle == "…" + "x" * (view.room - 2) + "…"
        view.scroll_to(x=99, animate=False, immediate=True)
        await pilot.pause()
        assert view.render_line(view.size.height - 1).text.rstrip() == "…" + "x" * (view.room - 1)
        view.scroll_to(x=0, animate=False, immediate=True)
        # What is copied is the line itself.
        assert "  2026-11-24T15:20:17.000+0000" in view.lines.text()


@pytest.mark.parametrize("by_words", [False, True])
@pytest.mark.parametrize("width", [0, 7, 200])
async def test_what_was_wrapped_for_another_room_is_drawn_for_this_one(
    width: int, by_words: bool
) -> None:
    """Lines can be wrapped before the view knows its room, and after it was told of it."""
    app = Alone()
    async with app.run_test(size=(60, 12)) as pilot:
        view = app.query_one(OutputPane).view
        await pilot.pause()
        view.by_words = by_words
        view.rows = Rows(width, by_words=by_words)
        view.rows.settle(view.lines)
        view.refresh()
        deadline = time.monotonic() + 30
        while view.rows.width != view.room:
            assert time.monotonic() < deadline, (view.rows.width, view.room)
            await pilot.pause(0.02)
        assert view.room > 40
        assert len(view.rows) == len(view.lines), "each is short enough for one row"
        await pilot.pause()
        seen = [view.render_line(y).text.rstrip() for y in range(view.size.height)]
        assert all(one.startswith("line ") for one in seen), seen


async def text_screen(operator: Operator) -> TextScreen:
    """A text whose lines need many rows where they are wrapped."""
    text = "\n".join(f"line {number} {'x' * 300}" for number in range(60))
    screen = TextScreen(operator.page.desk, "A text", text)
    operator.app.push_screen(screen)
    await operator.on("TextScreen")
    return screen


def hit_is_seen(operator: Operator) -> bool:
    return "line 37 " in operator.text


async def test_wrapping_keeps_a_hit_in_view_and_escape_ends_the_search_first(
    settings: Settings,
) -> None:
    async with opened(settings) as operator:
        screen = await text_screen(operator)
        assert "n Next hit" not in operator.text
        await operator.keys("slash")
        await operator.type("line 37")
        await operator.keys("enter")
        await operator.sees("'line 37' 1 of 1")
        await operator.sees("n Next hit  N Hit before")
        for _ in range(3):
            await operator.keys("w")
            await operator.until(lambda: hit_is_seen(operator), "the hit, still in view")
        await operator.keys("escape")
        assert operator.app.screen is screen, "the search has ended, no more"
        await operator.until(lambda: "n Next hit" not in operator.text, "the keys of before")
        assert "1 of 1" not in operator.text
        assert screen.output.view.hit is None
        await operator.keys("escape")
        await operator.on("OverviewScreen")


@pytest.mark.parametrize(("width", "named"), [(80, False), (120, True)])
async def test_where_there_is_room_the_line_of_keys_names_all_of_them(
    settings: Settings, width: int, named: bool
) -> None:
    async with opened(settings, (width, 40)) as operator:
        await text_screen(operator)
        await operator.sees("y Copy")
        if named:
            await operator.sees("w Wrap")
        assert ("w Wrap" in operator.text) is named


async def test_what_was_copied_is_said_until_the_next_key(settings: Settings) -> None:
    async with opened(settings) as operator:
        await text_screen(operator)
        await operator.keys("y")
        await operator.sees("60 lines copied")
        await operator.keys("down")
        await operator.until(lambda: "lines copied" not in operator.text, "the keys alone")
        assert "y Copy" in operator.text
