"""The worker: a separate process that performs one run and writes its journal.

It is started as `python -m pryv_tui.runs.worker.process FOLDER`, as a session leader without a
terminal, so that it continues when the terminal, the connection and every viewer are gone.
"""

from __future__ import annotations

import gc

if __name__ == "__main__":
    # What the imports load stays in memory anyway: don't search it for garbage while they run.
    gc.set_threshold(150_000, 20, 20)

import contextlib
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import NoReturn

import msgspec

from pryv_tui.clock import timestamp
from pryv_tui.errors import Cancelled, Exit, PryvTuiError
from pryv_tui.filesystem.durable import write_durably
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.hosts.discovery import MACHINE_NAME
from pryv_tui.operations.advice import Failure
from pryv_tui.operations.commands import completed
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.drilling.clearing import clear_left, worth_telling
from pryv_tui.operations.drilling.others import known_to_stay
from pryv_tui.operations.drilling.places import left_here
from pryv_tui.operations.kind import Request
from pryv_tui.operations.plan import Plan
from pryv_tui.operations.settings.patience import Patience
from pryv_tui.operations.site import Site, open_site
from pryv_tui.programs import look_in_named_folders, one_at_a_time
from pryv_tui.runs.lock import Holder, PlatformLock, lock_path
from pryv_tui.runs.planning.past import Journals
from pryv_tui.runs.planning.request import plan_request
from pryv_tui.runs.record.asked_to_end import cancel_asked
from pryv_tui.runs.record.events import RunFinished, RunStarted
from pryv_tui.runs.record.history import WORKER, mark_of
from pryv_tui.runs.record.journal import JournalWriter
from pryv_tui.runs.record.request import decode_request
from pryv_tui.runs.record.rotation import rotate
from pryv_tui.runs.worker.begins import begin
from pryv_tui.runs.worker.beside import touched_since
from pryv_tui.runs.worker.executor import execute
from pryv_tui.runs.worker.guardian import GuardianProcess
from pryv_tui.vault.parallel.engine import USUAL, CopyEngine

_MOST_OPEN = 1 << 16
_LEAVE_SECONDS = 5.0
"""Seconds for each last act of a run that ends because a disk hangs."""


def log(text: str) -> None:
    """Write to the worker's log, which is beside its journal."""
    # A full disk of the state folder must not end the run.
    with contextlib.suppress(OSError):
        sys.stderr.write(f"{timestamp()} {text}\n")
        sys.stderr.flush()


def work(folder: Path, copy_engine: CopyEngine = USUAL, patience: Patience | None = None) -> int:
    """Perform the run that a folder asks for. Return the run's exit code.

    Args:
        copy_engine: how files are copied.
        patience: how long to wait for things; None: the usual times for this kind of platform.
    """
    request = decode_request(folder)
    cancel = threading.Event()

    def on_term(_number: int, _frame: FrameType | None) -> None:
        cancel.set()

    signal.signal(signal.SIGTERM, on_term)
    signal.signal(signal.SIGINT, on_term)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    # Written after the handlers are set: a process that sees the mark can cancel.
    mark = mark_of(os.getpid())
    if mark is not None:
        write_durably(folder / WORKER, msgspec.json.encode(mark))
    journal = JournalWriter(folder, request.run, request.settings.given)
    lock: PlatformLock | None = None

    def leave(why: str) -> None:
        _leave(why, journal, lock)

    patient = copy_engine.patient._replace(leaves=leave)
    copy_engine = msgspec.structs.replace(copy_engine, patient=patient)
    started = cleared = False
    deployment: Deployment | None = None
    plan: Plan | None = None
    try:
        if request.holds_platform:
            lock = PlatformLock(lock_path(request.settings))
            lock.acquire(
                Holder(
                    request.run,
                    request.kind,
                    os.getpid(),
                    timestamp(),
                    request.settings.state,
                )
            )
        site = open_site(request.settings, copy_engine, patience)
        cleared = clear_dead(site)
        looks = lock is not None or request.looks_at_platform
        deployment = site.discover() if looks else site.unseen()
        for state in deployment.hosts:
            if state.root is not None and lock is not None:
                lock.acquire_root(state.root_path)
        plan = plan_request(site, deployment, request)
        request.allow(plan)
        ctx = RunContext(
            site=site,
            deployment=deployment,
            reporter=journal,
            cancel=cancel,
            run_id=request.run,
            label=request.label,
            guardian=GuardianProcess(folder),
        )
        ctx.by = request.by
        plan = begin(plan, request, ctx, journal)
        started = True
        ctx.beside = lambda since: touched_since(site.state, since, but=request.run)
        ctx.goes_on = Journals(site, ctx.deployment).going_on
        end = execute(plan, ctx, journal, log=log)
    except PryvTuiError as error:
        end = _never_began(error, request.settings.given, cleared=cleared)
    except Exception as error:
        log(traceback.format_exc())
        if started:
            # If the run dies without an end, its debts stay visible: recover reads them. An end
            # that tells less than what happened would hide them.
            raise
        fault = PryvTuiError("internal", f"{type(error).__name__}: {error}")
        end = _never_began(fault, request.settings.given, cleared=cleared)
    if not started and not journal.begun:
        journal.write(_tried(request, deployment, plan))
    # Released before the end is written, since a reader of the end may start the next run at once.
    if lock is not None:
        lock.release()
    asked = cancel_asked(folder)
    end = msgspec.structs.replace(end, cancel_by=asked.by if asked is not None else None)
    journal.write(end, durable=True)
    journal.close()
    # After the end was written: an old journal is no reason for a run to fail.
    for old in rotate(Path(request.settings.state), keep=(request.run,)):
        log(f"the journal of the run {old} was removed, since it was too old")
    return end.exit


