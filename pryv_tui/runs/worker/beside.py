"""What other runs of this program did to containers while this run was running beside them."""

from __future__ import annotations

from pathlib import Path

from pryv_tui.clock import moment_of
from pryv_tui.operations.debts import DOWN_DEBTS
from pryv_tui.runs.record.history import all_runs, debts_of


def touched_since(state: Path, since: str, *, but: str) -> dict[tuple[str, str], str]:
    """Return the containers that other runs stopped or paused: the run's id by host and name.

    Args:
        since: RFC 3339; runs that ended before this are left out.
        but: the id of the run that asks.
    """
    from_then = moment_of(since)
    found: dict[tuple[str, str], str] = {}
    for record in all_runs(state):
        over = moment_of(record.finished or "")
        if record.id == but or (over is not None and from_then is not None and over < from_then):
            continue
        for owed in debts_of(record).owed:
            if owed.kind in DOWN_DEBTS:
                found[owed.host, owed.what] = record.id
    return found
