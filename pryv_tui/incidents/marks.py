"""What a run's journal tells of when which role did not serve, and which roles are there because of
it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from pryv_tui.incidents.facts import ALL, GONE, GOOD, Mark, RunFacts
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


def taken_away(lost: Collection[str], run: RunFacts, runs: Sequence[RunFacts]) -> list[Mark]:
    """The roles that an undo took away again, since what it undid had brought them.

    Args:
        lost: the roles that were lost at all.
        runs: in the order in which they were asked for.
    """
    if run.kind != "undo" or run.outcome not in GOOD:
        return []
    gone = _brought_before(lost, run, runs).intersection(lost) - set(run.roles)
    found = []
    for role in sorted(gone):
        stopped = [mark.time for mark in run.marks if mark.role == role and mark.down]
        begun = min(stopped, default=run.started)
        found.append(Mark(time=begun, role=role, cause=GONE, down=True))
    return found


def given_back(lost: Collection[str], run: RunFacts, runs: Sequence[RunFacts]) -> list[Mark]:
    """The roles that the undo of an undo brought back, since that one had taken them away."""
    if run.kind != "undo":
        return []
    found = []
    for role in sorted(_brought(lost, run, runs)):
        started = [mark.time for mark in run.marks if mark.role == role and not mark.down]
        back = max(started, default=run.finished)
        found.append(Mark(time=back, role=role, cause=GONE, down=False))
    return found


def _brought_before(lost: Collection[str], undo: RunFacts, runs: Sequence[RunFacts]) -> set[str]:
    """The roles that the run had brought which an undo undoes."""
    undone = (one for one in runs if one.undone_by == undo.id or one.id in undo.recovers)
    return {role for one in undone for role in _brought(lost, one, runs)}


def _brought(lost: Collection[str], run: RunFacts, runs: Sequence[RunFacts]) -> set[str]:
    """The roles that are there because of a run."""
    if run.kind == "restore":
        return set(run.roles)
    if run.kind != "undo" or run.outcome not in GOOD:
        return set()
    earlier = [one for one in runs if one.asked < run.asked]
    undone = (one for one in earlier if one.undone_by == run.id or one.id in run.recovers)
    taken = {mark.role for one in undone for mark in taken_away(lost, one, earlier)}
    return taken.intersection(run.roles)


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
