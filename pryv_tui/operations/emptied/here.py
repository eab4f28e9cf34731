"""What of the roles that are here is gone: the one place where that is decided.

By their files (`files`). A server that was started on an empty folder makes itself anew, and one
that was emptied while it runs may keep its files large: one whose files look like the first is
asked for a moment (`asked`), and, by who waits for answers, each one that was written to since the
set. What a person has accepted is as it was accepted until that changes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from pryv_tui.clock import moment_of
from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.operations.acceptance import NOTHING, Acceptance, Accepted
from pryv_tui.operations.emptied.files import (
    could_be_seen,
    gone_of,
    looking_new,
    written_since,
)
from pryv_tui.operations.emptied.gone import DataGone, Untold, gone_key, lost_by
from pryv_tui.operations.root.kept import Brought
from pryv_tui.operations.root.marker import read_marker
from pryv_tui.operations.sets.missing_roles import lacks_role
from pryv_tui.operations.settings.shrinking import Limits, suspicions
from pryv_tui.operations.site import Site
from pryv_tui.vault.manifest import SetHost
from pryv_tui.vault.sets import BackupSet


class Found(NamedTuple):
    """What a look finds of the data of roles that are here."""

    gone: tuple[DataGone, ...] = ()
    accepted: tuple[DataGone, ...] = ()
    """What is gone as a person has accepted it."""
    untold: tuple[Untold, ...] = ()
    """The stores that run and could not be asked."""
    there: frozenset[tuple[str, str]] = frozenset()
    """Roles, each with its machine, of which all was asked and nothing is gone."""

    @property
    def every(self) -> tuple[DataGone, ...]:
        return (*self.gone, *self.accepted)


NOT_LOOKED = Found()


def lost_data(
    site: Site,
    deployment: Deployment,
    own: Sequence[BackupSet],
    *,
    but: Collection[str] = (),
    ask: bool = True,
    every: bool = False,
    brought: Mapping[str, Brought] = MappingProxyType({}),
) -> Found:
    """What of the roles that are here is gone, on each machine; of a root that a run has left
    half-way nothing is said.

    Args:
        own: the complete sets of this platform, oldest first.
        but: roles that are being brought back, or were left half-way.
        ask: whether a server whose files look new is asked.
        every: whether each other one is asked too, if its files were written to since the set.
        brought: by role, the set that was restored and lies there; what newer sets held before
            that is not expected to be there.
    """
    accepted = site.accepted
    telling = _telling(own, site.settings.limits, accepted)
    found: list[DataGone] = []
    untold: list[Untold] = []
    there: set[tuple[str, str]] = set()
    for state in deployment.hosts:
        if not state.reachable or not state.root:
            continue
        if state.root_exists and read_marker(state.root_path) is not None:
            continue
        for role in state.roles:
            if role in but:
                continue
            back = brought.get(role) or brought.get("")
            part, backup = _held(_since(back, telling, own), role, state, deployment)
            if not state.root_exists or lacks_role(role, state):
                mine, dark = [_all_gone(state, role, backup)], list[Untold]()
            elif ask and part is not None and backup is not None:
                mine, dark = _beside(site, state, role, part, backup, every=every)
            else:
                mine, dark = list(gone_of(state, role, part, backup)), []
            after = back.at if back is not None else ""
            found += [msgspec.structs.replace(one, after=after) for one in mine]
            untold += dark
            looked = ask and every and not mine and not dark
            if looked and part is not None and could_be_seen(state, role, part):
                there.add((role, state.name))
    if any(one.service for one in found):
        # Late: as a rule nothing is gone, and the first screen waits for this.
        from pryv_tui.operations.emptied.asked import with_first

        found = list(with_first(site, deployment, found))
    known = [one for one in found if _said(found, one, accepted) is not None]
    return Found(
        tuple(one for one in found if one not in known),
        tuple(known),
        tuple(untold),
        frozenset(there),
    )


def _said(found: Sequence[DataGone], one: DataGone, accepted: Accepted) -> Acceptance | None:
    """Who has accepted what a role of a machine has lost, as it is now."""
    return accepted.of(*gone_key(lost_by(found, one.role, one.host)))


def gone_beside(
    site: Site, state: HostState, role: str, part: SetHost, backup: BackupSet
) -> list[DataGone]:
    """What is gone of one role of what a set holds of it, whatever a person has accepted; servers
    are asked."""
    return _beside(site, state, role, part, backup, every=True)[0]


def _beside(
    site: Site, state: HostState, role: str, part: SetHost, backup: BackupSet, *, every: bool
) -> tuple[list[DataGone], list[Untold]]:
    """What is gone, and what is not known. A server is asked whose files look as if it had made
    itself anew.

    Args:
        every: so is each other one, if its files were written to since the set.
    """
    found = list(gone_of(state, role, part, backup))
    told = {one.service for one in found}
    anew = [store for store in looking_new(state, role, part, backup) if store not in told]
    asked = dict.fromkeys(anew)
    if every:
        asked |= dict.fromkeys(written_since(state, role, part, backup))
    stores = [store for store in asked if store not in told]
    if not stores:
        return found, []
    # Late, as above.
    from pryv_tui.operations.emptied.asked import emptied_stores

    answers = list(emptied_stores(site, state, role, part, backup, stores, anew))
    gone = [one for one in answers if isinstance(one, DataGone)]
    return [*found, *gone], [one for one in answers if isinstance(one, Untold)]


def _all_gone(state: HostState, role: str, backup: BackupSet | None) -> DataGone:
    return DataGone(
        role=role,
        host=state.name,
        service="",
        what="its files",
        place=str(state.root_path),
        how="does not hold them" if state.root_exists else "is not there",
        set=backup.id if backup is not None else "",
    )


def _telling(
    own: Sequence[BackupSet], limits: Limits, accepted: Accepted = NOTHING
) -> list[BackupSet]:
    """The sets that tell what there was, the newest first: not one that was taken after the loss,
    and so holds far less than the one before it, unless a person has accepted that."""
    doubtful = suspicions(own, limits, accepted)
    return [
        one
        for one in reversed(own)
        if one.manifest is not None
        and ((known := doubtful.get(one.id)) is None or known.accepted is not None)
    ]


def _since(
    back: Brought | None, telling: Sequence[BackupSet], own: Sequence[BackupSet]
) -> list[BackupSet]:
    """The sets that tell of a role what there is since a set was restored: those that were made
    after that, and that one, which a person has chosen."""
    at = moment_of(back.at) if back is not None else None
    if back is None or at is None:
        return list(telling)
    newer = [
        one
        for one in telling
        if one.manifest is not None
        and (made := moment_of(one.manifest.created)) is not None
        and made > at
    ]
    return [*newer, *(one for one in own if one.id == back.set_id and one not in newer)]


def _held(
    telling: Sequence[BackupSet], role: str, state: HostState, deployment: Deployment
) -> tuple[SetHost | None, BackupSet | None]:
    """The part of the newest set that has a role of a machine; of a platform of one machine that
    one, whatever it was called."""
    for backup in telling:
        parts = backup.manifest.hosts if backup.manifest is not None else ()
        having = [part for part in parts if role in part.roles]
        alone = len(having) == 1 and len(deployment.hosts_of(role)) == 1
        for part in having:
            if alone or part.name == state.name:
                return part, backup
    return None, None
