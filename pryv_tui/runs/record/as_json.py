"""A run as `runs --json` prints it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from pryv_tui.runs.record.history import RunRecord
from pryv_tui.runs.record.tries import set_state


def seconds_of(record: RunRecord) -> float | None:
    """Return how long a run took, in seconds, from its start to its end. None if it has not ended
    or died, or if its times can't be read."""
    try:
        took = datetime.fromisoformat(record.finished) - datetime.fromisoformat(record.started)
    except (ValueError, TypeError):
        return None
    # The clock may have been set back during the run: then the difference means nothing.
    return max(0.0, round(took.total_seconds(), 3))


def record_json(record: RunRecord) -> dict[str, Any]:
    """Return one run as data for programs (docs/formats.md)."""
    return {
        "id": record.id,
        "kind": record.kind,
        "state": "running" if record.state == "starting" else record.state,
        "pid": record.pid,
        "started": record.started,
        "finished": record.finished or None,
        "seconds": seconds_of(record),
        "outcome": record.outcome or None,
        "exit": record.exit,
        "what": record.what or None,
        "set": record.set or None,
        "set_state": set_state(record),
        "label": record.label or None,
        "by": msgspec.to_builtins(record.by),
        "cancel_by": msgspec.to_builtins(record.cancel_by),
        "problems": list(record.problems),
    }
