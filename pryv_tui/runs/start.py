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

from pryv_tui.clock import timestamp, utc_now
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
"""How often it is looked whether a silent run's worker still lives."""
BEGINS_SECONDS = 60.0
"""How long a worker gets to look at the platform and to say what it will do, before whoever only
started it goes away: an engine that does not answer is asked for less."""
REFUSES_SECONDS = 10.0
"""What its first step gets besides, which asks before it changes anything."""

WORKER_COMMAND = (sys.executable, "-P", "-m", "pryv_tui.runs.worker.process")


def start_run(
    settings: Settings,
    kind: PlanKind,
    *,
    worker: Sequence[str] = WORKER_COMMAND,
    **asked: Any,
) -> RunRecord:
    """Start a worker that outlives this session and return at once.

    Args:
        kind: the name of its kind.
        worker: the command that performs it; the run's folder comes after.
        asked: what it is asked for: the fields of its kind, see `operations/kinds/`.

    Raises:
        PryvTuiError: `usage`, the label can't be used; `busy` when another run holds the platform;
            `not-private` when somebody else can write to the state folder.
        NoState: the state folder can't be written, or no process be made.
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
        # Its name too: what a worker makes may outlast a machine that stops at once.
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
    """Make a folder for a run: its own, whatever else was asked for in the same second."""
    while True:
        folder = runs / f"{utc_now():%Y%m%dT%H%M%SZ}-{kind}-{secrets.token_hex(2)}"
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            continue  # another run's: it is neither used nor removed
        return folder


class NoState(PryvTuiError):
    """A run can't be written down: nobody could follow it. It was not begun."""


def _not_written(state: Path, error: OSError) -> NoState:
    if is_full(error):
        return NoState(
            "disk-full",
            f"the disk of the state folder {state} is full: a run could not be followed."
            " Nothing was changed",
            f"Free space at {state}, or name another with --state.",
        )
    return NoState(
        "step-failed",
        f"the state folder {state} can't be written: {error.strerror or error}",
        "Mend its owner, or name another with --state.",
    )


def _asked(state: Path) -> str:
    """Now; later than every run that was asked for before, also where the clock has gone back."""
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
    """What came of a run that was just started, as far as can be told without its end."""

    state: Literal["begun", "ended", "died", "waiting"]
    """`begun`: it does what it was asked for; `ended`: before it did anything; `waiting`: it has
    not said yet what it will do."""
    end: RunFinished | None = None


def beginning(
    record: RunRecord, *, begins: float = BEGINS_SECONDS, refuses: float = REFUSES_SECONDS
) -> Beginning:
    """Wait until a run has begun, or has ended before it could.

    It has begun when its first step did anything: a step that only asks may still refuse. One that
    asks for long counts as begun.

    Args:
        begins: seconds that it gets to say what it will do.
        refuses: seconds that its first step gets besides.
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
        # Looked at before its last words were read, which it may have written meanwhile.
        if now is not None and now.state == "died":
            return Beginning("died")
        if time.monotonic() > until:
            return Beginning("begun" if told else "waiting")
        time.sleep(POLL_SECONDS)


def _only_asks(event: AnyEvent) -> bool:
    """Whether a run may still be refused after an event, with nothing changed."""
    if isinstance(event, StepFinished):
        return event.outcome != "done"
    return isinstance(event, StepStarted | GuardChecked | Note)


def follow(record: RunRecord) -> Iterator[tuple[bytes, AnyEvent]]:
    """The run's events from its start until it ends or dies, each with its line.

    A run that died ends the stream without a `run_finished`.
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
        # Who writes lives; and that it died is early enough known a moment later: a look at it
        # costs more than one at its journal.
        if not told and time.monotonic() >= look:
            now = read_run(Path(record.folder))
            if now is not None and now.state == "died":
                # It may have written its last words between the two looks.
                yield from reader.read_lines()
                return
            look = time.monotonic() + DIED_SECONDS
        time.sleep(POLL_SECONDS)


def cancel_run(state: Path, name: str, *, patience: float = 60.0) -> RunRecord:
    """Ask a run to end, and wait until it has.

    Raises:
        PryvTuiError: `run-unknown`; `refused` when it does not run; `step-failed` when it does not
            end in time (seconds).
    """
    record = resolve_run(state, name)
    if record.state not in ("running", "starting"):
        raise PryvTuiError(
            "refused",
            f"the run {record.id} does not run: it {record.state}",
            "There is nothing to cancel: pryv-tui runs",
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
    """Ask a run's worker to end, if it is still that very process; whether it was asked.

    Who asked is left in the run's folder first: a signal tells nobody. The worker writes it into
    the journal.
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
