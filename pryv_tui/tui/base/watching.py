"""A live screen: it reads the platform again after an engine's event, and polls only if there are
no events."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from textual import on
from textual.message import Message
from textual.timer import Timer

from pryv_tui.hosts.engine import EngineEvent
from pryv_tui.tui.base.page import Page
from pryv_tui.tui.session import Desk
from pryv_tui.tui.streams import Stream

POLL_SECONDS = 5.0
"""How often, in seconds, the screen reads the platform if the engine sends no events."""
SETTLE_SECONDS = 0.4
"""How many seconds to wait after an event: events come in bursts, and one look is enough for a
burst."""
AGAIN_SECONDS = (2.0, 5.0)
"""How many seconds after an event the screen reads the platform a second and a third time."""


class WatchingPage(Page):
    """A live screen: a subclass defines `look`, and calls `watch_hosts` when it begins."""

    class Changed(Message):
        """The message that the engine of a host has sent an event."""

    class Silent(Message):
        """The message that the engine of a host sends no events, or has stopped sending them."""

        def __init__(self, host: str) -> None:
            super().__init__()
            self.host = host

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._streams: dict[str, Stream[EngineEvent]] = {}
        self._pending: Timer | None = None

    def look(self) -> None:
        """Read the platform now, in a thread."""
        self._pending = None

    def watch_hosts(self, hosts: Iterable[str]) -> None:
        """Read the platform again whenever something happens to a container of these machines."""
        for name in hosts:
            self._watch(name)

    def on_unmount(self) -> None:
        for stream in self._streams.values():
            stream.close()

    def _watch(self, name: str) -> None:
        host = self.desk.site.host(name)
        self._streams[name] = Stream(
            host.engine.events,
            lambda _event: self._heard(self.Changed()),
            lambda _problem: self._heard(self.Silent(name)),
        )
        self._streams[name].start()

    def _heard(self, message: Message) -> None:
        # This runs in the stream's thread, which may only post a message.
        self.post_message(message)

    @on(Changed)
    def look_soon(self) -> None:
        if self._pending is None:
            self._pending = self.set_timer(SETTLE_SECONDS, self.look)
            # Removing a root with its containers causes no event for the root: the first look may
            # see half of the change.
            for seconds in AGAIN_SECONDS:
                self.set_timer(seconds, self.look)

    @on(Silent)
    def look_and_ask_again(self, message: Silent) -> None:
        """After a while without events, read the platform, and subscribe to the engine's events
        again."""
        self.set_timer(POLL_SECONDS, self.look)
        self.set_timer(POLL_SECONDS, partial(self._watch, message.host))
