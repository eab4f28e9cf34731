"""Whether a role that is not here was lost: the one place where it is decided.

Sets of this platform tell that it had a role, whatever the domain is called by now. Where they do
not, this machine does: what an earlier look has seen in its root (`seen`), or containers of the
role that are here and hold nothing. Neither hangs on whose a vault's sets are, or on whether there
are any; that decides how the role comes back. A role of which nothing here tells that it was here
is not said to be lost: a machine of core alone beside a vault of a whole cluster has lost nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pryv_tui.clock import moment_of, shown
from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.operations.acceptance import accept_command
from pryv_tui.operations.comparing.former import also_mine
from pryv_tui.operations.comparing.theirs import NOBODY, Apart, told_apart
from pryv_tui.operations.emptied.files import has_files, stores_of
from pryv_tui.operations.lost.seen import seen_here
from pryv_tui.operations.sets.known_vaults import look
from pryv_tui.operations.sets.missing_roles import (
    NO_SET,
    NOT_KNOWN,
    Had,
    Missing,
    is_missing,
    missing_roles,
    own_of,
)
from pryv_tui.operations.site import Site
from pryv_tui.platform.roles import ROLE_NAMES, roles_of
from pryv_tui.vault.sets import BackupSet

OTHER_VAULT = "if another vault holds a set of it, name that: --vault DIR"


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
    """The roles that were here and are not any more, with the sets that bring them back.

    Args:
        sets: all of the vault, oldest first.
        coming: roles that are being brought back just now.
        apart: what the accounts of the sets tell, where they were asked already.
        also: other domains whose sets are this platform's, where that was asked already.
        in_doubt: the vault can't be read, or may not be the one that is meant.
    """
    apart = told_apart(site, deployment, sets) if apart is None else apart
    own = apart.mine(sets)
    also = also_mine(site, deployment, own) if also is None else also
    return missing_roles(
        deployment,
        own,
        practice=site.practice,
        coming=coming,
        also=also,
        had=had_here(site, deployment, sets, apart),
        held=NOT_KNOWN if in_doubt else NO_SET,
    )


def missing_now(site: Site, deployment: Deployment) -> tuple[Missing, ...]:
    """The same with the vault as it is now; one that can't be read hides no loss."""
    try:
        sets, in_doubt = site.vault.sets(), look(site) is not None
    except PryvTuiError:
        return missing_here(site, deployment, (), apart=NOBODY, also=(), in_doubt=True)
    return missing_here(site, deployment, sets, in_doubt=in_doubt)


def had_here(
    site: Site, deployment: Deployment, sets: Sequence[BackupSet] = (), apart: Apart = NOBODY
) -> dict[str, Had]:
    """What this machine tells of the roles that are not here now."""
    gone = [role for role in ROLE_NAMES if is_missing(role, deployment)]
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
            words = f"last seen here on {shown(newest)}, and nothing of it is found now"
            found[role] = Had(words, machines, last, remedy=back)
    return found


def emptied_words(role: str, states: Sequence[HostState]) -> str:
    """That the containers of a role are here and its own files are not, as a part of a sentence;
    what its databases hold is another matter, and lies elsewhere in the root."""
    folders = list(dict.fromkeys(path for state in states for path in own_of(state)[role]))
    stores = [
        store
        for store in dict.fromkeys(store for state in states for store in state.layout.stores)
        if store in stores_of(role) and any(_keeps(state, store) for state in states)
    ]
    words = (
        "the containers are here, and no file of its own, logs and databases aside, is in"
        f" {' or '.join(filter(None, (', '.join(folders[:-1]), folders[-1])))}"
    )
    return f"{words}; there are files of {' and '.join(stores)}" if stores else words


def _keeps(state: HostState, store: str) -> bool:
    """Whether a store's usual folder has files on a machine."""
    layout = state.layout.stores.get(store)
    return bool(layout and state.root and has_files(state.root_path / layout.data))


def _back(role: str, sets: Sequence[BackupSet], apart: Apart) -> str:
    """How a role comes back that no set of this platform holds, after a colon."""
    held = [
        one for one in sets
        if one.id in apart.others and one.manifest and role in one.manifest.roles
    ]  # fmt: skip
    if not held:
        return OTHER_VAULT
    # It is much to load, and nothing where no set is another platform's.
    from pryv_tui.operations.audit.whose import key_of_set

    newest = held[-1].id
    return (
        f"{OTHER_VAULT}. If this is the platform of {newest}, installed anew after a loss, say so:"
        f" {accept_command(key_of_set(newest))}"
    )


def way_is_said(found: Sequence[Missing], sets: Sequence[BackupSet], apart: Apart) -> bool:
    """Whether what is said of roles that are lost has the way to say whose the sets are: no set of
    this platform holds them, and one that looks like another's does."""
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
    """Roles that sets of another platform hold and of which no file is here: whether this platform
    had one is not known.

    Args:
        but: the roles that are known to be lost, or on their way back.
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
    """The roles that are lost, unless that is long ago, each with the newest set of this platform
    that holds it; empty where none is known."""
    return {
        role: one.holder.id if one.holder is not None else ""
        for one in missing
        if not one.moved
        for role in one.roles
    }
