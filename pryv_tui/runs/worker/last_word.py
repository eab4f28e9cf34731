"""A run's last word: how it ended, what is next, what remains."""

from __future__ import annotations

import shlex

from pryv_tui.errors import Cancelled, Exit, PryvTuiError
from pryv_tui.operations.audit.afterwards import spoken as spoken_look
from pryv_tui.operations.commands import completed
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.kind import kind_of
from pryv_tui.operations.kinds.restore import undo_words
from pryv_tui.operations.plan import Plan, Step
from pryv_tui.runs.record.events import Outcome, RunFinished
from pryv_tui.runs.worker.closing import (
    again,
    as_of,
    half_restored,
    looked_at,
    removal,
    running_now,
    started_again,
)


def last_word(
    plan: Plan,
    ctx: RunContext,
    failure: PryvTuiError | None,
    failed_step: Step | None,
    remains: list[str],
) -> RunFinished:
    """How a run ended, in words and facts.

    Args:
        failure: why it did not come to its end.
        failed_step: where that was; None for between two steps.
        remains: what was left, and is still owed.
    """
    kind = kind_of(plan.kind)
    complete = kind.makes_a_set and ctx.manifest is not None
    asides = any(owed.kind == "aside" for owed in ctx.outstanding)
    following: list[str] = []
    if failure is None:
        outcome: Outcome = "warnings" if ctx.facts.warnings else "complete"
        code = Exit.WARNINGS if ctx.facts.warnings else Exit.DONE
        what = kind.done(plan, ctx)
        if ctx.cancel.is_set():
            what += " The cancel came too late: it had come to its end."
        following += [*ctx.facts.warnings, *kind.then(plan, ctx)]
    else:
        outcome = {Exit.CANCELLED: "cancelled", Exit.REFUSED: "refused"}.get(  # type: ignore[assignment]
            failure.exit, "failed"
        )
        # A refusal means that nothing was changed; after a change it is a failure.
        changed = bool(ctx.facts.owed or ctx.facts.settled) or ctx.facts.changed
        if outcome == "refused" and changed:
            outcome = "failed"
        code = Exit.FAILED if outcome == "failed" else failure.exit
        where = f"{failed_step.title}: " if failed_step else ""
        what = f"{where}{failure.what}."
        if complete:
            what += f" The set {plan.set_id} itself is complete and was checked."
        half = asides or bool(half_restored(ctx))
        what += kind.stands(plan, ctx, changed=changed, half=half)
        if isinstance(failure, Cancelled):
            what += started_again([o for o in ctx.facts.settled if o.kind == "start"])
            following += [word for word in [again(plan, ctx) or failure.remedy] if word]
        elif failure.name == "container-stopped" and asides:
            # Nothing is started by itself on a half-restored root, and needs not be.
            following.append("Its log says why it ended; what is tried again starts it again.")
        else:
            following.append(failure.remedy or looked_at(plan, ctx))
            if failure.name == "internal":
                following.append(f"All that it printed: pryv-tui attach {ctx.run_id}")
        if asides:
            following.append(f"Put back what was there before: {undo_words(plan, ctx)}")
            following.append(
                f"Or try again: pryv-tui restore {plan.set_id} --confirm {shlex.quote(plan.domain)}"
            )
        elif any(owed.kind == "return" for owed in ctx.outstanding):
            following.append("Run the same undo again: it goes on where it stopped.")
    given = ctx.site.settings.given
    return RunFinished(
        outcome=outcome,
        exit=int(code),
        set=plan.set_id if complete or not kind.makes_a_set else "",
        what=completed(what, given),
        remains=[completed(line, given) for line in remains],
        next=[completed(line, given) for line in following],
        checks=list(ctx.facts.checks),
        warnings=[completed(line, given) for line in ctx.facts.warnings],
        as_of=as_of(plan, ctx, failed=failure is not None),
        down_from=ctx.facts.down_from,
        down_to=ctx.facts.down_to,
        running=running_now(ctx),
        gap=[completed(line, given) for line in ctx.facts.gap],
        verified=ctx.facts.verified,
        newer=list(ctx.facts.newer),
        asides=[owed.where for owed in ctx.facts.owed if owed.kind == "aside"],
        live=spoken_look(ctx.facts.live, given),
        removal=[completed(line, given) for line in removal(plan, ctx, failed=failure is not None)],
    )
