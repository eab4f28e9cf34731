"""Roles that are not found here, and were: how one learns of a loss.

Sets of this platform tell it, and not the last one alone: one that was taken after the loss does
not hold the role either. What was seen of the role here tells it too (`Had`), whoever's the sets
are and where there is none: whose they are decides what brings a role back, not whether it is lost.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

import msgspec

from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.operations.ages import age_hours, age_of
from pryv_tui.operations.root.aside import inside
from pryv_tui.operations.sets.own import days_since, days_without, own_sets, told_domain
from pryv_tui.operations.sets.way_back import Way, of_former, way_back
from pryv_tui.platform.roles import ROLE_NAMES, ROLES
from pryv_tui.vault.manifest import SetHost
from pryv_tui.vault.sets import BackupSet

NOTE_DAYS = 30
"""After so many days of backups without a role, its absence is a note and no alarm any more:
somebody has seen it, and moved it away."""

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
"""Per role the folders that tell whether it is there: those that no other role has. Static web need
not have one: it is told by what it shares then, and where all of that is empty it has nothing left.
On a machine of all roles that never is: see `own_of`."""

_MADE_ANEW = frozenset(
    folder.path for role in ROLES.values() for folder in role.folders if folder.kind != "travels"
)


class Had(NamedTuple):
    """What tells, beside sets, that a role was here."""

    words: str
    """As a part of a sentence."""
    machines: tuple[str, ...] = ()
    """Those that had it."""
    last: datetime | None = None
    """When it was seen there last; None where that is not known."""
    remedy: str = ""
    """How it comes back, where no set of this platform holds it, to be printed after a colon."""


NO_SET = "No backup set of this platform holds what was there, as far as this vault tells"
NOT_KNOWN = "Whether a backup set holds what was there is not known: the vault is in doubt"


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """Roles that are not found here, and the newest set that holds them."""

    roles: tuple[str, ...]
    holder: BackupSet | None
    """None where no set of this platform does, as far as the vault tells."""
    in_last: bool
    """Whether that is the last set of this platform."""
    moved: bool
    """Whether backups have been taken without them for so long that this is no alarm."""
    way: Way
    """How they come back."""
    of_former: str = ""
    """Where that set is of another domain, which it is, as a clause; empty where it is not."""
    had: str = ""
    """What else tells that they were here, as a part of a sentence; empty where sets do."""
    machines: tuple[str, ...] = ()
    """Those that had them."""
    held: str = NO_SET
    """Where no set is known that holds them, what that means; a sentence without its stop."""

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
        """The set, and how old it is; of none, that there is none."""
        if self.holder is None:
            return "none"
        created = self.holder.manifest.created if self.holder.manifest else ""
        age = age_of(age_hours(created) * 3600)
        return f"the set {self.holder.id} ({age} old){self.of_former}"

    @property
    def command(self) -> str:
        """What brings them back, and nothing else where that can be."""
        return self.way.words

    @property
    def back(self) -> str:
        """How they come back; a sentence without its stop."""
        return f"Bring {self.it} back: {self.command}"


def lost_on(found: Sequence[Missing], host: str, roles: Collection[str] = ROLE_NAMES) -> str:
    """What brings a machine's lost roles back; empty where nothing tells that it had one of them.

    Until then nothing there is to be started, or to be taken for another root.
    """
    for one in found:
        mine = [role for role in one.roles if role in roles]
        if mine and host in one.machines:
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
) -> tuple[Missing, ...]:
    """Roles that were here and are not any more; none while an engine is away.

    A role that has containers and no file of its own is not here: an undo puts back a disaster too.
    One whose machine is not declared here is somebody else's, unless the last set holds it.

    Args:
        sets: those of the platform in its vault, oldest first.
        coming: roles that are being brought back just now.
        also: as `own_sets` has it.
        had: what tells beside sets that roles were here.
        held: what it means where no set holds a role.
    """
    own = own_sets(sets, told_domain(deployment), practice=practice, also=also)
    if not all(state.reachable for state in deployment.hosts):
        return ()
    groups: dict[tuple[str, str], list[str]] = {}
    holders: dict[str, BackupSet] = {}
    for role in ROLE_NAMES:
        if role in coming or not is_missing(role, deployment):
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
    """The newest set that tells that a role was here.

    Args:
        anywhere: that it was here is known, whatever its machine is called in the set.
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
    )


