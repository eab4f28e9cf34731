"""What is gone on one host of a platform, and since when a role is gone. Pure, except for a look
into roots. A look at all hosts together does not show it: another host has the role, or nobody can
ask."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from pryv_tui.clock import moment_of, timestamp
from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.hosts.engine import Container
from pryv_tui.incidents.away import Away, words
from pryv_tui.incidents.events import Source
from pryv_tui.incidents.gathering import There
from pryv_tui.incidents.marks import needed_services
from pryv_tui.incidents.opening import Gone
from pryv_tui.operations.acceptance import Acceptance, Accepted
from pryv_tui.operations.emptied.gone import DataGone, gone_clause, gone_key, lost_by
from pryv_tui.operations.emptied.here import Found
from pryv_tui.operations.lost.seen import SeenRole, last_on
from pryv_tui.operations.services.wellbeing import unwell
from pryv_tui.operations.sets.missing_roles import (
    NOTE_DAYS,
    holds_role,
    lacks_role,
    own_of,
    services_of,
)
from pryv_tui.operations.sets.own import days_since, days_without
from pryv_tui.vault.sets import BackupSet


class Part(NamedTuple):
    """A role that is gone from one of several hosts."""

    role: str
    host: str
    holder: BackupSet | None
    """The newest set that shows the role on that host; None if no set does."""


def rootless(
    deployment: Deployment, own: Sequence[BackupSet], but: Collection[tuple[str, str]]
) -> tuple[list[Part], list[str]]:
    """Return the roles of hosts whose root is missing: those that another host has, and the others.

    Args:
        own: the platform's sets, oldest first.
        but: pairs of role and host for which a person accepted that the role is gone there.
    """
    bare = [one for one in deployment.hosts if one.reachable and one.root and not one.root_exists]
    parts, whole = list[Part](), list[str]()
    for state in bare:
        for role in state.roles:
            if (role, state.name) in but:
                continue
            others = [one for one in deployment.hosts_of(role) if one not in bare]
            if any(not lacks_role(role, one) for one in others):
                held = (one for one in reversed(own) if state.name in _hosts(one, role))
                parts.append(Part(role, state.name, next(held, None)))
            else:
                whole.append(role)
    return parts, whole


def parts_gone(
    deployment: Deployment, own: Sequence[BackupSet], seen: Sequence[SeenRole] = ()
) -> list[Part]:
    """Return the roles that one host lacks while another has them, such as one of several cores.

    Sets or earlier looks must show that both hosts had the role at the same time. A role that is
    missing from backups for a long time counts as moved away.

    Args:
        own: the platform's sets, oldest first.
        seen: the roles that earlier looks saw.
    """
    found = []
    for role in deployment.roles:
        for state in deployment.hosts:
            if not state.reachable or not lacks_role(role, state):
                continue
            # Only sets with the role on several hosts count: otherwise the role has just moved to
            # another host.
            holder = next((one for one in reversed(own) if state.name in _hosts(one, role)
                           and len(_hosts(one, role)) > 1), None)  # fmt: skip
            if holder is not None:
                if days_without(own, holder) <= NOTE_DAYS:
                    found.append(Part(role, state.name, holder))
            elif _at_once(seen, role, state.name) and (
                days_since(own, last_on(seen, role, state.name)) <= NOTE_DAYS
            ):
                found.append(Part(role, state.name, None))
    # A role that no host has is gone as a whole; other code reports that.
    whole = {role for role in deployment.roles if all(lacks_role(role, one)
             for one in deployment.hosts)}  # fmt: skip
    return [part for part in found if part.role not in whole]


def _at_once(seen: Sequence[SeenRole], role: str, host: str) -> bool:
    """Whether looks saw a role on a host while another host had it, so that it did not just move
    there."""
    last = last_on(seen, role, host)
    others = [one for one in seen if one.role == role and one.host != host]
    began = [moment_of(one.first) for one in others]
    return last is not None and any(at is not None and at <= last for at in began)


def away_now(
    deployment: Deployment, own: Sequence[BackupSet], seen: Sequence[SeenRole] = ()
) -> Iterator[Away]:
    """Yield the roles that are not found to serve now, each with its host."""
    for state in deployment.hosts:
        if not state.reachable:
            # The root tells the roles if it is on a disk of this machine; so do sets and looks.
            known = _roles(state.name, deployment, own) or [
                one.role for one in seen if one.host == state.name
            ]
            for role in dict.fromkeys((*state.roles, *known)):
                yield Away(role=role, host=state.name, kind="engine")
            continue
        for role in state.roles:
            if _bare(state, role):
                yield Away(role=role, host=state.name, kind="containers")


def _bare(state: HostState, role: str) -> bool:
    """Whether a role's data is there, but none of the containers that its users need and only it
    has."""
    needed = needed_services(role)
    own = (needed & services_of(state, role)) or needed
    if (
        not state.root
        or not state.root_exists
        or not holds_role(state.root_path, role, own_of(state))
    ):
        return False
    return all(state.container(service) is None for service in own)


def _hosts(backup: BackupSet, role: str) -> list[str]:
    parts = backup.manifest.hosts if backup.manifest is not None else ()
    return [part.name for part in parts if role in part.roles]


def _roles(host: str, deployment: Deployment, own: Sequence[BackupSet]) -> list[str]:
    """Return the roles of a host in the newest set that contains the host. On a platform of one
    host this is the newest set, even if the host had another name."""
    for backup in reversed(own):
        parts = backup.manifest.hosts if backup.manifest is not None else ()
        alone = len(parts) == 1 and len(deployment.hosts) == 1
        found = [role for part in parts if alone or part.name == host for role in part.roles]
        if found:
            return found
    return []


def gone_since(
    role: str,
    deployment: Deployment,
    holder: BackupSet | None,
    held: str,
    there: There,
    *,
    host: str = "",
) -> Gone:
    """Return since when a role is gone: the earliest time that the engine or the files show.

    The engine shows when the role's own containers ended, if all of them are there and none is
    running. If nothing of the role is left, the last change of its folder counts: the role can't
    have gone later. A time is ignored if it is older than the set that contains the role, or than a
    moment at which the role was there on that host: an undo and a copy keep the old timestamps.

    Args:
        there: where and when roles were last seen, and which losses are known.
        host: the host, if the role is gone only there; else empty.
    """
    names = _machines(role, deployment, holder, there)
    fits: list[tuple[datetime, Source]] = []
    for state in deployment.hosts:
        if state.name not in names:
            continue
        told: list[tuple[datetime, Source]] = []
        if (ended := _ended(state, role)) is not None:
            told.append((ended, "engine"))
        if (changed := _changed(state, role)) is not None:
            was_there = there.seen.get((role, state.name))
            if was_there is None or changed >= was_there:
                told.append((changed, "files"))
        taken = _taken(holder, role, state.name, deployment)
        earliest = max(filter(None, (taken, there.on(role, state.name))), default=None)
        fits += [one for one in told if earliest is None or one[0] >= earliest]
    if not fits:
        return Gone(set=held, host=host)
    moment, source = min(fits)
    before = there.lost_before(role, host, moment)
    if before is not None:
        since, known = before.since or before.time, bool(before.since)
        return Gone(since=since, source=before.source, set=held, host=host,
                    at_least=before.at_least or not known)  # fmt: skip
    return Gone(since=timestamp(moment), source=source, set=held, host=host)


def gone_part(part: Part, deployment: Deployment, there: There) -> Gone:
    """Return since when a role is gone on one host while another one has it."""
    hosts = tuple(state for state in deployment.hosts if state.name == part.host)
    alone = msgspec.structs.replace(deployment, hosts=hosts)
    held = part.holder.id if part.holder is not None else ""
    told = gone_since(part.role, alone, part.holder, held, there, host=part.host)
    return told._replace(why=f"it is gone on {part.host}, but not on every machine")


def data_by_role(gone: Sequence[DataGone], but: Collection[str]) -> dict[str, list[DataGone]]:
    """Return, by role, the lost data of roles that are there, but are of no use without that data.
    A role that lost something else still serves, and other code reports its loss."""
    useless = {one.role for one in gone if one.service and one.needed}
    found = dict[str, list[DataGone]]()
    for one in gone:
        if one.service and one.role in useless and one.role not in but:
            found.setdefault(one.role, []).append(one)
    return found


def gone_data(
    role: str, lost: Sequence[DataGone], sets: Mapping[str, BackupSet], there: There
) -> Gone:
    """Return since when a role that is there lacks data.

    The last change of its folder shows when the data went. If the store has recreated itself, the
    data may have gone earlier.

    Args:
        lost: what the role has lost, on one host or several.
        sets: the sets, by id.
    """
    fits: list[tuple[datetime, bool]] = []
    for one in lost:
        if not one.needed:
            continue  # The role served without that.
        moment = moment_of(one.since)
        holder = sets.get(one.set)
        taken = moment_of(holder.manifest.created) if holder and holder.manifest else None
        earliest = max(filter(None, (taken, there.on(role, one.host))), default=None)
        if moment is not None and (earliest is None or moment >= earliest):
            fits.append((moment, one.exact))
    held, why = max(one.set for one in lost), gone_clause(lost)
    if not fits:
        return Gone(set=held, why=why)
    moment, exact = min(fits)
    return Gone(since=timestamp(moment), source="files", set=held, why=why, at_least=not exact)


def gone_away(one: Away, own: Sequence[BackupSet]) -> Gone:
    """Return what is known about a role that looks have not found serving for a while."""
    holder = next((each for each in reversed(own) if each.manifest is not None
                   and one.role in each.manifest.roles), None)  # fmt: skip
    return Gone(
        since=one.since,
        set=holder.id if holder is not None else "",
        why=words(one),
        doubt=one.kind == "engine",
        at_least=True,
    )


def accepted_by_role(found: Found, accepted: Accepted) -> dict[str, Acceptance]:
    """Return, by role, who accepted what the role has lost; if there are several hosts, the last
    acceptance."""
    told = dict[str, Acceptance]()
    for role, host in dict.fromkeys((one.role, one.host) for one in found.accepted):
        said = accepted.of(*gone_key(lost_by(found.accepted, role, host)))
        if said is not None and (role not in told or said.time > told[role].time):
            told[role] = said
    return told


def _taken(
    holder: BackupSet | None, role: str, host: str, deployment: Deployment
) -> datetime | None:
    """Return when a set that contains a role of a host was made; None if the set does not contain
    it."""
    if holder is None or holder.manifest is None:
        return None
    # On a platform of one host, the set's only host is this one, even under another name.
    alone = len(holder.manifest.hosts) == 1 and len(deployment.hosts) == 1
    return moment_of(holder.manifest.created) if alone or host in _hosts(holder, role) else None


def _machines(
    role: str, deployment: Deployment, holder: BackupSet | None, there: There
) -> set[str]:
    here = {state.name for state in deployment.hosts_of(role)}
    if here:
        return here
    if holder is None or holder.manifest is None:
        seen = {host for one, host in there.seen if one == role}
        return seen or {state.name for state in deployment.hosts}
    return {part.name for part in holder.manifest.hosts if role in part.roles}


def _ended(state: HostState, role: str) -> datetime | None:
    own = services_of(state, role)
    mine = [one for one in state.containers if one.service in own]
    moments = [moment_of(one.since) for one in mine if one.state in ("exited", "dead")]
    known = [moment for moment in moments if moment is not None]
    return max(known) if known and len(known) == len(mine) else None


def _changed(state: HostState, role: str) -> datetime | None:
    """Return when the folders of a role's content last changed; None if the content is there, or if
    nothing shows it."""
    if not state.root:
        return None
    root = state.root_path
    folders = own_of(state)
    if state.root_exists and holds_role(root, role, folders):
        return None
    moments = []
    for own in folders[role]:
        path = root / own
        # Stop at the root's parent: folders above it change for other reasons.
        while not os.path.lexists(path) and path != root.parent and path != path.parent:
            path = path.parent
        try:
            moments.append(datetime.fromtimestamp(path.stat().st_mtime, UTC))
        except (OSError, OverflowError, ValueError):
            continue
    return max(moments, default=None)


def serves_since(role: str, deployment: Deployment) -> str | None:
    """Return since when everything that a role's users need is running on each of the role's hosts,
    according to the engines; empty if the engines give no time. None if some of it is missing or
    not running. A container in a crash-loop counts as running only after it has stayed up for a
    while."""
    needed = needed_services(role)
    found = []
    hosts = deployment.hosts_of(role)
    for state in hosts:
        mine = [one for one in state.containers if one.service in needed]
        # A replica need not have every service: its users may get some from the first machine.
        lacking = needed - {one.service for one in mine} if not state.replica else frozenset()
        if not mine or lacking or any(not one.running or _loops(one) for one in mine):
            return None
        found += [moment for one in mine if (moment := moment_of(one.since)) is not None]
    if not hosts:
        return None
    return timestamp(max(found)) if found else ""


def _needed_of(role: str, deployment: Deployment) -> list[Container]:
    needed = needed_services(role)
    hosts = deployment.hosts_of(role)
    return [one for state in hosts for one in state.containers if one.service in needed]


def _loops(container: Container) -> bool:
    """Whether a container is in a crash-loop. A container that was restarted just now may be in
    one."""
    return container.state == "restarting" or (
        container.running and bool(unwell(container, beside_others=True))
    )


def turns_of(deployment: Deployment) -> tuple[dict[str, int], dict[str, int]]:
    """Return, by role, how often the engines restarted the containers that the role's users need.
    The first result counts only containers in a crash-loop, for roles that have one; the second
    counts all, for every role."""
    loops: dict[str, int] = {}
    every: dict[str, int] = {}
    for role in deployment.roles:
        needed = _needed_of(role, deployment)
        every[role] = sum(one.restarts for one in needed)
        if turning := [one for one in needed if _loops(one)]:
            loops[role] = max(1, sum(one.restarts for one in turning))
    return loops, every
