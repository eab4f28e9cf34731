"""What a run's journal tells about roles that did not serve, and about what the run put in place.
Also: which restores and audits are about what is there now. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from pryv_tui.clock import moment_of, timestamp
from pryv_tui.incidents.facts import ALL, GONE, Audit, Mark, RunFacts
from pryv_tui.incidents.incident import Incident
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.plan import StepView
from pryv_tui.platform.identity import service_in_name
from pryv_tui.platform.roles import ROLES
from pryv_tui.runs.record.events import (
    AnyEvent,
    ContainersFound,
    ContainersLeft,
    OwedNoted,
    RunFinished,
    RunStarted,
    SettledNoted,
    StepFinished,
    StepStarted,
)
from pryv_tui.runs.record.report import DONE
from pryv_tui.runs.record.undos import Change, Content, contents

STOP_ONE = "stop-container"
SWITCHES = (STOP_ONE, "start-container")
"""The kinds of steps by which a person stops or starts one container."""
RUNNING = "running"
NO_CONTAINER = "absent"
"""The cause in the mark of a role that has no container of its own on any host."""


def needed_services(role: str) -> frozenset[str]:
    """Return the services that a role's users need; without them the role is of no use."""
    return next((known.needed for name, known in ROLES.items() if name == role), frozenset())


def marks_of(events: Iterable[AnyEvent], switched: str = "") -> tuple[Mark, ...]:
    """Return when a run began and ceased to keep roles from serving, in the order of its journal.

    A container counts as down from the event that says it will be stopped, written right before the
    stop, until that debt is settled. By then, usually, it is running again and has stayed up. The
    same is true of a container that a dead run stopped: the run that settles the debt names the
    same container. What the engine reported at the run's end counts more, since debts are also
    settled for containers that need not be started, and a started container may have ended since.

    Args:
        switched: the container, or its service, that the run was asked to stop or to start; empty
            for other runs.
    """
    found: list[Mark] = []
    services: dict[tuple[str, str], str] = {}
    here: dict[str, frozenset[str]] = {}
    left: dict[str, ContainersLeft] = {}
    kind, roles, began = "", frozenset[str](), ""
    views: dict[str, StepView] = {}
    begun: StepStarted | None = None
    for event in events:
        if isinstance(event, RunStarted):
            kind, roles, began = event.kind, frozenset(event.roles), event.time
            views = {one.step: one for one in event.plan}
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
        elif isinstance(event, StepStarted):
            begun = event
        elif isinstance(event, StepFinished) and switched:
            found += _of_switch(event, begun, views.get(event.step), switched, roles)
        elif isinstance(event, ContainersLeft):
            left[event.host] = event
            found = _as_left(found, event, services)
        elif isinstance(event, RunFinished) and kind == "restore" and event.outcome in DONE:
            # Where no container had to be started, the roles serve since the run's end.
            back = event.down_to or event.time
            found += [Mark(time=back, role=r, cause=GONE, down=False) for r in sorted(roles)]
            lacking = _lacking(roles, [*left.values()], here)
            # A container that was down before the run began: nobody knows since when.
            found += [
                Mark(time=began, role=role, cause=cause, down=True, exact=False)
                for role, cause in lacking
                if not _is_down(found, role, cause)
            ]
            whole = sorted(roles - {role for role, _ in lacking})
            found += [Mark(time=event.time, role=r, cause=ALL, down=False) for r in whole]
    return tuple(found)


def _of_switch(
    ended: StepFinished,
    begun: StepStarted | None,
    view: StepView | None,
    container: str,
    roles: Collection[str],
) -> list[Mark]:
    """Return the marks of a person's stop or start of one container. It is not recorded as a debt,
    since the container is meant to stay so. A failed step does not tell whether the container
    stopped; a look does."""
    if view is None or ended.outcome != "done" or begun is None or begun.step != ended.step:
        return []
    if view.kind not in SWITCHES:
        return []
    service, down = service_in_name(container), view.kind == STOP_ONE
    # A stop counts from the step's start; a start counts once the container has stayed up.
    time = begun.time if down else ended.time
    return [
        Mark(time=time, role=role, cause=f"{view.host}/{service}", down=down)
        for role in sorted(roles)
        if service in needed_services(role)
    ]


