"""Old runs go, by count and age; never one that goes on, or whose record is needed yet."""

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
"""So many of the newest runs stay, however old they are."""
KEEP_DAYS = 400
"""And every run of this many days: a year and a month, for those who look back once a year."""
_GOING = ".rotated-"


def expired(
    records: Sequence[RunRecord], now: datetime, *, keep_runs: int, keep_days: int
) -> list[RunRecord]:
    """The runs, oldest first, that are neither among the newest nor young. Pure."""
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
    """Whether something is still to be done with what a run wrote down."""
    outstanding = debts_of(record).outstanding
    if any(owed.where and still_aside(Path(owed.where)) for owed in outstanding):
        return True  # an undo, a recovery or a release reads where things lie
    return record.state == "died" and bool(outstanding)


def rotate(
    state: Path,
    *,
    now: datetime | None = None,
    keep_runs: int = KEEP_RUNS,
    keep_days: int = KEEP_DAYS,
    keep: Collection[str] = (),
) -> list[str]:
    """Remove the folders of runs that have expired; their ids.

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
        # A reader never sees half a run: it is there whole, or not among the runs.
        with contextlib.suppress(OSError):
            place.rename(going)
            gone.append(record.id)
            shutil.rmtree(going, ignore_errors=True)
    return gone
