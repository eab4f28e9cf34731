"""Times and ages: read them as people write them, and put them into words. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from pryv_tui.clock import utc_now

_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}
_AGES = ((60, 1, "s", "second"), (3600, 60, "min", "minute"), (172_800, 3600, "h", "hour"))
_PART = re.compile(r"(\d+) ?(min|[smhdw])\s*")
_CLOCK = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d))?")
EXAMPLES = "10m, 2h, 1h30m, 14:30, 2026-01-15T10:00:00Z"


class Age(NamedTuple):
    """How long ago something was, in whole units."""

    many: int
    short: str
    word: str

    def __str__(self) -> str:
        return f"{self.many} {self.word}" + ("" if self.many == 1 else "s")


FUTURE_SECONDS = 60.0
"""Seconds. Only a time further in the future is reported as such: two clocks may differ a bit."""


def age_of(seconds: float) -> Age:
    """An age in the largest unit that fits, always rounded down, so that all texts agree."""
    whole = max(0, int(seconds))
    for limit, unit, short, word in _AGES:
        if whole < limit:
            return Age(whole // unit, short, word)
    return Age(whole // 86_400, "d", "day")


def age_hours(created: str) -> float:
    """Hours since a time in a set, RFC 3339 (UTC if it has no zone); 0 if it can't be read."""
    try:
        moment = datetime.fromisoformat(created)
    except ValueError:
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (utc_now() - moment).total_seconds() / 3600


def ago(seconds: float, *, short: bool = False) -> str:
    """An age as a phrase, `3 hours ago`; also for a time in the future: clocks may be wrong.

    Args:
        short: for little space: `40 s ago`.
    """
    if seconds < -FUTURE_SECONDS:
        return f"{age_of(-seconds)} from now"
    age = age_of(seconds)
    if seconds < 10:
        return "just now"
    return f"{age.many} {age.short} ago" if short else f"{age} ago"


def since_words(text: str, now: datetime | None = None, *, short: bool = False) -> str:
    """A time of day and its age: `11:02:10 UTC (40 seconds ago)`; empty if the text is not a time.

    Args:
        short: for a line with little space: `11:02:10 UTC (40 s)`.
    """
    now = now or utc_now()
    clock = clock_words(text, now)
    if not clock:
        return ""
    seconds = (now - _moment(text)).total_seconds()
    age = age_of(seconds)
    told = f"{age.many} {age.short}" if short and seconds >= -FUTURE_SECONDS else ago(seconds)
    return f"{clock} ({told})"


def clock_words(text: str, now: datetime | None = None) -> str:
    """The time of day, with the date if it is 12 hours ago or more; empty if the text is not a
    time."""
    try:
        then = _moment(text)
    except (ValueError, OverflowError):
        return ""
    seconds = ((now or utc_now()) - then).total_seconds()
    day = "" if seconds < 43_200 else f"{then:%Y-%m-%d} "
    return f"{day}{then:%H:%M:%S} UTC"


def since(text: str, now: datetime) -> datetime:
    """Read a time that a person has typed; return it in UTC.

    Args:
        text: an age (`10m`, `1h30m`), a time of the last 24 hours (`14:30`, UTC), or a time in RFC
            3339 (UTC if it has no zone).
        now: the present time, in UTC.

    Raises:
        ValueError: the text is none of these, or is in the future. Its message is a sentence for
            the person.
    """
    wanted = text.strip().casefold()
    if not wanted:
        raise ValueError(f"no time was given; write it like {EXAMPLES}")
    try:
        found = _age(wanted, now) or _clock(wanted, now) or _moment(text.strip())
    except (ValueError, OverflowError):
        raise ValueError(
            f"{text.strip()!r} is not a time or an age; write it like {EXAMPLES}"
        ) from None
    if found > now:
        raise ValueError(f"{found:%Y-%m-%d %H:%M:%S} UTC is in the future")
    return found


def duration(text: str) -> int | None:
    """The seconds of a duration such as `90m`, `24h`, `1h30m`, `7d`; None for any other text."""
    parts = _PART.findall(text)
    if not parts or _PART.sub("", text):
        return None
    return sum(int(many) * _UNITS[unit] for many, unit in parts)


def _age(wanted: str, now: datetime) -> datetime | None:
    seconds = duration(wanted)
    return None if seconds is None else now - timedelta(seconds=seconds)


def _clock(wanted: str, now: datetime) -> datetime | None:
    found = _CLOCK.fullmatch(wanted)
    if found is None:
        return None
    hour, minute, second = (int(part or 0) for part in found.groups())
    today = now.replace(hour=hour, minute=minute, second=second, microsecond=0)
    return today if today <= now else today - timedelta(days=1)


def _moment(wanted: str) -> datetime:
    found = datetime.fromisoformat(wanted)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
