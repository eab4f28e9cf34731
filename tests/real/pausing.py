"""A worker that waits at exact moments: `python -m tests.real.pausing MOMENTS FOLDER`.

It is the program's own worker; only the write of a journal event is wrapped. MOMENTS is a JSON list
of how the names of steps begin. When such a step has ended, `at-<moment>` appears in the run's
folder, and the run goes on when `go-<moment>` is there.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from pryv_tui.runs.record.events import AnyEvent, StepFinished
from pryv_tui.runs.record.journal import JournalWriter
from pryv_tui.runs.worker import process as worker

PATIENCE = 300.0
"""Seconds after which nobody comes any more, and the run goes on."""

_write = JournalWriter.write


def main() -> None:
    moments, folder = json.loads(sys.argv[1]), Path(sys.argv[2])

    def write(self: JournalWriter, event: AnyEvent, *, durable: bool = False) -> None:
        _write(self, event, durable=durable)
        if not isinstance(event, StepFinished):
            return
        for moment in moments:
            if event.step.partition("-")[2].startswith(moment):
                (folder / f"at-{moment}").touch()
                until = time.monotonic() + PATIENCE
                while not (folder / f"go-{moment}").exists() and time.monotonic() < until:
                    time.sleep(0.02)

    JournalWriter.write = write  # type: ignore[method-assign]
    sys.exit(worker.work(folder))


if __name__ == "__main__":
    main()
