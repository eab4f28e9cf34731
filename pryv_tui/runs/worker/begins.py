"""How a run begins: it waits if it has to, and is then planned from the present state.

A plan made before a wait would be out of date: by then another set may be the newest, another
container may be running, or the disk may be full.
"""

from __future__ import annotations

import os

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.guards.line import GuardLine, waited_for
from pryv_tui.operations.kind import Request, World
from pryv_tui.operations.plan import Plan
from pryv_tui.runs.planning.past import Journals
from pryv_tui.runs.planning.request import plan_request
from pryv_tui.runs.record.asked_to_end import cancel_asked
from pryv_tui.runs.record.events import RunPlanned, RunStarted
from pryv_tui.runs.record.history import runs_folder
from pryv_tui.runs.record.journal import JournalWriter


class CancelledBefore(Cancelled):
    """Error: the operator cancelled while the run waited, so nothing was begun. The remedy says how
    to ask again."""

    def __init__(self, again: str) -> None:
        PryvTuiError.__init__(self, "cancelled", "it was cancelled while it waited", again)


def begin(plan: Plan, request: Request, ctx: RunContext, journal: JournalWriter) -> Plan:
    """Write `run_started` when the run can begin. Return the plan; the context gets it too.

    If the run has to wait, `run_started` is written first, without a plan; `run_planned` follows.

    Args:
        plan: the plan made from the present state.

    Raises:
        CancelledBefore: the operator cancelled while the run waited.
        PryvTuiError: the run can't be planned, or can no longer be planned after the wait.
    """
    ctx.set_id = plan.set_id
    if not request.wait or not waited_for(_in_its_way(request, ctx, plan)):
        journal.write(_as(RunStarted, request, ctx, plan), durable=True)
        return plan
    # Loaded here, since a run that begins at once needs no code of drills.
    from pryv_tui.operations.steps.drilling.room import until_there_is_room

    journal.write(
        RunStarted(
            kind=plan.kind,
            roles=[],
            plan=[],
            pid=os.getpid(),
            domain=plan.domain,
            practice=ctx.site.practice,
            by=request.by,
            confirmed=request.confirmed,
        ),
        durable=True,
    )

    def look() -> list[GuardLine]:
        try:
            return _in_its_way(request, ctx, plan)
        except PryvTuiError:
            # What the plan was made of may be gone: plan again from the present state.
            return anew()

    def anew() -> list[GuardLine]:
        nonlocal plan
        ctx.deployment = ctx.site.discover()
        plan = plan_request(ctx.site, ctx.deployment, request)
        request.allow(plan)
        ctx.set_id = plan.set_id
        return _in_its_way(request, ctx, plan)

    try:
        since, _lines = until_there_is_room(ctx, look, request.wait, anew=anew)
    except Cancelled as error:
        asked = cancel_asked(runs_folder(ctx.site.state) / ctx.run_id)
        if asked is not None:
            journal.write(asked)
        after = type(request).again_after
        raise CancelledBefore(f"{after}: {type(request).again(plan, ctx)}") from error
    ctx.waited = since or ""
    journal.write(_as(RunPlanned, request, ctx, plan), durable=True)
    return plan


def _in_its_way(request: Request, ctx: RunContext, plan: Plan) -> list[GuardLine]:
    past = Journals(ctx.site, ctx.deployment)
    return request.in_its_way(plan, World(ctx.site, ctx.deployment, past, request.run))


def _as(event: type[RunStarted], request: Request, ctx: RunContext, plan: Plan) -> RunStarted:
    return event(
        kind=plan.kind,
        roles=list(plan.roles),
        plan=plan.views(),
        pid=os.getpid(),
        domain=plan.domain,
        set=plan.set_id,
        practice=ctx.site.practice,
        notice=list(plan.notice),
        by=request.by,
        confirmed=request.confirmed,
    )
