"""Perform a plan's steps in order, record every fact in the journal, and put back what is owed at
the end."""

from __future__ import annotations

import contextlib
import threading
import time
import traceback
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

import msgspec

from pryv_tui.clock import timestamp
from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.filesystem.paths import is_full
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.debts import Owed, of_roots
from pryv_tui.operations.holding import again_by_hand, end_hold, gone_meanwhile, held_by
from pryv_tui.operations.kind import kind_of
from pryv_tui.operations.plan import Plan, Step
from pryv_tui.operations.plans.undo import undo_plan
from pryv_tui.operations.root.leftovers import gone_so_far, half_released
from pryv_tui.operations.root.where import aside_line, where_it_lies
from pryv_tui.operations.steps.bringing_back.put_back_root import PutBackRoot
from pryv_tui.operations.steps.services.hold_platform import release
from pryv_tui.operations.steps.services.restart_policy import give_back, update
from pryv_tui.operations.steps.taking.prepare_dump import put_back_dump
from pryv_tui.runs.cancelling import BACK, goes_to_its_end, rolls_back
from pryv_tui.runs.record.asked_to_end import cancel_asked
from pryv_tui.runs.record.chain import asides_of, chain_of, ran_before, unwell_before
from pryv_tui.runs.record.events import RunFinished, StepFinished, StepStarted
from pryv_tui.runs.record.history import policies_owed, resolve_run, runs_folder
from pryv_tui.runs.record.journal import JournalWriter
from pryv_tui.runs.worker.closing import (
    half_restored,
    roll_back_leaves,
    undo_leaves,
)
from pryv_tui.runs.worker.last_word import last_word
from pryv_tui.runs.worker.left_running import fallen, fallen_since_up, tell_left
from pryv_tui.runs.worker.started_again import start_again
from pryv_tui.vault.set_names import PARTIAL


def execute(
    plan: Plan, ctx: RunContext, journal: JournalWriter, *, log: Callable[[str], None]
) -> RunFinished:
    """Perform a plan until it ends in any way, and return how it ended.

    Args:
        log: receives tracebacks of faults of this program.
    """
    try:
        return _execute(plan, ctx, journal, log)
    except Exception as error:
        log(traceback.format_exc())
        return _after_fault(plan, ctx, journal, error, log)


def _after_fault(
    plan: Plan,
    ctx: RunContext,
    journal: JournalWriter,
    error: Exception,
    log: Callable[[str], None],
) -> RunFinished:
    """Handle a fault of this program between two steps: put back what is owed, if that is safe.

    Raises:
        Exception: the fault itself, if something is still owed that only `recover` would find.
            `recover` reads the journals of dead runs: if this run wrote an end, the debt would be
            missed.
    """
    ctx.cancel = threading.Event()
    remains: list[str] = []
    try:
        remains = _put_back(ctx, plan, failed=True)
    except Exception:
        log(traceback.format_exc())
    if ctx.outstanding and not of_roots(ctx.outstanding):
        raise error
    if isinstance(error, OSError) and is_full(error):
        failure = _state_full(ctx)
    else:
        failure = PryvTuiError("internal", f"{type(error).__name__}: {error}")
    with contextlib.suppress(Exception):
        tell_left(ctx, plan, journal)
    return last_word(plan, ctx, failure, None, remains)


def _state_full(ctx: RunContext) -> PryvTuiError:
    state = ctx.site.state
    # Whatever is still owed, restart policies for one, is written down only there.
    return PryvTuiError(
        "disk-full",
        f"the disk of the state folder {state} is full, so the run can't write its journal any"
        " further",
        f"Free space at {state}, then try again."
        if ctx.outstanding
        else f"Free space at {state}, or name another with --state; then try again.",
    )


