"""An incident in a few words: its line on the overview, its row in a list. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pryv_tui.incidents.gathering import Told
from pryv_tui.incidents.reckoning import Down, Times
from pryv_tui.phrases import counted
from pryv_tui.platform.roles import ROLES
from pryv_tui.sanitize import one_line

SOURCES = {
    "engine": "as the engine tells",
    "files": "as the folder's last change tells",
    "asked": "as was said",
}


def lasted(seconds: float) -> str:
    """A duration as a person says it: `0.5 s`, `40 s`, `2 min 5 s`, `3 h 4 min`."""
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
    """For how long, and that it was longer where nobody knows when it began."""
    return lasted(down.seconds) if down.exact else f"at least {lasted(down.seconds)}"


def when(text: str, after: str = "") -> str:
    """A time to the second, in UTC; of the day of another one, without its day."""
    then, other = _moment(text), _moment(after)
    if then is None:
        return one_line(text) or "not known"
    day = "" if other is not None and other.date() == then.date() else f"{then:%Y-%m-%d} "
    return f"{day}{then:%H:%M:%S} UTC"


def seconds_between(start: str, end: str) -> float:
    """Seconds from one time to a later one; 0 where one is not known, or it is not later."""
    first, last = _moment(start), _moment(end)
    if first is None or last is None:
        return 0.0
    return max(0.0, (last - first).total_seconds())


def role_words(roles: list[str] | tuple[str, ...]) -> str:
    return ", ".join(one_line(role) for role in roles)


def state_words(times: Times) -> str:
    """What is down, since when and for how long; or since when all of it serves again."""
    still = {role: one for role, one in times.down.items() if one.still}
    if still:
        names = role_words(tuple(still))
        verb = "is" if len(still) == 1 else "are"
        since = min(one.since for one in still.values())
        exact = all(one.exact for one in still.values())
        return (
            f"{names} {verb} down since {'' if exact else 'before '}{when(since)},"
            f" {at_least(times.any_down)}"
        )
    if times.serving:
        return f"serves again since {when(times.serving)}, was down {at_least(times.any_down)}"
    return "nothing is known to be down"


def line(told: Told) -> str:
    """An open incident in one line."""
    one, times = told.incident, told.times
    what = one_line(one.text) or (f"{role_words(one.roles)} lost" if one.roles else "declared")
    if len(what) > 60:
        what = f"{what[:59]}…"
    return f"Incident since {when(one.opened)}: {what}; {state_words(times)}"


def short(told: Told, now: str) -> str:
    """An open incident in some sixty cells.

    Args:
        now: a time of that day is told without its day.
    """
    times = told.times
    still = [role for role, down in times.down.items() if down.still]
    if still:
        since = min(times.down[role].since for role in still)
        return (
            f"Incident: {role_words(still)} down {at_least(times.any_down)},"
            f" since {when(since, now)}"
        )
    if times.serving:
        return (
            f"Incident: was down {at_least(times.any_down)}, serves since"
            f" {when(times.serving, now)}"
        )
    return f"Incident since {when(told.incident.opened, now)}"


def title(told: Told) -> str:
    practice = "PRACTICE " if told.incident.practice else ""
    names = [ROLES[role].title if role in ROLES else one_line(role) for role in told.incident.roles]
    what = f"{', '.join(names)} lost" if names else one_line(told.incident.text) or "declared"
    return f"{practice}Incident of {one_line(told.incident.domain) or '?'}: {what}"


def brief_json(told: Told) -> dict[str, Any]:
    """An incident as `status --json` and `incident list --json` have it."""
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
        "problems": list(one.problems),
    }


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
