"""The one clock of the program: UTC, and the format of times in journals, sets and answers.

The practice platform has its own clock: it stands for other machines.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Literal

STAMP = "%Y%m%dT%H%M%SZ"
"""The format of times in names: of sets, runs, incidents and files."""


def utc_now() -> datetime:
    return datetime.now(UTC)


def now_seconds() -> float:
    """Return the present time in seconds since 1970, to compare with times of files and of
    engines."""
    return utc_now().timestamp()


def now_ns() -> int:
    """Return the present time in nanoseconds since 1970, as file systems keep it."""
    return time.time_ns()


def timestamp(
    moment: datetime | None = None, *, to: Literal["seconds", "milliseconds"] = "milliseconds"
) -> str:
    """Return a moment, or now, as RFC 3339 in UTC, ending in `Z`, truncated to whole seconds or
    milliseconds.

    Args:
        moment: in UTC; None: now.
    """
    return (moment or utc_now()).isoformat(timespec=to).replace("+00:00", "Z")


def stamp(moment: datetime | None = None) -> str:
    """Return a moment, or now, as it is written into a name, to the second.

    Args:
        moment: in UTC; None: now.
    """
    return (moment or utc_now()).strftime(STAMP)


def moment_in_name(text: str) -> datetime | None:
    """Parse the time in a name. Return it in UTC; None if the text is not such a time."""
    try:
        return datetime.strptime(text, STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def moment_of(text: str) -> datetime | None:
    """Parse the time in a text of a journal, a set or an engine. Return it in UTC; None if the text
    is not a time. A text without a zone counts as UTC."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def seconds_of(text: str) -> float:
    """Parse a time. Return it in seconds since 1970; 0 if the text is not a time."""
    found = moment_of(text)
    return found.timestamp() if found is not None else 0.0


def shown(text: str, after: str = "") -> str:
    """Return a time for a person: to the second, in UTC. `not known` for an empty text; a text that
    is not a time is returned unchanged.

    Args:
        after: the time shown before this one: if both are on one day, the day is not repeated.
    """
    then, other = moment_of(text), moment_of(after)
    if then is None:
        return text or "not known"
    day = "" if other is not None and other.date() == then.date() else f"{then:%Y-%m-%d} "
    return f"{day}{then:%H:%M:%S} UTC"
