"""Decide which data of the roles here is gone. All other code asks this module.

Files are checked first (`files`). They are not enough for a server that started on an empty folder
and created new files, or for one that was emptied while it ran and still has large files. So a
server whose files look new is asked (`asked`). Callers that can wait (`every`) also have each
server asked whose files were written after the set. A loss that a person accepted stays accepted
until the facts change.
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
    askable,
    could_be_seen,
    gone_of,
    held_by,
    looking_new,
    runs,
    written_since,
)
from pryv_tui.operations.emptied.gone import DataGone, Untold, gone_key, lost_by
from pryv_tui.operations.emptied.told import as_told, still_so, told_here
from pryv_tui.operations.root.kept import Brought
from pryv_tui.operations.root.marker import read_marker
from pryv_tui.operations.sets.missing_roles import lacks_role
from pryv_tui.operations.settings.shrinking import Limits, suspicions
from pryv_tui.operations.site import Site
from pryv_tui.vault.manifest import SetHost
from pryv_tui.vault.sets import BackupSet


class Found(NamedTuple):
    """The result of a look at the data of the roles here."""

    gone: tuple[DataGone, ...] = ()
    accepted: tuple[DataGone, ...] = ()
    """Losses that a person has accepted."""
    untold: tuple[Untold, ...] = ()
    """Running stores that could not be asked."""
    there: frozenset[tuple[str, str]] = frozenset()
    """Pairs of role and machine for which everything could be checked, and nothing is gone."""
    looked: frozenset[tuple[str, str]] = frozenset()
    """Pairs of role and machine that were checked, whatever the result."""

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
    away: Collection[str] = (),
    ask: bool = True,
    every: bool = False,
    brought: Mapping[str, Brought] = MappingProxyType({}),
) -> Found:
    """Find the data of the roles here that is gone, on each machine.

    A root that a run left half-way is skipped.

    Args:
        own: the complete sets of this platform, oldest first.
        but: roles to skip: they are being restored, or were left half-way.
        away: roles that a person accepted as gone from here; with that, it is accepted that none of
            their files is here.
        ask: whether to ask servers whose files look new.
        every: whether to ask each other server too whose files were written after the set.
        brought: by role, the set that was restored there. Data that is only in newer sets, made
            before that restore, is not expected.
    """
    accepted = site.accepted
    telling = _telling(own, site.settings.limits, accepted)
    found: list[DataGone] = []
    untold: list[Untold] = []
    there: set[tuple[str, str]] = set()
    pairs: set[tuple[str, str]] = set()
    known_gone = told_here(site, deployment)
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
                also = [one.service for one in lost_by(known_gone, role, state.name)]
                mine, dark = _beside(site, state, role, part, backup, every=every, also=also)
            else:
                mine, dark = list(gone_of(state, role, part, backup)), []
            after = back.at if back is not None else ""
            mine = [msgspec.structs.replace(one, after=after) for one in mine]
            pairs.add((role, state.name))
            before = [
                one
                for one in lost_by(known_gone, role, state.name)
                if not (ask and runs(state, one.service)) or _in(dark, one)
            ]
            for one in before:
                held = part is not None and held_by(part, one.service)
                if _not_in(mine, one) and still_so(one, backup, after, held=held):
                    mine.append(as_told(one, backup.id if backup is not None else ""))
            dark = [one for one in dark if all(one.store != each.service for each in mine)]
            found += mine
            untold += dark
            looked = ask and every and not mine and not dark
            if looked and part is not None and could_be_seen(state, role, part):
                there.add((role, state.name))
    if any(one.service for one in found):
        # Imported late: usually nothing is gone, and the first screen would wait for this import.
        from pryv_tui.operations.emptied.asked import with_first

        found = list(with_first(site, deployment, found))
    known = [
        one
        for one in found
        if (one.role in away and not one.service) or _said(found, one, accepted) is not None
    ]
    return Found(
        tuple(one for one in found if one not in known),
        tuple(known),
        tuple(untold),
        frozenset(there),
        frozenset(pairs),
    )


def _in(dark: Sequence[Untold], one: DataGone) -> bool:
    return any(each.store == one.service for each in dark)


def _not_in(mine: Sequence[DataGone], one: DataGone) -> bool:
    """Whether none of a role's losses includes a store, by name or with all of the role's files."""
    return all(each.service not in ("", one.service) for each in mine)


def _said(found: Sequence[DataGone], one: DataGone, accepted: Accepted) -> Acceptance | None:
    """Return the acceptance of a role's losses on a machine as they are now, or None."""
    return accepted.of(*gone_key(lost_by(found, one.role, one.host)))


def gone_beside(
    site: Site, state: HostState, role: str, part: SetHost, backup: BackupSet
) -> list[DataGone]:
    """Find what one role lost compared with the set, accepted or not. Servers are asked."""
    return _beside(site, state, role, part, backup, every=True)[0]


def _beside(
    site: Site,
    state: HostState,
    role: str,
    part: SetHost,
    backup: BackupSet,
    *,
    every: bool,
    also: Collection[str] = (),
) -> tuple[list[DataGone], list[Untold]]:
    """Return a role's losses, and its stores that could not be asked.

    A server whose files look newly created is asked.

    Args:
        every: whether to ask each other server too whose files were written after the set.
        also: stores to ask in any case if they run: an earlier look found them empty.
    """
    found = list(gone_of(state, role, part, backup))
    told = {one.service for one in found}
    anew = [store for store in looking_new(state, role, part, backup) if store not in told]
    asked = dict.fromkeys(anew)
    if every:
        asked |= dict.fromkeys(written_since(state, role, part, backup))
    asked |= {store: None for store, _ in askable(state, role, part) if store in also}
    stores = [store for store in asked if store not in told]
    if not stores:
        return found, []
    # Imported late, as in `lost_data`.
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
    """Return the sets that count as evidence of what there was, newest first.

    A set that has far less than the one before it was probably made after the loss: it counts only
    if a person accepted that.
    """
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
    """Return the sets that show what a role should have since a restore.

    These are the sets made after it, and the restored set itself, which a person has chosen.
    """
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
    """Return a machine's part in the newest set with the role, and that set; or None twice.

    If only one machine has the role, in the set and here, the machine's name need not match.
    """
    for backup in telling:
        parts = backup.manifest.hosts if backup.manifest is not None else ()
        having = [part for part in parts if role in part.roles]
        alone = len(having) == 1 and len(deployment.hosts_of(role)) == 1
        for part in having:
            if alone or part.name == state.name:
                return part, backup
    return None, None
