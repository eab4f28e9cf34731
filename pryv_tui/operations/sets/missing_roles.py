"""Find the roles that were here and are lost.

All sets of this platform are evidence, not only the last one: a set that was taken after the loss
does not have the role. Traces on this machine are evidence too (`Had`), even if no set is this
platform's: sets decide how a role comes back, not whether it is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

import msgspec

from pryv_tui.filesystem.deep_trees import holds_file
from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.operations.acceptance import Acceptance
from pryv_tui.operations.ages import age_hours, age_of
from pryv_tui.operations.root.aside import inside
from pryv_tui.operations.sets.own import days_since, days_without, own_sets, told_domain
from pryv_tui.operations.sets.way_back import Way, of_former, way_back
from pryv_tui.platform.roles import ROLE_NAMES, ROLES
from pryv_tui.vault.manifest import SetHost
from pryv_tui.vault.sets import BackupSet

NOTE_DAYS = 30
"""Days of backups without a role after which its absence is a note, no longer an alarm.

By then it is assumed that somebody has moved the role away on purpose.
"""

_ALONE = {
    name: tuple(
        folder.path
        for folder in role.folders
        if folder.kind == "travels"
        and not any(folder in other.folders for other in ROLES.values() if other is not role)
    )
    for name, role in ROLES.items()
}

OWN_FOLDERS: dict[str, tuple[str, ...]] = {
    name: _ALONE[name] or tuple(folder.path for folder in role.folders if folder.kind == "travels")
    for name, role in ROLES.items()
}
"""By role: the folders whose files show that it is there, those that no other role has.

A role that has none, such as static-web, is recognized by the folders that it shares; on a machine
with all roles these are never empty, so see `own_of`.
"""

_MADE_ANEW = frozenset(
    folder.path for role in ROLES.values() for folder in role.folders if folder.kind != "travels"
)
_LOGS = ("log",)


class Had(NamedTuple):
    """Evidence that a role was here, other than sets."""

    words: str
    """The evidence, as a part of a sentence."""
    machines: tuple[str, ...] = ()
    """The machines that had the role."""
    last: datetime | None = None
    """When the role was last seen there; None if unknown."""
    remedy: str = ""
    """How to bring the role back if it is in no set of this platform; printed after a colon."""


NO_SET = "No backup set of this platform in this vault holds what was there"
NOT_KNOWN = "It is not known whether a backup set holds what was there: the vault is in doubt"


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """Lost roles that one set brings back, or for which no set is known."""

    roles: tuple[str, ...]
    holder: BackupSet | None
    """The newest set with the roles; None if the vault has none of this platform."""
    in_last: bool
    """Whether `holder` is the last set of this platform."""
    moved: bool
    """Whether backups were taken without the roles for more than `NOTE_DAYS`: then no alarm."""
    way: Way
    """How the roles can be restored."""
    of_former: str = ""
    """The domain of `holder`, as a clause, if it is not the platform's; else empty."""
    had: str = ""
    """Other evidence that the roles were here, as a part of a sentence; empty if sets prove it."""
    machines: tuple[str, ...] = ()
    """The machines that had the roles."""
    held: str = NO_SET
    """What it means that no set has the roles; a sentence without its full stop."""
    dated: bool = True
    """Whether it is known since when backups lack the roles; `moved` depends on that."""
    accepted: Acceptance | None = None
    """The acceptance that the roles are gone from here; None if nobody accepted it."""

    @property
    def meant(self) -> bool:
        """Whether the roles are away on purpose, as far as known.

        They are if a person said so, or if backups have been without them for long. Messages then
        don't call them lost.
        """
        return self.moved or self.accepted is not None

    @property
    def named(self) -> str:
        return ", ".join(self.roles)

    @property
    def it(self) -> str:
        return "it" if len(self.roles) == 1 else "them"

    @property
    def they(self) -> str:
        return "it is" if len(self.roles) == 1 else "they are"

    @property
    def they_were(self) -> str:
        return "it was" if len(self.roles) == 1 else "they were"

    @property
    def which(self) -> str:
        """The set and its age in words; `none` if there is no set."""
        if self.holder is None:
            return "none"
        created = self.holder.manifest.created if self.holder.manifest else ""
        age = age_of(age_hours(created) * 3600)
        return f"the set {self.holder.id} ({age} old){self.of_former}"

    @property
    def command(self) -> str:
        """The command or commands that bring the roles back, in words; see `Way.words`."""
        return self.way.words

    @property
    def back(self) -> str:
        """How to bring the roles back; a sentence without its full stop."""
        return f"Bring {self.it} back: {self.command}"


