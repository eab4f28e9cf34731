"""How runs stopped that tried the same thing: one that was left half-way, and later attempts."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Literal

from pryv_tui.decoding import Undecodable, read_json
from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.engine import UP
from pryv_tui.operations.advice import Stop, Way
from pryv_tui.operations.debts import DOWN_DEBTS, in_a_row
from pryv_tui.operations.kind import kind_of
from pryv_tui.operations.plan import likeness
from pryv_tui.runs.record.chain import chain_of
from pryv_tui.runs.record.events import (
    OwedNoted,
    RunStarted,
    SettledNoted,
    StepFinished,
    StepStarted,
)
from pryv_tui.runs.record.history import (
    WORKER,
    RunRecord,
    WorkerMark,
    debts_of,
    mark_of,
    request_of,
    resolve_run,
)
from pryv_tui.runs.record.journal import JournalReader

_GOOD = ("complete", "warnings")


def story_of(record: RunRecord, records: Sequence[RunRecord]) -> list[RunRecord]:
    """Return a half-way run, the runs that it continued, and those that tried to settle it.

    Oldest first.

    Runs that came to their end are left out.

    Args:
        records: all runs, oldest first.
    """
    names = {record.id}
    about = {one.id: _about(one) for one in records}
    known = len(names) - 1
    while known != len(names):
        known = len(names)
        for run, others in about.items():
            if run in names:
                names |= others & about.keys()
            elif others & names:
                names.add(run)
    return [one for one in records if one.id in names and one.outcome not in _GOOD]


def _about(record: RunRecord) -> set[str]:
    """Return the ids of the runs that this run continues or settles."""
    request = request_of(record)
    if request is None:
        return set()
    told = {request.recovers, request.continues, request.undone_run}
    if record.kind == "restore":
        told |= {Path(one.where).name for one in debts_of(record).owed if one.kind == "aside"}
    return told - {"", record.id}


def stops_of(kind: str, story: Iterable[RunRecord]) -> tuple[Stop, ...]:
    """Return how each run of a story stopped.

    Args:
        kind: the kind of the run that was left half-way.
    """
    ways = {does: way for way, does in kind_of(kind).settled_by.items()}
    found = []
    for record in story:
        if kind == "undo" and record.kind == "restore":
            continue  # the story of the restore that was being undone is another one
        way: Way | Literal[""] = ways.get(record.kind, "")
        if record.state == "died":
            found.append(_death(record, way))
        else:
            found.append(_end(record, way))
    return tuple(found)


def times_alike(record: RunRecord, records: Sequence[RunRecord]) -> int:
    """Return how many runs in a row had the same request and ended for the same reason.

    This run is the last of them; 0 if it did not fail.

    Only recorded runs with a known reason count.

    Args:
        record: the run as it is now, or as it will be at its end.
        records: all runs, oldest first.
    """
    errand = _errand(record)
    if errand is None or record.outcome in (*_GOOD, "cancelled"):
        return 0
    before = [one for one in records if one.id != record.id and one.asked <= record.asked]
    alike = (
        one
        for one in (record, *reversed(before))
        if one.kind == record.kind and one.state in ("ended", "died") and _errand(one) == errand
    )
    return in_a_row(_death(one, "") if one.state == "died" else _end(one, "") for one in alike)


def _errand(record: RunRecord) -> tuple[object, ...] | None:
    """Return what a run was asked for, without what differs from one attempt to the next; None if
    not known."""
    request = request_of(record)
    if request is None:
        return None
    made = kind_of(record.kind).makes_a_set
    settings = request.settings
    return (
        *(settings.practice, settings.hosts, settings.vault, settings.repository, record.domain),
        # A timer asks for the newest set, which is another one each time.
        *(request.kind, tuple(sorted(request.roles)), "" if made else request.set_known),
        *(request.undone_run, request.released_run),
        *(getattr(request, name, "") for name in ("container", "host", "depth")),
    )


def _end(record: RunRecord, way: Way | Literal[""]) -> Stop:
    return Stop(
        run=record.id,
        way=way,
        how=record.outcome,
        at=record.finished,
        failure=record.failure,
        said=record.what,
    )


def _death(record: RunRecord, way: Way | Literal[""]) -> Stop:
    """Return how far a run came whose process is gone."""
    at, step, title = "", "", ""
    likes: dict[str, tuple[str, ...]] = {}
    for event in JournalReader(record.journal).read():
        at = event.time
        if isinstance(event, RunStarted):
            likes = {view.step: likeness(view) for view in event.plan}
        elif isinstance(event, StepStarted):
            step, title = event.step, event.title
        elif isinstance(event, StepFinished):
            title = f"after “{event.title}”"
    return Stop(
        run=record.id,
        way=way,
        at=at,
        step=title,
        like=likes.get(step, ()),
        rebooted=_rebooted(record),
    )


def _rebooted(record: RunRecord) -> bool:
    """Whether the machine was rebooted after a run's process began."""
    try:
        mark = read_json(Path(record.folder) / WORKER, WorkerMark)
    except (OSError, Undecodable):
        return False
    now = mark_of(os.getpid())
    return now is not None and mark.boot != now.boot


def stopped_before(state: Path, record: RunRecord) -> str:
    """Return since when containers were down that this run found down and has to start.

    An earlier run, which this one continues, stopped the first of them then. Empty if there is
    none.

    Args:
        record: the run as it is now, or as it will be at its end.
    """
    debts = debts_of(record)
    ran = {(host, one.name) for host, found in debts.seen.items() for one in found
           if one.state in UP}  # fmt: skip
    down = {(one.host, one.what) for one in debts.owed if one.kind == "start"} - ran
    if not down:
        return ""
    request = request_of(record)
    told = {request.recovers, request.continues} if request is not None else set()
    earlier = {one.id: one for one in chain_of(state, record)}
    for name in told - {"", record.id}:
        with contextlib.suppress(PryvTuiError):
            earlier |= {one.id: one for one in chain_of(state, resolve_run(state, name))}
    earlier.pop(record.id, None)
    return down_since(sorted(earlier.values(), key=lambda one: one.asked), down)


def down_since(story: Iterable[RunRecord], down: Collection[tuple[str, str]]) -> str:
    """Return when the first of these containers that are still down was stopped; empty if no
    journal tells."""
    return min(filter(None, stopped_at(story, down).values()), default="")


def stopped_at(
    story: Iterable[RunRecord], down: Collection[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """Return when each of these containers was stopped by a run that didn't start it again.

    Containers on which no journal tells this are left out.

    Args:
        down: the containers, as (machine, name).
    """
    since: dict[tuple[str, str], str] = {}
    for record in story:
        for event in JournalReader(record.journal).read():
            if not isinstance(event, OwedNoted | SettledNoted):
                continue
            one = event.owed
            if one.kind not in DOWN_DEBTS or (one.host, one.what) not in down:
                continue
            if isinstance(event, SettledNoted):
                since.pop((one.host, one.what), None)
            else:
                since.setdefault((one.host, one.what), event.time)
    return since
