"""Keys in turn: each goes to what the one before it has brought, however fast they come.

Textual (8.2) hands a key to what has the focus when it is read. In a burst (a paste that the
terminal does not mark as one, a slow line, somebody who types ahead) that is for all of them what
had it before the first: a text is lost, or its letters are commands of the screen below.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

from textual.app import App
from textual.events import Key, Paste
from textual.message import Message
from textual.message_pump import MessagePump
from textual.timer import Timer

HELD_SECONDS = 2.0
"""How long keys wait for what the one before them brings; then they go to what is there."""
LOOK_SECONDS = 0.02
"""How often it is looked whether that has come."""
LOST_SECONDS = 1.0
"""After which time something sent after a key counts as gone, though what it was sent to is there:
a busy machine is slow to hand it on."""
ROUNDS = 3
"""What follows on a key (a field says that it was submitted, the focus is given to something else)
is on its way when the key itself has come through."""
AT_ONCE = ("ctrl+c", "ctrl+q")
"""Keys that wait for nothing."""


class CameThrough(Message):
    """What was sent after a key, the same way, has come through all that the key came through."""

    def __init__(self, serial: int) -> None:
        super().__init__()
        self.serial = serial


class InTurn:
    """Hands over one key after the other."""

    def __init__(
        self,
        app: App[Any],
        hand_over: Callable[[Key | Paste], Awaitable[None]],
        brings: Callable[[], bool],
    ) -> None:
        """
        Args:
            hand_over: gives a key to what has the focus.
            brings: whether something is on its way that the last key has asked for.
        """
        self._app = app
        self._hand_over = hand_over
        self._brings = brings
        self.waiting: deque[Key | Paste] = deque()
        self._goes = False
        """One was handed over, and what it brings is not there yet."""
        self._serial = 0
        self._rounds = 0
        self._began = self._sent = 0.0
        self._to: MessagePump = app
        """What the last one was sent to."""
        self._timer: Timer | None = None

    async def take(self, typed: Key | Paste) -> None:
        """Hand it over, as soon as its turn has come."""
        if isinstance(typed, Key) and typed.key in AT_ONCE:
            await self._hand_over(typed)
        elif self._goes:
            self.waiting.append(typed)
        else:
            await self._hand(typed)

    async def came_through(self, message: CameThrough) -> None:
        """Go on, if it is what was sent last."""
        if self._goes and message.serial == self._serial:
            await self._go_on()

    async def _hand(self, typed: Key | Paste) -> None:
        self._goes, self._rounds, self._began = True, ROUNDS, monotonic()
        await self._hand_over(typed)
        self._send()

    def _send(self) -> None:
        self._serial += 1
        self._sent = monotonic()
        message = CameThrough(self._serial)
        # What it is sent to may be closing, and takes nothing more.
        screen = self._app.screen_stack[-1] if self._app.screen_stack else None
        self._to = (screen.focused or screen) if screen is not None else self._app
        if not self._to.post_message(message):
            self._app.post_message(message)
        if self._timer is None:
            self._timer = self._app.set_interval(LOOK_SECONDS, self._look)
        self._timer.resume()

    async def _look(self) -> None:
        """What was sent may be gone with a screen that was left."""
        lost = not self._to.is_attached or monotonic() - self._sent > LOST_SECONDS
        if self._rounds == 0 or lost:
            await self._go_on()

    async def _go_on(self) -> None:
        self._serial += 1
        if self._rounds > 1:
            self._rounds -= 1
            self._send()
        elif self._brings() and monotonic() - self._began < HELD_SECONDS:
            # Looked for again; from when it is there, it takes its rounds to be ready.
            self._rounds = 0
        elif self._rounds == 0:
            self._rounds = ROUNDS
            self._send()
        else:
            self._goes = False
            if self._timer is not None:
                self._timer.pause()
            # Of an interface that was left nothing is there any more that could take one.
            if self.waiting and self._app.screen_stack:
                await self._hand(self.waiting.popleft())
