"""What runs at the end of a run, as the engines say it: what was settled before may have been
stopped, or have fallen, since; and what a run need not start again was settled all the same."""

from __future__ import annotations

import contextlib

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.commands import container_command
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.kind import kind_of
from pryv_tui.operations.plan import Plan
from pryv_tui.operations.services.wellbeing import seen
from pryv_tui.runs.record.events import ContainersLeft
from pryv_tui.runs.record.journal import JournalWriter


def tell_left(ctx: RunContext, plan: Plan, journal: JournalWriter) -> None:
    """Look at each machine on which the run stopped or started containers, and write down what it
    leaves there. Of one whose engine does not answer nothing is written."""
    touched = [o.host for o in (*ctx.facts.owed, *ctx.facts.settled) if o.kind == "start"]
    if kind_of(plan.kind).moves_roots:
        touched += [step.host for step in plan.steps if step.host]
    for host in dict.fromkeys(touched):
        with contextlib.suppress(PryvTuiError):
            found = ctx.found_on(host)
            left = seen(found, since=True)
            ctx.facts.running[host] = [c.name for c in found.in_the_way if c.running]
            with contextlib.suppress(OSError):
                journal.write(ContainersLeft(host=host, containers=left), durable=True)


def runs_now(ctx: RunContext, owed: Owed) -> bool:
    """Whether a container that the run had stopped runs at its end; so too where nobody tells."""
    running = ctx.facts.running.get(owed.host)
    if running is None or owed.what in running:
        return True
    with contextlib.suppress(PryvTuiError):
        # It may be called otherwise by now.
        found = ctx.found_on(owed.host).find(owed.what)
        return found is not None and found.name in running
    return False


def fallen(ctx: RunContext, plan: Plan) -> list[str]:
    """What the run had stopped, has put back, and does not run at its end, a line each; not what
    was told already: what did not come up, and what an undo does not start again."""
    told = {(one.host, name) for one in plan.lacks for name in one.containers}
    told |= {(one.host, name) for one in plan.stays for name in one.containers}
    told |= {(host, name) for host, names in ctx.facts.not_up.items() for name in names}
    return [
        f"{owed.what} on {owed.host}, which this run had stopped, does not run at its end. Why,"
        f" says: {container_command('logs', owed.what, owed.host)}"
        for owed in ctx.facts.settled
        if owed.kind == "start" and (owed.host, owed.what) not in told and not runs_now(ctx, owed)
    ]
