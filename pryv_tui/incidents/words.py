"""An incident in a few words: its line on the overview, its row in a list. Pure."""

from __future__ import annotations

from typing import Any

from pryv_tui.clock import moment_of, shown
from pryv_tui.incidents.gathering import Told
from pryv_tui.incidents.incident import Incident
from pryv_tui.incidents.reckoning import Times
from pryv_tui.incidents.times.spans import Down
from pryv_tui.operations.overview.serving import Known
from pryv_tui.phrases import counted
from pryv_tui.platform.roles import ROLES
from pryv_tui.sanitize import one_line

SHORT = 79
"""A line has to be shorter than this to fit into 80 cells with one cell free on each side."""
SOURCES = {
    "engine": "according to the engine",
    "files": "as the folder's last change tells",
    "asked": "according to a person",
}


def lasted(seconds: float) -> str:
    """Return a duration as a person says it: `0.5 s`, `40 s`, `2 min 5 s`, `3 h 4 min`."""
    if 0 < seconds < 9.95:
        return f"{max(0.1, seconds):.1f} s"
    whole = max(0, int(seconds + 0.5))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min" + (f" {whole % 60} s" if whole % 60 else "")
    if whole < 172_800:
        return f"{whole // 3600} h" + (f" {whole % 3600 // 60} min" if whole % 3600 >= 60 else "")
    days, hours = whole // 86_400, whole % 86_400 // 3600
    return counted(days, "day") + (f" {hours} h" if hours else "")


def at_least(down: Down) -> str:
    """Return a duration in words: with "at least" if its beginning is not known, "at most" if its
    end was only seen later, and "about" if both are true."""
    known = {(True, False): "", (False, False): "at least ", (True, True): "at most "}
    return known.get((down.exact, down.at_most), "about ") + lasted(down.seconds)


def gap_words(down: Down, *, still: bool = False) -> str:
    """Return for how long something was down, or is down by now. If nobody could ask: for how long
    it was not known to serve."""
    if down.doubted:
        return f"{'not' if still else 'was not'} known to serve for {at_least(down)}"
    return f"{'down by now' if still else 'was down'} {at_least(down)}"


def over_words(times: Times) -> str:
    """Return for how long something was down that serves again, and in how many periods. If it
    served in between, that is less than the time from the loss to the end."""
    many = len(times.any_down.spans)
    told = gap_words(times.any_down)
    return f"{told} altogether, in {counted(many, 'period')}" if many > 1 else told


def when(text: str, after: str = "") -> str:
    """Return a time to the second, in UTC; without its day if that is the day of `after`."""
    return one_line(shown(text, after))


def seconds_between(start: str, end: str) -> float:
    """Return the seconds from one time to a later one; 0 if one of them is not known, or it is not
    later."""
    first, last = moment_of(start), moment_of(end)
    if first is None or last is None:
        return 0.0
    return max(0.0, (last - first).total_seconds())


def role_words(roles: list[str] | tuple[str, ...]) -> str:
    return ", ".join(one_line(role) for role in roles)


def _gaps(times: Times) -> list[tuple[list[str], Down]]:
    """Return the roles that are down, grouped by equal gap, the longest gap first."""
    alike: dict[tuple[object, ...], list[str]] = {}
    for role, down in times.down.items():
        if down.still:
            key = (down.spans[-1], down.seconds, down.exact, role in times.doubted)
            alike.setdefault(key, []).append(role)
    found = [(roles, times.down[roles[0]]) for roles in alike.values()]
    return sorted(found, key=lambda one: one[1].since)


def _gap(down: Down) -> str:
    """Return for how long a role is down by now, and also in all if it was down before."""
    now = Down(seconds=down.spans[-1].seconds, spans=down.spans[-1:])
    return at_least(now) + (f" ({at_least(down)} in all)" if len(down.spans) > 1 else "")


def _state(roles: list[str], times: Times) -> str:
    """Return "down", or "not known to serve" if nobody could ask."""
    return "not known to serve" if roles[0] in times.doubted else "down"


def partly_read(one: Incident) -> str:
    """Return which part of an incident's journal can't be read; empty if each line was read."""
    return f"a part of its journal can't be read ({'; '.join(one.unread)})" if one.unread else ""


def state_words(told: Told) -> str:
    """Return what is down, since when and for how long; or since when all of it serves again. A
    closed incident is described as it was at its close. If lines of its journal can't be read, they
    may say otherwise, so they are mentioned too."""
    if told.within is not None:
        return state_words(told.within)
    partly = partly_read(told.incident)
    return _known_state(told) + (f"; {partly}" if partly else "")


def _known_state(told: Told) -> str:
    times = told.times
    one, many = ("was", "were") if times.closed else ("is", "are")
    found = [
        f"{role_words(roles)} {many if len(roles) > 1 else one} {_state(roles, times)} since"
        f" {'' if down.spans[-1].exact else 'before '}{when(down.since)}, {_gap(down)}"
        for roles, down in _gaps(times)
    ]
    if told.incident.kind == "runs" and times.down:
        # Nobody looked at the platform: a run tells only what it did itself.
        over = f"were down {at_least(times.any_down)} and served again at {when(times.serving)}"
        going = any(run.state == "running" for run in told.runs)
        at_end = (
            "are down by now, while the runs are running" if going else "were down when they ended"
        )
        return (
            f"the roles that these runs stopped {over if times.serving else at_end}, according to"
            " the runs' own journals; a report of runs alone does not check what is down now"
        )
    if found:
        return f"{'when it was closed, ' if times.closed else ''}{'; '.join(found)}"
    if times.serving:
        taken = role_words(tuple(told.incident.taken))
        if taken and set(times.down) <= set(told.incident.taken):
            return (
                f"counts as serving since {when(times.serving)}, because a person accepted the"
                f" state of {taken}; {over_words(times)}"
            )
        but = f"; a person accepted the state of {taken}" if taken else ""
        if seen_end(times):
            return (
                f"seen to serve at {when(times.serving)}; it is not known when it came back;"
                f" {over_words(times)}{but}"
            )
        return f"serves again since {when(times.serving)}, {over_words(times)}{but}"
    if told.incident.kind == "runs":
        # Nobody looked at the platform: a run tells only what it did itself.
        return "a report of runs alone does not check what is down now"
    return "it is not known what is down" if told.incident.unread else "nothing is known to be down"


