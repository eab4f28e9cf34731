"""The state of each role in words, for the overview, `status`, `doctor` and `--json`. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

import msgspec

from pryv_tui.clock import moment_of, utc_now
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.acceptance import fingerprint, key_of
from pryv_tui.operations.activity import GoingOn
from pryv_tui.operations.ages import since_words
from pryv_tui.operations.commands import container_command
from pryv_tui.operations.overview.attention import Attention
from pryv_tui.operations.overview.serving import Lack, RoleState, RoleWord, Serving, Why
from pryv_tui.platform.services import words_of

WORD: dict[RoleWord, str] = {
    "up": "up",
    "runs": "runs, not known whether it answers",
    "silent": "runs, does not answer",
    "partly": "up in part",
    "down": "down",
    "not_known": "not known",
    "away": "not here any more, as was accepted",
}
ABSENT = (
    "Create the containers that do not exist, if their files are there: ./run-pryv in the root."
)
_WHY: dict[Why, str] = {
    "absent": "is not there",
    "created": "was never started",
    "exited": "is stopped",
    "dead": "is dead",
    "paused": "is paused",
    "restarting": "keeps restarting",
    "unhealthy": "is unhealthy",
    "starting": "is still starting",
    "no_data": "is without its data",
}


def lack_words(lack: Lack) -> str:
    """A service and why it does not work: `mongodb is stopped`."""
    if lack.what:
        return lack.what
    return f"{lack.service} {_WHY[lack.why]}"


def role_words(state: RoleState, at: datetime | None = None, *, clock: bool = True) -> str:
    """The state of a role, and the reason; a sentence without its full stop.

    Args:
        clock: whether to say since when the role is down. False for a caller that does not know the
            open incident, but is shown beside it: the two could contradict each other.
    """
    words = f"{state.role} on {state.host}" if state.host else state.role
    words += f"{'' if state.word in ('runs', 'silent') else ' is'} {WORD[state.word]}"
    if state.since and clock:
        words += f" since {since_words(state.since, at)}"
        words += " or before" if state.since_before else ""
    elif state.word == "down" and clock:
        words += ", not known since when"
    shown = [lack for lack in state.lacks if lack.needed or state.word != "down"]
    why = ", ".join(map(lack_words, shown)) or state.silent
    words += f": {why}" if why else ""
    return f"{words}; by the run {state.held_by}" if state.held_by else words


def down_words(found: Serving, at: datetime | None = None, *, by: str = "") -> str:
    """Which roles are down, and since when: `core, register since 11:02:10 UTC (40 s)`.

    A role that several machines have is named with its machine: one of two cores is not `core`.

    Args:
        by: a run; then only roles that are down because of this run alone. Empty: all.
    """
    states = [state for state in found.of("down") if not by or state.held_by == by]
    many = Counter(state.role for state in found.roles)
    alike: dict[str, list[str]] = {}
    for state in sorted(states, key=lambda one: (one.since_before, one.since or "~")):
        name = f"{state.role} on {state.host}" if many[state.role] > 1 else state.role
        when = f" since {since_words(state.since, at, short=True)}" if state.since else ""
        when += " or before" if when and state.since_before else ""
        alike.setdefault(when, []).append(name)
    return ", ".join(f"{', '.join(names)}{when}" for when, names in alike.items())


HOST_CELLS = 12
"""Letters of a machine's name that are shown if there is little space."""


def down_in(found: Serving, room: int, at: datetime | None = None) -> str:
    """Which roles are down, for a line with little space; all of them are always named.

    Roles whose containers were removed come first. To save space, ages are dropped first, then
    seconds, then the ends of long machine names, then all times but one, then that one. A role that
    still serves on another machine is marked: `core (1 of 2)`.

    Args:
        room: most letters of the result.
    """
    states = sorted(found.of("down"), key=lambda one: (not _absent(one), one.since or "~"))
    many = Counter(state.role for state in found.roles)

    def told(clock: Callable[[RoleState], str], cells: int) -> str:
        alike: dict[str, list[str]] = {}
        for state in states:
            host = state.host if len(state.host) <= cells else f"{state.host[: cells - 1]}…"
            name = f"{state.role} on {host}" if many[state.role] > 1 else state.role
            alike.setdefault(clock(state), []).append(name)
        zone = " UTC" if any(state.since for state in states) else ""
        return ", ".join(f"{', '.join(names)}{when}" for when, names in alike.items()) + zone

    known = [state for state in states if state.since]

    def told_as(before: str, form: str) -> Callable[[RoleState], str]:
        # A role without a time would seem to have the time of the role after it.
        return lambda one: _clock(one, before, at, form) or (f"{before}?" if known else "")

    exact, minutes = told_as(" since ", "%H:%M:%S"), told_as(" since ", "%H:%M")
    bare = told_as(" ", "%H:%M")
    oldest = min(known, key=lambda one: one.since, default=None)
    down = Counter(state.role for state in states)
    names = ", ".join(
        role if number == many[role] else f"{role} ({number} of {many[role]})"
        for role, number in down.items()
    )
    # A role whose time is unknown may have gone down first.
    sure = len(known) == len(states) and not any(state.since_before for state in states)
    which = "the first" if sure else "one"
    first = _clock(oldest, f", {which} since ", at, "%H:%M") if oldest is not None else ""
    ways = [
        told(exact, 99),
        *(told(clock, cells) for cells in (99, HOST_CELLS) for clock in (minutes, bare)),
        f"{names}{first}{' UTC' if first else ''}",
        names,
    ]
    if not any(_absent(state) for state in states):
        ways.insert(0, down_words(found, at))
    return next((way for way in ways if len(way) <= room), ways[-1])