def _check_room(ctx: RunContext, journal: JournalWriter) -> None:
    """Stop the run if the journal has no room left, but not half-way through a change of a root.

    Raises:
        PryvTuiError: `disk-full`.
    """
    if not journal.full or ctx.facts.journal_full:
        return
    if not of_roots(ctx.facts.owed):
        raise _state_full(ctx)
    ctx.facts.journal_full = True
    ctx.warn(
        f"the disk of the state folder {ctx.site.state} is full, so what programs print is not"
        " recorded; the run continues, since it has already changed a root"
    )


def _execute(
    plan: Plan, ctx: RunContext, journal: JournalWriter, log: Callable[[str], None]
) -> RunFinished:
    failure: PryvTuiError | None = None
    failed_step: Step | None = None
    rest = list(plan.steps)
    asked = ctx.cancel
    while rest:
        step = rest.pop(0)
        if step.in_any_case:
            rest.insert(0, step)
            break
        try:
            if goes_to_its_end(ctx.facts.owed):
                # The other steps take only a moment. Only the check at the end may be cancelled
                # separately.
                ctx.cancel = asked if step.afterwards else threading.Event()
            if not step.afterwards:
                ctx.check_cancelled()
            _check_room(ctx, journal)
            if step.afterwards and kind_of(plan.kind).puts_back:
                _settle_starts(ctx)
            _perform(step, ctx, journal, log)
        except PryvTuiError as error:
            if step.afterwards:
                ctx.warn(f"{step.title}: this was not done: {error.what}")
                break
            failure, failed_step = error, step
            break
    for step in rest:
        if not step.in_any_case:
            continue
        # What was made beside the platform is taken down, even after a cancel.
        ctx.cancel = threading.Event()
        try:
            _perform(step, ctx, journal, log)
        except PryvTuiError as error:
            if failure is None:
                failure, failed_step = error, step
            else:
                ctx.warn(f"{step.title}: {error.what}")
    if isinstance(failure, Cancelled):
        _tell_who(ctx, journal)
    if isinstance(failure, Cancelled) and rolls_back(plan.kind, ctx.facts.owed):
        _roll_back(ctx, plan, journal, log)
    journal.enter("")
    remains = _put_back(ctx, plan, failed=failure is not None)
    tell_left(ctx, plan, journal)
    failure = failure or kind_of(plan.kind).in_vain(plan, ctx)
    if failure is None:
        left = (*fallen(ctx, plan), *fallen_since_up(ctx, plan))
        for text in (*kind_of(plan.kind).warnings(plan, ctx), *left):
            ctx.warn(text)
    else:
        remains += fallen(ctx, plan)
    return last_word(plan, ctx, failure, failed_step, remains)


def _tell_who(ctx: RunContext, journal: JournalWriter) -> None:
    """Record who asked for the cancel, before what the cancel does is recorded."""
    asked = cancel_asked(runs_folder(ctx.site.state) / ctx.run_id)
    if asked is not None:
        journal.write(asked)


def _roll_back(
    ctx: RunContext, plan: Plan, journal: JournalWriter, log: Callable[[str], None]
) -> None:
    """Put back what was moved aside and start what ran, as an undo would; called after a cancel.

    If that fails, the debts stay outstanding, and the run's end says what remains.
    """
    asides = [owed for owed in ctx.facts.owed if owed.kind == "aside"]
    everything, ran, unwell = _of_the_chain(ctx)
    ctx.cancel = threading.Event()
    journal.enter("")
    ctx.report.note("cancelled: the former content is put back")
    try:
        undo = undo_plan(
            ctx.site.discover(),
            undone_run=ctx.run_id,
            owed=everything,
            ran=ran,
            unwell=unwell,
            policies=policies_owed(ctx.site.state),
            run_id=ctx.run_id,
        )
        for step in undo.steps:
            _perform(msgspec.structs.replace(step, id=f"{BACK}{step.id}"), ctx, journal, log)
            for owed in asides:
                if isinstance(step, PutBackRoot) and owed.where == step.aside:
                    ctx.settle(owed)
    except PryvTuiError as error:
        ctx.report.note(f"the former content could not be put back: {error.what}", "warning")
        return


