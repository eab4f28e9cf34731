"""Textual's driver for a terminal, with smaller frames, and detection of the terminal's loss."""

from __future__ import annotations

import codecs
import os
import select
import time
from contextlib import suppress
from typing import Any

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Size
from textual.message import Message

from pryv_tui.tui.terminal.frame import Shown, TooLarge
from pryv_tui.tui.terminal.probe import LOST, Screen, give_up_later

_LOOK_MILLISECONDS = 100
"""How long to wait for keys at a time. As in Textual, this decides when a lone Escape is a key."""

_END_OF_INPUT = b"\x04"
_WHERE_IS_THE_CURSOR = "\x1b[6n"
"""DSR 6 of ECMA-48, a request that every terminal answers; Textual reads the answer."""
ANSWER_SECONDS = 5.0
"""How many seconds a terminal may take to answer before it counts as lost."""


class TerminalLost(Message):
    """The message that the terminal is gone: nobody sees this interface, or types in it."""


class ThriftyDriver(LinuxDriver):
    """A driver that sends only what the terminal does not show yet, and drops frames of an earlier
    size."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._gone = False
        # If a write failed, Textual's writer thread would end, and the next write would never
        # return.
        self._file: Any = Screen(self._file, self.lose)

    _shown: Shown | None = None
    incomplete = False
    """Whether everything has to be drawn again: a frame was not sent, or something may cover the
    screen."""

    @property
    def terminal_size(self) -> Size:
        """The terminal's size now; the app is informed of a change a moment later."""
        return Size(*self._get_terminal_size())

    def write(self, data: str) -> None:
        if self._shown is None:
            self._shown = Shown()
        size = self.terminal_size
        try:
            sent = self._shown.thin(data, *size)
        except TooLarge:
            self.incomplete = True
            if size != self._app.size or size != self._app.screen.outer_size:
                # The frame is from before a change of size. Its lines beyond the edge would scroll
                # the screen.
                return
            sent = data
        if sent:
            super().write(sent)

    @property
    def has_mouse(self) -> bool:
        """Whether the terminal sends mouse events to this program."""
        return self._mouse

    def take_mouse(self, wanted: bool) -> bool:
        """Make the terminal send mouse events to this program, or keep them. Return which it is
        now: True if they are sent."""
        # Both of Textual's methods do nothing while `_mouse` is False: hence this order.
        if wanted:
            self._mouse = True
            self._enable_mouse_support()
        else:
            self._disable_mouse_support()
            self._mouse = False
        return self._mouse

    def forget(self) -> None:
        """Forget what the terminal shows; the caller draws everything again."""
        self.incomplete = False
        if self._shown is not None:
            self._shown.forget()

    # The loss of the terminal.

    def lose(self) -> None:
        """End the interface as after a hang-up. May be called from any thread, and several times.

        There may be no signal: SIGHUP goes to the leader of the terminal's session, and `make`, for
        example, does not pass it on and waits for this process.
        """
        if self._gone:
            return
        self._gone = True
        give_up_later(LOST)
        # The event loop has ended, and with it the interface.
        with suppress(RuntimeError):
            self.send_message(TerminalLost())

    def run_input_thread(self) -> None:
        """Read keys until the interface ends or no key can come any more.

        Textual's own method (8.2) reads an end of input again and again at full speed, and ends
        with a traceback if reading fails or a key is not UTF-8.
        """
        parser = XTermParser(self._debug)
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        poller = select.poll()
        poller.register(self.fileno, select.POLLIN)
        answer_until: float | None = None
        while not self.exit_event.is_set():
            if poller.poll(_LOOK_MILLISECONDS):
                typed = self._read()
                if typed is None:
                    continue
                if not typed:
                    self.lose()
                    return
                answer_until = self._ask_for_life() if _END_OF_INPUT in typed else None
                for event in parser.feed(decode(typed)):
                    self.process_message(event)
            elif answer_until is not None and time.monotonic() > answer_until:
                self.lose()
                return
            for event in parser.tick():
                self.process_message(event)

    def _read(self) -> bytes | None:
        """Return the bytes that were typed; empty if no more can come; None if nothing was typed
        yet."""
        try:
            return os.read(self.fileno, 4096)
        except BlockingIOError:
            return None
        except OSError:
            # EIO: hung up, or this process is no longer in the foreground (termios(3), read(2)).
            return b""

    def _ask_for_life(self) -> float:
        """Ask the terminal for the position of its cursor, which it answers at once. Return the
        moment, in seconds of `time.monotonic`, until which it may take.

        Ctrl+D typed by a person is not one of our keys. But `script` sends it when its own terminal
        is gone: it keeps ours open, so this is the only sign of the loss.
        """
        super().write(_WHERE_IS_THE_CURSOR)
        self.flush()
        return time.monotonic() + ANSWER_SECONDS
