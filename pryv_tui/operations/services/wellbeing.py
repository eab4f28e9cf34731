"""Find the containers that were unhealthy before a run stopped any. Pure.

If a service was broken before, that is no reason for a restore to fail, because its data may be
back nevertheless. So the states are recorded before the first stop, and these containers are
reported separately at the end.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pryv_tui.clock import moment_of, utc_now
from pryv_tui.hosts.deployment import HostState
from pryv_tui.hosts.engine import UP, Container
from pryv_tui.hosts.ownership import Found, service_told
from pryv_tui.operations.facts import SeenContainer

YOUNG_SECONDS = 60.0
"""If the engine restarted a container less than this many seconds ago, it may fail again: the
engine waits at most a minute between two tries (docs.docker.com, restart policies)."""
ENDED_ON_PURPOSE = (0, 130, 137, 143)
"""Exit codes that are no sign of a fault: the program ended normally, or by the signal SIGINT,
SIGKILL or SIGTERM."""


def unwell(container: Container, *, beside_others: bool, at: datetime | None = None) -> str:
    """Return the reason why a container is unhealthy, in words; empty if it is not, or was stopped
    on purpose.

    Args:
        beside_others: whether any container of the host is running. If none is, the host was shut
            down, and a stopped container does not count as unhealthy.
        at: the present time; None: the clock's.
    """
    if container.state == "restarting":
        return "keeps restarting"
    if container.state == "running" and container.restarts:
        age = _age(container.since, at or utc_now())
        if age is not None and age < YOUNG_SECONDS:
            return f"keeps restarting ({container.restarts} times)"
    ended = container.state in ("exited", "dead") and container.exit_code is not None
    if ended and beside_others and container.exit_code not in ENDED_ON_PURPOSE:
        return f"had ended with exit code {container.exit_code}"
    return ""


def unwell_among(containers: Iterable[Container]) -> dict[str, str]:
    """Return the unhealthy containers among those of a host: by name, the reason."""
    every = list(containers)
    some_run = any(c.state in UP for c in every)
    told = {c.name: unwell(c, beside_others=some_run) for c in every}
    return {name: words for name, words in told.items() if words}


def unwell_now(state: HostState | None) -> dict[str, str]:
    """Return the unhealthy containers of a discovered host: by name, the reason."""
    return unwell_among(state.containers) if state is not None else {}


def seen(found: Found, *, since: bool = False) -> list[SeenContainer]:
    """Return a host's containers in the form for the journal.

    Args:
        since: whether to add the time at which each container's state began.
    """
    ill = unwell_among(found.ours)
    others = {other.name for other in found.others}
    return [
        SeenContainer(
            name=c.name,
            service="" if c.name in others else service_told(c) or c.service,
            state=c.state,
            unwell=ill.get(c.name, ""),
            since=c.since if since else "",
        )
        for c in found.in_the_way
    ]


def _age(since: str, at: datetime) -> float | None:
    """Return the seconds since a container's state began; None if that time is not known."""
    moment = moment_of(since)
    return (at - moment).total_seconds() if moment is not None else None
