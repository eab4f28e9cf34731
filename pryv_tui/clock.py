"""The one clock of the program: UTC, and the form in which journals, sets and answers tell a time.

The practice platform has a clock of its own: it stands for other machines.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal


def utc_now() -> datetime:
    return datetime.now(UTC)


def timestamp(
    moment: datetime | None = None, *, to: Literal["seconds", "milliseconds"] = "milliseconds"
) -> str:
    """A moment (now) as RFC 3339 in UTC, ending in `Z`; cut off at whole seconds or milliseconds.

    Args:
        moment: in UTC.
    """
    return (moment or utc_now()).isoformat(timespec=to).replace("+00:00", "Z")
