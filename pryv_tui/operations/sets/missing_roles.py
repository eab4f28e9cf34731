"""Roles that sets of this platform hold and that are not found here: how one learns of a loss.

The last set alone does not tell: one that was taken after the loss does not hold the role either.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeAlias

import msgspec

from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.operations.ages import age_hours, age_of
from pryv_tui.operations.root.aside import inside
from pryv_tui.operations.sets.own import own_sets, told_domain
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


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """Roles that are not found here, and the newest set that holds them."""

    roles: tuple[str, ...]
    holder: BackupSet
    in_last: bool
    """Whether that is the last set of this platform."""
    moved: bool
    """Whether backups have been taken without them for so long that this is no alarm."""
    way: Way
    """How they come back."""
    of_former: str = ""
    """Where that set is of another domain, which it is, as a clause; empty where it is not."""

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
        """The set, and how old it is."""
        created = self.holder.manifest.created if self.holder.manifest else ""
        age = age_of(age_hours(created) * 3600)
        return f"the set {self.holder.id} ({age} old){self.of_former}"

    @property
    def command(self) -> str:
        """What brings them back, and nothing else where that can be."""
        return self.way.words


def lost_on(found: Sequence[Missing], host: str, roles: Collection[str] = ROLE_NAMES) -> str:
    """What brings a machine's lost roles back; empty where no set tells that it had one of them.

    Until then nothing there is to be started, or to be taken for another root.
    """
    for one in found:
        mine = [role for role in one.roles if role in roles]
        if any(part.name == host for role in mine for part in _parts(one.holder, role)):
            return f"Bring {one.it} back: {one.command}"
    return ""


def missing_roles(
    deployment: Deployment,
    sets: Sequence[BackupSet],
    *,
    practice: bool,
    coming: Collection[str] = (),
    also: Collection[str] = (),
) -> tuple[Missing, ...]:
    """Roles that sets of this platform hold and that are not here; none while an engine is away.

    A role that has containers and no file of its own is not here: an undo puts back a disaster too.
    One whose machine is not declared here is somebody else's, unless the last set holds it.

    Args:
        sets: the vault's, oldest first.
        coming: roles that are being brought back just now.
        also: as `own_sets` has it.
    """
    own = own_sets(sets, told_domain(deployment), practice=practice, also=also)
    if not own or not all(state.reachable for state in deployment.hosts):
        return ()
    machines = {state.name for state in deployment.hosts}
    holders: dict[str, tuple[BackupSet, list[str]]] = {}
    for role in ROLE_NAMES:
        if role in coming or not is_missing(role, deployment):
            continue
        for backup in reversed(own):
            here = {host.name for host in _parts(backup, role)}
            if here and (here & machines or not deployment.roles or backup is own[-1]):
                holders.setdefault(backup.id, (backup, []))[1].append(role)
                break
    return tuple(
        Missing(
            roles=tuple(roles),
            holder=holder,
            in_last=holder is own[-1],
            moved=bool(deployment.roles) and days_without(own, holder) > NOTE_DAYS,
            way=way_back(deployment, holder, roles),
            of_former=of_former(deployment, holder),
        )
        for holder, roles in holders.values()
    )


def everything_lost(
    deployment: Deployment, sets: Sequence[BackupSet], *, practice: bool
) -> list[tuple[str, str]]:
    """Where no role is found here at all: per platform of the vault, that it is gone, and the
    newest set that brings it back as a whole; of one whose sets hold other roles each, the newest.

    Empty where a role is found, a machine does not answer, or the vault holds no complete set.
    """
    if deployment.roles or not all(state.reachable for state in deployment.hosts):
        return []
    platforms: dict[str, list[BackupSet]] = {}
    for backup in reversed(own_sets(sets, told_domain(deployment), practice=practice)):
        if backup.manifest is not None:
            platforms.setdefault(backup.manifest.domain, []).append(backup)
    found = []
    for domain, newest_first in platforms.items():
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
    held = {one.holder.id for one in found}
    return next((backup for backup in reversed(own) if backup.id in held), None)


def _parts(backup: BackupSet, role: str) -> list[SetHost]:
    hosts = backup.manifest.hosts if backup.manifest else ()
    return [host for host in hosts if role in host.roles]


def days_without(own: Sequence[BackupSet], holder: BackupSet) -> float:
    """For how many days backups were taken after a set, without what it holds."""
    after = [b.manifest.created for b in own[own.index(holder) + 1 :] if b.manifest]
    try:
        moments = [datetime.fromisoformat(created) for created in after]
        return (max(moments) - min(moments)).total_seconds() / 86_400 if moments else 0.0
    except (ValueError, TypeError):
        return 0.0


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
    """As `OWN_FOLDERS`, with those that the containers of a machine tell: what one has mounted is
    what its role needs, whatever else it shares."""
    mounted = [Path(m.source) for c in state.containers for m in c.mounts if state.root]
    root = Path(state.root or "/")
    return _with_apart(lambda path: any(one.is_relative_to(root / path) for one in mounted))


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


# Words.


def gone_words(lost: Collection[str]) -> str:
    """That roles are gone, as a sentence begins."""
    names = [each.title for name, each in ROLES.items() if name in lost]
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} gone"


def alarm_words(one: Missing) -> tuple[str, str]:
    """What the overview says of it, and what to do."""
    back = f"Bring {one.it} back: {one.command}"
    if one.in_last:
        last = f"in the last backup{one.of_former}"
        return f"{gone_words(one.roles)}: {last}, but not found here.", back
    return (
        f"{gone_words(one.roles)}, and not in the last backup either; {one.which} is the"
        f" newest that holds {one.it}.",
        f"{back}. Where {one.they_were} moved away on purpose nothing has to be done: this is"
        f" a note after {NOTE_DAYS} days of backups without {one.it}.",
    )


def note_words(one: Missing) -> tuple[str, str]:
    """The same of roles that have been away for long."""
    return (
        f"{one.named}: not here, and in no backup for more than {NOTE_DAYS} days; {one.which} is"
        f" the newest that holds {one.it}.",
        f"Nothing has to be done if that is meant; else bring {one.it} back: {one.command}",
    )


def backup_words(one: Missing) -> tuple[str, str]:
    """What it means for a backup taken now, and what to do first."""
    return (
        f"{one.named}: in {one.which}, but not found here now. A backup without {one.it} does not"
        f" bring {one.it} back, and can't stand in for that set",
        f"If {one.they} lost, restore that set before anything else: {one.command}; if"
        f" {one.they_were} moved away on purpose, go on.",
    )


def offer_words(found: Sequence[Missing]) -> str:
    """What is not among the roles that are offered for a backup; empty where nothing is missing."""
    return "; ".join(
        f"{one.named}: not found here; in the set {one.holder.id}" for one in found if not one.moved
    )


def plan_words(one: Missing) -> str:
    """The same on a plan."""
    return (
        f"WITHOUT {one.named}, not found here now: {one.which} is the newest that holds {one.it},"
        " and this backup can't stand in for that set."
    )


def restore_words(one: Missing, set_id: str) -> tuple[str, str]:
    """What it means for a restore of a set that does not hold them, and what to do."""
    return (
        f"{one.named}: not found here now, and not in {set_id} either; {one.which} is the newest"
        f" that holds {one.it}",
        f"To bring {one.it} back restore that one: {one.command}",
    )


def choice_words(found: Sequence[Missing], chosen: BackupSet) -> str:
    """Whether a set that is chosen for a restore brings back what is missing; empty where nothing
    is missing."""
    urgent = [one for one in found if not one.moved]
    rest = lacking(urgent, chosen)
    if rest:
        return "; ".join(
            f"{one.named}: not found here, and not in this set, but in {one.holder.id}"
            for one in rest
        )
    names = ", ".join(one.named for one in urgent)
    return f"{names}: not found here; this set holds {_it(urgent)}" if urgent else ""


def _it(found: Sequence[Missing]) -> str:
    return found[0].it if len(found) == 1 else "them"


def lacking(found: Sequence[Missing], backup: BackupSet) -> list[Missing]:
    """What of them a set does not hold."""
    held = backup.manifest.roles if backup.manifest else ()
    rest = [(one, tuple(role for role in one.roles if role not in held)) for one in found]
    return [msgspec.structs.replace(one, roles=roles) for one, roles in rest if roles]
