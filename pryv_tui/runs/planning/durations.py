"""How long steps took in earlier runs, to estimate how long a plan's steps will take."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from pryv_tui.operations.plan import Likeness, likeness
from pryv_tui.runs.record.events import RunStarted, StepFinished
from pryv_tui.runs.record.history import RunRecord, all_runs, request_of
from pryv_tui.runs.record.journal import JournalReader


def last_seconds(
    state: Path, kind: str, roles: Collection[str] = (), depth: str = ""
) -> dict[Likeness, float]:
    """Return the seconds that each step took in the last complete run of a kind, by likeness.

    Only steps that were done count.

    Args:
        roles: the last run with exactly these roles is preferred, if there is one.
        depth: for a drill: the last run of this depth is preferred too, since services take longer.
    """
    ended = [
        record
        for record in reversed(all_runs(state))
        if record.kind == kind and record.outcome in ("complete", "warnings")
    ]
    same = [
        record
        for record in ended
        if set(record.roles) == set(roles) and (not depth or _depth(record) == depth)
    ]
    planned: dict[str, Likeness] = {}
    taken: dict[Likeness, float] = {}
    for record in (same or ended)[:1]:
        for event in JournalReader(record.journal).read():
            if isinstance(event, RunStarted):
                planned = {view.step: likeness(view) for view in event.plan}
            elif isinstance(event, StepFinished) and (was := planned.get(event.step)):
                taken |= {was: event.seconds} if event.outcome == "done" else {}
    return taken


def _depth(record: RunRecord) -> str:
    return str(getattr(request_of(record), "depth", ""))
