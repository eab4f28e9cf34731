"""A program of this machine that is heard while it runs, and ended in order."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable
from typing import IO, Literal

from pryv_tui.errors import Cancelled
from pryv_tui.vault.copy_types import CancelToken

PATIENCE = 30.0
"""Seconds that it gets to end once it is told to: restic takes its lock away first."""
SAID = 8192
"""Bytes of what it says, from the begin and from the end, that explain a failure."""

Output = Callable[[Literal["stdout", "stderr"], bytes], None]


def wait(process: subprocess.Popen[bytes], cancel: CancelToken | None, ears: Ears) -> int:
    while True:
        try:
            return process.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            ears.check()
            if cancel is not None and cancel.is_set():
                end(process)
                raise Cancelled("restic was ended") from None


def end(process: subprocess.Popen[bytes]) -> None:
    """Tell it to end: it takes its lock out of the repository first."""
    # At last what it started and did not end; the number of its group is not given anew before.
    for number, seconds in ((signal.SIGINT, PATIENCE), (signal.SIGKILL, None)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=seconds)


class Ears:
    """Hears what a process prints, one chunk at a time; what goes wrong there is kept."""

    def __init__(self, hear: Output) -> None:
        self._hear = hear
        self._lock = threading.Lock()
        self._fault: BaseException | None = None

    def pump(self, pipe: IO[bytes], name: Literal["stdout", "stderr"]) -> None:
        with pipe:
            while chunk := os.read(pipe.fileno(), 65536):
                with self._lock:
                    if self._fault is not None:
                        continue
                    try:
                        self._hear(name, chunk)
                    except BaseException as fault:
                        self._fault = fault

    def check(self) -> None:
        """Raise what went wrong where it was heard."""
        if self._fault is not None:
            raise self._fault


class Tail:
    """The beginning and the end of what was said."""

    def __init__(self) -> None:
        self._first = b""
        self._last = b""

    def add(self, chunk: bytes) -> None:
        room = SAID - len(self._first)
        self._first += chunk[:room]
        self._last = (self._last + chunk[room:])[-SAID:]

    @property
    def text(self) -> str:
        return (self._first + self._last).decode("utf-8", "replace")


class Lines:
    """Whole lines of a stream of chunks."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> list[bytes]:
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        return lines
