"""The log of a container: its end, and what is added."""

from __future__ import annotations

import codecs
import threading
from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.message import Message
from textual.widget import Widget

from pryv_tui.errors import PryvTuiError
from pryv_tui.tui.actions import bindings
from pryv_tui.tui.desk import Desk
from pryv_tui.tui.lines import Line
from pryv_tui.tui.screens.output_actions import OUTPUT_ACTIONS, OutputPage
from pryv_tui.tui.streams import Stream
from pryv_tui.tui.widgets.output import OutputPane
from pryv_tui.vault.harmless import harmless

TAILS = (500, 5_000, 50_000)
FLUSH_SECONDS = 0.2


class LogsScreen(OutputPage):
    """Follows a container's log until it is left."""

    TITLE_TEXT = "Log"
    HERE = (*OUTPUT_ACTIONS, "tail", "back", "help", "quit")
    BINDINGS: ClassVar[list[BindingType]] = bindings(HERE)
    WORDS = (
        ("following", "The newest lines are shown as they come."),
        ("paused", "The text stays where it is; new lines are kept below."),
    )

    class Ended(Message):
        """The log has no more to say."""

        def __init__(self, problem: PryvTuiError | None) -> None:
            super().__init__()
            self.problem = problem

    def __init__(self, desk: Desk, host: str, container: str) -> None:
        super().__init__(desk)
        self._host = host
        self._container = container
        self._tail = 0
        self._stream: Stream[bytes] | None = None
        self._guard = threading.Lock()
        self._chunks: list[bytes] = []
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
        if self._stream is not None:
            self._stream.close()

    def _read(self) -> None:
        if self._stream is not None:
            self._stream.close()
        with self._guard:
            self._chunks.clear()
        self._rest = ""
        self.output.clear()
        self.output.remark = f"the last {TAILS[self._tail]:,} lines"
        engine, container, tail = (
            self.desk.site.host(self._host).engine,
            self._container,
            TAILS[self._tail],
        )
        stream: Stream[bytes] = Stream(
            lambda: engine.logs(container, tail=tail, follow=True),
            lambda chunk: self._take(stream, chunk),
            lambda problem: self._tell_end(stream, problem),
        )
        self._stream = stream
        stream.start()

    # In the stream's thread: only collecting and posting.

    def _take(self, stream: Stream[bytes], chunk: bytes) -> None:
        with self._guard:
            if not stream.closed:
                self._chunks.append(chunk)

    def _tell_end(self, stream: Stream[bytes], problem: PryvTuiError | None) -> None:
        if not stream.closed:
            self.post_message(self.Ended(problem))

    # In the event loop: a few batches a second, whatever comes.

    def _flush(self) -> None:
        with self._guard:
            data = b"".join(self._chunks)
            self._chunks.clear()
        if data:
            lines = (self._rest + harmless(self._decoder.decode(data))).split("\n")
            self._rest = lines.pop()
            self.output.add(Line("output", line) for line in lines)

    @on(Ended)
    def tell_end(self, message: Ended) -> None:
        self._flush()
        if message.problem is not None:
            self.show_problem(message.problem)
        else:
            self.output.remark = "the log has ended: the container does not run"
            self.output.tell()

    def action_tail(self) -> None:
        self._tail = (self._tail + 1) % len(TAILS)
        self._read()
