"""Check a set, unless that set is already being checked."""

from __future__ import annotations

from pathlib import Path

from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.runs.now import checks_now
from pryv_tui.runs.record.history import RunRecord
from pryv_tui.runs.start import start_run


def check_going_on_or_begun(settings: Settings, set_id: str, parts: int) -> RunRecord:
    """Return the running check of a set; if there is none, start one.

    Args:
        parts: a new check reads one of so many parts of the set; 1 reads everything. A check that
            is already running may read another part.

    Raises:
        PryvTuiError: see `start_run`.
    """
    going_on = checks_now(Path(settings.state), set_id)
    if going_on is not None:
        return going_on
    return start_run(settings, "verify", set_id=set_id, parts=parts)
