"""`prune`: remove the sets that no rule keeps."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from typing import Any

import click
import humanize

from pryv_tui.cli.base.options import everywhere, run_options, settings, site, suspicious_option
from pryv_tui.cli.base.output import echo, print_json, reason, say
from pryv_tui.cli.base.watching import watch
from pryv_tui.errors import Exit, PryvTuiError
from pryv_tui.incidents.pinning import keeping, kept_by_incidents
from pryv_tui.operations.comparing.theirs import told_apart
from pryv_tui.operations.plans.prune import how_much, removed_by, rests_of
from pryv_tui.operations.sets.retention import Judgement, KeepRules, groups_line, judge
from pryv_tui.operations.settings.shrinking import Limits
from pryv_tui.phrases import counted
from pryv_tui.runs.planning.request import plan_prune
from pryv_tui.runs.start import start_run

_count = click.IntRange(min=0)


@click.command()
@click.option(
    "--keep-last",
    type=_count,
    default=0,
    metavar="N",
    help="Keep the last N sets of the same roles.",
)
@click.option(
    "--keep-daily",
    type=_count,
    default=0,
    metavar="N",
    help="Keep one set for each of the last N days that have one.",
)
@click.option(
    "--keep-weekly",
    type=_count,
    default=0,
    metavar="N",
    help="Keep one set for each of the last N weeks that have one.",
)
@click.option(
    "--keep-monthly",
    type=_count,
    default=0,
    metavar="N",
    help="Keep one set for each of the last N months that have one.",
)
@suspicious_option
@click.option(
    "--dry-run", is_flag=True, help="Show what would be removed and what stays; remove nothing."
)
@click.option("--confirm", metavar="WORD", help="The platform's domain, as status shows it.")
@run_options
@everywhere
def prune(
    keep_last: int,
    keep_daily: int,
    keep_weekly: int,
    keep_monthly: int,
    limits: Limits | None,
    dry_run: bool,
    confirm: str | None,
    as_json: bool,
    detach: bool,
) -> None:
    """Remove the sets that no rule keeps; never the newest, nor the newest verified one."""
    where = site()
    chosen = limits or where.settings.limits
    rules = KeepRules(
        last=keep_last,
        daily=keep_daily,
        weekly=keep_weekly,
        monthly=keep_monthly,
        shrink=chosen.share,
        shrink_of=chosen.of,
    )
    if not rules.any:
        raise PryvTuiError(
            "usage",
            "no rule was given that says which sets to keep",
            "For example: pryv-tui prune --keep-last 3 --keep-daily 7 --keep-monthly 12 --dry-run",
        )
    deployment = where.discover()
    sets = where.vault.sets()
    also_kept = kept_by_incidents(where.state, sets)
    plan = plan_prune(where, deployment, rules, also_kept=also_kept)
    gone, rests = removed_by(plan), rests_of(plan)
    judged = judge(
        sets,
        rules,
        domain=plan.domain,
        practice=where.practice,
        accepted=where.accepted,
        also_kept=also_kept,
        others=told_apart(where, deployment, sets, most=None).others,
    )
    flagged = [one for one in judged if one.flagged]
    doubt = keeping(where.state, sets)
    if doubt.problem:
        reason(doubt.problem, [doubt.remedy])
    if dry_run or not (gone or rests):
        if as_json:
            print_json(_judged_json(judged, rests))
        else:
            _say_judged(judged, rests, anything=bool(gone or rests))
        if flagged:
            reason(
                f"a person has to look at {counted(len(flagged), 'set')}",
                [f"{one.set_id}: {one.why}" for one in flagged],
                said=True,
            )
        if flagged or doubt.problem:
            sys.exit(int(Exit.WARNINGS))
        return
    if confirm is None:
        raise PryvTuiError(
            "usage",
            f"this can't be undone and has to be confirmed: {how_much(plan)} would be removed:"
            f" {', '.join([*gone, *rests])}",
            f"To see why: --dry-run. To remove them: --confirm {shlex.quote(plan.domain)}",
        )
    if confirm != plan.domain:
        raise PryvTuiError(
            "refused",
            f"--confirm {confirm!r} is not the domain of this platform; nothing was removed",
            "Write this platform's domain. To see it: pryv-tui status",
        )
    if not as_json and not detach:
        for step in plan.steps:
            echo(f"  {step.title}")
    record = start_run(
        settings(), "prune", keep=rules, shown=gone, also_kept=also_kept, confirmed="option"
    )
    watch(record, as_json=as_json, detach=detach)


def _say_judged(judged: Sequence[Judgement], rests: Sequence[str], *, anything: bool) -> None:
    if groups := groups_line(judged):
        say(groups)
    for one in judged:
        size = humanize.naturalsize(one.bytes, binary=True)
        word = "LOOK AT" if one.flagged else "keep" if one.keep else "REMOVE"
        say(f"{word:8}{one.set_id}  {size if one.bytes else ''}  {one.why}")
    for rest in rests:
        say(f"REMOVE  {rest}")
    if not anything:
        say("There is nothing to remove.")


def _judged_json(judged: Sequence[Judgement], rests: Sequence[str]) -> dict[str, Any]:
    """Return what would be removed and what stays, for `prune --dry-run --json`
    (docs/formats.md)."""
    sets = [
        {
            "id": one.set_id,
            "roles": list(one.roles),
            "bytes": one.bytes,
            "keep": one.keep,
            "flagged": one.flagged,
            "pinned": one.pinned,
            "why": one.why,
        }
        for one in judged
    ]
    return {"sets": sets, "rests": list(rests)}


COMMANDS = (prune,)
