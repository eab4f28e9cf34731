"""A drill of a set that goes on for as long as a test wants, as its run's folder tells it."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from pryv_tui.clock import timestamp
from pryv_tui.operations.kinds.drill import Drill
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.runs.record.events import RunFinished, RunStarted
from pryv_tui.runs.record.history import WORKER, mark_of
from pryv_tui.runs.record.journal import JournalWriter
from pryv_tui.runs.record.request import NAME
from tests.drills.held import ANNA

GOING = "20991231T000000Z-drill-0001"


class Going:
    """This process is its worker."""

    def __init__(self, settings: Settings, set_id: str = "", run: str = GOING) -> None:
        self.folder = Path(settings.state) / "runs" / run
        self.folder.mkdir(parents=True)
        request = Drill(
            run=run, settings=settings, set_id=set_id, asked=timestamp(), by=ANNA, depth="data"
        )
        (self.folder / NAME).write_bytes(msgspec.json.encode(request))
        (self.folder / WORKER).write_bytes(msgspec.json.encode(mark_of(os.getpid())))
        self._journal = JournalWriter(self.folder, run, ())
        self._journal.write(
            RunStarted(kind="drill", roles=["core"], plan=[], pid=os.getpid(), by=ANNA)
        )
        self.goes_on = True

    def end(self) -> None:
        if self.goes_on:
            self._journal.write(RunFinished(outcome="complete", exit=0, what="done"), durable=True)
            self._journal.close()
            self.goes_on = False
