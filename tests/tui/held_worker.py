"""A worker that stays in one step until it is told to end.

`python -m tests.tui.held_worker N FOLDER`. It is the program's own worker; only the write of an
event is wrapped. As soon as step N is said to begin it waits for the signal that a cancel sends.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from pryv_tui.runs.record.events import AnyEvent, StepStarted
from pryv_tui.runs.record.journal import JournalWriter
from pryv_tui.runs.worker import process as worker

PATIENCE = 300.0
"""Seconds after which nobody comes any more, and the run goes on."""

_write = JournalWriter.write
_signal = signal.signal


def main() -> None:
    place, folder = int(sys.argv[1]), Path(sys.argv[2])
    told = threading.Event()
    begun = 0

    def install(number: int, handler: Callable[[int, FrameType | None], Any]) -> Any:
        if number != signal.SIGTERM or not callable(handler):
            return _signal(number, handler)

        def hear(number: int, frame: FrameType | None) -> None:
            handler(number, frame)
            told.set()

        return _signal(number, hear)

    def write(self: JournalWriter, event: AnyEvent, *, durable: bool = False) -> None:
        nonlocal begun
        _write(self, event, durable=durable)
        if isinstance(event, StepStarted):
            begun += 1
            if begun == place:
                told.wait(PATIENCE)

    signal.signal = install  # type: ignore[assignment]
    JournalWriter.write = write  # type: ignore[method-assign]
    sys.exit(worker.work(folder))


if __name__ == "__main__":
    main()