def lost_on(found: Sequence[Missing], host: str, roles: Collection[str] = ROLE_NAMES) -> str:
    """Say how to bring back a machine's lost roles. Empty if it is not known to have had any, or if
    they are away on purpose. Until then nothing there should be started, and no other root used for
    that machine."""
    for one in found:
        mine = [role for role in one.roles if role in roles]
        if mine and host in one.machines and not one.meant:
            return one.back
    return ""


def missing_roles(
    deployment: Deployment,
    sets: Sequence[BackupSet],
    *,
    practice: bool,
    coming: Collection[str] = (),
    also: Collection[str] = (),
    had: Mapping[str, Had] = MappingProxyType({}),
    held: str = NO_SET,
    gone: Sequence[str] | None = None,
) -> tuple[Missing, ...]:
    """List the roles that were here and are lost; empty while an engine does not answer.

    A role that has containers but no file of its own is lost: an undo can put back that state too.
    A role whose machine in the set is not declared here counts only if it is in the last set, if no
    role is found here, or if it is in `had`.

    Args:
        sets: the sets of the vault, oldest first.
        coming: roles that are being restored now; they are left out.
        also: see `own_sets`.
        had: other evidence that roles were here, by role.
        held: what it means that no set has a role; see `Missing.held`.
        gone: the roles that are not here, if the caller knows them; None: find out.
    """
    own = own_sets(sets, told_domain(deployment), practice=practice, also=also)
    if not all(state.reachable for state in deployment.hosts):
        return ()
    groups: dict[tuple[str, str], list[str]] = {}
    holders: dict[str, BackupSet] = {}
    for role in gone_roles(deployment) if gone is None else gone:
        if role in coming:
            continue
        holder = _holder(role, deployment, own, anywhere=role in had)
        if holder is not None:
            holders[holder.id] = holder
            groups.setdefault((holder.id, ""), []).append(role)
        elif role in had:
            groups.setdefault(("", f"{had[role].words} {had[role].remedy}"), []).append(role)
    return tuple(
        _of_set(deployment, own, holders[name], roles)
        if name
        else _of_none(deployment, own, [had[role] for role in roles], roles, held)
        for (name, _), roles in groups.items()
    )


def _holder(
    role: str, deployment: Deployment, own: Sequence[BackupSet], *, anywhere: bool
) -> BackupSet | None:
    """The newest set that shows that a role was here; None if none does.

    Args:
        anywhere: whether other evidence shows it: then the set may name any machine.
    """
    machines = {state.name for state in deployment.hosts}
    for backup in reversed(own):
        here = {host.name for host in _parts(backup, role)}
        known = here & machines or not deployment.roles or backup is own[-1]
        if here and (known or anywhere):
            return backup
    return None


def _of_set(
    deployment: Deployment, own: Sequence[BackupSet], holder: BackupSet, roles: Sequence[str]
) -> Missing:
    return Missing(
        roles=tuple(roles),
        holder=holder,
        in_last=holder is own[-1],
        moved=bool(deployment.roles) and days_without(own, holder) > NOTE_DAYS,
        way=way_back(deployment, holder, roles),
        of_former=of_former(deployment, holder),
        machines=tuple({part.name for role in roles for part in _parts(holder, role)}),
    )


def _of_none(
    deployment: Deployment,
    own: Sequence[BackupSet],
    had: Sequence[Had],
    roles: Sequence[str],
    held: str,
) -> Missing:
    last = max((one.last for one in had if one.last is not None), default=None)
    return Missing(
        roles=tuple(roles),
        holder=None,
        in_last=False,
        moved=bool(deployment.roles) and days_since(own, last) > NOTE_DAYS,
        way=Way((), first=had[0].remedy),
        had=had[0].words,
        machines=tuple({name for one in had for name in one.machines}),
        held=held,
        dated=last is not None,
    )