def _as_left(
    found: Sequence[Mark], left: ContainersLeft, services: Mapping[tuple[str, str], str]
) -> list[Mark]:
    """Return the marks, corrected by what a host's engine reported at the run's end."""
    seen = {one.name: one for one in left.containers}
    running = {one.service for one in left.containers if one.state == RUNNING and one.service}
    told = list(found)
    for mark in {(one.role, one.cause): one for one in found}.values():
        host, _, name = mark.cause.partition("/")
        if host != left.host:
            continue
        there = seen.get(name)
        # The container may have been recreated under another name.
        service = services.get((host, name), service_in_name(name))
        runs = there.state == RUNNING if there is not None else service in running
        if runs and mark.down:
            told.append(msgspec.structs.replace(mark, time=left.time, down=False))
        elif not runs and not mark.down:
            told.remove(mark)
            if ended := _between(mark.time, there.since if there is not None else "", left.time):
                # It ran for a while, and ended again.
                told += [mark, msgspec.structs.replace(mark, time=ended, down=True)]
    return told


def _between(first: str, text: str, last: str) -> str:
    """Return a time if it is between two others; else empty, since an engine's clock may differ."""
    begun, at, over = moment_of(first), moment_of(text), moment_of(last)
    if begun is None or at is None or over is None or not begun < at <= over:
        return ""
    return timestamp(at)


def _lacking(
    roles: Collection[str], left: Sequence[ContainersLeft], hosts: Collection[str]
) -> list[tuple[str, str]]:
    """Return the role and the cause for each needed service that is not running at the run's end.

    Args:
        hosts: the hosts that the run found. If not all of them reported what is running, a role
            that was not seen may be running on one of the others.
    """
    found = []
    machines: dict[str, list[ContainersLeft]] = {}
    for one in left:
        for role in _roles_of({each.service for each in one.containers}) & set(roles):
            machines.setdefault(role, []).append(one)
    for role in sorted(roles):
        mine = machines.get(role, [])
        if not mine and left and {*hosts} <= {one.host for one in left}:
            found.append((role, NO_CONTAINER))
        for one in mine:
            named = {each.service: each for each in one.containers}
            for service in sorted(needed_services(role)):
                each = named.get(service)
                if each is not None and each.state != RUNNING:
                    found.append((role, f"{one.host}/{each.name}"))
                elif each is None and len(mine) == 1:
                    # If several machines have the role, one of them may run the service for all.
                    found.append((role, f"{one.host}/{service}"))
    return found


def _is_down(found: Sequence[Mark], role: str, cause: str) -> bool:
    last = next((one for one in reversed(found) if (one.role, one.cause) == (role, cause)), None)
    return last is not None and last.down


def marks_of_done(roles: Iterable[str], done: str) -> tuple[Mark, ...]:
    """Return marks that roles are there again since a run had done its work.

    The run may have failed or died after that. Its own journal tells when their containers run.

    Args:
        done: when the work was done; empty if it was not.
    """
    return tuple(Mark(time=done, role=r, cause=GONE, down=False) for r in roles if done)


def taken_away(lost: Collection[str], run: RunFacts, runs: Sequence[RunFacts]) -> list[Mark]:
    """Return a mark for each lost role that an undo took away again, with the run that it undid.

    Args:
        lost: the roles that the incident lost.
        runs: in the order in which they were asked for.
    """
    if run.kind != "undo" or not run.stands:
        return []
    gone = _brought_before(lost, run, runs).intersection(lost) - set(run.roles)
    found = []
    for role in sorted(gone):
        stopped = [mark.time for mark in run.marks if mark.role == role and mark.down]
        begun = min(stopped, default=run.started)
        found.append(Mark(time=begun, role=role, cause=GONE, down=True))
    return found


def given_back(lost: Collection[str], run: RunFacts, runs: Sequence[RunFacts]) -> list[Mark]:
    """Return a mark for each role that the undo of an undo brought back."""
    if run.kind != "undo":
        return []
    found = []
    for role in sorted(_brought(lost, run, runs)):
        started = [mark.time for mark in run.marks if mark.role == role and not mark.down]
        back = max(started, default=run.finished)
        found.append(Mark(time=back, role=role, cause=GONE, down=False))
    return found


def _brought_before(lost: Collection[str], undo: RunFacts, runs: Sequence[RunFacts]) -> set[str]:
    """Return the roles that were brought back by the runs that an undo undoes."""
    undone = (one for one in runs if one.undone_by == undo.id or one.id in undo.recovers)
    return {role for one in undone for role in _brought(lost, one, runs)}