def _of_the_chain(
    ctx: RunContext,
) -> tuple[Sequence[Owed], Mapping[str, Sequence[str]], Mapping[str, Mapping[str, str]]]:
    """Return, for this run and those that it continued: what they moved aside, what ran before
    them, what was unwell then."""
    try:
        chain = chain_of(ctx.site.state, resolve_run(ctx.site.state, ctx.run_id))
    except PryvTuiError:
        return ctx.facts.owed, ctx.facts.ran, {}
    before = ran_before(chain)
    hosts = dict.fromkeys((*before, *ctx.facts.ran))
    ran = {h: sorted({*before.get(h, ()), *ctx.facts.ran.get(h, ())}) for h in hosts}
    return asides_of(chain), ran, unwell_before(chain)


def _perform(
    step: Step, ctx: RunContext, journal: JournalWriter, log: Callable[[str], None]
) -> None:
    command = list(step.command)
    journal.enter(step.id)
    journal.write(StepStarted(step=step.id, title=step.title, command=command), durable=True)
    began = time.monotonic()
    failure: PryvTuiError | None = None
    try:
        step.perform(ctx)
    except PryvTuiError as error:
        failure = error
    except OSError as error:
        if journal.full:
            failure = _state_full(ctx)
        else:
            name = "disk-full" if is_full(error) else "step-failed"
            failure = PryvTuiError(name, f"{error.strerror or error}: {error.filename or ''}")
        log(traceback.format_exc())
    except Exception as error:
        failure = PryvTuiError("internal", f"{type(error).__name__}: {error}")
        log(traceback.format_exc())
    seconds = round(time.monotonic() - began, 3)
    ctx.facts.seconds[step.id] = seconds
    outcome = (
        "done" if failure is None else "cancelled" if isinstance(failure, Cancelled) else "failed"
    )
    journal.write(
        StepFinished(
            step=step.id,
            title=step.title,
            command=command,
            outcome=outcome,  # type: ignore[arg-type]
            seconds=seconds,
            reason=failure.what if failure else "",
        ),
        durable=True,
    )
    if failure is not None:
        raise failure


def _settle_starts(ctx: RunContext) -> None:
    """Settle the starts that are not needed after an undo. What ran before the restore is running
    again; the rest ran only because of the restore, and its role may be gone now."""
    held = held_by(ctx)
    for owed in [o for o in ctx.outstanding if o.kind == "start" and o not in held]:
        ctx.settle(owed)


