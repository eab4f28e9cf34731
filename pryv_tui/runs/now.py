"""The run that is using the platform now: which run, what it has stopped, what it works on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from pryv_tui.operations.activity import GoingOn
from pryv_tui.operations.debts import containers_down, roots_changed
from pryv_tui.operations.kind import kind_of
from pryv_tui.operations.plan import StepView
from pryv_tui.operations.site import Site
from pryv_tui.runs.lock import Holder, held_by_run, lock_path
from pryv_tui.runs.record.events import AnyEvent, RunStarted, StepFinished, StepStarted
from pryv_tui.runs.record.history import (
    RunRecord,
    all_runs,
    debts_in,
    read_run,
    request_of,
    runs_folder,
)
from pryv_tui.runs.record.journal import JournalReader
from pryv_tui.vault.sets import BackupSet

_UNFINISHED = {"cancelled": "was cancelled", "failed": "failed", "died": "died"}
"""In words, by outcome: how a backup ended that left a partial set."""


def who_holds(site: Site) -> Holder | None:
    """Return the run that is using this platform now, from the lock file. Cheap: no journal is
    read."""
    return held_by_run(lock_path(site.settings))


def holds_now(site: Site) -> GoingOn | None:
    """Return the run that is using this platform now, with what its journal has; None if there is
    none."""
    holder = who_holds(site)
    record = read_run(runs_folder(site.state) / holder.run) if holder is not None else None
    return going_on(record) if record is not None else None


def made_now(site: Site) -> dict[str, str]:
    """Return the sets that are being made now, by id, with the run that makes each.

    Only a live run makes a set. A set left by a dead run is partial, and stays partial.
    """
    holder = who_holds(site)
    if holder is None or holder.kind != "backup":
        return {}
    record = read_run(runs_folder(site.state) / holder.run)
    return {record.set: record.id} if record is not None and record.set else {}


def with_reasons(site: Site, sets: Sequence[BackupSet]) -> list[BackupSet]:
    """Return the sets; each partial one says which backup did not finish it, and why, if that is
    known."""
    if not any(backup.state == "partial" for backup in sets):
        return list(sets)
    reasons = {
        record.set: f"the backup {record.id} {_UNFINISHED[record.outcome or record.state]}"
        for record in all_runs(site.state)
        if record.kind == "backup" and (record.outcome or record.state) in _UNFINISHED
    }
    return [
        msgspec.structs.replace(backup, problem=reasons[backup.id])
        if backup.state == "partial" and backup.id in reasons
        else backup
        for backup in sets
    ]


def newest_running(records: Sequence[RunRecord]) -> RunRecord | None:
    """Return the newest run known here that is running; None if there is none. A run that is using
    the platform comes before those that run beside it."""
    going = [r for r in reversed(records) if r.state in ("starting", "running")]
    return next((r for r in going if kind_of(r.kind).holds_platform), next(iter(going), None))


def not_looked(state: Path) -> str:
    """Return sentences that say: while a run is using the platform, nobody checks what earlier runs
    left. Empty if no run is using it."""
    record = newest_running(all_runs(state))
    if record is None or not kind_of(record.kind).holds_platform:
        return ""
    return (
        f"Whether an earlier run left anything half-done is not checked while the {record.kind}"
        f" {record.id} is running. Follow it: pryv-tui attach {record.id}"
    )


def checks_now(state: Path, set_id: str) -> RunRecord | None:
    """Return the check of a set that is running now; None if no run known here checks it."""
    for record in reversed(all_runs(state)):
        of_it = (record.kind, record.set) == ("verify", set_id)
        if of_it and record.state in ("starting", "running"):
            return record
    return None


def run_that_holds(state: Path, host: str, container: str) -> str:
    """Return the kind of the present run that has stopped or paused a container; empty if none
    has."""
    record = newest_running(all_runs(state))
    busy = going_on(record) if record is not None else None
    return busy.kind if busy is not None and (host, container) in busy.held else ""


def going_on(record: RunRecord) -> GoingOn:
    """Return what a run works on, read from its journal."""
    request = request_of(record)
    events = list(JournalReader(record.journal).read())
    told = debts_in(events)
    owed = told.outstanding
    known = (request.recovers, request.continues, request.undone_run) if request else ()
    step = step_now(events)
    return GoingOn(
        run=record.id,
        kind=record.kind,
        since=record.started,
        about=frozenset({record.id, *known}) - {""},
        roles=frozenset(record.roles),
        held=containers_down(owed),
        roots=roots_changed(owed),
        down_at=told.down_at,
        inside=frozenset((step.host, name) for name in step.containers) if step else frozenset(),
    )


def step_now(events: Sequence[AnyEvent]) -> StepView | None:
    """Return the step that has begun and not ended; None between two steps."""
    plan: dict[str, StepView] = {}
    at: StepView | None = None
    for event in events:
        if isinstance(event, RunStarted):
            plan = {view.step: view for view in event.plan}
        elif isinstance(event, StepStarted):
            at = plan.get(event.step) or _unplanned(event)
        elif isinstance(event, StepFinished):
            at = None
    return at


def kinds_planned(events: Iterable[AnyEvent]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the kinds of the steps that a run planned, and the kinds of those that were done."""
    events = list(events)
    done = frozenset(kind for kind, _time in _steps_done(events))
    return frozenset(_planned(events).values()), done


def _steps_done(events: Sequence[AnyEvent]) -> Iterator[tuple[str, str]]:
    """Yield the kind of each planned step that was done, and when it ended, in order."""
    kinds = _planned(events)
    for event in events:
        if isinstance(event, StepFinished) and event.outcome == "done" and event.step in kinds:
            yield kinds[event.step], event.time


def _planned(events: Iterable[AnyEvent]) -> dict[str, str]:
    """Return the kind of each planned step, by the step's id."""
    started = (event for event in events if isinstance(event, RunStarted))
    return {view.step: view.kind for event in started for view in event.plan}


def _unplanned(event: StepStarted) -> StepView:
    """Return the view of a step of a roll-back, which the plan that was shown does not have."""
    return StepView(
        step=event.step,
        title=event.title,
        host="",
        command=tuple(event.command),
        leaves="",
        undone="",
        destructive=False,
    )
