"""Wait until containers that were started stay up, and say truly which do and which don't."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.engine import Container
from pryv_tui.operations.commands import container_command, or_by_hand
from pryv_tui.operations.context import RunContext
from pryv_tui.phrases import counted
from pryv_tui.platform.identity import service_in_name
from pryv_tui.platform.roles import DATABASE_SERVICES, NEEDS_REGISTER


def stay_up(
    ctx: RunContext,
    host: str,
    names: Collection[str],
    expected: Collection[str] | None = None,
    *,
    part_of: str = "",
    needed: Collection[str] | None = None,
    unwell: Mapping[str, str] | None = None,
) -> None:
    """Wait until every one of these containers runs and none is restarted any more.

    A core without its register crash-loops for good: that is said, not waited for forever. One that
    was not well before, or did not stay up earlier in this run, is not waited for at all.

    Args:
        expected: those that have to exist; all of them where not given.
        part_of: whose containers these are, in words, where others follow: the last step of the
            restore then counts all of them.
        needed: those without which the run has failed; the databases where not given.
        unwell: those that were not well before, and why.

    Raises:
        PryvTuiError: `step-failed` where one that is needed does not come up.
    """
    settle = 0.0 if ctx.site.practice else ctx.site.settings.settle
    deadline = time.monotonic() + ctx.site.patience.stays_up
    engine = ctx.site.host(host).engine
    names = set(names)
    wanted = set(names) if expected is None else set(expected)
    if needed is None:
        needed = {name for name in names if service_in_name(name) in DATABASE_SERVICES}
    failed = ctx.facts.not_up.setdefault(host, {})
    frail = (set(unwell or {}) | set(failed)) - set(needed)
    before: dict[str, int] | None = None
    since = time.monotonic()
    while True:
        ctx.check_cancelled()
        found = {c.name: c for c in engine.containers() if c.name in names}
        down: dict[str, str] = {name: c.state for name, c in found.items() if not c.running}
        down |= dict.fromkeys(wanted - found.keys(), "missing")
        counts = {name: c.restarts for name, c in found.items()}
        steady = {n: c for n, c in counts.items() if n not in frail}
        if steady != before or down.keys() - frail:
            before, since = steady, time.monotonic()
        if not down.keys() - frail and time.monotonic() - since >= settle:
            break
        if time.monotonic() > deadline:
            # When all run at this moment, some are being started again and again.
            looping = sorted(found.keys() - frail, key=lambda name: -found[name].restarts)[:1]
            if not down.keys() - frail:
                down |= {name: found[name].state for name in looping}
            # What was brought up and is not there was never there: no exit code says otherwise.
            needed = {*needed, *(wanted - found.keys() - frail)}
            break
        time.sleep(ctx.site.patience.look_every)
    loops = {name for name in frail & found.keys() if _loops(found[name])}
    down |= {name: _looping(found[name]) for name in loops - down.keys()}
    _tell(ctx, host, sorted(found), down, part_of, needed, unwell or {})


def _loops(container: Container) -> bool:
    """Whether one that nobody waited for was restarted by the engine since it was started."""
    return container.restarts > 0


def _looping(container: Container) -> str:
    return f"{container.state}, started again {container.restarts} times"


def _tell(
    ctx: RunContext,
    host: str,
    found: Collection[str],
    down: Mapping[str, str],
    part_of: str,
    needed: Collection[str],
    unwell: Mapping[str, str],
) -> None:
    """Write down which stay up, and complain of those that don't: once each.

    Raises:
        PryvTuiError: `step-failed` where one that is needed is among them.
    """
    failed = ctx.facts.not_up.setdefault(host, {})
    fresh = [name for name in sorted(down) if name not in failed]
    for name in found:
        failed.pop(name, None)
    failed |= down
    ctx.facts.up[host] = sorted({*ctx.facts.up.get(host, ()), *found} - failed.keys())
    known = [name for name in fresh if name in unwell]
    for name in known:
        ctx.warn(
            f"{host}: {name} does not stay up ({down[name]}), and did not before this run either:"
            f" it {unwell[name]}. Why, says: {_log(ctx, host, name)}"
        )
    new = [name for name in fresh if name not in unwell]
    if new:
        _complain(ctx, host, {name: down[name] for name in new}, needed)
    up = len(found) - sum(1 for name in found if name in down)
    words = count(up, down)
    if part_of:
        ctx.report.note(f"{host}: {part_of}: {words}")
    elif not down:
        ctx.checked(f"{host}: {words}")
    else:
        ctx.report.note(f"{host}: {words}", "warning")


def _log(ctx: RunContext, host: str, name: str) -> str:
    docker = or_by_hand("docker", "logs", name, practice=ctx.site.practice)
    return container_command("logs", name, host) + docker


def _complain(ctx: RunContext, host: str, down: Mapping[str, str], needed: Collection[str]) -> None:
    """Say which containers do not stay up, and where to read why."""
    names = sorted(down, key=lambda name: (name not in needed, name))
    states = ", ".join(f"{name} ({down[name]})" for name in names)
    log = _log(ctx, host, names[0])
    if not set(names) & set(needed):
        why = ""
        if {service_in_name(name) for name in names} & set(NEEDS_REGISTER):
            why = " Core and its kin start again and again until register's /service/info answers."
        ctx.warn(f"{host}: these do not stay up: {states}. Why, says: {log}.{why}")
        return
    raise PryvTuiError(
        "step-failed", f"{host}: these do not come up: {states}", f"Read the log: {log}"
    )


def count(up: int, down: Mapping[str, str] | None = None) -> str:
    """How many containers run and stay up, and which don't.

    Args:
        down: those that don't, and what they are.
    """
    if down:
        which = ", ".join(f"{name} ({state})" for name, state in sorted(down.items()))
        return f"{up} of {counted(up + len(down), 'container')} run and stay up; not {which}"
    return counted(up, "container runs and stays up", "containers run and stay up")
