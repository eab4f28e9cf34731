"""A worker that is killed at one exact place: `python -m tests.kill.worker N before|after FOLDER`.

It is the program's own worker; only the write of journal event N is wrapped, so that SIGKILL comes
right before or right after that event reaches the journal.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from pryv_tui.runs import worker
from pryv_tui.runs.events import AnyEvent
from pryv_tui.runs.journal import JournalWriter

_write = JournalWriter.write


def main() -> None:
    at, when, folder = int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    count = 0

    def write(self: JournalWriter, event: AnyEvent, *, durable: bool = False) -> None:
        nonlocal count
        count += 1
        if count == at and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        _write(self, event, durable=durable)
        if count == at:
            os.kill(os.getpid(), signal.SIGKILL)

    JournalWriter.write = write  # type: ignore[method-assign]
    sys.exit(worker.work(folder))


if __name__ == "__main__":
    main()