def _leave(
    why: str,
    journal: JournalWriter,
    lock: PlatformLock | None,
    seconds: float = _LEAVE_SECONDS,
) -> NoReturn:
    """End a run that has a thread hanging in a disk, without writing an end to its journal.

    Its journal then shows a run that died. Nothing is put back while a thread may still write. The
    process stays as a zombie, with its open files, until that disk answers. So files that others
    wait for are closed first. The lock is released last: then its next owner meets nobody who still
    writes through a file that was open here.

    The disk may be that of the state folder, with the journal and the log. Then nothing can be
    recorded, and the run ends all the same: no act is waited for longer than `seconds`.
    """
    text = (
        f"a disk does not answer, so this run ends here as if it were killed: {why}. What it left"
        " has to be settled with recover"
    )

    def last_words() -> None:
        log(text)
        journal.note(text, "warning")
        journal.close()

    def close_others() -> None:
        kept = sorted(lock.descriptors) if lock is not None else []
        for before, end in zip([2, *kept], [*kept, _MOST_OPEN], strict=True):
            os.closerange(before + 1, end)

    def let_go() -> None:
        if lock is not None:
            lock.release()

    def close_all() -> None:  # also locks that `let_go` could not release
        os.closerange(3, _MOST_OPEN)

    for act in (last_words, close_others, let_go, close_all):
        _within(seconds, act)
    os._exit(int(Exit.FAILED))


def _within(seconds: float, act: Callable[[], None]) -> None:
    """Do something that may hang in a disk, or fail; wait for it, at most `seconds`."""

    def tried() -> None:
        with contextlib.suppress(OSError):
            act()

    thread = threading.Thread(target=tried, daemon=True)
    try:
        thread.start()
    except RuntimeError:  # no thread can be made
        tried()
    else:
        thread.join(seconds)


def clear_dead(site: Site) -> bool:
    """Clear the sandboxes of dead drills, and others whose time is over. Return whether any had to
    be removed. A sandbox that can't be cleared is no reason for a run to fail."""
    there = bool(left_here(site.state))
    known = known_to_stay(site.state)
    try:
        found = clear_left(site, of_others=True)
        # A sandbox that is only reported was not changed.
        there = there or any(one.gone for one in found)
        for one in worth_telling(known, found):
            log(one.words)
    except (PryvTuiError, OSError) as error:
        log(f"sandboxes of drills that died could not be checked: {error}")
    return there


def _tried(request: Request, deployment: Deployment | None, plan: Plan | None) -> RunStarted:
    """Return the `run_started` event of a run that never began, with what is known about the run.

    Args:
        deployment: None if the platform was not looked at.
        plan: None if the run could not be planned.
    """
    domain = ""
    if plan is not None:
        domain = plan.domain
    elif deployment is not None and deployment.domain_source != MACHINE_NAME:
        domain = deployment.domain
    return RunStarted(
        kind=request.kind,
        roles=list(plan.roles if plan is not None else request.roles),
        plan=[],
        pid=os.getpid(),
        domain=domain or request.settings.domain or "",
        # The set that it would have made does not exist.
        set=request.set_known or ("" if plan is None or request.makes_a_set else plan.set_id),
        practice=request.settings.practice is not None,
        by=request.by,
        confirmed=request.confirmed,
    )


def _never_began(
    error: PryvTuiError, given: tuple[str, ...], *, cleared: bool = False
) -> RunFinished:
    """Return the end event of a run that never began.

    Args:
        cleared: sandboxes of dead drills were there, and as many as possible were removed.
    """
    refused = error.exit in (Exit.REFUSED, Exit.BUSY, Exit.USAGE)
    cancelled = isinstance(error, Cancelled)
    stands = "The platform is as it was." if cleared else "Nothing was changed."
    return RunFinished(
        outcome="cancelled" if cancelled else "refused" if refused else "failed",
        exit=int(error.exit),
        what=f"{error.what}. {stands}",
        next=[completed(error.remedy, given)] if error.remedy else [],
        failure=Failure(
            error=error.name, what=error.what, remedy=error.remedy, passes=error.passes
        ),
    )


def main(after: Callable[[Path], None] | None = None) -> None:
    """Perform the run of the folder on the command line, and exit with the run's exit code.

    Args:
        after: called with the folder when the run is completely over and its lock is free.
    """
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python -m pryv_tui.runs.worker.process FOLDER\n")
        sys.exit(2)
    one_at_a_time()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    look_in_named_folders(os.environ)
    began = time.monotonic()
    folder = Path(sys.argv[1])
    code = work(folder)
    if after is not None:
        after(folder)
    log(f"ended with {code} after {time.monotonic() - began:.1f} s")
    sys.exit(code)


if __name__ == "__main__":
    main()
