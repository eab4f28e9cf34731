"""Start a run, follow it, cancel it."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import msgspec

from pryv_tui.clock import stamp, timestamp
from pryv_tui.decoding import read_json
from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.durable import sync_folder, write_durably
from pryv_tui.filesystem.paths import is_full
from pryv_tui.operations.kind import known_kind
from pryv_tui.operations.plan import PlanKind
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.site import refuse_open_state
from pryv_tui.ownership import make_private
from pryv_tui.runs.launch import launch
from pryv_tui.runs.lock import check_free, lock_path
from pryv_tui.runs.record.asked_to_end import note_cancel
from pryv_tui.runs.record.events import (
    AnyEvent,
    GuardChecked,
    Note,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
)
from pryv_tui.runs.record.history import (
    WORKER,
    RunRecord,
    WorkerMark,
    alive,
    read_run,
    resolve_run,
    runs_folder,
)
from pryv_tui.runs.record.journal import JournalReader, reserve_room
from pryv_tui.runs.record.request import NAME as REQUEST
from pryv_tui.runs.record.request import read_request
from pryv_tui.runs.record.tries import note_not_begun
from pryv_tui.vault.set_names import check_label
from pryv_tui.who import who_is_here

POLL_SECONDS = 0.05
DIED_SECONDS = 0.5
"""Seconds between two checks whether the worker of a silent run is still alive."""
BEGINS_SECONDS = 60.0
"""Seconds that a worker gets to look at the platform and to write its plan, before a caller that
only started it stops waiting. An engine that does not answer is given up sooner."""
REFUSES_SECONDS = 10.0
"""Additional seconds for the first step, which checks before it changes anything."""

WORKER_COMMAND = (sys.executable, "-P", "-m", "pryv_tui.runs.worker.process")


def start_run(
    settings: Settings,
    kind: PlanKind,
    *,
    worker: Sequence[str] = WORKER_COMMAND,
    **asked: Any,
) -> RunRecord:
    """Start a worker that continues after this session, and return the run's record at once.

    Args:
        kind: the name of the kind of run.
        worker: the command that performs the run; the run's folder is added as its last argument.
        asked: the fields of the request, see `operations/kinds/`.

    Raises:
        PryvTuiError: `usage`: the label can't be used; `busy`: another run is using the platform;
            `not-private`: somebody else can write to the state folder.
        NoState: the state folder can't be written, or no process can be made.
    """
    known = known_kind(kind)
    if known is None:
        raise PryvTuiError("internal", f"there is no kind of run {kind!r}")
    request = known(settings=settings, **asked)
    check_label(request.label)
    refuse_open_state(settings)
    state = Path(settings.state)
    if request.holds_platform:
        try:
            check_free(lock_path(settings))
        except PryvTuiError as error:
            if kind == "backup":
                note_not_begun(settings, kind, error.what)
            raise
    try:
        make_private(runs_folder(state))
        folder = _new_folder(runs_folder(state), kind)
    except OSError as error:
        raise _not_written(state, error) from error
    run_id = folder.name
    request = msgspec.structs.replace(request, run=run_id, asked=_asked(state), by=who_is_here())
    try:
        reserve_room(folder)
        write_durably(folder / REQUEST, msgspec.json.encode(request))
        # The folder's name must be on the disk as well: what a worker makes may survive a power
        # loss.
        sync_folder(folder.parent)
        launch([*worker, str(folder)], run=run_id, log=folder / "worker.log")
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise _not_written(state, error) from error
    record = read_run(folder)
    if record is None:
        raise PryvTuiError("internal", f"the run {run_id} left no record in {folder}")
    return record


def _new_folder(runs: Path, kind: str) -> Path:
    """Make a folder for a run. No other run gets this folder, even one that is requested in the
    same second."""
    while True:
        folder = runs / f"{stamp()}-{kind}-{secrets.token_hex(2)}"
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            continue  # another run's folder: neither used nor removed
        return folder


class NoState(PryvTuiError):
    """Error: a run can't be recorded, so nobody could follow it. It was not begun."""


def _not_written(state: Path, error: OSError) -> NoState:
    if is_full(error):
        return NoState(
            "disk-full",
            f"the disk of the state folder {state} is full, so a run could not write its journal."
            " Nothing was changed",
            f"Free space at {state}, or name another with --state.",
        )
    return NoState(
        "step-failed",
        f"the state folder {state} can't be written: {error.strerror or error}",
        "Correct its owner, or name another with --state.",
    )


