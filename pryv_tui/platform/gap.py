"""The arithmetic of the timing gap: what the time between two roles' backups can cost.

The words are those of Pryv's documented notice: user accounts created between the core and the
register backup are not usable after a restore; attachments and high-frequency data created after
the MongoDB dump are not accessible, since their events are missing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Literal

import msgspec

Order = Literal["short", "documented"]
"""The order in which a backup takes the parts of accounts.

Both orders take core before register's Redis, and from 1.8 an account is written to register first.
So an account may be in register only, but never in core only. That would be worse: its name looks
free, and whoever registers it makes core delete the older account's data. `short` takes register's
Redis right after core's accounts, before the long copy of files; `documented` takes it after that
copy, as the guide has it.
"""
ORDERS: tuple[Order, ...] = ("short", "documented")

HoldKind = Literal["registrations", "everything"]
"""What a backup keeps from coming in while it takes the parts that must match.

`registrations`: register is paused from the start of the MongoDB dump to the end of the Redis copy,
so that no account is made in between. `everything`: nginx is stopped until the files are copied
too, so that nothing at all comes in.
"""
HOLDS: tuple[HoldKind, ...] = ("registrations", "everything")

DEADLINES: dict[HoldKind, float] = {"registrations": 120.0, "everything": 1800.0}
"""Seconds after which a hold is released, if the operator sets no other time."""

SETTLE: dict[HoldKind, float] = {"registrations": 2.0, "everything": 10.0}
"""Seconds to wait, once nothing new comes in, for what is still on its way: an account that
register has and core is about to write; high-frequency metadata, which reaches MongoDB up to 10 s
late."""


class GapChoices(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator chose for the gap of one backup."""

    order: Order = "short"
    hold: HoldKind | None = None
    hold_deadline: float | None = None
    """Seconds; None means the default for the kind of hold (`DEADLINES`)."""
    budget: float | None = None
    """Seconds; the backup ends with a warning if the accounts' window is longer."""

    @property
    def deadline(self) -> float:
        """Seconds after which the hold is released in any case; 0 if there is no hold."""
        if self.hold_deadline is not None:
            return self.hold_deadline
        return DEADLINES[self.hold] if self.hold else 0.0


AS_USUAL = GapChoices()


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """A hold during a backup: what was kept from coming in, and when. Times are RFC 3339 UTC."""

    kind: HoldKind
    deadline: float
    """Seconds that the hold was allowed to last."""
    began: str
    """When the first container was about to be held: from here on users may have noticed."""
    started: str = ""
    """When nothing came in any more; empty before that, and if not everything could be stopped."""
    released: str = ""
    """When requests came in again; empty while the hold lasts."""
    released_by: Literal["", "run", "deadline", "others"] = ""
    seconds: float = 0.0
    """Seconds from `began` to the last release: how long users may have noticed."""


