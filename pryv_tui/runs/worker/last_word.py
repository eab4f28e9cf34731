"""A run's last word: how it ended, what is next, what remains."""

from __future__ import annotations

import shlex

from pryv_tui.errors import Cancelled, Exit, PryvTuiError
from pryv_tui.operations.commands import completed
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.plan import Plan, Step
from pryv_tui.operations.plans.container import ACTS, end_words, switched
from pryv_tui.operations.root.kept import lacked_next, lacked_words
from pryv_tui.operations.steps.bringing_back.put_back_root import PutBackRoot
from pryv_tui.runs.record.events import Outcome, RunFinished
from pryv_tui.runs.record.report import MAKERS
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
    asides = any(owed.kind == "aside" for owed in ctx.outstanding)
    following: list[str] = []
    if failure is None:
        outcome: Outcome = "warnings" if ctx.facts.warnings else "complete"
        code = Exit.WARNINGS if ctx.facts.warnings else Exit.DONE
        done = {
            "backup": f"The backup set {plan.set_id} is complete{_so_far(ctx, 'checked')}"
            + (f" It is in {ctx.site.vault.repository}." if ctx.site.vault.repository else ""),
            "restore": f"The set {plan.set_id} is restored{_so_far(ctx, 'compared')}",
            "undo": (
                "What was there before the restore is back, as it was then."
                if not _stays(plan, ctx)
                else "What still lay aside of what was there before the restore is back; see the"
                " warnings for the rest."
            )
            + lacked_words(plan.lacks),
            "recover": "What the dead run had left is put back.",
            "release": "What was moved aside is removed for good.",
            "prune": "What no rule keeps is removed.",
            "files": "The files are brought back; nothing that was there was touched.",
            "adopt": f"The folder is a set now, {plan.set_id}, and was counted; what it can't tell"
            " is noted in it.",
            "send": f"The set {plan.set_id} is in {ctx.site.vault.repository}.",
            "fetch": f"The set {plan.set_id} is on this machine too.",
        }
        what, hints = (done[plan.kind], ()) if plan.kind in done else end_words(plan)
        if ctx.cancel.is_set():
            what += " The cancel came too late: it had come to its end."
        following += [*ctx.facts.warnings, *hints]
        following += lacked_next(plan.lacks, plan.set_id, plan.domain)
        if plan.kind == "adopt" and ctx.site.vault.repository:
            following.append(f"It is on this machine alone. Send it: pryv-tui send {plan.set_id}")
        if plan.kind in MAKERS:
            following.append(f"Check it again at any time: pryv-tui verify {plan.set_id}")
        elif plan.kind == "restore":
            following += _after_restore(plan, ctx)
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
        if plan.kind in MAKERS and ctx.manifest is not None:
            what += f" The set {plan.set_id} itself is complete and was checked."
        if not changed and plan.kind not in (*MAKERS, *ACTS):
            what += " Nothing was changed."
        elif plan.kind in ACTS:
            what += _state_now(plan, ctx)
        elif plan.kind == "restore" and not asides and not half_restored(ctx):
            what += " What was there before is in place."
        if isinstance(failure, Cancelled):
            what += started_again([o for o in ctx.facts.settled if o.kind == "start"])
            following += [word for word in [again(plan, ctx) or failure.remedy] if word]
        elif failure.name == "container-stopped" and asides:
            # Nothing is started by itself on a half-restored root, and needs not be.
            following.append("Its log says why it ended; what is tried again starts it anew.")
        else:
            following.append(failure.remedy or looked_at(plan, ctx))
            if failure.name == "internal":
                following.append(f"All that it printed: pryv-tui attach {ctx.run_id}")
        if asides:
            following.append(f"Put back what was there before: pryv-tui undo {ctx.run_id}")
            following.append(
                f"Or try again: pryv-tui restore {plan.set_id} --confirm {shlex.quote(plan.domain)}"
            )
        elif any(owed.kind == "return" for owed in ctx.outstanding):
            following.append("Run the same undo again: it goes on where it stopped.")
    complete = plan.kind in MAKERS and ctx.manifest is not None
    given = ctx.site.settings.given
    return RunFinished(
        outcome=outcome,
        exit=int(code),
        set=plan.set_id if complete or plan.kind not in MAKERS else "",
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
        removal=[completed(line, given) for line in removal(plan, ctx, failed=failure is not None)],
    )


def _so_far(ctx: RunContext, seen: str) -> str:
    """How far a run that came to its end did what it was for: the end of that sentence."""
    facts = ctx.facts
    but = f" but for {'; '.join(facts.lacking)}" if facts.lacking else ""
    if facts.unchecked:
        return f"{but}; NOT {seen}: {'; '.join(facts.unchecked)}."
    return f"{but}, and was {seen}." if but else f" and was {seen}."


def _stays(plan: Plan, ctx: RunContext) -> bool:
    """Whether an undo found a root of which nothing lay aside any more; it has warned of that."""
    return bool(ctx.facts.warnings) and any(
        Owed(kind="return", host=step.host, what=step.root, where=step.aside)
        not in ctx.facts.settled
        for step in plan.steps
        if isinstance(step, PutBackRoot)
    )


def _state_now(plan: Plan, ctx: RunContext) -> str:
    """What a container's state is after an act that failed: it may have been changed."""
    name, host = switched(plan)
    try:
        found = [c for c in ctx.site.host(host).engine.containers() if c.name == name]
    except PryvTuiError:
        return f" Whether {name} on {host} runs is not known: its engine does not answer."
    return f" {name} on {host} is {found[0].state if found else 'not there any more'} now."


def _after_restore(plan: Plan, ctx: RunContext) -> list[str]:
    lines = []
    if not ctx.site.practice and "core" in plan.roles:
        # The one thing that only a person can try: the applications themselves have been asked.
        lines.append(f"Log in to an app of {plan.domain} with an account that you know.")
    if any((ctx.facts.casualties or {}).values()):
        lines.append(
            "Settle what the gap cost, dry run first, until nothing remains:"
            f" pryv-tui audit {plan.set_id} --live"
        )
    lines.append(f"If it is not what you wanted: pryv-tui undo {ctx.run_id}")
    return lines
