"""What of the roles that are here is gone: the one place where that is decided.

By their files (`files`); a server that was started on an empty folder makes itself anew, and one
whose files look like that is asked, for a moment (`asked`). Nobody else is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from pryv_tui.clock import moment_of
from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.operations.acceptance import NOTHING, Accepted
from pryv_tui.operations.emptied.files import DataGone, gone_of, looking_new
from pryv_tui.operations.root.kept import Brought
from pryv_tui.operations.root.marker import read_marker
from pryv_tui.operations.sets.missing_roles import lacks_role
from pryv_tui.operations.settings.shrinking import Limits, suspicions
from pryv_tui.operations.site import Site
from pryv_tui.vault.manifest import SetHost
from pryv_tui.vault.sets import BackupSet


def lost_data(
    site: Site,
    deployment: Deployment,
    own: Sequence[BackupSet],
    *,
    but: Collection[str] = (),
    ask: bool = True,
    brought: Mapping[str, Brought] = MappingProxyType({}),
) -> tuple[DataGone, ...]:
    """What of the roles that are here is gone, on each machine; of a root that a run has left
    half-way nothing is said.

    Args:
        own: the complete sets of this platform, oldest first.
        but: roles that are being brought back, or were left half-way.
        ask: whether a server whose files look new is asked.
        brought: by role, the set that was restored and lies there; what newer sets held before
            that is not expected to be there.
    """
    telling = _telling(own, site.settings.limits, site.accepted)
    found: list[DataGone] = []
    for state in deployment.hosts:
        if not state.reachable or not state.root:
            continue
        if state.root_exists and read_marker(state.root_path) is not None:
            continue
        for role in state.roles:
            if role in but:
                continue
            if not state.root_exists or lacks_role(role, state):
                found.append(_all_gone(state, role))
                continue
            part, backup = _held(
                _since(brought.get(role) or brought.get(""), telling, own), role, state, deployment
            )
            if ask and part is not None and backup is not None:
                found += gone_beside(site, state, role, part, backup)
            else:
                found += gone_of(state, role, part, backup)
    if any(one.service for one in found):
        # Late: as a rule nothing is gone, and the first screen waits for this.
        from pryv_tui.operations.emptied.asked import with_first

        return tuple(with_first(site, deployment, found))
    return tuple(found)


def gone_beside(
    site: Site, state: HostState, role: str, part: SetHost, backup: BackupSet
) -> list[DataGone]:
    """What is gone of one role of what a set holds of it; a server is asked whose files look as if
    it had made itself anew."""
    found = list(gone_of(state, role, part, backup))
    told = {one.service for one in found}
    looked = [store for store in looking_new(state, role, part, backup) if store not in told]
    if not looked:
        return found
    # Late, as above.
    from pryv_tui.operations.emptied.asked import made_anew

    return [*found, *made_anew(site, state, role, part, backup, looked)]


def _all_gone(state: HostState, role: str) -> DataGone:
    place = str(state.root_path)
    return DataGone(role=role, host=state.name, service="", what="its files", place=place, how="")


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