WHAT = {
    "mongodb": "MongoDB",
    "influxdb": "InfluxDB",
    "redis": "Redis",
    "accounts": "core's accounts",
    "redis-files": "Redis's files",
    "files": "files",
}
"""The names of the parts that a `Moment` is about, in words."""


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """The time in which one store or folder was taken: start and end, RFC 3339 UTC."""

    what: str
    """The part: `mongodb`, `influxdb`, `redis`, `files`; or `accounts`, `redis-files`, copied
    ahead."""
    host: str
    started: str
    finished: str
    roles: tuple[str, ...] = ()
    """The roles that the root or store belongs to."""
    role: str = ""
    """The roles joined by `+`. Older sets have only this field, and older versions read only it."""

    def __post_init__(self) -> None:
        if self.roles:
            msgspec.structs.force_setattr(self, "role", "+".join(self.roles))
        elif self.role:
            msgspec.structs.force_setattr(self, "roles", tuple(self.role.split("+")))


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """The windows of one backup, in seconds; None if one side of a window was not taken."""

    accounts_seconds: float | None = None
    """From the start of core's dump to the end of register's Redis copy, less the time of a
    hold."""
    accounts_from: str = ""
    accounts_to: str = ""
    data_seconds: float | None = None
    """From the start of the MongoDB dump to the end of core's file copy, less the time of a
    hold."""
    data_from: str = ""
    data_to: str = ""
    window_seconds: float | None = None
    """The accounts' window in full, including the time of a hold."""
    data_window_seconds: float | None = None


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the gap while a backup runs."""

    moments: tuple[Moment, ...] = ()
    going: Moment | None = None
    """The part that is being taken now; its `finished` is empty."""
    hold: Hold | None = None

    @property
    def gap(self) -> Gap:
        return measure(self.moments, self.hold)


def span(seconds: float) -> str:
    """A duration in everyday words: `90 s`, `30 min`, `2 h`."""
    for limit, unit, name in ((180, 1, "s"), (7200, 60, "min")):
        if seconds < limit:
            return f"{seconds / unit:.3g} {name}"
    return f"{seconds / 3600:.3g} h"


def _between(start: str, end: str) -> str:
    """Two times to the tenth of a second, in UTC; the date is given once if it is the same."""
    try:
        first, last = (datetime.fromisoformat(text).astimezone(UTC) for text in (start, end))
    except ValueError:
        return f", from {start} to {end}"
    day = "" if first.date() == last.date() else f"{last:%Y-%m-%d} "
    return f", from {first:%Y-%m-%d} {_tenth(first)} to {day}{_tenth(last)} UTC"


def _tenth(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}.{moment.microsecond // 100_000}"


def _later(one: str, other: str) -> bool:
    return datetime.fromisoformat(one) > datetime.fromisoformat(other)


def _seconds(start: str, end: str) -> float:
    delta = datetime.fromisoformat(end) - datetime.fromisoformat(start)
    # The clock may have been set back during the backup: no window is negative.
    return max(0.0, round(delta.total_seconds(), 3))


def went_back(moments: Iterable[Moment]) -> bool:
    """Whether the clock was set back during a backup.

    Args:
        moments: in the order in which they were taken.
    """
    known = [
        (datetime.fromisoformat(moment.started), datetime.fromisoformat(moment.finished))
        for moment in moments
    ]
    ends = [end for _start, end in known]
    return ends != sorted(ends) or any(end < start for start, end in known)


def measure(moments: Iterable[Moment], hold: Hold | None = None) -> Gap:
    """Compute from the times of a backup's parts the longest window in which data may be lost.

    An account may be lost if it was made after the MongoDB dump began (the dump may lack it) and
    before the copy of register's Redis files ended (the copy may have it). It does not matter
    whether these files were copied ahead or with the root. With several cores the dump that began
    first counts. If register was taken first, the window is from the beginning of register's copy
    to the end of the last dump.

    Nothing can be lost during a hold. Only the part of a window after the hold's release counts; if
    the hold lasted to the window's end, the result is 0.
    """
    known = list(moments)
    dumps = [m for m in known if m.what == "mongodb"]
    register = [m for m in known if m.what == "redis-files"]
    register = register or [m for m in known if m.what == "files" and "register" in m.roles]
    core = [m for m in known if m.what == "files" and "core" in m.roles]
    gap = Gap()
    if dumps and register:
        both = [*dumps, *register]
        start = min(m.started for m in both)
        end = max(m.finished for m in both)
        if min(m.started for m in dumps) <= min(m.started for m in register):
            end = max(m.finished for m in register)
        opened, lost = _left_open(start, end, hold)
        gap = msgspec.structs.replace(
            gap,
            accounts_seconds=lost,
            accounts_from=opened,
            accounts_to=end,
            window_seconds=_seconds(start, end),
        )
    if dumps and core:
        start, end = min(m.started for m in dumps), max(m.finished for m in core)
        closing = hold if hold is not None and hold.kind == "everything" else None
        opened, lost = _left_open(start, end, closing)
        gap = msgspec.structs.replace(
            gap,
            data_seconds=lost,
            data_from=opened,
            data_to=end,
            data_window_seconds=_seconds(start, end),
        )
    return gap


def _left_open(start: str, end: str, hold: Hold | None) -> tuple[str, float]:
    """The part of a window without a hold: its start (RFC 3339) and its length in seconds."""
    if hold is None or not hold.started or _later(hold.started, start):
        return start, _seconds(start, end)
    if not hold.released or not _later(end, hold.released):
        return start, 0.0
    opened = max(start, hold.released)
    return opened, _seconds(opened, end)


def data_as_of(moments: Iterable[Moment]) -> str:
    """The time up to which a set has all data, RFC 3339: the start of its first part.

    The set may have some of the later changes. Empty if no moment is known.
    """
    return min((moment.started for moment in moments), default="")


def in_brief(gap: Gap, hold: Hold | None = None) -> str:
    """A set's gap in one line."""
    parts = []
    if gap.accounts_seconds is not None:
        parts.append(f"accounts {gap.accounts_seconds:.1f} s")
    if gap.data_seconds is not None:
        parts.append(f"attachments and series {gap.data_seconds:.1f} s")
    if gap.accounts_seconds is None:
        parts.append("accounts not known, since core and register were not taken in one backup")
    told = ", ".join(parts)
    if hold is not None and hold.released:
        what = "registrations" if hold.kind == "registrations" else "everything"
        by = ", until the deadline" if hold.released_by == "deadline" else ""
        told += f" ({what} held for {hold.seconds:.1f} s{by})"
    return told


