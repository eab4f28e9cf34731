"""What may be a loss if it stays so: an engine that does not answer, a role without its containers.

A machine that starts again, an engine that is upgraded and a `docker-compose down` before an `up`
look the same for some minutes. So the first look at it is kept, and it counts once another look
finds the same after `STAYS`: longer than a server takes that tests its memory and checks its disks
as it starts. The role is red on the overview from the first look on, and since when it is away is
told by that look: nothing is lost by the wait. The rule is pure; the file is at the end.
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
"""Between two looks that are further apart it may have been there: since when is told anew."""
_LARGEST = 1 << 20

Kind = Literal["engine", "containers"]
"""Its engine does not answer; none of its containers is there, though its data is."""


class Away(msgspec.Struct, frozen=True, kw_only=True):
    """A role on a machine that is not found to serve."""

    platform: str = ""
    """Which one of this machine: the name of its lock."""
    domain: str = ""
    """Empty while nothing tells it."""
    role: str
    host: str
    kind: Kind
    first: str = ""
    """The first look that found it so, RFC 3339 UTC; no look since has found it otherwise."""
    since: str = ""
    """The first of those looks that followed on each other."""
    last: str = ""
    """The last one."""


def followed(known: Collection[Away], seen: Collection[Away], now: str) -> tuple[Away, ...]:
    """What is kept after a look.

    Args:
        known: what was kept after the look before.
        seen: what this look finds, without its times.
        now: when it is; a clock that went back begins anew.
    """
    before = {(one.role, one.host, one.kind): one for one in known}
    return tuple(_next(before.get((one.role, one.host, one.kind)), one, now) for one in seen)


def is_of(one: Away, platform: str, domain: str) -> bool:
    """Whether it is of a platform: two on one engine are told apart by their domains, as far as
    these are known."""
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
    """Whether it has been so for long enough to count, as far as two looks tell."""
    first, last = moment_of(one.first), moment_of(one.last)
    return first is not None and last is not None and last - first >= STAYS


def words(one: Away) -> str:
    """What is found, as a sentence's part."""
    if one.kind == "engine":
        return f"the engine of {one.host} does not answer"
    return f"its containers on {one.host} are gone, its data is there"


# The file.


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    format: int = 1
    away: tuple[Away, ...] = ()


def read_away(state: Path) -> tuple[Away, ...]:
    """What was kept; nothing where it can't be read: then it begins anew."""
    try:
        return decode_json(read_whole(state / NAME, limit=_LARGEST, follow=False), _Kept).away
    except (OSError, ValueError, Undecodable):
        return ()


def keep_away(state: Path, found: Sequence[Away]) -> None:
    """Keep it in place of what was kept.

    Raises:
        PryvTuiError: `step-failed` or `disk-full`.
    """
    try:
        make_private(state)
        write_durably(state / NAME, msgspec.json.encode(_Kept(away=tuple(found))))
    except OSError as error:
        said = "since when something is away is not kept"
        raise not_written(state, error, said=said) from error
