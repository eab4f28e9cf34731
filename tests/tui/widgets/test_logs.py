"""A log of any length is bounded in memory; since a time; searched."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from textual.widgets import Input

from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.practice.machines.engine import PracticeEngine
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.tui.screens.logs import AHEAD, LONGEST, LogsScreen
from pryv_tui.tui.text.lines import KEPT
from tests.tui.driving import Operator, opened


async def log(operator: Operator) -> LogsScreen:
    await operator.keys("down", "l")
    await operator.on("LogsScreen")
    screen = operator.page
    assert isinstance(screen, LogsScreen)
    return screen


class Endless:
    """A log that never ends, as fast as it is read."""

    def __init__(self, chunk: bytes) -> None:
        self.chunk = chunk
        self.given = 0
        self.left = threading.Event()

    def logs(self, *_given: Any, **_more: Any) -> Iterator[bytes]:
        try:
            while True:
                self.given += len(self.chunk)
                yield self.chunk
        finally:
            self.left.set()


async def test_a_log_is_read_no_faster_than_it_is_shown(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = Endless(b"a line of forty bytes, more or less ....\n" * 1000)
    monkeypatch.setattr(PracticeEngine, "logs", endless.logs)
    async with opened(settings) as operator:
        screen = await log(operator)
        lines = screen.output.view.lines
        await operator.until(lambda: lines.dropped > 0, "more lines than are kept")
        assert len(lines) <= KEPT
        # Whatever of it was given is shown, waits within the bound, or is the one chunk at hand.
        assert screen._waiting <= AHEAD + len(endless.chunk)
        shown = (len(lines) + lines.dropped) * 41
        assert endless.given - shown <= 2 * (AHEAD + 2 * len(endless.chunk))
        assert "earlier lines are in the container's log" in screen.text_to_copy()[:80]
        await operator.keys("escape")
        await operator.on("OverviewScreen")
        assert endless.left.wait(30), "it is still being read"


async def test_a_line_without_an_end_is_shown_in_parts(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PracticeEngine, "logs", Endless(b"x" * 50_000).logs)
    async with opened(settings) as operator:
        screen = await log(operator)
        lines = screen.output.view.lines
        await operator.until(lambda: len(lines) > 3, "parts of the line")
        assert len(screen._rest) <= LONGEST


async def test_since_a_time(settings: Settings, platform: PracticePlatform) -> None:
    (path,) = platform.folder.rglob("pryvio_core.log")
    old = "2020-01-01T00:00:00Z [core] long ago\n"
    path.write_text(old * 3 + path.read_text())
    async with opened(settings) as operator:
        screen = await log(operator)
        await operator.sees("long ago")
        await operator.keys("s")
        await operator.on("Since")
        field = operator.app.screen.query_one(Input)
        await operator.type("2x")
        await operator.sees("✗ '2x' is not a time or an age")
        await operator.keys("enter")
        await operator.on("Since")
        field.value = ""
        await operator.type("2h")
        await operator.sees("✓ since 20")
        await operator.keys("enter")
        await operator.on("LogsScreen")
        await operator.until(lambda: "long ago" not in operator.text, "what was printed since")
        await operator.sees("core server ready")
        await operator.sees("50,000 lines at most")
        # All the rest works on what is shown: the search, and what is added.
        platform.hosts[0].engine.stop("pryvio_core")
        await operator.sees("received SIGTERM")
        await operator.keys("slash")
        await operator.type("long")
        await operator.keys("enter")
        await operator.sees("no line holds 'long'")
        await operator.keys("t")
        await operator.sees("long ago")
        assert screen.output.remark.startswith("the last 500 lines")
        await operator.keys("s", "escape")
        await operator.on("LogsScreen")
        assert "long ago" in operator.text, "Escape asked for nothing"


async def test_the_plain_view_prints_what_the_screen_can_draw(
    settings: Settings, platform: PracticePlatform
) -> None:
    (path,) = platform.folder.rglob("pryvio_core.log")
    path.write_text(path.read_text() + "now [core] ✓ café – 日本 …\n", encoding="utf-8")
    async with opened(settings) as operator:
        screen = await log(operator)
        await operator.sees("café")
        assert "✓ café – 日本 …" in screen.text_to_print()
        operator.app.ascii = True
        printed = screen.text_to_print()
        assert printed.isascii()
        assert "+ caf? - ????.." in printed
        # What is copied is used again elsewhere: it stays as it is.
        assert "✓ café – 日本 …" in screen.text_to_copy()


async def test_why_a_log_has_ended_is_not_cut_off(
    settings: Settings, platform: PracticePlatform
) -> None:
    async with opened(settings) as operator:
        await log(operator)
        await operator.sees("following")
        await operator.keys("s")
        await operator.on("Since")
        await operator.type("2h")
        await operator.keys("enter")
        await operator.sees("50,000 lines at most")
        platform.hosts[0].engine.stop("pryvio_core")
        await operator.sees("ended, the container does not run")
        await operator.sees("lines at most")
        assert "following" not in operator.text
