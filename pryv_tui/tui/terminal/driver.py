"""Textual's driver for a terminal: frames made thin and made to fit, and its loss noticed."""

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
"""How long a look for keys may last: as in Textual, it decides when a lone Escape is one."""

_END_OF_INPUT = b"\x04"
_WHERE_IS_THE_CURSOR = "\x1b[6n"
"""DSR 6 of ECMA-48, which every terminal answers; Textual reads the answer."""
ANSWER_SECONDS = 5.0
"""How long a terminal may take to answer that before it counts as gone."""


class TerminalLost(Message):
    """The terminal is gone: nobody sees this interface, nor types in it."""


class ThriftyDriver(LinuxDriver):
    """Sends what the terminal does not show already, and never what it has no room for."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._gone = False
        # Where a write fails, Textual's writer would end, and whoever writes next wait for ever.
        self._file: Any = Screen(self._file, self.lose)

    _shown: Shown | None = None
    incomplete = False
    """Whether something was not sent, or may lie over what was: all has to be drawn again."""

    @property
    def terminal_size(self) -> Size:
        """The terminal's size now; the app hears of a change a moment later."""
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
                # Of before a change of size: where it has no room, its lines would scroll away
                # what is there.
                return
            sent = data
        if sent:
            super().write(sent)

    @property
    def has_mouse(self) -> bool:
        """Whether the terminal reports the mouse to us."""
        return self._mouse

    def take_mouse(self, wanted: bool) -> bool:
        """Have the mouse reported to us, or leave it to the terminal; which of both it is now."""
        # Both of Textual's own do nothing without the mouse, which is why it is set in between.
        if wanted:
            self._mouse = True
            self._enable_mouse_support()
        else:
            self._disable_mouse_support()
            self._mouse = False
        return self._mouse

    def forget(self) -> None:
        """The terminal may show anything: all is about to be drawn again."""
        self.incomplete = False
        if self._shown is not None:
            self._shown.forget()

    # The terminal's end.

    def lose(self) -> None:
        """Leave as after a hang-up; from any thread, and as often as it is seen.

        No signal need tell of it: the hang-up goes to whoever leads the terminal's session, and
        `make`, for one, keeps it and waits for us.
        """
        if self._gone:
            return
        self._gone = True
        give_up_later(LOST)
        # The loop has ended: so has the interface.
        with suppress(RuntimeError):
            self.send_message(TerminalLost())

    def run_input_thread(self) -> None:
        """Read keys until the interface ends or there can be none any more.

        Textual's own (8.2) reads an end of input again and again at full speed, and ends with a
        traceback where reading fails or a key is not UTF-8.
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
        """What was typed; empty where nothing will ever be typed any more; None: nothing yet."""
        try:
            return os.read(self.fileno, 4096)
        except BlockingIOError:
            return None
        except OSError:
            # EIO: hung up, or this is nobody's foreground any more (termios(3), read(2)).
            return b""

    def _ask_for_life(self) -> float:
        """Ask the terminal for something that it answers at once; until when it may take.

        Ctrl+D from a person is no key of ours. From `script`, whose own terminal went, it is all
        that ever comes: it keeps our terminal open, and writes into it that there was an end.
        """
        super().write(_WHERE_IS_THE_CURSOR)
        self.flush()
        return time.monotonic() + ANSWER_SECONDS
