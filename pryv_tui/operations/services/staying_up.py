"""Wait until started containers stay up, and report those that do not."""

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
    """By container, the time at which the engine had started it (`time.monotonic`)."""
    took: float
    """The seconds that the start of the slowest group took; a group is started in parallel."""


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

    The engine counts how often it has restarted each container. At the end that count shows what
    happened in between, so the containers need not be inspected all the time.

    Args:
        expected: those of the containers that have to exist; None: all.
        needed: those that have to stay up, or the run fails; None: the databases.
        unwell: the containers that were unhealthy before, with the reason.
        started: the containers that the run has just started; each is watched from its own start.
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

    The wait has a limit, because a core without its register restarts for ever. This does not wait
    for a container that was unhealthy before, or that did not stay up earlier in this run.

    Returns:
        words with the number of containers that stay up, and whether all do.

    Raises:
        PryvTuiError: `step-failed`, a needed container does not stay up.
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
        # Take the time before the engine inspects the containers, which it does one after another.
        now = time.monotonic()
        _look(ctx, host, watched)
        found, down = watched.found, watched.down
        if not looked:
            # If this is called late, leave enough time to see whether restarts have ended.
            looked, deadline = True, max(deadline, time.monotonic() + 2 * settle)
        if not down.keys() - frail and now >= watched.settled(frail, settle):
            break
        if now > deadline:
            # A container may run at this moment and still be in a restart loop.
            looping = watched.looping(now, frail, settle) - down.keys()
            down |= {name: _looping(found[name]) for name in looping & found.keys()}
            # If a container that should have been created is missing, the run fails.
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
    """Wait until all containers may have stayed up long enough, or one is not running.

    In between only the containers' states are read, because the engine's counts of restarts can be
    read at the end. But if containers are restarting, return after each short pause, so that all
    are inspected again.
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
    """Whether the engine has restarted a container since its start."""
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
    """Record which containers stay up, and report each one that does not; each only once.

    Args:
        down: the containers that do not stay up, with their states.

    Raises:
        PryvTuiError: `step-failed`, a needed container does not stay up.
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
    """Report the containers that do not stay up, with the command that shows the reason."""
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
    """Words with the number of containers that stay up, and the names of those that do not.

    Args:
        up: the number of containers that stay up.
        down: the containers that do not, with their states.
    """
    if down:
        which = ", ".join(f"{name} ({state})" for name, state in sorted(down.items()))
        return (
            f"{up} of {counted(up + len(down), 'container')} run and stay up; these do not: {which}"
        )
    return counted(up, "container runs and stays up", "containers run and stay up")