def everything_lost(
    deployment: Deployment,
    sets: Sequence[BackupSet],
    *,
    practice: bool,
    seen: Collection[str] = (),
) -> list[tuple[str, str]]:
    """Where no role is found here at all: per platform of the vault, that it is gone, and the
    newest set that brings it back as a whole; of one whose sets hold other roles each, the newest.

    Empty where a role is found, a machine does not answer, or the vault holds no complete set.

    Args:
        seen: the domains of what earlier looks saw here. Sets of another one are not taken for
            those of what was here: it is said, and they come last.
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
            text += f" {last.id} is newer, and holds {', '.join(_roles(last))} alone."
        if known and domain not in known:
            text += f" What was seen here before was {' and '.join(sorted(known))}."
        back = way_back(deployment, chosen, held & set(_roles(chosen))).words
        found.append((text, f"Bring it back: {back}"))
    return found


def _roles(backup: BackupSet) -> tuple[str, ...]:
    return backup.manifest.roles if backup.manifest is not None else ()


def is_missing(role: str, deployment: Deployment) -> bool:
    """Whether no machine has a role, or none has anything of its own."""
    return role not in deployment.roles or all(map(partial(lacks_role, role), deployment.hosts))


def set_to_restore(
    deployment: Deployment, sets: Sequence[BackupSet], *, practice: bool
) -> BackupSet | None:
    """The set that a restore is about, where nobody names one: the newest that holds all that is
    missing here; else the newest."""
    found = [one for one in missing_roles(deployment, sets, practice=practice) if not one.moved]
    own = own_sets(sets, told_domain(deployment), practice=practice)
    wanted = {role for one in found for role in one.roles}
    for backup in reversed(own):
        if wanted <= set(backup.manifest.roles if backup.manifest else ()):
            return backup
    # No set holds all of them: the newest of those that hold some.
    held = {one.holder.id for one in found if one.holder is not None}
    return next((backup for backup in reversed(own) if backup.id in held), None)


def _parts(backup: BackupSet, role: str) -> list[SetHost]:
    hosts = backup.manifest.hosts if backup.manifest else ()
    return [host for host in hosts if role in host.roles]


# What lies in a root.


def lacks_role(role: str, state: HostState) -> bool:
    """Whether a machine has nothing in its root of what tells that a role is there."""
    if role not in state.roles:
        return True
    if not state.root or not state.root_exists:
        return False
    return not holds_role(state.root_path, role, own_of(state))


Own: TypeAlias = Mapping[str, tuple[str, ...]]


def own_of(state: HostState) -> Own:
    """By role, the folders in a root that tell that it is there.

    A folder of `role.apart` that a container of this machine has mounted tells its role; where none
    is mounted, `OWN_FOLDERS` has the folders.
    """
    # As text: each look asks it of each mount of each container.
    mounted = [f"{m.source}/" for c in state.containers for m in c.mounts if state.root]
    root = str(Path(state.root or "/")).rstrip("/")
    return _with_apart(lambda path: any(one.startswith(f"{root}/{path}/") for one in mounted))


def own_in(roots: Collection[Path]) -> Own:
    """The same, with those that have files in one of these folders, each of the form of a root."""
    return _with_apart(lambda path: any(_any_files([(root / path, path)]) for root in roots))


def _with_apart(told: Callable[[str], bool]) -> Own:
    found = {name: tuple(filter(told, role.apart)) for name, role in ROLES.items()}
    return {name: folders or OWN_FOLDERS[name] for name, folders in found.items()}


def holds_role(root: Path, role: str, own: Own = OWN_FOLDERS) -> bool:
    """Whether a folder holds files that tell a role (`OWN_FOLDERS`), besides databases and logs.

    Docker makes empty folders for the mounts of a container that is started, and a database makes
    itself again: neither is what was lost. What can't be read counts as there.

    Args:
        own: by role, the folders that tell it.
    """
    return _any_files((root / folder, folder) for folder in own[role])


def _any_files(places: Iterable[tuple[Path, str]]) -> bool:
    try:
        return any(True for place, path in places for _ in _files(place, path))
    except OSError:
        return True


def bare_aside(aside: Path, roles: Collection[str], own: Own = OWN_FOLDERS) -> tuple[str, ...]:
    """As `bare_roles`, of content that lies aside, on however many disks."""
    return tuple(
        role
        for role in roles
        if not _any_files(place for path in own[role] for place in inside(aside, path))
    )


def bare_roles(root: Path, roles: Collection[str], own: Own = OWN_FOLDERS) -> tuple[str, ...]:
    """Those of the roles of which a root holds nothing that tells that they are there."""
    return tuple(role for role in roles if not holds_role(root, role, own))


def services_of(state: HostState, role: str) -> frozenset[str]:
    """The services of a machine that belong to a role and to no other role there."""
    others = {service for name in state.roles if name != role for service in ROLES[name].services}
    own = {service for name in state.roles if name == role for service in ROLES[name].services}
    return frozenset(own - others)


def _files(folder: Path, path: str) -> Iterator[Path]:
    if path in _MADE_ANEW or folder.name == "log" or not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(folder / entry.name, f"{path}/{entry.name}")
            else:
                yield Path(entry.path)