def seen_end(times: Times) -> bool:
    """Whether it is only known by when everything served again, and not since when."""
    return bool(times.any_down.spans) and times.any_down.spans[-1].seen_end


def known_since(told: Told | None) -> dict[str, Known]:
    """Return, by role, since when an open incident knows the role to be down, so that all messages
    about a role name the same time."""
    if told is None:
        return {}
    times = told.times
    return {
        role: Known(down.since, down.spans[-1].exact)
        for role, down in times.down.items()
        if down.still and role not in times.doubted
    }


def line(told: Told) -> str:
    """Return an open incident in one line."""
    one = told.incident
    what = one_line(one.text) or (f"{role_words(one.roles)} lost" if one.roles else _unnamed(one))
    if len(what) > 60:
        what = f"{what[:59]}…"
    return f"Incident since {when(one.opened)}: {what}; {state_words(told)}"


def _unnamed(one: Incident) -> str:
    """Return what to call an incident that names no role and has no text."""
    return "subject not known" if one.unread else "declared"


def short(told: Told, now: str) -> str:
    """Return an open incident in less than 80 cells; if not all gaps fit, only the longest.

    Args:
        now: the time now: a time of the same day is shown without its day.
    """
    times = told.times
    gaps = _gaps(times)
    each = [_told(roles, roles, down, times, now) for roles, down in gaps]
    if each:
        among, down = gaps[0]
        others = sum(one.still for one in times.down.values())
        less = (
            (each[0], others - len(among)),
            (_told(among[:1], among, down, times, now), others - 1),
        )
        fewer = [f"{text}; {_more(rest)}" if rest else text for text, rest in less]
        now_down = Down(seconds=down.spans[-1].seconds, spans=down.spans[-1:])
        state = f"{role_words(among[:1])} {_state(among, times)} {at_least(now_down)}"
        more = f"; {_more(others - 1)}" if others > 1 else ""
        last = (f"{state}, since {when(down.since, now)}{more}", f"{state}{more}")
        ways = [f"Incident: {text}" for text in ("; ".join(each), *fewer, *last)]
        return next((way for way in ways if len(way) < SHORT), ways[-1])
    if times.serving:
        gap, since = gap_words(times.any_down), when(times.serving, now)
        end, again = (
            ("seen to serve", "seen to serve") if seen_end(times) else ("until", "serves since")
        )
        of = f"Incident of {role_words(list(times.down))}: {gap}, {end} {since}"
        return of if len(of) < SHORT else f"Incident: {gap}, {again} {since}"
    return f"Incident since {when(told.incident.opened, now)}"


def _told(named: list[str], among: list[str], down: Down, times: Times, now: str) -> str:
    """Return for how long roles are down, and since when.

    `named` are the roles to name, out of `among`, the roles with that gap.

    Args:
        now: the time now: a time of the same day is shown without its day.
    """
    state = f"{role_words(named)} {_state(among, times)}"
    return f"{state} {_gap(down)}, since {when(down.since, now)}"


def _more(roles: int) -> str:
    """Return how many roles are left out of the line, in words."""
    return counted(roles, "more role")


def title(told: Told) -> str:
    practice = "PRACTICE " if told.incident.practice else ""
    names = [ROLES[role].title if role in ROLES else one_line(role) for role in told.incident.roles]
    what = f"{', '.join(names)} lost" if names else one_line(told.incident.text)
    what = what or _unnamed(told.incident)
    if told.times.doubted and set(told.incident.roles) <= set(told.times.doubted):
        what = f"{', '.join(names)} not known to serve"
    of = f" of {one_line(told.incident.domain)}" if told.incident.domain else ""
    return f"{practice}Incident{of}: {what}"


def brief_json(told: Told) -> dict[str, Any]:
    """Return an incident in the form of `status --json` and `incident list --json`."""
    one, times = told.incident, told.times
    return {
        "id": one.id,
        "kind": one.kind,
        "state": "open" if one.open else "closed",
        "how": one.how,
        "domain": one.domain,
        "practice": one.practice,
        "text": one.text,
        "roles": list(one.roles),
        "opened": one.opened,
        "closed": one.closed or None,
        "doubted": list(times.doubted),
        "lost": times.lost or None,
        "lost_source": times.lost_source or None,
        "serving": times.serving or None,
        "proved": times.proved or None,
        "down": {
            role: {
                "seconds": down.seconds,
                "exact": down.exact,
                "since": down.since or None,
            }
            for role, down in times.down.items()
        },
        "down_seconds": times.any_down.seconds,
        "down_exact": times.any_down.exact,
        "runs": [run.id for run in told.runs],
        "problems": list(one.unread),
    }