def _brought(lost: Collection[str], run: RunFacts, runs: Sequence[RunFacts]) -> set[str]:
    """Return the roles that are there because of a run."""
    if run.kind == "restore":
        return set(run.roles)
    if run.kind != "undo" or not run.stands:
        return set()
    earlier = [one for one in runs if one.asked < run.asked]
    undone = (one for one in earlier if one.undone_by == run.id or one.id in run.recovers)
    taken = {mark.role for one in undone for mark in taken_away(lost, one, earlier)}
    return taken.intersection(run.roles)


def contents_after(runs: Sequence[RunFacts]) -> dict[str, Content]:
    """Return, by run, the content of the roots after the run.

    Args:
        runs: in the order in which they were asked for.
    """
    undone = {one.undone_by: one.id for one in runs if one.undone_by}
    changes = [
        Change(
            one.id,
            one.kind,
            one.roles,
            undoes=one.recovers[-1] if one.recovers else undone.get(one.id, ""),
            stands=one.stands,
            half=bool(one.half),
        )
        for one in runs
    ]
    return {run.id: after for run, after in zip(runs, contents(changes), strict=True)}


def standing(runs: Sequence[RunFacts]) -> list[RunFacts]:
    """Return the restores whose content is still there, perhaps with the content of later restores
    over it. A restore that an undo reverted, or whose content an undo moved aside, is left out."""
    after = contents_after(runs)
    there = {one for lies in after[runs[-1].id].values() for one in lies} if runs else set()
    known = {run.id for run in runs}
    return [
        run
        for run in runs
        if run.kind == "restore"
        and run.stands
        and run.id in there
        # An undo after the incident is not among `runs`, so `contents_after` can't tell of it.
        and (not run.undone_by or run.undone_by in known)
    ]


def in_place(runs: Sequence[RunFacts]) -> list[RunFacts]:
    """Return the restores whose content was put in place last, for each role. Content that was
    there before them was replaced, and proves nothing about what is there."""
    after = contents_after(runs)
    tops = {lies[-1] for lies in after[runs[-1].id].values()} if runs else set()
    known = {run.id for run in runs}
    return [
        run
        for run in runs
        # An undo after the incident is not among `runs`, so `contents_after` can't tell of it.
        if run.id in tops and (not run.undone_by or run.undone_by in known)
    ]


def audits(incident: Incident, runs: Sequence[RunFacts]) -> tuple[Audit, ...]:
    """Return the audits of what the running platform lacks, oldest first: those that a person asked
    for, and those at the end of runs."""
    asked = [
        Audit(time=a.time, set=a.set, outcome=a.outcome, remains=a.remains, names=a.names, by=a.by,
              facts=a.facts, earlier=a.earlier, not_checked=tuple(a.not_checked))
        for a in incident.audits
    ]  # fmt: skip
    ended = [run.audit for run in runs if run.audit is not None]
    return tuple(sorted([*asked, *ended], key=lambda one: one.time))


def audits_of_now(incident: Incident, runs: Sequence[RunFacts]) -> tuple[Audit, ...]:
    """Return the audits of the content that is there now. Audits of content that was replaced or
    moved aside since then say nothing about it."""
    after = contents_after(runs)
    now = after[runs[-1].id] if runs else {}
    return tuple(one for one in audits(incident, runs) if _content_of(one, runs, after) == now)


def _content_of(
    audit: Audit, runs: Sequence[RunFacts], after: Mapping[str, Content]
) -> Content | None:
    """Return the content of the roots at the time of an audit; None if a run was changing it
    then."""
    if audit.run in after:
        return after[audit.run]
    found: Content = {}
    before: Content = {}
    for run in runs:
        begun, over = run.started or run.asked, run.finished
        changes = after[run.id] != before
        if begun > audit.time:
            continue
        if changes and (not over or audit.time < over):
            return None
        found = before = after[run.id]
    return found


def _roles_of(services: set[str]) -> frozenset[str]:
    """Return the roles of a host, by the services that only one role has."""
    shared = {
        service
        for name, role in ROLES.items()
        for service in role.services
        if any(service in other.services for key, other in ROLES.items() if key != name)
    }
    own = {name: set(role.services) - shared for name, role in ROLES.items()}
    return frozenset(name for name, only in own.items() if only & services)