def _put_back(ctx: RunContext, plan: Plan, *, failed: bool) -> list[str]:
    """Put back what is still owed, if that is safe. Return what remains, in words.

    After a failed restore has moved content aside, its containers are not started: they would run
    on a root that is half restored. They stay stopped, and the message says so.
    """
    remains = _let_go(ctx)
    pending = ctx.outstanding if failed else ctx.facts.owed
    asides = [owed for owed in pending if owed.kind == "aside"]
    moved = bool(of_roots(pending))
    if kind_of(plan.kind).puts_back and not failed:
        _settle_starts(ctx)
    held = held_by(ctx)
    starts = [o for o in ctx.outstanding if o.kind == "start" and o not in held]
    for owed in [owed for owed in ctx.outstanding if owed.kind == "dump"]:
        try:
            put_back_dump(ctx, owed)
        except PryvTuiError as error:
            remains.append(error.told)
    policies = [owed for owed in ctx.outstanding if owed.kind == "restart-policy"]
    half = half_restored(ctx) if failed else frozenset()
    if not (failed and moved):
        # Nothing is started on a root that an earlier run has left half-restored.
        remains += _give_restarts(ctx, [one for one in policies if one.host not in half])
        remains += start_again(ctx, [one for one in starts if one.host not in half])
        if down := _down(ctx, [one for one in starts if one.host in half]):
            names = ", ".join(sorted(f"{owed.what} on {owed.host}" for owed in down))
            remains.append(
                f"These containers stay stopped, since an earlier run left {_roots(ctx, half)}"
                f" half-restored: {names}. Settle that first: pryv-tui recover"
            )
        if starts and not any(owed.kind == "start" for owed in ctx.outstanding):
            ctx.facts.down_to = timestamp() if ctx.facts.down_from else ""
    elif starts := _down(ctx, starts):
        names = ", ".join(sorted(f"{owed.what} on {owed.host}" for owed in starts))
        alone = (
            "A restart of Docker or of the machine does not start them"
            if policies
            else "A restart of Docker or of the machine may start them on a half-restored root:"
            " settle that first"
        )
        remains.append(f"These containers are stopped: {names}. {alone}.")
    for owed in asides:
        if failed:
            remains.append(
                f"{owed.what} on {owed.host} is half-restored;"
                f" {where_it_lies(Path(owed.what), Path(owed.where))}."
            )
        else:
            remains.append(aside_line(owed.host, Path(owed.what), Path(owed.where)))
    if kind_of(plan.kind).puts_back and not failed:
        remains += undo_leaves(plan, ctx)
    if failed:
        remains += roll_back_leaves(plan, ctx)
    remains += half_released(ctx)
    remains += gone_so_far(ctx) if failed else []
    kind = kind_of(plan.kind)
    if failed and ctx.facts.set_folder.endswith(PARTIAL):
        remains += filter(None, [kind.partial_left(ctx.facts.set_folder)])
    here_alone = bool(ctx.site.vault.repository) and plan.set_id not in ctx.facts.sent
    if failed and here_alone and kind.unsent(ctx):
        remains.append(
            f"The set {plan.set_id} is complete, but on this machine alone:"
            f" {ctx.site.vault.folder / plan.set_id}. Send it: pryv-tui send {plan.set_id}"
        )
    return remains


def _roots(ctx: RunContext, hosts: Collection[str]) -> str:
    return ", ".join(f"{s.root} on {s.name}" for s in ctx.deployment.hosts if s.name in hosts)


def _let_go(ctx: RunContext) -> list[str]:
    """Release what is still held, before anything else: people are waiting for it. Return what
    fails."""
    held = held_by(ctx)
    remains: list[str] = []
    for owed in held:
        try:
            release(ctx, owed)
        except PryvTuiError as error:
            if error.name == "container-missing":
                ctx.settle(owed)
                remains.append(gone_meanwhile(owed))
                continue
            remains.append(
                f"{owed.what} on {owed.host} is still held ({error.what}); a process of this run"
                f" keeps trying to release it. By hand: {again_by_hand(ctx.site, owed, error)}"
            )
    if held and not remains:
        end_hold(ctx)
    return remains


def _down(ctx: RunContext, starts: list[Owed]) -> list[Owed]:
    """Return the containers that engines don't report as running: somebody may have started one."""
    running: set[tuple[str, str]] = set()
    for host in dict.fromkeys(owed.host for owed in starts):
        with contextlib.suppress(PryvTuiError):
            found = ctx.site.host(host).engine.containers()
            running |= {(host, c.name) for c in found if c.state in ("running", "restarting")}
    return [owed for owed in starts if (owed.host, owed.what) not in running]


def _give_restarts(ctx: RunContext, owed: list[Owed]) -> list[str]:
    remains: list[str] = []
    for host in dict.fromkeys(one.host for one in owed):
        policies = {one.what: one.where for one in owed if one.host == host}
        try:
            give_back(ctx, host, policies)
        except PryvTuiError as error:
            remains.append(
                f"Docker on {host} does not start its containers by itself any more"
                f" ({error.what}): {'; '.join(update(policies))}"
            )
    return remains
