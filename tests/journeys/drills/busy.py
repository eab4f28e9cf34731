"""A backup that goes on for as long as a test wants, as its run's folder tells it."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from pryv_tui.operations.kinds.backup import Backup
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.runs.record.events import RunFinished, RunStarted
from pryv_tui.runs.record.history import WORKER, mark_of
from pryv_tui.runs.record.journal import JournalWriter
from pryv_tui.runs.record.request import NAME

BACKUP = "20991231T000000Z-backup-0001"


class Busy:
    """This process is its worker."""

    def __init__(self, settings: Settings) -> None:
        folder = Path(settings.state) / "runs" / BACKUP
        folder.mkdir(parents=True)
        request = Backup(run=BACKUP, settings=settings)
        (folder / NAME).write_bytes(msgspec.json.encode(request))
        (folder / WORKER).write_bytes(msgspec.json.encode(mark_of(os.getpid())))
        self._journal = JournalWriter(folder, BACKUP, ())
        self._journal.write(RunStarted(kind="backup", roles=["core"], plan=[], pid=os.getpid()))
        self.goes_on = True

    def end(self) -> None:
        if self.goes_on:
            self._journal.write(RunFinished(outcome="complete", exit=0, what="done"), durable=True)
            self._journal.close()
            self.goes_on = False
