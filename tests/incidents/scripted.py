"""Incidents by a script's own clock: what was lost, which runs there were, and what they left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from pryv_tui.clock import timestamp
from pryv_tui.incidents.events import AnyEvent, Lost, Opened
from pryv_tui.incidents.facts import RunFacts
from pryv_tui.incidents.gathering import Known
from pryv_tui.incidents.incident import Incident, incident_of
from pryv_tui.incidents.marks import marks_of
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.facts import SeenContainer
from pryv_tui.runs.record.events import (
    AnyEvent as RunEvent,
)
from pryv_tui.runs.record.events import (
    ContainersFound,
    ContainersLeft,
    OwedNoted,
    RunFinished,
    RunStarted,
    SettledNoted,
)

ZERO = datetime(2026, 3, 4, 9, 0, 0, tzinfo=UTC)
HERE = ("core", "mongodb", "nginx", "register", "redis", "config_follower")


def at(seconds: float) -> str:
    """A moment of the script, in seconds since its beginning."""
    return timestamp(ZERO + timedelta(seconds=seconds))


def incident(*events: AnyEvent) -> Incident:
    return incident_of("20260304T090000Z-incident-abcd", "/nowhere", events)


def opened(seconds: float, *, after: str = "") -> Opened:
    return Opened(time=at(seconds), platform="here", domain="a.b", after=after or at(-100))


def lost(
    seconds: float, role: str = "core", *, since: float | None = None, again: bool = False
) -> Lost:
    known = at(since) if since is not None else ""
    return Lost(
        time=at(seconds), role=role, since=known, source="engine" if known else "", again=again
    )


def debt(name: str) -> Owed:
    return Owed(kind="start", host="h", what=name)


def run(
    kind: str,
    begins: float,
    *,
    ends: float | None,
    outcome: str = "complete",
    stops: Sequence[tuple[float, str]] = (),
    starts: Sequence[tuple[float, str]] = (),
    serves: float | None = None,
    roles: tuple[str, ...] = ("core",),
    left: Sequence[SeenContainer] | None = None,
) -> RunFacts:
    """A run of the script: when it stopped and started which containers, by its own journal."""
    events: list[RunEvent] = [
        RunStarted(time=at(begins), kind=kind, roles=list(roles), plan=[], pid=1),
        ContainersFound(
            host="h",
            containers=[SeenContainer(name=one, service=one, state="running") for one in HERE],
        ),
    ]
    changes: list[RunEvent] = [
        *(OwedNoted(time=at(t), owed=debt(name)) for t, name in stops),
        *(SettledNoted(time=at(t), owed=debt(name)) for t, name in starts),
    ]
    events += sorted(changes, key=lambda one: one.time)
    down_to = at(serves) if serves is not None else ""
    if left is not None and ends is not None:
        events.append(ContainersLeft(time=at(ends), host="h", containers=[*left]))
    if ends is not None:
        end = RunFinished(outcome=outcome, exit=0, down_to=down_to)  # type: ignore[arg-type]
        events.append(msgspec.structs.replace(end, time=at(ends)))
    return RunFacts(
        id=f"{begins}-{kind}",
        kind=kind,
        state="ended" if ends is not None else "died",
        outcome=outcome if ends is not None else "",
        asked=at(begins),
        started=at(begins),
        finished=at(ends) if ends is not None else at(begins + 1),
        roles=roles,
        checks=("37 documents; expected 37",),
        marks=marks_of(events),
    )


# Which runs are its own.


def known(kind: str, asked: float, **more: object) -> Known:
    given = {"finished": at(asked + 5), "going": False, "platform": "here", "domain": "a.b"} | more
    return Known(id=f"{kind}{asked}", kind=kind, asked=at(asked), **given)  # type: ignore[arg-type]


def left(*down: str, since: float | None = None, gone: Sequence[str] = ()) -> list[SeenContainer]:
    """What the engine says at a run's end: all runs but these, some of which are not there."""
    told = at(since) if since is not None else ""
    return [
        SeenContainer(
            name=one,
            service=one,
            state="exited" if one in down else "running",
            since=told if one in down else "",
        )
        for one in HERE
        if one not in gone
    ]