def _absent(state: RoleState) -> bool:
    return any(lack.needed and lack.why == "absent" for lack in state.lacks)


def _clock(state: RoleState, before: str, at: datetime | None, form: str) -> str:
    """Since when a role is down, as the end of a phrase; empty if unknown."""
    then = moment_of(state.since)
    if then is None:
        return ""
    day = "" if ((at or utc_now()) - then).total_seconds() < DAY_SECONDS else f"{then:%d %b} "
    return f"{' by ' if state.since_before else before}{day}{then:{form}}"


DAY_SECONDS = 43_200
"""Seconds. Older times are shown with their date."""


def serving_attention(
    found: Serving, deployment: Deployment, *, but: Collection[str] = ()
) -> list[Attention]:
    """Warnings about services that the list of stopped containers does not show.

    Their container is absent or unhealthy, or keeps restarting.

    Args:
        but: roles that are reported as gone, are being restored, or were left half-way: no warning
            about their absent containers.
    """
    items = []
    for state in found.roles:
        lacks = [lack for lack in state.lacks if not lack.held_by and _unseen(lack, deployment)]
        if state.role in but:
            lacks = [lack for lack in lacks if lack.why != "absent"]
        items += [_lack_item(state, lack) for lack in lacks]
    # A service that several roles share is reported once.
    return list({(item.text, item.key): item for item in items}.values())


def urgent_down(
    found: Serving,
    busy: GoingOn | None,
    known: Collection[str],
    lost: Collection[str],
    *,
    calm: bool,
) -> list[Attention]:
    """The urgent item about roles that are down; an empty list if there are none.

    It names the roles that the running restore is to bring back. If nothing else is urgent, it also
    names those that are down by an open incident. Roles that a run has stopped, and roles that are
    reported as gone, are left out.

    Args:
        busy: the run that is running now.
        known: roles that are down by an open incident.
        lost: roles that are reported as gone.
        calm: whether nothing else about roles is urgent.
    """
    back = busy.roles if busy is not None and busy.kind == "restore" else frozenset()
    down = tuple(
        one
        for one in found.of("down")
        if not one.held_by
        and one.role not in lost
        and (one.role in back or (calm and one.role in known))
    )
    if not down:
        return []
    text = f"Down: {down_words(msgspec.structs.replace(found, roles=down))}."
    if busy is None or not any(one.role in back for one in down):
        if all(one.host for one in down):
            return [Attention("failed", text, "See why: pryv-tui doctor")]
        return [
            Attention(
                "failed",
                text,
                "Bring it back from a set that holds it, if there is one: pryv-tui list; for"
                " another vault, add --vault DIR; to make a set from a backup taken by hand:"
                " pryv-tui adopt FOLDER. Without any set it has to be installed again by the"
                " vendor's guide, and starts empty.",
            )
        ]
    text += f" The restore {busy.run}, which is running, should bring it back."
    return [Attention("failed", text, f"Follow it: pryv-tui attach {busy.run}")]


def silent_attention(found: Serving) -> list[Attention]:
    """A warning for each role that is running and does not answer."""
    return [_silent_item(state) for state in found.roles if state.silent]


def _unseen(lack: Lack, deployment: Deployment) -> bool:
    if lack.why in ("absent", "unhealthy"):
        return True
    found = [c for state in deployment.hosts for c in state.containers if c.name == lack.name]
    return lack.why == "restarting" and any(container.running for container in found)


def _lack_item(state: RoleState, lack: Lack) -> Attention:
    what = lack.name or f"the container of {lack.service}"
    text = f"{state.host}: {what} {_WHY[lack.why]}: {words_of(lack.service).missed}."
    if lack.why == "absent":
        remedy = ABSENT
    else:
        remedy = f"Read its log: {container_command('logs', lack.name, state.host)}"
    key = key_of("lacks", state.host, lack.service)
    return Attention("warning", text, remedy, key, fingerprint(lack.service, lack.why))


def _silent_item(state: RoleState) -> Attention:
    text = f"{state.host}: {state.role} runs, but does not answer: {state.silent}."
    log = container_command("logs", state.role, state.host)
    remedy = f"Read its log: {log}"
    return Attention(
        "warning", text, remedy, key_of("silent", state.host, state.role), fingerprint(state.role)
    )


def role_json(state: RoleState) -> dict[str, Any]:
    """The state of a role in the form of `status --json`."""
    return {
        "state": state.word,
        "down_since": state.since or None,
        "lacks": [
            {
                "service": lack.service,
                "why": lack.why,
                "container": lack.name or None,
                "needed": lack.needed,
                "since": lack.since or None,
                "held_by": lack.held_by or None,
            }
            for lack in state.lacks
        ],
        "no_answer": state.silent or None,
    }
