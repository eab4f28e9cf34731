"""What is running at the end of a run, according to the engines. A container that was started again
may have stopped or failed since. A debt may also be settled without a start, if none was needed."""

from __future__ import annotations

import contextlib

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.commands import container_command
from pryv_tui.operations.containers.again import says_why
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.kind import kind_of
from pryv_tui.operations.plan import Plan
from pryv_tui.operations.services.staying_up import count
from pryv_tui.operations.services.wellbeing import seen
from pryv_tui.runs.record.events import ContainersLeft
from pryv_tui.runs.record.journal import JournalWriter


def tell_left(ctx: RunContext, plan: Plan, journal: JournalWriter) -> None:
    """Ask each engine on which the run stopped or started containers, and record what is running
    there. Nothing is recorded about a host whose engine does not answer."""
    touched = [o.host for o in (*ctx.facts.owed, *ctx.facts.settled) if o.kind == "start"]
    touched += list(ctx.facts.up)
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
    """Whether a container that the run stopped is running at its end; True if no engine answers."""
    return _runs(ctx, owed.host, owed.what)


def _runs(ctx: RunContext, host: str, name: str) -> bool:
    running = ctx.facts.running.get(host)
    if running is None or name in running:
        return True
    with contextlib.suppress(PryvTuiError):
        # It may have another name by now.
        found = ctx.found_on(host).find(name)
        return found is not None and found.name in running
    return False


def fallen(ctx: RunContext, plan: Plan) -> list[str]:
    """Return the containers that the run stopped and started again and that are not running at its
    end, one line each. Those that other messages name are left out: what did not come up, and what
    an undo does not start again."""
    told = _told(ctx, plan)
    stopped = [(o.host, o.what) for o in ctx.facts.settled if o.kind == "start"]
    return [
        _line(ctx, host, name, "stopped")
        for host, name in stopped
        if (host, name) not in told and not _runs(ctx, host, name)
    ]


def fallen_since_up(ctx: RunContext, plan: Plan) -> list[str]:
    """Return the containers that the run had not stopped, that it started and saw stay up, and that
    are not running at its end; one line each. (If a role was lost, there was no container to stop.)
    The earlier count of these containers among the checks is corrected."""
    told = _told(ctx, plan)
    stopped = {(o.host, o.what) for o in ctx.facts.settled if o.kind == "start"}
    lines = []
    for host, names in ctx.facts.up.items():
        down = [name for name in names if (host, name) not in told and not _runs(ctx, host, name)]
        lines += [_line(ctx, host, name, "started") for name in down if (host, name) not in stopped]
        if down:
            not_up = ctx.facts.not_up.get(host, {})
            then, now = count(len(names), not_up), dict.fromkeys(down, "is not running at the end")
            ctx.facts.checks = [
                f"{host}: {count(len(names) - len(down), not_up | now)}"
                if line == f"{host}: {then}"
                else line
                for line in ctx.facts.checks
            ]
    return lines


def _told(ctx: RunContext, plan: Plan) -> set[tuple[str, str]]:
    told = {(one.host, name) for one in plan.lacks for name in one.containers}
    told |= {(one.host, name) for one in plan.stays for name in one.containers}
    return told | {(host, name) for host, names in ctx.facts.not_up.items() for name in names}


def _line(ctx: RunContext, host: str, name: str, did: str) -> str:
    down = f"{name} on {host} is not running at the end of this run, which had {did} it."
    try:
        found = ctx.found_on(host).find(name)
    except PryvTuiError:
        return down  # whether it has a log is not known either
    says = says_why(found, name, host) or container_command("logs", name, host)
    return f"{down} To see why: {says}"
