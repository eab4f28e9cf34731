"""A live screen: it looks again on an engine's event, and polls only where no events come."""

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
"""How often the screen looks where the engine tells no events."""
SETTLE_SECONDS = 0.4
"""How long to wait after an event: events come in bursts, and one look answers them all."""
AGAIN_SECONDS = (2.0, 5.0)
"""How long after an event the screen looks once more, and again."""


class WatchingPage(Page):
    """A live screen: a subclass defines `look`, and calls `watch_hosts` when it begins."""

    class Changed(Message):
        """The engine of a host has told an event."""

    class Silent(Message):
        """The engine of a host tells no events, or no more."""

        def __init__(self, host: str) -> None:
            super().__init__()
            self.host = host

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._streams: dict[str, Stream[EngineEvent]] = {}
        self._pending: Timer | None = None

    def look(self) -> None:
        """Look now, in a thread."""
        self._pending = None

    def watch_hosts(self, hosts: Iterable[str]) -> None:
        """Look again whenever something happens to a container of these machines."""
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
        # This runs in the stream's thread, which may do nothing but post a message.
        self.post_message(message)

    @on(Changed)
    def look_soon(self) -> None:
        if self._pending is None:
            self._pending = self.set_timer(SETTLE_SECONDS, self.look)
            # A root that is removed with its containers causes no event of its own: the first look
            # may see half of the change.
            for seconds in AGAIN_SECONDS:
                self.set_timer(seconds, self.look)

    @on(Silent)
    def look_and_ask_again(self, message: Silent) -> None:
        """Look after a while without an event, and ask the engine for its events again."""
        self.set_timer(POLL_SECONDS, self.look)
        self.set_timer(POLL_SECONDS, partial(self._watch, message.host))
