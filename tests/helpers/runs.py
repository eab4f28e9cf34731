"""Runs that a test is not about: begun, and followed to their end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.runs.record.history import RunRecord, resolve_run
from pryv_tui.runs.start import follow, start_run


def run_to_its_end(settings: Settings, kind: str, **asked: Any) -> RunRecord:
    """What is known of a run when it has ended, however it did."""
    began = start_run(settings, kind, **asked)
    for _ in follow(began):
        pass
    return resolve_run(Path(settings.state), began.id)
