"""What a look at the platform means for its incidents: whether one opens, and what is new in the
open one. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from pryv_tui.clock import moment_of, timestamp
from pryv_tui.incidents.events import AnyEvent, Lost, Noted, Serving, Source, Stopped
from pryv_tui.operations.acceptance import Acceptance
from pryv_tui.who import Who


class Gone(NamedTuple):
    """A role that is missing, or whose data is missing."""

    since: str = ""
    """Since when, RFC 3339 UTC; empty if not known."""
    source: Source = ""
    set: str = ""
    """The newest set that contains the role."""
    why: str = ""
    doubt: bool = False
    at_least: bool = False
    host: str = ""
    """`why`, `doubt`, `at_least` and `host` are as in `Lost`."""


class Seen(NamedTuple):
    """The result of a look at the platform."""

    gone: Mapping[str, Gone]
    here: Mapping[str, str]
    """For each role that is there, with everything running that its users need: since when that
    runs. No roles while a run is running, or if a run has left something half-done: then what is
    there may not stay."""
    stopped: Mapping[str, str] = MappingProxyType({})
    """For each role that is there, but lacks a running container that its users need: since when;
    empty if not known. No roles in the same cases as `here`: a run may have stopped the
    container."""
    loops: Mapping[str, int] = MappingProxyType({})
    """By role with a container in a crash-loop: how often the engine has restarted that
    container."""
    restarts: Mapping[str, int] = MappingProxyType({})
    """For each role that is there: how often the engine has restarted the containers that its users
    need."""


def news(
    seen: Seen,
    *,
    open_now: bool,
    down: Collection[str],
    lost: Collection[str],
    was_lost: Collection[str],
    doubted: Collection[str] = (),
) -> list[AnyEvent]:
    """Return the events to write after a look: for the open incident, else for the last closed one.

    Args:
        down: the roles that count as down in the incident.
        lost: the roles that count as lost. For a role that was only stopped, a loss is new.
        was_lost: all roles that the incident has as lost, even if they are back.
        doubted: the lost roles for which it was not known whether they serve.
    """
    found: list[AnyEvent] = [
        Serving(role=role, since=since, restarts=seen.restarts.get(role, 0))
        for role, since in seen.here.items()
        if role in down
    ]
    if open_now:
        found += [
            _lost(role, gone, again=role in was_lost and role not in lost)
            for role, gone in seen.gone.items()
            if role not in lost or (role in doubted and not gone.doubt)
        ]
        found += [
            Stopped(role=role, since=since, restarts=seen.loops.get(role, 0))
            for role, since in seen.stopped.items()
            if role not in down and role not in seen.gone
        ]
    return found


def with_accepted(
    fresh: Sequence[AnyEvent], accepted: Mapping[str, Acceptance], *, open_now: bool
) -> list[AnyEvent]:
    """Return the events, changed for roles that count as serving because a person accepted it.

    Such a role counts as serving from the acceptance on, and a note says who accepted it and why.

    Args:
        accepted: by role, who accepted what the role lacks.
        open_now: whether the incident is open; only then is the acceptance noted, as a decision.
    """
    found: list[AnyEvent] = []
    for one in fresh:
        said = accepted.get(one.role) if isinstance(one, Serving) else None
        if isinstance(one, Serving) and said is not None:
            if open_now:
                text = f"{one.role} counts as serving, {said.words}. {said.text}"
                found.append(Noted(text=text, decision=True, by=said.who or Who()))
            one = msgspec.structs.replace(one, accepted=said.key)
            began, at = moment_of(one.since), moment_of(said.time)
            if at is not None and (began is None or began < at):
                one = msgspec.structs.replace(one, since=timestamp(at))
        found.append(one)
    return found


def opens(seen: Seen, *, open_now: bool, known: Collection[str]) -> list[Lost]:
    """Return the losses with which a new incident opens; none if no incident opens.

    Args:
        open_now: whether an incident is open; then losses are added to that one.
        known: the roles that were known to be gone when the last incident was closed. Whoever
            closed it knew about them.
    """
    if open_now or not any(role not in known for role in seen.gone):
        return []
    return [_lost(role, gone) for role, gone in seen.gone.items()]


def _lost(role: str, gone: Gone, *, again: bool = False) -> Lost:
    return Lost(
        role=role,
        since=gone.since,
        source=gone.source,
        set=gone.set,
        again=again,
        why=gone.why,
        doubt=gone.doubt,
        at_least=gone.at_least,
        host=gone.host,
    )


def opened_words(losses: Collection[Lost]) -> str:
    """Return the words for why an incident opened by itself."""
    gone = ", ".join(loss.role for loss in losses if not loss.why)
    told: dict[str, list[str]] = {}
    for loss in losses:
        if loss.why:
            told.setdefault(loss.why, []).append(loss.role)
    found = [f"{gone} found gone"] if gone else []
    return "; ".join(found + [f"{', '.join(roles)}: {why}" for why, roles in told.items()])
