"""Roles that may be lost if they stay away: the engine does not answer, or no container is there.

A reboot, an engine's upgrade, and a `docker-compose down` before an `up` look like a loss for some
minutes. So the first look is only kept. It counts once another look finds the same after `STAYS`,
which is longer than a server needs to test its memory and check its disks at boot. The overview
shows the role red from the first look on, and the loss is dated by the earlier looks: the wait
loses nothing. The rule is pure; the file is at the end.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Literal

import msgspec

from pryv_tui.clock import moment_of
from pryv_tui.decoding import Undecodable, decode_json
from pryv_tui.filesystem.durable import write_durably
from pryv_tui.incidents.files import not_written
from pryv_tui.ownership import make_private
from pryv_tui.reading import read_whole

NAME = "away.json"
STAYS = timedelta(minutes=15)
UNBROKEN = timedelta(hours=1)
"""Between two looks further apart than this the role may have been there: `since` starts again."""
_LARGEST = 1 << 20

Kind = Literal["engine", "containers"]
"""`engine`: the machine's engine does not answer. `containers`: none of the role's containers is
there, though its data is."""


class Away(msgspec.Struct, frozen=True, kw_only=True):
    """A role on a machine that is not found to serve."""

    platform: str = ""
    """The platform on this machine, by the name of its lock."""
    domain: str = ""
    """Empty where it is not known."""
    role: str
    host: str
    kind: Kind
    first: str = ""
    """The time of the first look that found it away, RFC 3339 UTC; no look since found it there."""
    since: str = ""
    """The time from which on looks found it away without a gap of more than `UNBROKEN`."""
    last: str = ""
    """The time of the last look that found it away."""


def followed(known: Collection[Away], seen: Collection[Away], now: str) -> tuple[Away, ...]:
    """Return what to keep after a look.

    Args:
        known: what was kept after the look before.
        seen: what this look finds, without its times.
        now: the time of the look. If the clock went back, all times start again.
    """
    before = {(one.role, one.host, one.kind): one for one in known}
    return tuple(_next(before.get((one.role, one.host, one.kind)), one, now) for one in seen)


def is_of(one: Away, platform: str, domain: str) -> bool:
    """Whether an entry is of a platform. Domains tell apart two platforms on one engine, where they
    are known."""
    return one.platform == platform and (not one.domain or not domain or one.domain == domain)


def _next(before: Away | None, seen: Away, now: str) -> Away:
    at = moment_of(now)
    last = moment_of(before.last) if before is not None else None
    first = moment_of(before.first) if before is not None else None
    if before is None or at is None or last is None or first is None or at < last:
        return msgspec.structs.replace(seen, first=now, since=now, last=now)
    since = before.since if at - last <= UNBROKEN else now
    return msgspec.structs.replace(seen, first=before.first, since=since, last=now)


def stays(one: Away) -> bool:
    """Whether a role was away for long enough to count as lost, by its first and last look."""
    first, last = moment_of(one.first), moment_of(one.last)
    return first is not None and last is not None and last - first >= STAYS


def words(one: Away) -> str:
    """Say what is found, as a part of a sentence."""
    if one.kind == "engine":
        return f"the engine of {one.host} does not answer"
    return f"its containers on {one.host} are gone, but its data is there"


# The file.


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    format: int = 1
    away: tuple[Away, ...] = ()


def read_away(state: Path) -> tuple[Away, ...]:
    """Return what was kept; empty where it can't be read: then the times start again."""
    try:
        return decode_json(read_whole(state / NAME, limit=_LARGEST, follow=False), _Kept).away
    except (OSError, ValueError, Undecodable):
        return ()


def keep_away(state: Path, found: Sequence[Away]) -> None:
    """Write these entries in place of those that were kept.

    Raises:
        PryvTuiError: `step-failed` or `disk-full`.
    """
    try:
        make_private(state)
        write_durably(state / NAME, msgspec.json.encode(_Kept(away=tuple(found))))
    except OSError as error:
        said = "since when something is away is not kept"
        raise not_written(state, error, said=said) from error
