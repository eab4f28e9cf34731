"""The worker process of a sandbox drill. It performs the run and then writes the record; it signs
the record if nobody attends and a key is configured. Whoever started it may have left by then."""

from __future__ import annotations

import gc

if __name__ == "__main__":
    # As in every worker: run Python's garbage collector rarely.
    gc.set_threshold(150_000, 20, 20)

from pathlib import Path

from pryv_tui.drills.record.unattended import record_and_sign
from pryv_tui.errors import PryvTuiError
from pryv_tui.programs import one_at_a_time
from pryv_tui.runs.record.request import read_request
from pryv_tui.runs.worker.process import log, main


def record(folder: Path) -> None:
    """Write the record of a run's drill. If that fails, the reason is in the run's log, and the
    record is written when the drills are next listed."""
    request = read_request(folder)
    if request is None:
        return
    try:
        done = record_and_sign(request.settings, request.run)
    except (PryvTuiError, OSError) as error:
        log(f"the drill {request.run} is not on record yet: {error}")
        return
    log(f"the drill {request.run} is on record: {done.filed.record.outcome}")
    if done.unsigned:
        log(f"its record is not signed: {done.unsigned}")


if __name__ == "__main__":
    one_at_a_time()
    main(record)
