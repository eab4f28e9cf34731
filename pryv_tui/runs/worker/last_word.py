"""The last event of a run: how it ended, what to do next, what remains."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pryv_tui.clock import timestamp
from pryv_tui.errors import Cancelled, Exit, PryvTuiError
from pryv_tui.operations.acts import again_words
from pryv_tui.operations.advice import Advice, Failure, advice_lines
from pryv_tui.operations.audit.afterwards import spoken as spoken_look
from pryv_tui.operations.commands import completed
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.debts import ROOT_DEBTS
from pryv_tui.operations.facts import Offer
from pryv_tui.operations.kind import kind_of
from pryv_tui.operations.kinds.restore import undo_words
from pryv_tui.operations.plan import Plan, Step, likeness
from pryv_tui.runs.left import left_by
from pryv_tui.runs.record.events import Outcome, RunFinished
from pryv_tui.runs.record.history import RunRecord, all_runs, request_of, resolve_run
from pryv_tui.runs.record.stops import times_alike
from pryv_tui.runs.worker.closing import (
    again,
    as_of,
    half_restored,
    looked_at,
    newer_asides,
    removal,
    running_now,
    set_aside_before,
    started_again,
    stopped_earlier,
    stopped_now,
)
from pryv_tui.runs.worker.left_running import runs_now
from pryv_tui.runs.worker.whose import account_of, with_account


def last_word(
    plan: Plan,
    ctx: RunContext,
    failure: PryvTuiError | None,
    failed_step: Step | None,
    remains: list[str],
) -> RunFinished:
    """Return how a run ended, in words and facts.

    Args:
        failure: why the run did not come to its end; None if it did.
        failed_step: the step that failed; None for a failure between two steps.
        remains: what was left and is still owed, in words.
    """
    kind = kind_of(plan.kind)
    complete = kind.makes_a_set and ctx.manifest is not None
    asides = any(owed.kind == "aside" for owed in ctx.outstanding)
    following: list[str | Offer] = []
    told: Failure | None = None
    if failure is None:
        outcome: Outcome = "warnings" if ctx.facts.warnings else "complete"
        code = Exit.WARNINGS if ctx.facts.warnings else Exit.DONE
        what = kind.done(plan, ctx)
        if ctx.cancel.is_set():
            what += " The cancel came too late: the run had already ended."
        beside = set_aside_before(ctx) if plan.kind == "restore" else ()
        following += [*ctx.facts.warnings, *beside, *kind.then(plan, ctx)]
    else:
        outcome = {Exit.CANCELLED: "cancelled", Exit.REFUSED: "refused"}.get(  # type: ignore[assignment]
            failure.exit, "failed"
        )
        # `refused` means that nothing was changed; after a change it is a failure.
        changed = bool(ctx.facts.owed or ctx.facts.settled) or ctx.facts.changed
        if outcome == "refused" and changed:
            outcome = "failed"
        code = Exit.FAILED if outcome == "failed" else failure.exit
        where = f"{failed_step.title}: " if failed_step else ""
        account = account_of(plan, ctx, failure)
        why = with_account(failure, account)
        what = f"{where}{why}."
        if complete:
            what += f" The set {plan.set_id} itself is complete and was checked."
        half = asides or bool(half_restored(ctx))
        what += kind.stands(plan, ctx, changed=changed, half=half)
        if isinstance(failure, Cancelled):
            what += started_again(
                [o for o in ctx.facts.settled if o.kind == "start" and runs_now(ctx, o)]
            )
            following += [word for word in [again(plan, ctx) or failure.remedy] if word]
        elif failure.name == "container-stopped" and asides:
            # Nothing is started by itself on a half-restored root, and nothing needs to be.
            following.append(
                "The container's log says why it ended; a new attempt starts it again."
            )
        else:
            following.append(failure.remedy or looked_at(plan, ctx))
            if failure.name == "internal":
                following.append(f"To see all that it printed: pryv-tui attach {ctx.run_id}")
        half_way = any(owed.kind in ROOT_DEBTS for owed in ctx.outstanding)
        told = Failure(
            # The name of a refusal would say that nothing was changed.
            error="step-failed"
            if outcome == "failed" and failure.exit == Exit.REFUSED
            else failure.name,
            what=why,
            account=account,
            remedy=_said(following[:1], ())[0] if failure.remedy and following else "",
            step=failed_step.title if failed_step else "",
            like=likeness(failed_step) if failed_step else (),
            passes=failure.passes,
        )
        ended = _ended(ctx, outcome, what, told)
        advice = _advice(ctx, ended, half_way=half_way) if ended is not None else None
        if advice is None and ended is not None:
            row = times_alike(ended, all_runs(ctx.site.state))
            following[:0] = filter(None, [again_words(row, told.remedy)])
        if advice is not None:
            following += advice_lines(advice, said=told.remedy)
            remains = [*remains, advice.down]
        elif asides:
            text = f"Put back what was there before: {undo_words(plan, ctx)}"
            following.append(Offer(kind="undo", target=ctx.run_id, text=text))
            if begun := kind.again(plan, ctx):
                following.append(f"Or try again: {begun}")
        elif half_way:
            following.append("Run the same undo again: it continues where it stopped.")
    given = ctx.site.settings.given
    later = removal(plan, ctx, failed=failure is not None)
    now = stopped_now(ctx)
    offers = [one for one in (*following, *later) if isinstance(one, Offer)]
    return RunFinished(
        outcome=outcome,
        exit=int(code),
        set=plan.set_id if complete or not kind.makes_a_set else "",
        what=completed(what, given),
        remains=[completed(line, given) for line in remains],
        next=_said(following, given),
        checks=list(ctx.facts.checks),
        warnings=[completed(line, given) for line in ctx.facts.warnings],
        as_of=(brought := as_of(plan, ctx, failed=failure is not None)),
        as_of_roles=dict(ctx.facts.as_of_roles) if brought else {},
        down_from=ctx.facts.down_from,
        down_to=ctx.facts.down_to,
        stopped_since=stopped_earlier(ctx),
        running=running_now(ctx, now),
        stopped=now,
        gap=[completed(line, given) for line in ctx.facts.gap],
        verified=ctx.facts.verified,
        newer=list(ctx.facts.newer),
        asides=newer_asides(ctx, plan),
        live=spoken_look(ctx.facts.live, given),
        failure=told,
        removal=_said(later, given),
        offers=[msgspec.structs.replace(one, text=completed(one.text, given)) for one in offers],
    )


def _said(lines: Sequence[str | Offer], given: tuple[str, ...]) -> list[str]:
    return [completed(one.text if isinstance(one, Offer) else one, given) for one in lines]


def _ended(ctx: RunContext, outcome: str, what: str, failure: Failure) -> RunRecord | None:
    """Return the record of a run as it will be after its end; None if it can't be read."""
    try:
        record = resolve_run(ctx.site.state, ctx.run_id)
    except (PryvTuiError, OSError):
        return None
    return msgspec.structs.replace(
        record,
        state="ended",
        outcome=outcome,
        what=what,
        failure=failure,
        finished=timestamp(),
    )


def _advice(ctx: RunContext, ended: RunRecord, *, half_way: bool) -> Advice | None:
    """Return the advice on what this run left half-way, or on what it was to settle and did not.

    In the second case, another run left it. Everybody who asks later gets the same advice. None if
    nothing is left, or if that can't be checked.
    """
    request = request_of(ended)
    settles = request.recovers if request is not None else ""
    if not half_way and not settles:
        return None
    try:
        about = ended if half_way else resolve_run(ctx.site.state, settles)
        left = left_by(ctx.site, ctx.site.discover(), about, ended)
    except (PryvTuiError, OSError):
        return None
    return left.advice if left is not None else None
