"""The arithmetic of the timing gap: what the time between two roles' backups can cost.

The words are those of the documented notice: user accounts created between the core and the
register backup are not usable after a restore; attachments and high-frequency data created after
the MongoDB dump are not accessible, since their events are missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import msgspec

Order = Literal["short", "documented"]
"""The order in which a backup takes what accounts consist of.

Both take core before register: whatever says in core that an account exists is taken before
register's Redis, and from 1.8 an account is written to register first. So an account may be in
register alone, never in core alone; of one that core alone knows, the name looks free, and whoever
registers it makes core delete the older account's data. `short` takes register's Redis right after
core's accounts, before the long copy of files; `documented` after that copy, as the guide has it.
"""
ORDERS: tuple[Order, ...] = ("short", "documented")


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """When one store or folder was taken: start and end, RFC 3339 UTC."""

    what: str
    """`mongodb`, `influxdb`, `redis`; `accounts` and `redis-files`, copied ahead; `files`."""
    role: str
    host: str
    started: str
    finished: str


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """The windows of one backup, in seconds; None where a side of it was not taken."""

    accounts_seconds: float | None = None
    """From the start of the core's dump to the end of the register's Redis copy."""
    accounts_from: str = ""
    accounts_to: str = ""
    data_seconds: float | None = None
    """From the start of the MongoDB dump to the end of the core's file copy."""
    data_from: str = ""
    data_to: str = ""


def _seconds(start: str, end: str) -> float:
    delta = datetime.fromisoformat(end) - datetime.fromisoformat(start)
    # A clock that was set back meanwhile: no window is shorter than none.
    return max(0.0, round(delta.total_seconds(), 3))


def went_back(moments: Iterable[Moment]) -> bool:
    """Whether the clock was set back during a backup; moments in the order they were taken."""
    known = [
        (datetime.fromisoformat(moment.started), datetime.fromisoformat(moment.finished))
        for moment in moments
    ]
    ends = [end for _start, end in known]
    return ends != sorted(ends) or any(end < start for start, end in known)


def measure(moments: Iterable[Moment]) -> Gap:
    """The gap that these moments leave, in its widest reading.

    An account counts as lost when it is made after the MongoDB dump began (it may be missing
    there) and before the register's Redis files were copied (it may be in them), with its root or
    ahead of it. With several
    cores the first dump counts. Taken the other way round, register first, the window is from the
    register's copy to the end of the last dump: it is never less than what lay between them.
    """
    known = list(moments)
    dumps = [m for m in known if m.what == "mongodb"]
    register = [m for m in known if m.what == "redis-files"]
    register = register or [
        m for m in known if m.what == "files" and "register" in m.role.split("+")
    ]
    register = register or [m for m in known if m.what == "redis"]
    core = [m for m in known if m.what == "files" and "core" in m.role.split("+")]
    gap = Gap()
    if dumps and register:
        both = [*dumps, *register]
        start = min(m.started for m in both)
        end = max(m.finished for m in both)
        if min(m.started for m in dumps) <= min(m.started for m in register):
            end = max(m.finished for m in register)
        gap = msgspec.structs.replace(
            gap, accounts_seconds=_seconds(start, end), accounts_from=start, accounts_to=end
        )
    if dumps and core:
        start, end = min(m.started for m in dumps), max(m.finished for m in core)
        gap = msgspec.structs.replace(
            gap, data_seconds=_seconds(start, end), data_from=start, data_to=end
        )
    return gap


def notice(gap: Gap | None, *, expected: bool) -> list[str]:
    """The documented notice with this backup's own numbers, a sentence a line.

    Args:
        gap: what is known; None when no backup was ever taken here.
        expected: the numbers come from the last run and describe one still to come.
    """
    accounts = gap.accounts_seconds if gap else None
    data = gap.data_seconds if gap else None
    if expected:
        window = (
            "unknown (no backup was run from here yet)"
            if accounts is None
            else f"about {accounts:.0f} s"
        )
        data_window = (
            "unknown (no backup was run from here yet)" if data is None else f"about {data:.0f} s"
        )
        return [
            "User accounts created between the core and the register backup will not be usable"
            f" after a restore. Expected window: {window}.",
            "Attachments and high-frequency data created after the MongoDB dump will not be"
            f" accessible, since their events are missing. Expected window: {data_window}.",
        ]
    lines = []
    if accounts is None:
        lines.append(
            "This set does not hold both core and register: accounts made between this backup and"
            " the other role's are not usable after a restore."
        )
    else:
        lines.append(
            "User accounts created between the core and the register backup are not usable after"
            f" a restore. In this set: {accounts:.1f} s, from {gap.accounts_from if gap else ''}"
            f" to {gap.accounts_to if gap else ''}."
        )
    if data is not None:
        lines.append(
            "Attachments and high-frequency data created after the MongoDB dump are not"
            f" accessible, since their events are missing. In this set: {data:.1f} s, from"
            f" {gap.data_from if gap else ''} to {gap.data_to if gap else ''}."
        )
    return lines