def everything_lost(
    deployment: Deployment,
    sets: Sequence[BackupSet],
    *,
    practice: bool,
    seen: Collection[str] = (),
) -> list[tuple[str, str]]:
    """The alarms (text and remedy) for a machine on which no role is found.

    One for each platform in the vault, with its newest set with all roles; if there is none, its
    newest set. Empty if a role is found, if a machine does not answer, or if the vault has no
    complete set.

    Args:
        seen: the domains that earlier looks saw here; alarms about other domains come last.
    """
    if deployment.roles or not all(state.reachable for state in deployment.hosts):
        return []
    platforms: dict[str, list[BackupSet]] = {}
    for backup in reversed(own_sets(sets, told_domain(deployment), practice=practice)):
        if backup.manifest is not None:
            platforms.setdefault(backup.manifest.domain, []).append(backup)
    found = []
    known = set(filter(None, seen))
    for domain, newest_first in sorted(platforms.items(), key=lambda one: one[0] not in known):
        held = {role for one in newest_first for role in _roles(one)}
        whole = [one for one in newest_first if held <= set(_roles(one))]
        chosen = (whole or newest_first)[0]
        names = ", ".join(role for role in ROLE_NAMES if role in held)
        created = chosen.manifest.created if chosen.manifest else ""
        age = age_of(age_hours(created) * 3600)
        which = f"the newest set that holds {'all of it' if whole else 'some of it'}"
        text = (
            f"No role of a Pryv.io platform is found here, and backups hold {names} of {domain}."
            f" {chosen.id} ({age} old) is {which}."
        )
        if chosen is not newest_first[0]:
            last = newest_first[0]
            text += f" {last.id} is newer, but holds {', '.join(_roles(last))} alone."
        if known and domain not in known:
            text += f" What was seen here before was {' and '.join(sorted(known))}."
        back = way_back(deployment, chosen, held & set(_roles(chosen))).words
        found.append((text, f"Bring it back: {back}"))
    return found


def _roles(backup: BackupSet) -> tuple[str, ...]:
    return backup.manifest.roles if backup.manifest is not None else ()


def gone_roles(deployment: Deployment) -> list[str]:
    """The roles that are missing, in the documented order; see `is_missing`."""
    return [role for role in ROLE_NAMES if is_missing(role, deployment)]


def is_missing(role: str, deployment: Deployment) -> bool:
    """Whether no machine has a role, or none has a file that shows that the role is there."""
    return role not in deployment.roles or all(map(partial(lacks_role, role), deployment.hosts))


def _parts(backup: BackupSet, role: str) -> list[SetHost]:
    hosts = backup.manifest.hosts if backup.manifest else ()
    return [host for host in hosts if role in host.roles]


# The content of a root.


def lacks_role(role: str, state: HostState) -> bool:
    """Whether a machine lacks a role, or each file of it in its root; False if no root is found."""
    if role not in state.roles:
        return True
    if not state.root or not state.root_exists:
        return False
    return not holds_role(state.root_path, role, own_of(state))


Own: TypeAlias = Mapping[str, tuple[str, ...]]


def own_of(state: HostState) -> Own:
    """By role: the folders in a machine's root whose files show that the role is there. The folders
    of `Role.apart` that a container has mounted; if none is, those in `OWN_FOLDERS`."""
    # Text comparison, since this runs for each mount of each container in every look.
    mounted = [f"{m.source}/" for c in state.containers for m in c.mounts if state.root]
    root = str(Path(state.root or "/")).rstrip("/")
    return _with_apart(lambda path: any(one.startswith(f"{root}/{path}/") for one in mounted))


def own_in(roots: Collection[Path]) -> Own:
    """By role: the folders whose files show that the role is there. Those of `Role.apart` that have
    a file in one of the roots (folders with the layout of a root); if none has, those in
    `OWN_FOLDERS`."""
    return _with_apart(lambda path: any(_any_files([(root / path, path)]) for root in roots))


def _with_apart(told: Callable[[str], bool]) -> Own:
    found = {name: tuple(filter(told, role.apart)) for name, role in ROLES.items()}
    return {name: folders or OWN_FOLDERS[name] for name, folders in found.items()}


def holds_role(root: Path, role: str, own: Own = OWN_FOLDERS) -> bool:
    """Whether a root has any file that shows that a role is there.

    Files of databases and logs don't count: a started container creates its mounted folders, and a
    database its files. A folder that can't be read counts as having one.

    Args:
        own: by role, the folders to search.
    """
    return _any_files((root / folder, folder) for folder in own[role])


def _any_files(places: Iterable[tuple[Path, str]]) -> bool:
    try:
        return any(
            holds_file(str(place), path, without=_MADE_ANEW, names=_LOGS) for place, path in places
        )
    except OSError:
        return True


def bare_aside(aside: Path, roles: Collection[str], own: Own = OWN_FOLDERS) -> tuple[str, ...]:
    """As `bare_roles`, for content that a run moved aside; it may be on several disks."""
    return tuple(
        role
        for role in roles
        if not _any_files(place for path in own[role] for place in inside(aside, path))
    )


def bare_roles(root: Path, roles: Collection[str], own: Own = OWN_FOLDERS) -> tuple[str, ...]:
    """The roles of which a root has no file that shows that they are there."""
    return tuple(role for role in roles if not holds_role(root, role, own))


def services_of(state: HostState, role: str) -> frozenset[str]:
    """The services of a machine that belong to a role and to no other role there."""
    others = {service for name in state.roles if name != role for service in ROLES[name].services}
    own = {service for name in state.roles if name == role for service in ROLES[name].services}
    return frozenset(own - others)
