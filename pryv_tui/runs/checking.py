"""A check of a set that is asked for where one may be going on already."""

from __future__ import annotations

from pathlib import Path

from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.runs.now import checks_now
from pryv_tui.runs.record.history import RunRecord
from pryv_tui.runs.start import start_run


def check_going_on_or_begun(settings: Settings, set_id: str, parts: int) -> RunRecord:
    """The check of a set that goes on now, whatever it reads of it; else a new one.

    Args:
        parts: a new one reads one of so many parts; 1 for everything.

    Raises:
        PryvTuiError: see `start_run`.
    """
    going_on = checks_now(Path(settings.state), set_id)
    if going_on is not None:
        return going_on
    return start_run(settings, "verify", set_id=set_id, parts=parts)
