"""What runs at the end of a run, as the engines say it: what was settled before may have been
stopped, or have fallen, since; and what a run need not start again was settled all the same."""

from __future__ import annotations

import contextlib

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.context import RunContext
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
