"""Drives the interface as an operator does: keys in, screen out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec
from textual.events import Key
from textual.keys import _character_to_key
from textual.message_pump import MessagePump
from textual.pilot import Pilot

from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.site import Site, open_site
from pryv_tui.tui.app import Interface
from pryv_tui.tui.base.page import Page
from pryv_tui.tui.screens.overview import OverviewScreen
from pryv_tui.tui.session import USUAL, Desk, Looks
from tests.tui.unseen import frames_unseen, read

PATIENCE = 60.0
"""Seconds until something that has to come counts as missing; nothing is measured with it."""

LONGEST_PAUSE = 0.12
"""Seconds between two looks for what is waited for."""


class Operator:
    """Somebody at the keyboard."""

    def __init__(self, app: Interface, pilot: Pilot[int]) -> None:
        self.app = app
        self.pilot = pilot

    async def keys(self, *keys: str) -> None:
        await self.app._press_keys(keys)
        await self._handed_over()

    async def _handed_over(self) -> None:
        """Wait until the last key has had its turn, and what takes it has taken it."""
        await self._came_through(self.app)
        await self._came_through(self.app.focused)
        await self.until(lambda: not self.app.in_turn.waiting, "the turn of the last key")
        await self.pilot.pause()

    async def _came_through(self, pump: MessagePump | None) -> None:
        """Wait until one on a key's way has handled what was sent to it so far. The pilot's own
        pause asks each widget of the screen: that was a quarter of all messages."""
        handled = asyncio.Event()
        if pump is not None and pump.call_later(handled.set):
            waits = [
                asyncio.create_task(each.wait()) for each in (handled, self.app._exception_event)
            ]
            await asyncio.wait(waits, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
            for each in waits:
                each.cancel()

    async def type(self, text: str) -> None:
        """Type a text as quickly as a terminal hands on what is typed ahead: each character is a
        key of its own, and what all of them have brought is waited for."""
        await self.pilot.pause()  # until what takes them is there
        for character in text:
            key = Key(_character_to_key(character), character)
            key.set_sender(self.app)
            self.app.post_message(key)
        await self._handed_over()

    async def until(self, reached: Callable[[], bool], what: str) -> None:
        """Wait for something that has to come."""
        deadline = time.monotonic() + PATIENCE
        # Each look draws the screen, so what takes longer is looked for less often.
        pause = 0.01
        while not reached():
            if time.monotonic() > deadline:
                raise AssertionError(f"{what} did not come; the screen:\n{self.text}")
            await self.pilot.pause(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)

    async def sees(self, text: str) -> None:
        """Wait until a text is on the screen."""
        await self.until(lambda: text in self.text, repr(text))

    async def on(self, name: str) -> None:
        """Wait until a screen is the current one."""
        await self.until(
            lambda: name in (kind.__name__ for kind in type(self.app.screen).__mro__),
            f"the screen {name}",
        )

    @property
    def page(self) -> Page:
        screen = self.app.screen
        assert isinstance(screen, Page)
        return screen

    @property
    def focused(self) -> str:
        """The id of the focused widget."""
        focused = self.app.focused
        return (focused.id or type(focused).__name__) if focused is not None else ""

    @property
    def text(self) -> str:
        """What the screen shows."""
        return read(self.app)


@asynccontextmanager
async def opened(
    settings: Settings,
    size: tuple[int, int] = (80, 24),
    site: Site | None = None,
    looks: Looks = USUAL,
) -> AsyncIterator[Operator]:
    """The interface, with the platform on its overview; with glyphs, whatever the locale."""
    settings = msgspec.structs.replace(settings, ascii=bool(settings.ascii))
    app = Interface(Desk(settings, site or open_site(settings), looks))
    with frames_unseen():
        async with app.run_test(size=size) as pilot:
            operator = Operator(app, pilot)
            # A run that goes on opens its own screen over the overview.
            await operator.until(lambda: len(app.screen_stack) > 1, "the overview")
            screen = app.screen_stack[1]
            assert isinstance(screen, OverviewScreen)
            await operator.until(lambda: screen.overview is not None, "the first look")
            yield operator
