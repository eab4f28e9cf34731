"""Decide whether a role that is not here was lost. All other code asks this module.

Sets of this platform prove that it had a role, even if its domain has changed since. Without sets
this machine may prove it: an earlier look saw the role in its root (`seen`), or the role's
containers are here without its files. This works without any set in the vault; sets only decide how
the role can be restored. A role without proof is not reported as lost: a machine with core alone,
beside a vault of a whole cluster, has lost nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec import structs

from pryv_tui.clock import moment_of, shown
from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.operations.acceptance import Acceptance, accept_command
from pryv_tui.operations.comparing.former import also_mine
from pryv_tui.operations.comparing.theirs import NOBODY, Apart, told_apart
from pryv_tui.operations.emptied.files import has_files, stores_of
from pryv_tui.operations.lost.seen import seen_here
from pryv_tui.operations.lost.words import missing_key
from pryv_tui.operations.sets.known_vaults import look
from pryv_tui.operations.sets.missing_roles import (
    NO_SET,
    NOT_KNOWN,
    Had,
    Missing,
    gone_roles,
    is_missing,
    missing_roles,
    own_of,
)
from pryv_tui.operations.sets.own import own_sets, told_domain
from pryv_tui.operations.site import Site
from pryv_tui.platform.roles import ROLE_NAMES, roles_of
from pryv_tui.vault.sets import BackupSet

OTHER_VAULT = "if another vault holds a set of this platform, name that vault: --vault DIR"


def missing_here(
    site: Site,
    deployment: Deployment,
    sets: Sequence[BackupSet],
    coming: Collection[str] = (),
    *,
    apart: Apart | None = None,
    also: Collection[str] | None = None,
    in_doubt: bool = False,
) -> tuple[Missing, ...]:
    """Return the roles that were here and no longer are, with the sets that bring them back.

    Args:
        sets: all sets of the vault, oldest first.
        coming: roles that are being restored now.
        apart: which sets are another platform's by their accounts; None: find out.
        also: other domains whose sets are this platform's; None: find out.
        in_doubt: the vault can't be read, or may be the wrong one.
    """
    gone = gone_roles(deployment)
    if not gone:
        # The usual case: then the accounts of the sets, each a database to open, need not be
        # compared.
        return ()
    apart = told_apart(site, deployment, sets) if apart is None else apart
    own = apart.mine(sets)
    also = also_mine(site, deployment, own) if also is None else also
    found = missing_roles(
        deployment,
        own,
        practice=site.practice,
        coming=coming,
        also=also,
        had=had_here(site, deployment, sets, apart, gone=gone),
        held=NOT_KNOWN if in_doubt else NO_SET,
        gone=gone,
    )
    if not found:
        return found
    accepted = site.accepted
    return tuple(structs.replace(one, accepted=accepted.of(*missing_key(one))) for one in found)


def missing_now(site: Site, deployment: Deployment) -> tuple[Missing, ...]:
    """Return the missing roles, by the vault as it is now.

    A loss is reported even if the vault can't be read.
    """
    if not gone_roles(deployment):
        return ()
    try:
        sets, in_doubt = site.vault.sets(), look(site) is not None
    except PryvTuiError:
        return missing_here(site, deployment, (), apart=NOBODY, also=(), in_doubt=True)
    return missing_here(site, deployment, sets, in_doubt=in_doubt)


def had_here(
    site: Site,
    deployment: Deployment,
    sets: Sequence[BackupSet] = (),
    apart: Apart = NOBODY,
    *,
    gone: Sequence[str] | None = None,
) -> dict[str, Had]:
    """Return, by role, what this machine itself knows of the roles that are not here now.

    Args:
        gone: these roles, if the caller knows them; None: find out.
    """
    gone = gone_roles(deployment) if gone is None else gone
    if not gone:
        return {}
    seen = seen_here(site, deployment)
    found: dict[str, Had] = {}
    for role in gone:
        back = _back(role, sets, apart)
        empty = [
            state
            for state in deployment.hosts
            if role in roles_of(one.service for one in state.containers)
        ]
        mine = [one for one in seen if one.role == role]
        last = max((at for one in mine if (at := moment_of(one.last))), default=None)
        names = [state.name for state in empty]
        machines = tuple(dict.fromkeys([*names, *(one.host for one in mine)]))
        if empty:
            found[role] = Had(emptied_words(role, empty), machines, last, remedy=back)
        elif mine:
            newest = max(one.last for one in mine)
            words = f"last seen here on {shown(newest)}; nothing of it is found now"
            found[role] = Had(words, machines, last, remedy=back)
    return found


def emptied_words(role: str, states: Sequence[HostState]) -> str:
    """Say, as part of a sentence, that a role's containers are here and its own files are not.

    Files of its databases, which are elsewhere in the root, are mentioned if there are any.
    """
    folders = list(dict.fromkeys(path for state in states for path in own_of(state)[role]))
    stores = [
        store
        for store in dict.fromkeys(store for state in states for store in state.layout.stores)
        if store in stores_of(role) and any(_keeps(state, store) for state in states)
    ]
    words = (
        "the containers are here, but no file of its own (except logs and databases) is in"
        f" {' or '.join(filter(None, (', '.join(folders[:-1]), folders[-1])))}"
    )
    return f"{words}; there are files of {' and '.join(stores)}" if stores else words


def _keeps(state: HostState, store: str) -> bool:
    """Whether a store's usual folder on a machine has files."""
    layout = state.layout.stores.get(store)
    return bool(layout and state.root and has_files(state.root_path / layout.data))


