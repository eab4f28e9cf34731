"""What a run's journal tells of when which role did not serve. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from pryv_tui.incidents.facts import ALL, GONE, Mark
from pryv_tui.operations.debts import Owed
from pryv_tui.platform.identity import service_in_name
from pryv_tui.platform.roles import ROLES
from pryv_tui.runs.record.events import (
    AnyEvent,
    ContainersFound,
    OwedNoted,
    RunFinished,
    RunStarted,
    SettledNoted,
)
from pryv_tui.runs.record.report import DONE


def needed_services(role: str) -> frozenset[str]:
    """The services without which a role is of no use to its users."""
    return next((known.needed for name, known in ROLES.items() if name == role), frozenset())


def marks_of(events: Iterable[AnyEvent]) -> tuple[Mark, ...]:
    """When a run kept roles from serving, and when no more, in the order of its journal.

    A container counts from when it was written down that it would be stopped, which is right before
    it was, until it was settled: it ran again by then, and had stayed up. So does one that a run
    which died has stopped; the run that settles it names the same container.
    """
    found: list[Mark] = []
    services: dict[tuple[str, str], str] = {}
    here: dict[str, frozenset[str]] = {}
    kind, roles = "", frozenset[str]()
    for event in events:
        if isinstance(event, RunStarted):
            kind, roles = event.kind, frozenset(event.roles)
        elif isinstance(event, ContainersFound):
            for seen in event.containers:
                services[event.host, seen.name] = seen.service
            here[event.host] = _roles_of({one.service for one in event.containers})
        elif isinstance(event, OwedNoted | SettledNoted) and event.owed.kind == "start":
            owed: Owed = event.owed
            service = services.get((owed.host, owed.what), service_in_name(owed.what))
            among = here.get(owed.host) or roles or frozenset(ROLES)
            down = isinstance(event, OwedNoted)
            found += [
                Mark(time=event.time, role=role, cause=f"{owed.host}/{owed.what}", down=down)
                for role in sorted(among)
                if service in needed_services(role)
            ]
        elif isinstance(event, RunFinished) and kind == "restore" and event.outcome in DONE:
            # Where nothing had to be started they serve since its end.
            back = event.down_to or event.time
            found += [Mark(time=back, role=r, cause=GONE, down=False) for r in sorted(roles)]
            found += [Mark(time=event.time, role=r, cause=ALL, down=False) for r in sorted(roles)]
    return tuple(found)


def marks_of_done(roles: Iterable[str], done: str) -> tuple[Mark, ...]:
    """That roles are there again since a restore was done, which then said no last word. That
    their containers run is told by its own journal.

    Args:
        done: when it was; empty where it was not.
    """
    return tuple(Mark(time=done, role=r, cause=GONE, down=False) for r in roles if done)


def _roles_of(services: set[str]) -> frozenset[str]:
    """The roles of a machine, by what only they have."""
    shared = {
        service
        for name, role in ROLES.items()
        for service in role.services
        if any(service in other.services for key, other in ROLES.items() if key != name)
    }
    own = {name: set(role.services) - shared for name, role in ROLES.items()}
    return frozenset(name for name, only in own.items() if only & services)
