"""Roles that may be lost if they stay away: the engine does not answer, or no container is there.

A reboot, an engine's upgrade, and a `docker-compose down` before an `up` look like a loss for some
minutes. So the first look that finds a role away is only recorded. It counts as a loss when another
look finds the same after `STAYS`, which is longer than a server needs to test its memory and check
its disks at boot. The overview shows the role red from the first look on, and the loss is dated by
the earlier looks, so the wait costs no information. The rule is pure; the file is at the end.
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
"""If two looks are further apart than this, the role may have been there between them: `since`
starts again."""
_LARGEST = 1 << 20

Kind = Literal["engine", "containers"]
"""`engine`: the machine's engine does not answer. `containers`: none of the role's containers is
there, but its data is."""


class Away(msgspec.Struct, frozen=True, kw_only=True):
    """A role that looks did not find serving on a machine."""

    platform: str = ""
    """The platform on this machine, by the name of its lock."""
    domain: str = ""
    """The platform's domain; empty if not known."""
    role: str
    host: str
    kind: Kind
    first: str = ""
    """The time of the first look that found the role away, RFC 3339 UTC; no look since then found
    it there."""
    since: str = ""
    """The time since when looks found the role away without a gap of more than `UNBROKEN`."""
    last: str = ""
    """The time of the last look that found the role away."""


def followed(known: Collection[Away], seen: Collection[Away], now: str) -> tuple[Away, ...]:
    """Return the entries to store after a look.

    Args:
        known: the entries stored after the look before.
        seen: what this look finds, without times.
        now: the time of the look. If the clock was set back, all times start again.
    """
    before = {(one.role, one.host, one.kind): one for one in known}
    return tuple(_next(before.get((one.role, one.host, one.kind)), one, now) for one in seen)


def is_of(one: Away, platform: str, domain: str) -> bool:
    """Whether an entry is about a platform. If two platforms are on one engine, their domains
    distinguish them, if known."""
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
    """Whether a role counts as lost: the first and the last look that found it away are at least
    `STAYS` apart."""
    first, last = moment_of(one.first), moment_of(one.last)
    return first is not None and last is not None and last - first >= STAYS


def words(one: Away) -> str:
    """Return what was found, as a part of a sentence."""
    if one.kind == "engine":
        return f"the engine of {one.host} does not answer"
    return f"its containers on {one.host} are gone, but its data is there"


# The file.


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    format: int = 1
    away: tuple[Away, ...] = ()


def read_away(state: Path) -> tuple[Away, ...]:
    """Return the stored entries; empty if they can't be read: then the times start again."""
    try:
        return decode_json(read_whole(state / NAME, limit=_LARGEST, follow=False), _Kept).away
    except (OSError, ValueError, Undecodable):
        return ()


def keep_away(state: Path, found: Sequence[Away]) -> None:
    """Replace the stored entries by these.

    Raises:
        PryvTuiError: `step-failed` or `disk-full`.
    """
    try:
        make_private(state)
        write_durably(state / NAME, msgspec.json.encode(_Kept(away=tuple(found))))
    except OSError as error:
        said = "it was not recorded which roles are missing, and since when"
        raise not_written(state, error, said=said) from error
