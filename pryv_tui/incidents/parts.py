"""What of a platform is not there on one of its machines: what a look at all of them together does
not tell, since another machine has the role, or nobody can ask. Pure but for a look into roots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.incidents.away import Away
from pryv_tui.incidents.marks import needed_services
from pryv_tui.operations.sets.missing_roles import (
    NOTE_DAYS,
    days_without,
    holds_role,
    lacks_role,
    own_of,
    services_of,
)
from pryv_tui.vault.sets import BackupSet


class Part(NamedTuple):
    """A role on one machine of several, that is not there any more."""

    role: str
    host: str
    holder: BackupSet
    """The newest set that has it on that machine."""


def parts_gone(deployment: Deployment, own: Sequence[BackupSet]) -> list[Part]:
    """Roles that a machine lacks while another one has them, and that sets tell to have been on
    both: one of several cores. What backups were taken without for long was moved away.

    Args:
        own: the platform's sets, oldest first.
    """
    found = []
    for role in deployment.roles:
        for state in deployment.hosts:
            if not state.reachable or not lacks_role(role, state):
                continue
            # A role that was on one machine alone has moved to where it is now.
            holder = next((one for one in reversed(own) if state.name in _hosts(one, role)
                           and len(_hosts(one, role)) > 1), None)  # fmt: skip
            if holder is not None and days_without(own, holder) <= NOTE_DAYS:
                found.append(Part(role, state.name, holder))
    # Where no machine has it the role as a whole is gone, which is told apart.
    whole = {role for role in deployment.roles if all(lacks_role(role, one)
             for one in deployment.hosts)}  # fmt: skip
    return [part for part in found if part.role not in whole]


def away_now(deployment: Deployment, own: Sequence[BackupSet]) -> Iterator[Away]:
    """Roles that are not found to serve just now, each on its machine."""
    for state in deployment.hosts:
        if not state.reachable:
            # Its root may be on a disk of this machine, and tell them; else sets do.
            for role in dict.fromkeys((*state.roles, *_roles(state.name, deployment, own))):
                yield Away(role=role, host=state.name, kind="engine")
            continue
        for role in state.roles:
            if _bare(state, role):
                yield Away(role=role, host=state.name, kind="containers")


def _bare(state: HostState, role: str) -> bool:
    """Whether a role's data is there, and no container of what its users need and it alone has."""
    needed = needed_services(role)
    own = (needed & services_of(state, role)) or needed
    if (
        not state.root
        or not state.root_exists
        or not holds_role(state.root_path, role, own_of(state))
    ):
        return False
    return all(state.container(service) is None for service in own)


def _hosts(backup: BackupSet, role: str) -> list[str]:
    parts = backup.manifest.hosts if backup.manifest is not None else ()
    return [part.name for part in parts if role in part.roles]


def _roles(host: str, deployment: Deployment, own: Sequence[BackupSet]) -> list[str]:
    """The roles that the newest set with a machine has on it; of a platform of one machine the
    newest set's, whatever the machine was called."""
    for backup in reversed(own):
        parts = backup.manifest.hosts if backup.manifest is not None else ()
        alone = len(parts) == 1 and len(deployment.hosts) == 1
        found = [role for part in parts if alone or part.name == host for role in part.roles]
        if found:
            return found
    return []
