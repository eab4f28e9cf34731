"""How long steps took: what a plan expects of its own."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from pryv_tui.operations.plan import Likeness, likeness
from pryv_tui.runs.record.events import RunStarted, StepFinished
from pryv_tui.runs.record.history import all_runs
from pryv_tui.runs.record.journal import JournalReader


def last_seconds(state: Path, kind: str, roles: Collection[str] = ()) -> dict[Likeness, float]:
    """How long each step took in the last run of a kind that came to its end, by what it was.

    Args:
        roles: the last run of these very roles comes first, where there was one.
    """
    ended = [
        record
        for record in reversed(all_runs(state))
        if record.kind == kind and record.outcome in ("complete", "warnings")
    ]
    same = [record for record in ended if set(record.roles) == set(roles)]
    planned: dict[str, Likeness] = {}
    taken: dict[Likeness, float] = {}
    for record in (same or ended)[:1]:
        for event in JournalReader(record.journal).read():
            if isinstance(event, RunStarted):
                planned = {view.step: likeness(view) for view in event.plan}
            elif isinstance(event, StepFinished) and (was := planned.get(event.step)):
                taken |= {was: event.seconds} if event.outcome == "done" else {}
    return taken
