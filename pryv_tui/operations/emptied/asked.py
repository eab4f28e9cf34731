"""Ask the servers whether their data is gone, if the files alone can't show it.

A server that was started on an empty folder creates new files there: its store has files but no
records. A server that was emptied while it ran may have large files. A server whose folder was
removed while it ran may still have the data in its process. The time to wait for each answer is
limited (`SECONDS`, `MOST_SECONDS`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import msgspec

from pryv_tui.clock import timestamp
from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.operations.audit.accounts import registered_now
from pryv_tui.operations.audit.live_stores import measurements
from pryv_tui.operations.commands import container_command
from pryv_tui.operations.containers.ending import Deadline
from pryv_tui.operations.emptied.files import begun, elsewhere, still_known
from pryv_tui.operations.emptied.gone import DataGone, Untold
from pryv_tui.operations.root.stopped import former_mount, living_elsewhere, save_first
from pryv_tui.operations.site import Site
from pryv_tui.operations.stores.mongo_server import OWNED, ask_owners
from pryv_tui.platform.roles import ROLES
from pryv_tui.vault.manifest import SetHost
from pryv_tui.vault.sets import BackupSet

SECONDS = 3.0
"""Seconds to wait for the answer of a server."""
MOST_SECONDS = 6.0
"""Seconds to wait for the client program that runs in the container."""


NOT_SURE = " of them; whether their accounts were erased since is not known"


class Answer(NamedTuple):
    """A server's answer to the question whether it has any of the records that the set has."""

    nothing: bool
    """True: the server says that it has none of them."""
    why: str = ""
    """Why the answer is unknown; empty if it is known."""
    sure: bool = True
    """False: accounts may have been erased since, with their records."""


def emptied_stores(
    site: Site,
    state: HostState,
    role: str,
    part: SetHost,
    backup: BackupSet,
    stores: Collection[str],
    made_anew: Collection[str],
) -> Iterator[DataGone | Untold]:
    """Yield the stores whose server says that it has nothing of what the set has.

    And the stores whose server could not be asked.

    Args:
        stores: the stores to ask.
        made_anew: those of them whose files look as if the server had started on an empty folder.
    """
    for store in stores:
        if elsewhere(state, store):
            continue
        if store == "influxdb":
            told = _no_points(site, state, part)
        elif store == "mongodb":
            told = _no_documents(site, state, part)
        else:
            told = _no_accounts(site, state)
        if told.why:
            yield Untold(role, state.name, store, backup.id, told.why)
            continue
        if not told.nothing:
            continue
        place = state.layout.stores[store].data
        anew = store in made_anew
        # A store that was emptied in place has no file that shows since when.
        first = begun(state.root_path / place) if anew else None
        how = (
            f"was emptied or created again, and holds none of the data of {backup.id}"
            if anew
            else f"has its files, and its server holds none of the data of {backup.id}"
        )
        if store == "influxdb":
            how = f"has databases that {backup.id} holds points of, and its server holds no point"
            how += " of them" if told.sure else NOT_SURE
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
            asked=timestamp(),
        )


def _no_accounts(site: Site, state: HostState) -> Answer:
    """Whether register says that it has no account."""
    try:
        told = registered_now(site.host(state.name).engine, state, seconds=SECONDS)
    except (PryvTuiError, OSError, Cancelled) as error:
        return _unasked(error)
    if told.names is None:
        return Answer(False, told.why or "it does not say")
    return Answer(not told.names)


def _no_documents(site: Site, state: HostState, part: SetHost) -> Answer:
    """Whether MongoDB says that it has no document of any account, while the set has some."""
    collections = part.stores.get("mongodb", {}).get("collections", {})
    container = state.container("mongodb")
    held = [name for name in OWNED if collections.get(name)]
    if container is None or not held:
        return Answer(False)
    engine, dark = site.host(state.name).engine, ""
    # Collections that every account has from the start come first: usually one query is enough.
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


def _no_points(site: Site, state: HostState, part: SetHost) -> Answer:
    """Whether InfluxDB says that it has no series in any database of which the set has points.

    A database without points has no measurement: InfluxDB removes a series from its index with its
    last point, and a measurement with its last series. Databases whose accounts were erased are not
    asked for.
    """
    container = state.container("influxdb")
    names, sure = still_known(state, part)
    if container is None or not names:
        return Answer(False)
    engine = site.host(state.name).engine
    limit = Deadline(MOST_SECONDS)
    try:
        every = measurements(engine, container.name, names, cancel=limit, seconds=SECONDS)
        return Answer(not any(found for _name, found in every), sure=sure)
    except (PryvTuiError, OSError, Cancelled) as error:
        return _unasked(error)


def _unasked(error: Exception) -> Answer:
    if isinstance(error, Cancelled):
        return Answer(False, f"it did not answer within {MOST_SECONDS:g} s")
    why = error.what if isinstance(error, PryvTuiError) else str(error)
    return Answer(False, why.rstrip(". ") or "it does not answer")


def with_first(site: Site, deployment: Deployment, found: Sequence[DataGone]) -> Iterator[DataGone]:
    """Add to each loss what must be saved first.

    That is data that a server still has in its process after its folder was removed.
    """
    for one in found:
        state = deployment.host(one.host)
        if state is None or not one.service:
            yield one
            continue
        try:
            first = _first(site, state, one)
        except (PryvTuiError, OSError):
            # The loss is reported even if the engine fails at this point.
            first = ""
        yield msgspec.structs.replace(one, first=first)


def _first(site: Site, state: HostState, one: DataGone) -> str:
    """Return what to save from a role's running servers before one of its stores is restored.

    In sentences; empty if nothing.
    """
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
    return f"{'. '.join(words)}. If none of it is wanted: {stop}."
