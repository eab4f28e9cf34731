"""The log of a container: its end, and new lines as they are printed."""

from __future__ import annotations

import codecs
import threading
from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.message import Message
from textual.widget import Widget

from pryv_tui.errors import PryvTuiError
from pryv_tui.sanitize import sanitized
from pryv_tui.tui.actions import bindings
from pryv_tui.tui.base.output import OUTPUT_ACTIONS, OutputPage
from pryv_tui.tui.flows.since import Since
from pryv_tui.tui.navigation import show_dialog
from pryv_tui.tui.session import Desk
from pryv_tui.tui.streams import Stream
from pryv_tui.tui.text.lines import Line
from pryv_tui.tui.widgets.output import OutputPane

TAILS = (500, 5_000, 50_000)
FLUSH_SECONDS = 0.2
AHEAD = 1 << 20
"""The number of bytes that may wait to be shown: a log of gigabytes is read no faster than
drawn."""
LONGEST = 1 << 16
"""The largest number of characters of a line that has not ended yet; a longer one is shown in
parts."""


class LogsScreen(OutputPage):
    """The screen that follows a container's log as long as it is open."""

    TITLE_TEXT = "Log"
    HERE = (*OUTPUT_ACTIONS, "since", "tail", "back", "help", "quit")
    BINDINGS: ClassVar[list[BindingType]] = bindings(HERE)
    WORDS = (
        ("following", "The newest lines are shown as they come."),
        ("paused", "The text stays where it is; new lines are kept below."),
        ("since", "What was printed from then on, by the clock of the engine's machine."),
        (
            "more",
            "The log is read again from farther back. The oldest lines beyond 60,000 are not"
            " kept here; they are in the container's log.",
        ),
    )

    class Ended(Message):
        """The message that the log has ended, or could not be read further."""

        def __init__(self, problem: PryvTuiError | None) -> None:
            super().__init__()
            self.problem = problem

    def __init__(self, desk: Desk, host: str, container: str) -> None:
        super().__init__(desk)
        self._host = host
        self._container = container
        self._tail = 0
        self._stream: Stream[bytes] | None = None
        self._since: datetime | None = None
        self._guard = threading.Condition()
        self._chunks: list[bytes] = []
        self._waiting = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        self._rest = ""
        self.top.retitle(f"Log of {container} on {host}")

    def content(self) -> Iterable[Widget]:
        yield OutputPane("Log")

    def begin(self) -> None:
        self.output.view.focus()
        self.set_interval(FLUSH_SECONDS, self._flush)
        self._read()

    def on_unmount(self) -> None:
        self._close()

    def _close(self) -> None:
        if self._stream is not None:
            self._stream.close()
        with self._guard:
            self._chunks.clear()
            self._waiting = 0
            self._guard.notify_all()

    def _read(self) -> None:
        self._close()
        self._rest = ""
        self._decoder.reset()
        self.output.clear()
        self.problem.clear()
        self.output.ended, self.output.why_ended = False, ""
        self.output.remark = self._which()
        engine, container = self.desk.site.host(self._host).engine, self._container
        # With a start time, too, only as many of the newest lines as are kept here.
        tail = TAILS[self._tail] if self._since is None else TAILS[-1]
        since = self._since.timestamp() if self._since is not None else None
        stream: Stream[bytes] = Stream(
            lambda: engine.logs(container, tail=tail, follow=True, since=since),
            lambda chunk: self._take(stream, chunk),
            lambda problem: self._tell_end(stream, problem),
        )
        self._stream = stream
        stream.start()

    def _which(self) -> str:
        """Return which part of the log is shown."""
        if self._since is None:
            return f"the last {TAILS[self._tail]:,} lines"
        return f"since {self._since:%Y-%m-%d %H:%M:%S} UTC, {TAILS[-1]:,} lines at most"

    # These methods run in the stream's thread: they only collect, wait and post.

    def _take(self, stream: Stream[bytes], chunk: bytes) -> None:
        with self._guard:
            while self._waiting > AHEAD and not stream.closed:
                self._guard.wait(1.0)
            if not stream.closed:
                self._chunks.append(chunk)
                self._waiting += len(chunk)

    def _tell_end(self, stream: Stream[bytes], problem: PryvTuiError | None) -> None:
        if not stream.closed:
            self.post_message(self.Ended(problem))

    # These methods run in the event loop: a few batches per second, even if much is printed.

    def _flush(self) -> None:
        with self._guard:
            data = b"".join(self._chunks)
            self._chunks.clear()
            self._waiting = 0
            self._guard.notify_all()
        if data:
            lines = (self._rest + sanitized(self._decoder.decode(data))).split("\n")
            self._rest = lines.pop()
            if len(self._rest) > LONGEST:
                lines.append(self._rest)
                self._rest = ""
            self.output.add(Line("output", line) for line in lines)

    @on(Ended)
    def tell_end(self, message: Ended) -> None:
        self._flush()
        if message.problem is not None:
            self.show_problem(message.problem)
        else:
            self.output.ended = True
            self.output.why_ended = "ended, the container does not run"
            self.output.tell()
            self.refresh_keys()

    def text_to_copy(self) -> str:
        return self.output.view.lines.text("the container's log")

    def action_tail(self) -> None:
        # After a start time, begin again with the fewest lines.
        self._tail = (self._tail + 1) % len(TAILS) if self._since is None else 0
        self._since = None
        self._read()

    def action_since(self) -> None:
        show_dialog(self.app, Since(self.desk), self._read_since)

    def _read_since(self, moment: datetime | None) -> None:
        if moment is not None:
            self._since = moment
            self._read()