def _asked(state: Path) -> str:
    """Return the time of this request, RFC 3339: now, but always later than every earlier request,
    even if the clock was set back."""
    known = [request.asked for folder in _folders(state) if (request := read_request(folder))]
    now, newest = timestamp(), max(known, default="")
    if newest < now:
        return now
    try:
        return timestamp(datetime.fromisoformat(newest) + timedelta(milliseconds=1))
    except (ValueError, OverflowError):
        return now


def _folders(state: Path) -> list[Path]:
    try:
        return list(runs_folder(state).iterdir())
    except OSError:
        return []


class Beginning(msgspec.Struct, frozen=True):
    """How a run that was just started has begun."""

    state: Literal["begun", "ended", "died", "waiting"]
    """`begun`: the run does what it was asked for; `ended`: it ended before it did anything;
    `died`: its process is gone; `waiting`: it has not written its plan yet."""
    end: RunFinished | None = None


def beginning(
    record: RunRecord, *, begins: float = BEGINS_SECONDS, refuses: float = REFUSES_SECONDS
) -> Beginning:
    """Wait until a run has begun, or has ended before it could begin.

    A run has begun when its first step has done something: a step that only checks may still
    refuse. If the step checks for longer than the limit, the run counts as begun.

    Args:
        begins: seconds that the run gets to write its plan.
        refuses: additional seconds for the run's first step.
    """
    reader = JournalReader(record.journal)
    told = False
    until = time.monotonic() + begins
    while True:
        now = read_run(Path(record.folder))
        for event in reader.read():
            if isinstance(event, RunFinished):
                return Beginning("ended", event)
            if isinstance(event, RunStarted):
                told, until = True, time.monotonic() + refuses
            elif not _only_asks(event):
                return Beginning("begun")
        # `now` was read before the events: if the worker was dead then, all its events were read.
        if now is not None and now.state == "died":
            return Beginning("died")
        if time.monotonic() > until:
            return Beginning("begun" if told else "waiting")
        time.sleep(POLL_SECONDS)


def _only_asks(event: AnyEvent) -> bool:
    """Whether a run may still be refused after this event, without any change."""
    if isinstance(event, StepFinished):
        return event.outcome != "done"
    return isinstance(event, StepStarted | GuardChecked | Note)


def follow(record: RunRecord) -> Iterator[tuple[bytes, AnyEvent]]:
    """Yield the run's events from its start until it ends or dies, each with its journal line.

    The events of a run that died end without a `run_finished`.
    """
    reader = JournalReader(record.journal)
    look = 0.0
    while True:
        ended = told = False
        for line, event in reader.read_lines():
            yield line, event
            told, ended = True, ended or isinstance(event, RunFinished)
        if ended:
            return
        # A worker that writes is alive. Otherwise check only now and then: reading the run's record
        # costs more than reading its journal.
        if not told and time.monotonic() >= look:
            now = read_run(Path(record.folder))
            if now is not None and now.state == "died":
                # The worker may have written its end between the two looks.
                yield from reader.read_lines()
                return
            look = time.monotonic() + DIED_SECONDS
        time.sleep(POLL_SECONDS)


def cancel_run(state: Path, name: str, *, patience: float = 60.0) -> RunRecord:
    """Ask a run to end, and wait until it has ended.

    Args:
        patience: seconds to wait.

    Raises:
        PryvTuiError: `run-unknown`; `refused`: the run is not running; `step-failed`: it does not
            end in time.
    """
    record = resolve_run(state, name)
    if record.state not in ("running", "starting"):
        raise PryvTuiError(
            "refused",
            f"the run {record.id} is not running: it {record.state}",
            "In that run there is nothing to cancel. To see whether another one is running:"
            " pryv-tui runs",
        )
    deadline = time.monotonic() + patience
    sent = False
    while time.monotonic() < deadline:
        now = read_run(Path(record.folder))
        if now is not None and now.state in ("ended", "died"):
            return now
        if not sent:
            sent = request_cancel(record)
        time.sleep(POLL_SECONDS)
    raise PryvTuiError(
        "step-failed",
        f"the run {record.id} has not ended after {patience:.0f} s",
        f"Look at what it does: pryv-tui attach {record.id}",
    )


def request_cancel(record: RunRecord) -> bool:
    """Ask a run's worker to end, if its process is still that worker. Return whether it was asked.

    Who asks is first written in the run's folder, since a signal does not say it. The worker copies
    it into the journal.
    """
    try:
        mark = read_json(Path(record.folder) / WORKER, WorkerMark)
    except (OSError, msgspec.MsgspecError):
        return False
    if not alive(mark):
        return False
    note_cancel(Path(record.folder), who_is_here())
    os.kill(mark.pid, signal.SIGTERM)
    return True
