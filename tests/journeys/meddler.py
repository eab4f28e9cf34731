"""A worker in whose run something happens at exact moments: `… meddler SCRIPT FOLDER`.

It is the program's own worker; only the write of a journal event is wrapped. SCRIPT is JSON: a
list of `[started or finished, how the step's name begins, what to do]`. `grow` lets an account, an
attachment and points be made, as far as the platform lets them in; `die`, `cancel`; `open`:
somebody else lets register go on; `outlast` waits for the hold's deadline.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from pryv_tui.errors import PryvTuiError
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.record.events import AnyEvent, StepFinished, StepStarted
from pryv_tui.runs.record.journal import JournalWriter
from pryv_tui.runs.record.request import read_request
from pryv_tui.runs.worker import process as worker
from pryv_tui.runs.worker.guardian import NAME as GUARDIAN
from tests.helpers.waiting import until

NAME = "meddled.json"

_write = JournalWriter.write


def grow(platform: PracticePlatform) -> dict[str, bool]:
    """What of life came in."""
    made = {}
    for what, words in (
        ("account", {"users": 1}),
        ("attachment", {"attachments": 1}),
        ("points", {"points": 3}),
    ):
        try:
            platform.grow(**words)
            made[what] = True
        except PryvTuiError:
            made[what] = False
    return made


def main() -> None:
    script, folder = json.loads(sys.argv[1]), Path(sys.argv[2])
    request = read_request(folder)
    assert request is not None and request.settings.practice is not None
    platform = PracticePlatform.open(Path(request.settings.practice))
    grown: dict[str, Any] = {}

    def write(self: JournalWriter, event: AnyEvent, *, durable: bool = False) -> None:
        _write(self, event, durable=durable)
        if not isinstance(event, StepStarted | StepFinished):
            return
        kind = "started" if isinstance(event, StepStarted) else "finished"
        for when, part, act in script:
            if when != kind or not event.step.partition("-")[2].startswith(part):
                continue
            if act == "grow":
                grown[f"{when} {part}"] = grow(platform)
                (folder / NAME).write_text(json.dumps(grown))
            elif act == "die":
                os.kill(os.getpid(), signal.SIGKILL)
            elif act == "cancel":
                os.kill(os.getpid(), signal.SIGTERM)
            elif act == "open":
                for host in platform.hosts:
                    if any(c.state == "paused" for c in host.engine.containers()):
                        host.engine.unpause("pryvio_register")
            elif act == "outlast":
                with contextlib.suppress(AssertionError):  # then nobody lets go
                    until(lambda: _let_go(folder))

    JournalWriter.write = write  # type: ignore[method-assign]
    sys.exit(worker.work(folder))


def _let_go(folder: Path) -> bool:
    try:
        return bool(json.loads((folder / GUARDIAN).read_text())["done"])
    except (OSError, ValueError):
        return False


if __name__ == "__main__":
    main()
