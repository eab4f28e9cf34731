"""Wait until started containers stay up, and report which do and which don't."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import NamedTuple

from pryv_tui.errors import ERRORS, PryvTuiError
from pryv_tui.hosts.engine import Container
from pryv_tui.operations.commands import container_command, or_by_hand
from pryv_tui.operations.containers.again import says_why, without_log
from pryv_tui.operations.containers.watched import Watched
from pryv_tui.operations.context import RunContext
from pryv_tui.phrases import counted
from pryv_tui.platform.identity import service_in_name
from pryv_tui.platform.roles import DATABASE_SERVICES, NEEDS_REGISTER


class Started(NamedTuple):
    """The containers that a run has just started on a host."""

    at: Mapping[str, float]
    """For each container, when the engine had started it, on the monotonic clock."""
    took: float
    """Seconds that the slowest group of containers started at once took."""


NONE_STARTED = Started({}, 0.0)


def watch(
    ctx: RunContext,
    host: str,
    names: Collection[str],
    expected: Collection[str] | None = None,
    *,
    needed: Collection[str] | None = None,
    unwell: Mapping[str, str] | None = None,
    started: Started = NONE_STARTED,
) -> None:
    """Begin to watch whether these containers stay up, while the run does other work.

    The engine counts how often it has restarted each container. That count tells at the end what
    happened in between, so nobody has to look all the time.

    Args:
        expected: containers that have to exist; None: all of them.
        needed: containers without which the run has failed; None: the databases.
        unwell: containers that were unhealthy before, and why.
        started: containers that the run has just started: each is watched from its own start.
    """
    if needed is None:
        needed = {name for name in names if service_in_name(name) in DATABASE_SERVICES}
    watched = ctx.watched.setdefault(host, Watched())
    wanted = names if expected is None else expected
    watched.add(names, wanted, needed, unwell or {}, time.monotonic(), started.at, started.took)
    _look(ctx, host, watched)


def _look(ctx: RunContext, host: str, watched: Watched) -> None:
    watched.look(ctx.site.host(host).engine.containers(), time.monotonic())


def stay_up(
    ctx: RunContext,
    host: str,
    names: Collection[str],
    expected: Collection[str] | None = None,
    *,
    needed: Collection[str] | None = None,
    unwell: Mapping[str, str] | None = None,
    started: Started = NONE_STARTED,
) -> None:
    """Watch containers and wait until they stay up; see `watch` and `see_up`."""
    watch(ctx, host, names, expected, needed=needed, unwell=unwell, started=started)
    words, well = see_up(ctx, host)
    if well:
        ctx.checked(f"{host}: {words}")
    else:
        ctx.report.note(f"{host}: {words}", "warning")


def see_up(ctx: RunContext, host: str) -> tuple[str, bool]:
    """Wait until every watched container of a host runs and none is restarted any more.

    A core without its register restarts for ever: that is reported, and not waited for without end.
    A container that was unhealthy before, or did not stay up earlier in this run, is not waited
    for.

    Returns:
        how many run and stay up, in words, and whether all do.

    Raises:
        PryvTuiError: `step-failed`, a needed container does not come up.
    """
    watched = ctx.watched.get(host)
    if watched is None:
        return count(0), True
    settle = 0.0 if ctx.site.practice else ctx.site.settings.settle
    deadline = watched.began + ctx.site.patience.stays_up
    looked = False
    failed = ctx.facts.not_up.setdefault(host, {})
    frail = watched.frail(failed)
    while True:
        ctx.check_cancelled()
        # The engine inspects one container after the other: count the look from its beginning.
        now = time.monotonic()
        _look(ctx, host, watched)
        found, down = watched.found, watched.down
        if not looked:
            # If this is called late, leave time to see whether earlier restarts are over.
            looked, deadline = True, max(deadline, time.monotonic() + 2 * settle)
        if not down.keys() - frail and now >= watched.settled(frail, settle):
            break
        if now > deadline:
            # A container may run at this moment and still be in a restart loop.
            looping = watched.looping(now, frail, settle) - down.keys()
            down |= {name: _looping(found[name]) for name in looping & found.keys()}
            # A container that should have been created and is missing fails the run.
            watched.needed |= watched.wanted - found.keys() - frail
            break
        _until_worth_a_look(ctx, host, watched, settle, frail)
    loops = {name for name in frail & found.keys() if _loops(found[name])}
    down |= {name: _looping(found[name]) for name in loops - down.keys()}
    del ctx.watched[host]
    return _tell(ctx, host, sorted(found), down, watched.needed, watched.unwell)


def _until_worth_a_look(
    ctx: RunContext, host: str, watched: Watched, settle: float, frail: Collection[str]
) -> None:
    """Wait until all may have stayed up long enough, or one is seen not to run.

    The engine keeps its count of restarts, so it is asked for only at the end. If containers are
    restarting, they are looked at each time.
    """
    every = ctx.site.patience.look_every
    until = watched.settled(frail, settle)
    calm = not watched.down.keys() - frail
    calm = calm and not any(c.restarts for name, c in watched.found.items() if name not in frail)
    while True:
        left = until - time.monotonic()
        time.sleep(min(every, max(left, 0.0)) if calm else every)
        if not calm or left <= every:
            return
        ctx.check_cancelled()
        state = {c.name: c.state for c in ctx.site.host(host).engine.glance()}
        if any(state.get(name) != "running" for name in watched.found.keys() - frail):
            return


def _loops(container: Container) -> bool:
    """Whether the engine has restarted a container that was not waited for since its start."""
    return container.restarts > 0


def _looping(container: Container) -> str:
    if not container.restarts:
        return f"{container.state}, started just now"
    return f"{container.state}, started again {counted(container.restarts, 'time')}"


def _tell(
    ctx: RunContext,
    host: str,
    found: Collection[str],
    down: Mapping[str, str],
    needed: Collection[str],
    unwell: Mapping[str, str],
) -> tuple[str, bool]:
    """Record which containers stay up, and report each one that does not, once.

    Raises:
        PryvTuiError: `step-failed`, a needed container is among them.
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
            f" it {unwell[name]}. To see why: {_log(ctx, host, name)}"
        )
    new = [name for name in fresh if name not in unwell]
    if new:
        _complain(ctx, host, {name: down[name] for name in new}, needed)
    up = len(found) - sum(1 for name in found if name in down)
    return count(up, down), not down


