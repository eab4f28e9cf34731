"""Remove old runs by count and age, but never a run that is running or whose record is still
needed."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pryv_tui.clock import utc_now
from pryv_tui.operations.root.aside import still_aside
from pryv_tui.runs.record.history import RunRecord, all_runs, debts_of

KEEP_RUNS = 500
"""So many of the newest runs are kept, whatever their age."""
KEEP_DAYS = 400
"""Runs younger than this many days are kept: a year and a month, for a look back once a year."""
_GOING = ".rotated-"


def expired(
    records: Sequence[RunRecord], now: datetime, *, keep_runs: int, keep_days: int
) -> list[RunRecord]:
    """Return the ended or dead runs that are neither among the newest nor young, oldest first.
    Pure."""
    ended = [r for r in records[: max(0, len(records) - keep_runs)] if r.state in ("ended", "died")]
    limit = now - timedelta(days=keep_days)
    return [record for record in ended if _asked(record, now) < limit]


def _asked(record: RunRecord, now: datetime) -> datetime:
    try:
        found = datetime.fromisoformat(record.asked)
    except ValueError:
        return now
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def needed(record: RunRecord) -> bool:
    """Whether a later run may still need what this run recorded."""
    outstanding = debts_of(record).outstanding
    if any(owed.where and still_aside(Path(owed.where)) for owed in outstanding):
        return True  # an undo, a recovery or a release reads there where moved content is
    return record.state == "died" and bool(outstanding)


def rotate(
    state: Path,
    *,
    now: datetime | None = None,
    keep_runs: int = KEEP_RUNS,
    keep_days: int = KEEP_DAYS,
    keep: Collection[str] = (),
) -> list[str]:
    """Remove the folders of expired runs, and return the ids of these runs.

    A folder that can't be removed stays: an old journal is no reason for a run to fail.
    """
    for left in state.glob(f"{_GOING}*"):
        shutil.rmtree(left, ignore_errors=True)
    gone: list[str] = []
    moment = now or utc_now()
    for record in expired(all_runs(state), moment, keep_runs=keep_runs, keep_days=keep_days):
        if record.id in keep or needed(record):
            continue
        place = Path(record.folder)
        going = state / f"{_GOING}{place.name}"
        # The rename comes first: a reader sees the whole run or none of it.
        with contextlib.suppress(OSError):
            place.rename(going)
            gone.append(record.id)
            shutil.rmtree(going, ignore_errors=True)
    return gone
