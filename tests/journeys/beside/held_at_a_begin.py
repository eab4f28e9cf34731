"""A worker that waits as a step begins: `python -m …held_at_a_begin STEP FOLDER`.

It is the program's own; only the write of a journal event is wrapped. `held` appears in the run's
folder when the step whose name begins so has been begun, and it goes on when `go` is there.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pryv_tui.runs.record.events import AnyEvent, StepStarted
from pryv_tui.runs.record.journal import JournalWriter
from pryv_tui.runs.worker import process as worker
from tests.helpers.waiting import until

_write = JournalWriter.write


def main() -> None:
    step, folder = sys.argv[1], Path(sys.argv[2])

    def write(self: JournalWriter, event: AnyEvent, *, durable: bool = False) -> None:
        _write(self, event, durable=durable)
        held = folder / "held"
        if not isinstance(event, StepStarted) or held.exists():
            return
        if event.step.partition("-")[2].startswith(step):
            held.touch()
            until(lambda: (folder / "go").exists(), seconds=240)

    JournalWriter.write = write  # type: ignore[method-assign]
    sys.exit(worker.work(folder))


if __name__ == "__main__":
    main()
