"""Plan to send, fetch and forget sets, if the vault is a restic repository. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.plan import Plan, Step, numbered
from pryv_tui.operations.site import Site
from pryv_tui.operations.steps.sets.drop_copy import DropCopy
from pryv_tui.operations.steps.sets.fetch_set import FetchSet
from pryv_tui.operations.steps.sets.forget_set import ForgetSet
from pryv_tui.operations.steps.sets.send_set import SendSet
from pryv_tui.vault.copying.parent import Parent
from pryv_tui.vault.restic.repository import RepositoryVault
from pryv_tui.vault.sets import BackupSet


class Repository(msgspec.Struct, frozen=True, kw_only=True):
    """The facts about a vault's repository that plans need."""

    location: str
    """The repository, in the form for restic; empty if restic's environment variables name it."""
    vault: str
    """The folder of working copies."""
    unsent: tuple[str, ...] = ()
    """This platform's complete sets that are not in the repository yet, oldest first."""
    copies: tuple[str, ...] = ()
    """This platform's sets that are in the repository and on this machine, oldest first."""
    to_prune: bool = False
    """Whether the repository may still contain data of forgotten sets, because the run that forgot
    them was stopped."""
    origins: dict[str, str] = {}
    """By set, its snapshot. Only sets of which the folder on this machine is the one that was sent,
    and not a fetched copy."""


def repository_for(
    location: str,
    vault: str,
    sets: Sequence[BackupSet],
    *,
    domain: str,
    practice: bool,
    is_origin: Callable[[BackupSet], bool],
    to_prune: bool = False,
) -> Repository:
    """Collect the facts about a repository and its sets that plans need.

    Args:
        is_origin: returns whether a set's folder on this machine is the one that was sent.
        to_prune: see `Repository`.
    """
    own = [
        backup
        for backup in sets
        if backup.usable
        and backup.here
        and backup.manifest is not None
        and (backup.manifest.domain, backup.manifest.practice) == (domain, practice)
    ]
    return Repository(
        location=location,
        vault=vault,
        to_prune=to_prune,
        unsent=tuple(backup.id for backup in own if not backup.snapshot),
        copies=tuple(backup.id for backup in own if backup.snapshot),
        origins={b.id: b.snapshot for b in own if b.snapshot and is_origin(b)},
    )


def repository_here(
    site: Site, deployment: Deployment, sets: Sequence[BackupSet]
) -> Repository | None:
    """Collect the facts about a platform's repository; None if its vault is a folder."""
    vault = site.vault
    if not isinstance(vault, RepositoryVault):
        return None
    return repository_for(
        vault.restic.location,
        str(vault.folder),
        sets,
        domain=deployment.domain,
        practice=site.practice,
        is_origin=lambda backup: vault.is_origin(backup.id, backup.snapshot),
        to_prune=vault.cache.to_prune,
    )


def sending_steps(
    repository: Repository, set_id: str, domain: str, parents: Mapping[str, Parent]
) -> list[Step]:
    """Plan the end of a backup: send unsent sets and this one, then remove older working copies.

    Args:
        parents: by host, the set with which this one shares unchanged files.
    """
    shared = {parent.set_id for parent in parents.values()}
    parent = repository.origins.get(shared.pop(), "") if len(shared) == 1 else ""
    steps: list[Step] = [
        msgspec.structs.replace(_send(repository, name, domain, ""), earlier=True)
        for name in repository.unsent
    ]
    steps.append(_send(repository, set_id, domain, parent))
    steps += [
        DropCopy(location=repository.location, vault=repository.vault, set_id=name)
        for name in (*repository.copies, *repository.unsent)
    ]
    return steps


def _send(repository: Repository, set_id: str, domain: str, parent: str) -> SendSet:
    return SendSet(
        location=repository.location,
        vault=repository.vault,
        set_id=set_id,
        domain=domain,
        parent=parent,
    )


def send_plan(repository: Repository, backup: BackupSet) -> Plan:
    """Plan to send a set to the repository that is only on this machine.

    Raises:
        PryvTuiError: `refused`, there is nothing to send.
    """
    manifest = backup.need("send")
    return Plan(
        kind="send",
        roles=manifest.roles,
        steps=numbered([_send(repository, backup.id, manifest.domain, "")]),
        domain=manifest.domain,
        set_id=backup.id,
        effects=("The running platform is not touched.",),
    )


def fetch_step(repository: Repository, backup: BackupSet) -> FetchSet:
    """Return the step that fetches a set's files to this machine."""
    return FetchSet(
        location=repository.location,
        vault=repository.vault,
        set_id=backup.id,
        snapshot=backup.snapshot,
        bytes=backup.manifest.bytes if backup.manifest else 0,
    )


def fetch_plan(repository: Repository, backup: BackupSet) -> Plan:
    """Plan to fetch a set's files to this machine, and nothing else.

    Raises:
        PryvTuiError: `refused`, the files are already here, or the set is not complete.
    """
    manifest = backup.need("fetch")
    return Plan(
        kind="fetch",
        roles=manifest.roles,
        steps=numbered([fetch_step(repository, backup)]),
        domain=manifest.domain,
        set_id=backup.id,
        effects=(
            "The running platform is not touched. Nothing in the repository is changed; while it"
            " is read, restic keeps a lock there.",
            "The next backup removes the copy on this machine again.",
        ),
    )


def forget_step(
    repository: Repository,
    set_id: str,
    snapshots: Sequence[str],
    *,
    kept: str = "",
    kept_snapshots: Sequence[str] = (),
) -> ForgetSet:
    """Return the step that removes a set from the repository for good.

    Args:
        snapshots: all snapshots of this set.
        kept: the newest set of the same kind, which is kept.
        kept_snapshots: all snapshots of that set.
    """
    return ForgetSet(
        location=repository.location,
        vault=repository.vault,
        set_id=set_id,
        snapshot=snapshots[0],
        twins=tuple(snapshots[1:]),
        kept=kept,
        kept_snapshots=tuple(kept_snapshots),
    )
