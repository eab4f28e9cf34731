"""Remember which roles were seen on which machine and in which root, in a file of the state folder.

Sets prove a loss too, if this platform has any. This file needs none: a role that had files at an
earlier look and has none now is gone. So each look while no run is active, and each completed set,
records the roles with files. What nobody looked at, or what was recorded only in another machine's
state folder, is unknown here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from pryv_tui.clock import moment_of, timestamp
from pryv_tui.decoding import Undecodable, decode_json
from pryv_tui.filesystem.durable import write_durably
from pryv_tui.filesystem.same_file import same_place
from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.operations.sets.missing_roles import lacks_role
from pryv_tui.operations.sets.own import told_domain
from pryv_tui.operations.settings.identity import platform_of
from pryv_tui.operations.site import Site
from pryv_tui.ownership import make_private
from pryv_tui.reading import read_whole

NAME = "roles.json"
EVERY = timedelta(minutes=10)
"""An unchanged finding is recorded again only after this time."""
MOST = 256
"""Most entries that are kept: those seen last."""
_LARGEST = 1 << 20


class SeenRole(msgspec.Struct, frozen=True, kw_only=True):
    """A role that was seen with its files on a machine."""

    platform: str
    """The platform, by the name of its lock: this machine may have several."""
    domain: str = ""
    """The platform's domain; empty if it was unknown."""
    host: str
    root: str
    role: str
    first: str
    """Time of the first look that saw it, RFC 3339 UTC."""
    last: str
    """Time of a late look that saw it, RFC 3339 UTC; later looks within `EVERY` are not
    recorded."""

    @property
    def place(self) -> tuple[str, ...]:
        return self.platform, self.domain, self.host, self.root, self.role


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    format: int = 1
    roles: tuple[SeenRole, ...] = ()


def read_seen(state: Path) -> tuple[SeenRole, ...]:
    """Return the recorded roles; none if the file can't be read."""
    try:
        return decode_json(read_whole(state / NAME, limit=_LARGEST, follow=False), _Kept).roles
    except (OSError, ValueError, Undecodable):
        return ()


def seen_here(site: Site, deployment: Deployment) -> list[SeenRole]:
    """Return the records of this platform on declared machines, in the root used now.

    Records of another root count only if the root used now has nothing of any role.
    """
    known = read_seen(site.state)
    if not known:
        return []
    platform, domain = platform_of(site.settings), told_domain(deployment)
    return [
        one
        for one in known
        if one.platform == platform
        and (not one.domain or not domain or one.domain == domain)
        and (state := deployment.host(one.host)) is not None
        and _same_place(one, state)
    ]


def _same_place(one: SeenRole, state: HostState) -> bool:
    if not state.root or not state.root_exists or not state.roles:
        return True
    return same_place(one.root, state.root)


def note_roles(site: Site, deployment: Deployment, roles: Collection[str] | None = None) -> None:
    """Record which roles have files now.

    A state folder that can't be written is no error: the roles are then unknown later.

    Args:
        roles: the roles to record; None: all.
    """
    now, at = timestamp(), moment_of(timestamp())
    known = {one.place: one for one in read_seen(site.state)}
    found = {}
    for place in _places(site, deployment, roles):
        before = known.get(place)
        platform, domain, host, root, role = place
        first = before.first if before is not None else now
        found[place] = SeenRole(
            platform=platform, domain=domain, host=host, root=root, role=role, first=first, last=now
        )
    fresh = all(place in known and _young(known[place], at) for place in found)
    if not found or fresh:
        return
    every = sorted((known | found).values(), key=lambda one: one.last)[-MOST:]
    with contextlib.suppress(OSError):
        make_private(site.state)
        write_durably(site.state / NAME, msgspec.json.encode(_Kept(roles=tuple(every))))


def _places(
    site: Site, deployment: Deployment, roles: Collection[str] | None
) -> list[tuple[str, ...]]:
    platform, domain = platform_of(site.settings), told_domain(deployment)
    return [
        (platform, domain, state.name, state.root, role)
        for state in deployment.hosts
        if state.reachable and state.root and state.root_exists
        for role in state.roles
        if (roles is None or role in roles) and not lacks_role(role, state)
    ]


def _young(one: SeenRole, now: datetime | None) -> bool:
    last = moment_of(one.last)
    return last is not None and now is not None and timedelta(0) <= now - last < EVERY


def last_on(seen: Sequence[SeenRole], role: str, host: str) -> datetime | None:
    """Return when a role was last seen on a machine; None if it never was."""
    told = (moment_of(one.last) for one in seen if (one.role, one.host) == (role, host))
    return max(filter(None, told), default=None)
