"""Keys in order: each goes to the screen or the field that the key before it has opened.

Textual (8.2) gives a key to the widget that has the focus when the key is read. In a burst (a paste
that the terminal does not mark, a slow line, somebody who types ahead) all keys go to the widget
that had the focus before the first key: text is lost, or its letters become commands of the screen
below.
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
"""How many seconds keys wait for a screen that the key before them opens; then they go to the
present screen."""
LOOK_SECONDS = 0.02
"""How often, in seconds, to check whether that screen has opened."""
LOST_SECONDS = 1.0
"""The number of seconds after which a `CameThrough` counts as lost, even if its widget still
exists: a busy machine delivers it slowly."""
ROUNDS = 3
"""How many messages have to come through after a key. When the first one has, the effect of the key
(a field is submitted, the focus moves) may not be complete."""
AT_ONCE = ("ctrl+c", "ctrl+q")
"""Keys that never wait."""


class CameThrough(Message):
    """A message sent after a key, to the same widget: when it arrives, the key has been handled."""

    def __init__(self, serial: int) -> None:
        super().__init__()
        self.serial = serial


class InTurn:
    """The queue that passes keys on, one after another."""

    def __init__(
        self,
        app: App[Any],
        hand_over: Callable[[Key | Paste], Awaitable[None]],
        brings: Callable[[], bool],
    ) -> None:
        """
        Args:
            hand_over: gives a key to the widget that has the focus.
            brings: whether something that the last key requested has not appeared yet.
        """
        self._app = app
        self._hand_over = hand_over
        self._brings = brings
        self.waiting: deque[Key | Paste] = deque()
        self._goes = False
        """Whether a key was passed on whose effect is not complete yet."""
        self._serial = 0
        self._rounds = 0
        self._began = self._sent = 0.0
        self._to: MessagePump = app
        """The widget that the last `CameThrough` was sent to."""
        self._timer: Timer | None = None

    async def take(self, typed: Key | Paste) -> None:
        """Pass a key on as soon as all keys before it are done."""
        if isinstance(typed, Key) and typed.key in AT_ONCE:
            await self._hand_over(typed)
        elif self._goes:
            self.waiting.append(typed)
        else:
            await self._hand(typed)

    async def came_through(self, message: CameThrough) -> None:
        """Continue, if this message is the one that was sent last."""
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
        # The widget may be closing, and accept no more messages.
        screen = self._app.screen_stack[-1] if self._app.screen_stack else None
        self._to = (screen.focused or screen) if screen is not None else self._app
        if not self._to.post_message(message):
            self._app.post_message(message)
        if self._timer is None:
            self._timer = self._app.set_interval(LOOK_SECONDS, self._look)
        self._timer.resume()

    async def _look(self) -> None:
        """Continue if the last message was lost (for example with a screen that was closed), or
        while waiting for a screen."""
        lost = not self._to.is_attached or monotonic() - self._sent > LOST_SECONDS
        if self._rounds == 0 or lost:
            await self._go_on()

    async def _go_on(self) -> None:
        self._serial += 1
        if self._rounds > 1:
            self._rounds -= 1
            self._send()
        elif self._brings() and monotonic() - self._began < HELD_SECONDS:
            # `_look` calls this again. When the screen is there, more rounds give it time to get
            # ready.
            self._rounds = 0
        elif self._rounds == 0:
            self._rounds = ROUNDS
            self._send()
        else:
            self._goes = False
            if self._timer is not None:
                self._timer.pause()
            # An interface that is ending has no screen that could take a key.
            if self.waiting and self._app.screen_stack:
                await self._hand(self.waiting.popleft())