def _back(role: str, sets: Sequence[BackupSet], apart: Apart) -> str:
    """Say how to bring back a role that is in no set of this platform; text to follow a colon."""
    held = [
        one for one in sets
        if one.id in apart.others and one.manifest and role in one.manifest.roles
    ]  # fmt: skip
    if not held:
        return OTHER_VAULT
    # Imported late: it is a large module, needed only if a set is another platform's.
    from pryv_tui.operations.audit.whose import key_of_set

    newest = held[-1].id
    return (
        f"{OTHER_VAULT}. If this is the platform of {newest}, installed again after a loss, say"
        f" so: {accept_command(key_of_set(newest))}"
    )


def way_is_said(found: Sequence[Missing], sets: Sequence[BackupSet], apart: Apart) -> bool:
    """Whether the words about lost roles include the command that accepts a set as this platform's.

    That is so if no set of this platform has them, but one that looks like another platform's has.
    """
    held = {
        role
        for one in sets
        if one.id in apart.others and one.manifest
        for role in one.manifest.roles
    }
    return any(one.holder is None and held.intersection(one.roles) for one in found)


def not_known(
    deployment: Deployment, sets: Sequence[BackupSet], apart: Apart, but: Collection[str]
) -> list[str]:
    """Return the roles that are in another platform's sets and have no files here.

    It is unknown whether this platform ever had them.

    Args:
        but: roles to leave out: known to be lost, or being restored.
    """
    if not apart.others or not all(state.reachable for state in deployment.hosts):
        return []
    parts = [one.manifest for one in sets if one.id in apart.others and one.manifest]
    held = {role for one in parts for role in one.roles}
    return [
        role
        for role in ROLE_NAMES
        if role in held and role not in but and is_missing(role, deployment)
    ]


def lost_in(missing: Sequence[Missing]) -> dict[str, str]:
    """Return the lost roles, each with the id of the newest set of this platform that has it.

    The id is empty if there is no such set. Roles that are away on purpose are left out.
    """
    return {
        role: one.holder.id if one.holder is not None else ""
        for one in missing
        if not one.meant
        for role in one.roles
    }


def away_in(missing: Sequence[Missing]) -> dict[str, Acceptance]:
    """Return, by role, the acceptance that the role is gone from here.

    For roles that are missing together it counts only if they were accepted together.
    """
    return {role: one.accepted for one in missing if one.accepted is not None for role in one.roles}


def set_to_restore(
    missing: Sequence[Missing],
    deployment: Deployment,
    sets: Sequence[BackupSet],
    *,
    practice: bool,
) -> BackupSet | None:
    """The set that a restore takes if none is named.

    The newest with all lost roles; if there is none, the newest with some of them; else None.

    Args:
        missing: the roles that are not here; those for which no set is known don't count.
        sets: the platform's sets, oldest first.
    """
    found = [one for one in missing if one.holder is not None and not one.meant]
    own = own_sets(sets, told_domain(deployment), practice=practice)
    wanted = {role for one in found for role in one.roles}
    for backup in reversed(own):
        if wanted <= set(backup.manifest.roles if backup.manifest else ()):
            return backup
    # No set has all of them: the newest of those that have some.
    held = {one.holder.id for one in found if one.holder is not None}
    return next((backup for backup in reversed(own) if backup.id in held), None)
