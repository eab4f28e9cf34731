"""What a look at the platform means for its incidents: whether one opens, and what is new in the
one that is open. Pure."""

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
    """A role that is not there, or whose data is not."""

    since: str = ""
    """RFC 3339 UTC; empty where nothing tells it."""
    source: Source = ""
    set: str = ""
    """The newest set that holds it."""
    why: str = ""
    doubt: bool = False
    at_least: bool = False
    host: str = ""
    """These four as `Lost` has them."""


class Seen(NamedTuple):
    """What a look found."""

    gone: Mapping[str, Gone]
    here: Mapping[str, str]
    """Roles that are there with what their users need running, and since when it runs. None while
    a run goes on, or has left something half-done: what is there then is not there to stay."""
    stopped: Mapping[str, str] = MappingProxyType({})
    """Roles that are there and of which something that their users need does not run, and since
    when, as far as that is known. None at such times either: a run may have stopped it."""
    loops: Mapping[str, int] = MappingProxyType({})
    """Of those the ones of which something ends as soon as it runs, and how often the engine has
    started it again."""
    restarts: Mapping[str, int] = MappingProxyType({})
    """Of those that are there: how often the engine has started again what their users need."""


def news(
    seen: Seen,
    *,
    open_now: bool,
    down: Collection[str],
    lost: Collection[str],
    was_lost: Collection[str],
    doubted: Collection[str] = (),
) -> list[AnyEvent]:
    """What is to be written down of a look, for the incident that is open, or, where none is, for
    the last one that was closed.

    Args:
        down: the roles that count as down in it by now.
        lost: those that count as lost by now: of what was only stopped a loss is new.
        was_lost: the roles that it has as lost, whether or not they are back.
        doubted: the lost ones of which it was not known whether they serve.
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
    """The same, where a role counts as serving again since a person has accepted what it lacks:
    since then, by whose word, and why.

    Args:
        accepted: by role, who has.
        open_now: the incident is open: a decision of theirs is one of it.
    """
    found: list[AnyEvent] = []
    for one in fresh:
        said = accepted.get(one.role) if isinstance(one, Serving) else None
        if isinstance(one, Serving) and said is not None:
            if open_now:
                text = f"{one.role} is taken to serve as it is, {said.words}. {said.text}"
                found.append(Noted(text=text, decision=True, by=said.who or Who()))
            began, at = moment_of(one.since), moment_of(said.time)
            if at is not None and (began is None or began < at):
                one = msgspec.structs.replace(one, since=timestamp(at))
        found.append(one)
    return found


def opens(seen: Seen, *, open_now: bool, known: Collection[str]) -> list[Lost]:
    """The losses with which a new incident opens; empty where none does.

    Args:
        open_now: one is open: what is found is written into that.
        known: roles of which it was known already that they are gone, when the last incident was
            closed: whoever closed it has seen that.
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
    """What an incident that opens by itself says of why."""
    gone = ", ".join(loss.role for loss in losses if not loss.why)
    told: dict[str, list[str]] = {}
    for loss in losses:
        if loss.why:
            told.setdefault(loss.why, []).append(loss.role)
    found = [f"{gone} found gone"] if gone else []
    return "; ".join(found + [f"{', '.join(roles)}: {why}" for why, roles in told.items()])
