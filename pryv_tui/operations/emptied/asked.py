"""Lost data that only a server can tell of.

A server that was started on an empty folder made new files there: its store has files, and holds
nothing. One that was emptied while it ran may keep its files large. A server whose folder was
removed while it ran may still hold what was in it. Each answer is waited for a few seconds
(`SECONDS`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import msgspec

from pryv_tui.clock import timestamp
from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.operations.audit.accounts import registered_now
from pryv_tui.operations.commands import container_command
from pryv_tui.operations.containers.ending import Deadline
from pryv_tui.operations.emptied.files import begun, elsewhere
from pryv_tui.operations.emptied.gone import DataGone, Untold
from pryv_tui.operations.root.stopped import former_mount, living_elsewhere, save_first
from pryv_tui.operations.site import Site
from pryv_tui.operations.stores.mongo_server import OWNED, ask_owners
from pryv_tui.platform.roles import ROLES
from pryv_tui.vault.manifest import SetHost
from pryv_tui.vault.sets import BackupSet

SECONDS = 3.0
"""So long a server is waited for that is asked."""
MOST_SECONDS = 6.0
"""So long the program in its container is waited for."""


class Answer(NamedTuple):
    """What a server says to the question whether it holds anything of what a set holds."""

    nothing: bool
    """It says that it holds nothing of it."""
    why: str = ""
    """Why that is not known; empty where it is."""


def emptied_stores(
    site: Site,
    state: HostState,
    role: str,
    part: SetHost,
    backup: BackupSet,
    stores: Collection[str],
    made_anew: Collection[str],
) -> Iterator[DataGone | Untold]:
    """Those of the stores of a role that say that they hold nothing of what a set holds, and those
    that can't be asked.

    Args:
        stores: which are asked.
        made_anew: those of them whose files look as if a server had made itself anew.
    """
    for store in stores:
        if elsewhere(state, store):
            continue
        told = _no_documents(site, state, part) if store == "mongodb" else _no_accounts(site, state)
        if told.why:
            yield Untold(role, state.name, store, backup.id, told.why)
            continue
        if not told.nothing:
            continue
        place = state.layout.stores[store].data
        anew = store in made_anew
        # Of one that was emptied where it is no file tells since when.
        first = begun(state.root_path / place) if anew else None
        how = (
            f"was emptied or made anew, and holds nothing of what {backup.id} holds"
            if anew
            else f"has its files, and its server holds nothing of what {backup.id} holds"
        )
        yield DataGone(
            role=role,
            host=state.name,
            service=store,
            what=f"the data of {store}",
            place=place,
            how=how,
            set=backup.id,
            since=timestamp(first) if first is not None else "",
            exact=False,
        )


def _no_accounts(site: Site, state: HostState) -> Answer:
    """Whether a register says that it knows no account."""
    try:
        told = registered_now(site.host(state.name).engine, state, seconds=SECONDS)
    except (PryvTuiError, OSError, Cancelled) as error:
        return _unasked(error)
    if told.names is None:
        return Answer(False, told.why or "it does not say")
    return Answer(not told.names)


def _no_documents(site: Site, state: HostState, part: SetHost) -> Answer:
    """Whether a MongoDB says that it has no document of any account, while the set has some."""
    collections = part.stores.get("mongodb", {}).get("collections", {})
    container = state.container("mongodb")
    held = [name for name in OWNED if collections.get(name)]
    if container is None or not held:
        return Answer(False)
    engine, dark = site.host(state.name).engine, ""
    # What each account has from its beginning on first: as a rule one question is enough.
    for name in sorted(held, key=OWNED.index, reverse=True):
        limit = Deadline(MOST_SECONDS)
        try:
            told = ask_owners(engine, container, SECONDS, limit, site.shells, (name,))
        except (PryvTuiError, OSError, Cancelled) as error:
            return _unasked(error)
        if told.owners:
            return Answer(False)
        dark = dark or told.why
    return Answer(not dark, dark)


def _unasked(error: Exception) -> Answer:
    if isinstance(error, Cancelled):
        return Answer(False, f"it did not answer within {MOST_SECONDS:g} s")
    why = error.what if isinstance(error, PryvTuiError) else str(error)
    return Answer(False, why.rstrip(". ") or "it does not answer")


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
