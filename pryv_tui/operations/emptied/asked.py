"""Lost data that only a server can tell of.

A server that was started on an empty folder made new files there: its store has files, and holds
nothing. A server whose folder was removed while it ran may still hold what was in it. Each answer
is waited for a few seconds (`SECONDS`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import msgspec

from pryv_tui.clock import timestamp
from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.operations.audit.accounts import registered_now
from pryv_tui.operations.commands import container_command
from pryv_tui.operations.emptied.files import DataGone, begun, elsewhere
from pryv_tui.operations.root.stopped import former_mount, living_elsewhere, save_first
from pryv_tui.operations.site import Site
from pryv_tui.operations.stores.mongo_server import OWNED, ask_owners
from pryv_tui.platform.roles import ROLES
from pryv_tui.vault.manifest import SetHost
from pryv_tui.vault.sets import BackupSet

SECONDS = 3.0
"""So long a server is waited for that is asked."""


def made_anew(
    site: Site,
    state: HostState,
    role: str,
    part: SetHost,
    backup: BackupSet,
    stores: Collection[str],
) -> Iterator[DataGone]:
    """Those of the stores of a role that say that they hold nothing of what a set holds.

    Args:
        stores: those whose files look like that.
    """
    for store in stores:
        if elsewhere(state, store):
            continue
        nothing = (
            _no_documents(site, state, part) if store == "mongodb" else _no_accounts(site, state)
        )
        if not nothing:
            continue
        place = state.layout.stores[store].data
        first = begun(state.root_path / place)
        yield DataGone(
            role=role,
            host=state.name,
            service=store,
            what=f"the data of {store}",
            place=place,
            how=f"was made anew, and holds nothing of what {backup.id} holds",
            set=backup.id,
            since=timestamp(first) if first is not None else "",
            exact=False,
        )


def _no_accounts(site: Site, state: HostState) -> bool:
    """Whether a register says that it knows no account; False where it does not answer."""
    try:
        names = registered_now(site.host(state.name).engine, state, seconds=SECONDS).names
    except (PryvTuiError, OSError, Cancelled):
        return False
    return names is not None and not names


def _no_documents(site: Site, state: HostState, part: SetHost) -> bool:
    """Whether a MongoDB says that it has no document of any account, while the set has some; False
    where it does not answer."""
    collections = part.stores.get("mongodb", {}).get("collections", {})
    container = state.container("mongodb")
    if container is None or not any(collections.get(name) for name in OWNED):
        return False
    try:
        engine = site.host(state.name).engine
        told = ask_owners(engine, container, SECONDS, shells=site.shells)
    except (PryvTuiError, OSError, Cancelled):
        return False
    return not told.owners and not told.why


def with_first(site: Site, deployment: Deployment, found: Sequence[DataGone]) -> Iterator[DataGone]:
    """The same, with what a server still holds whose folder was removed under it."""
    for one in found:
        state = deployment.host(one.host)
        if state is None or not one.service:
            yield one
            continue
        try:
            first = _first(site, state, one)
        except (PryvTuiError, OSError):
            # An engine that fails meanwhile: what is gone is told all the same.
            first = ""
        yield msgspec.structs.replace(one, first=first)


def _first(site: Site, state: HostState, one: DataGone) -> str:
    """What has to be saved of the servers of a role before one of its stores is restored."""
    services = next((each.services for name, each in ROLES.items() if name == one.role), ())
    engine = site.host(state.name).engine
    redis = state.container("redis") if one.service == "redis" else None
    mount = former_mount(engine, redis, state.root_path) if redis is not None else None
    if redis is not None and mount is not None:
        return f"{save_first(engine, redis, mount, state, practice=site.practice)}."
    mine = [each for each in state.containers if each.service in services]
    living = living_elsewhere(engine, mine, state)
    if not living:
        return ""
    words = {
        save_first(engine, each, mount, state, practice=site.practice): None
        for each, mount in living
    }
    stop = "; ".join(
        dict.fromkeys(container_command("stop", each.name, state.name) for each, _ in living)
    )
    return f"{'. '.join(words)}. Where none of it is wanted: {stop}."