def longest(moments: Iterable[Moment], start: str, end: str) -> tuple[Moment, float] | None:
    """The moment that took the largest part of a window, and that part in seconds; or None."""
    shares = [(_seconds(max(m.started, start), min(m.finished, end)), m) for m in moments]
    most = max(shares, key=lambda share: share[0], default=None)
    return (most[1], most[0]) if most is not None and most[0] > 0 else None


def notice(
    gap: Gap | None,
    *,
    expected: bool,
    hold: Hold | None = None,
    closes: HoldKind | None = None,
    roles: Collection[str] = ("core", "register"),
    known: bool = False,
) -> list[str]:
    """The documented notice about the gap, with this backup's own numbers, one sentence a line.

    Args:
        gap: the windows, as far as known; None if no backup was ever taken here.
        expected: whether the backup is still to come; then the numbers are those of the last run.
        hold: the hold while the set was made.
        closes: the hold of a backup still to come.
        roles: the roles that a backup still to come takes.
        known: whether any backup was run from here before, perhaps of other roles.
    """
    accounts = gap.accounts_seconds if gap else None
    data = gap.data_seconds if gap else None
    if expected:
        of = " of these roles" if known else ""
        unknown = f"unknown (no backup{of} was run from here yet)"
        window = unknown if accounts is None else f"about {accounts:.0f} s"
        data_window = unknown if data is None else f"about {data:.0f} s"
        first = (
            "User accounts created between the core and the register backup will not be usable"
            f" after a restore. Expected window: {window}."
        )
        second = (
            "Attachments and high-frequency data created after the MongoDB dump will not be"
            f" accessible, since their events are missing. Expected window: {data_window}."
        )
        if closes is not None:
            first = (
                "No user account can be made between the core and the register backup (expected to"
                f" take: {window})."
            )
        if closes == "everything":
            second = (
                "No attachment and no high-frequency data can come in between the MongoDB dump and"
                f" the copy (expected to take: {data_window})."
            )
        if not {"core", "register"} <= set(roles):
            first = _alone(roles)
        # Without core there is no MongoDB dump, so nothing can lack its event.
        return [line for line in (first, second if "core" in roles else "") if line]
    lines = []
    held = "" if hold is None else f" (held for {hold.seconds:.1f} s)"
    if accounts is None:
        lines.append(
            "This set does not hold both core and register: accounts made between this backup and"
            " the other role's are not usable after a restore."
        )
    elif accounts == 0 and hold is not None:
        lines.append(
            "No user account is lost between core and register: none could be made while they were"
            f" taken{held}."
        )
    else:
        lines.append(
            "User accounts created between the core and the register backup are not usable after"
            f" a restore. In this set: {accounts:.1f} s"
            f"{_between(gap.accounts_from, gap.accounts_to) if gap else ''}."
        )
    if data == 0 and hold is not None:
        lines.append(
            "No attachment and no high-frequency data is without its event: nothing came in while"
            f" core was taken{held}."
        )
    elif data is not None:
        lines.append(
            "Attachments and high-frequency data created after the MongoDB dump are not"
            f" accessible, since their events are missing. In this set: {data:.1f} s"
            f"{_between(gap.data_from, gap.data_to) if gap else ''}."
        )
    return lines


def _alone(roles: Collection[str]) -> str:
    """What a backup of only one of core and register means for accounts.

    Empty if the backup takes neither.
    """
    for taken, other in (("core", "register"), ("register", "core")):
        if taken in roles:
            return (
                f"This backup takes {taken} without {other}: user accounts created between it and a"
                f" backup of {other} will not be usable after a restore of both."
            )
    return ""