def _log(ctx: RunContext, host: str, name: str) -> str:
    if told := says_why(ctx.glance_at(host).find(name), name, host):
        return told
    docker = or_by_hand("docker", "logs", name, practice=ctx.site.practice)
    return container_command("logs", name, host) + docker


def _complain(ctx: RunContext, host: str, down: Mapping[str, str], needed: Collection[str]) -> None:
    """Report which containers do not stay up, and where to read why."""
    names = sorted(down, key=lambda name: (name not in needed, name))
    states = ", ".join(f"{name} ({down[name]})" for name in names)
    if not set(names) & set(needed):
        why = ""
        if {service_in_name(name) for name in names} & set(NEEDS_REGISTER):
            why = (
                " Core and other services that need register start again and again until"
                " register's /service/info answers."
            )
        log = _log(ctx, host, names[0])
        ctx.warn(f"{host}: these do not stay up: {states}. To see why: {log}.{why}")
        return
    what = f"{host}: these do not come up: {states}"
    found = ctx.glance_at(host).find(names[0])
    if found is None:
        raise PryvTuiError("step-failed", what, ERRORS["container-missing"].remedy)
    if never := without_log(found, names[0], host):
        raise PryvTuiError("step-failed", what, never)
    raise PryvTuiError("step-failed", what, f"Read the log: {_log(ctx, host, names[0])}")


def count(up: int, down: Mapping[str, str] | None = None) -> str:
    """Say how many containers run and stay up, and which don't.

    Args:
        down: those that don't, and the state of each.
    """
    if down:
        which = ", ".join(f"{name} ({state})" for name, state in sorted(down.items()))
        return (
            f"{up} of {counted(up + len(down), 'container')} run and stay up; these do not: {which}"
        )
    return counted(up, "container runs and stays up", "containers run and stay up")
