"""Whether there is a terminal for the interface, and how the process ends when the terminal is
lost. This module imports nothing of Textual."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from typing import TextIO

LOST = 128 + signal.SIGHUP
"""The exit code of an interface whose terminal is lost: as after SIGHUP, even if there was none."""

GIVE_UP_SECONDS = 10.0
"""How many seconds an interface that has to end waits for its threads, which may be waiting for an
engine that does not answer. Runs are separate processes: they are not affected."""


def give_up_later(code: int) -> None:
    """End this process after `GIVE_UP_SECONDS`, whatever still delays its end."""
    timer = threading.Timer(GIVE_UP_SECONDS, os._exit, [code])
    timer.daemon = True
    timer.start()


class Screen:
    """The terminal's output. If a write fails, the text is dropped, and `lost` is called."""

    def __init__(self, file: TextIO, lost: Callable[[], None]) -> None:
        self._file = file
        self._lost = lost

    def write(self, text: str) -> int:
        try:
            return self._file.write(text)
        except OSError:
            self._lost()
            return len(text)

    def flush(self) -> None:
        try:
            self._file.flush()
        except OSError:
            self._lost()

    def fileno(self) -> int:
        return self._file.fileno()


def terminal_problem(environment: Mapping[str, str] | None = None) -> str | None:
    """Return why the interface can't open here, in words; None if it can.

    Without this check, escape codes would be drawn into a pipe, with exit code 0.
    """
    env = os.environ if environment is None else environment
    for name, stream in (
        ("input", sys.stdin),
        ("output", sys.stdout),
        # The screen is drawn on this stream, so that a command's output can be piped at the same
        # time.
        ("error", sys.stderr),
    ):
        if stream is None or not stream.isatty():
            return f"the interface needs a terminal, and the standard {name} is none"
    term = env.get("TERM", "")
    if not term:
        return "the interface needs a terminal, and TERM does not say which this is"
    if term == "dumb":
        return "the interface needs a terminal that can move its cursor; TERM says dumb"
    return None


def ascii_only(
    environment: Mapping[str, str] | None = None, *, coerced: bool | None = None
) -> bool:
    """Whether the locale has no UTF-8, so that glyphs would be unreadable on the terminal, or
    another encoding is set for output (PYTHONIOENCODING).

    Args:
        coerced: whether Python itself treated the C locale as UTF-8 at its start (PEP 538, PEP 540)
            and wrote that into the environment; None: find out.
    """
    env = os.environ if environment is None else environment
    if env.get("PYTHONIOENCODING") and not _utf8(env["PYTHONIOENCODING"].partition(":")[0]):
        return True
    if coerced is None:
        coerced = bool(sys.flags.utf8_mode)
    kind = env.get("LC_CTYPE", "")
    if coerced and kind == "C.UTF-8":
        kind = ""
    locale = env.get("LC_ALL") or kind or env.get("LANG") or "C"
    return not _utf8(locale)


def _utf8(name: str) -> bool:
    return not name or "utf8" in name.lower().replace("-", "").replace("_", "")
