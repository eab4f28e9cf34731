"""The one clock of the program: UTC, and the form in which journals, sets and answers tell a time.

The practice platform has a clock of its own: it stands for other machines.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal


def utc_now() -> datetime:
    return datetime.now(UTC)


def now_seconds() -> float:
    """Now, in seconds since 1970: what times of files and of engines are compared with."""
    return utc_now().timestamp()


def timestamp(
    moment: datetime | None = None, *, to: Literal["seconds", "milliseconds"] = "milliseconds"
) -> str:
    """A moment (now) as RFC 3339 in UTC, ending in `Z`; cut off at whole seconds or milliseconds.

    Args:
        moment: in UTC.
    """
    return (moment or utc_now()).isoformat(timespec=to).replace("+00:00", "Z")


def moment_of(text: str) -> datetime | None:
    """A time as journals, sets and engines write it, in UTC; None for what is none. One without
    its zone is taken to be in UTC, as all that is written here."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def seconds_of(text: str) -> float:
    """The same in seconds since 1970; 0 for what is no time."""
    found = moment_of(text)
    return found.timestamp() if found is not None else 0.0


def shown(text: str, after: str = "") -> str:
    """A time for a person: to the second, in UTC; `not known` for none, and what is no time as it
    stands.

    Args:
        after: a time that stands before it: of the same day, the day is not said again.
    """
    then, other = moment_of(text), moment_of(after)
    if then is None:
        return text or "not known"
    day = "" if other is not None and other.date() == then.date() else f"{then:%Y-%m-%d} "
    return f"{day}{then:%H:%M:%S} UTC"
