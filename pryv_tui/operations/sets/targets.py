"""Decide which machine of the platform each part of a set is restored to. Pure."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.phrases import counted
from pryv_tui.platform.roles import ROLE_NAMES
from pryv_tui.vault.manifest import SetHost, SetManifest


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """One machine's part of a set, and the machine to which it is restored."""

    set_host: str
    """The machine's name in the set."""
    host: str
    root: str


def taken_together(targets: Sequence[Target], roles: Mapping[str, Sequence[str]]) -> list[str]:
    """A line for each role that is restored on several machines.

    A restore can't take only one of these machines, so healthy data on the others is replaced too.

    Args:
        roles: the roles of each part of the set, by the machine's name in the set.
    """
    found = []
    for role in ROLE_NAMES:
        hosts = [target.host for target in targets if role in roles.get(target.set_host, ())]
        if len(hosts) > 1:
            found.append(
                f"{role} goes back to the set on {counted(len(hosts), 'machine')},"
                f" {', '.join(hosts)}: you can't choose only one of them. What is newer there is"
                " listed by machine."
            )
    return found


def hosts_for(deployment: Deployment, roles: Sequence[str]) -> tuple[HostState, ...]:
    """The machines with the wanted roles, in the documented order (core, register, static-web).

    Args:
        roles: the wanted roles; empty: all of the deployment.

    Raises:
        PryvTuiError: `refused`: a role is not here; only some of the roles that share a root are
            wanted (they are copied once and restored together); or two machines have one root.
    """
    wanted = _in_order(roles or deployment.roles)
    found: list[HostState] = []
    for role in wanted:
        states = deployment.hosts_of(role)
        if not states:
            known = ", ".join(deployment.roles) or "none"
            raise PryvTuiError(
                "refused",
                f"the role {role} was not found on this platform (found: {known})",
                "Name a role that status shows, or declare its host in the configuration file.",
            )
        found += [state for state in states if state not in found]
    for state in found:
        beside = [role for role in state.roles if role not in wanted]
        if beside:
            raise PryvTuiError(
                "refused",
                f"on {state.name} the roles {', '.join(state.roles)} share one root: they are"
                " copied once and restored together",
                "Omit --role, or name all of them: "
                + " ".join(f"--role {role}" for role in state.roles),
            )
    _one_root_each((state.name, state.root or "") for state in found)
    return tuple(found)


def _in_order(roles: Sequence[str]) -> list[str]:
    """Sort roles into the documented order: with core before register, the gap does less harm."""
    return [role for role in ROLE_NAMES if role in roles]


def _one_root_each(roots: Iterable[tuple[str, str]]) -> None:
    """Refuse two machines whose roots are the same folder: their files would be mixed.

    Args:
        roots: the name and the root of each machine.
    """
    seen: dict[str, str] = {}
    for name, root in roots:
        real = os.path.realpath(root)
        if real in seen:
            raise PryvTuiError(
                "refused",
                f"{seen[real]} and {name} have the same root, {root}: their files would be mixed",
                "Give each host a separate root in the configuration file, reachable here.",
            )
        seen[real] = name


def targets_for(
    deployment: Deployment, manifest: SetManifest, roles: Sequence[str]
) -> tuple[Target, ...]:
    """Decide to which machine each part of a set is restored; see `receiver`.

    Args:
        roles: the wanted roles; empty: all of the set.

    Raises:
        PryvTuiError: `refused`: the set lacks a role; only some of the roles that share a root are
            wanted; no machine fits a part; or two parts would go to one machine or root.
    """
    wanted = _in_order(roles or manifest.roles)
    parts: list[SetHost] = []
    for role in wanted:
        holding = [host for host in manifest.hosts if role in host.roles]
        if not holding:
            raise PryvTuiError(
                "refused",
                f"the set {manifest.id} does not hold the role {role}"
                f" (it holds {', '.join(manifest.roles)})",
                "Choose a role that the set holds.",
            )
        parts += [part for part in holding if part not in parts]
    for part in parts:
        beside = [role for role in part.roles if role not in wanted]
        if beside:
            raise PryvTuiError(
                "refused",
                f"in the set, {', '.join(part.roles)} share one root: they are restored together",
                "Omit --role, or name all of them.",
            )
    targets: list[Target] = []
    for part in parts:
        state = receiver(deployment, part, alone=len(parts) == 1)
        if state is None:
            raise PryvTuiError(
                "refused",
                f"there is no place for the set's {', '.join(part.roles)} (from {part.name}): no"
                " host of this platform has that role or that name",
                "Declare the host in the configuration file, or restore one role with --role.",
            )
        if any(target.host == state.name for target in targets):
            raise PryvTuiError(
                "refused",
                f"two parts of the set would go to {state.name}: their roots would be mixed",
                "Restore one role per machine, with --role.",
            )
        targets.append(Target(set_host=part.name, host=state.name, root=state.root or part.root))
    _one_root_each((target.host, target.root) for target in targets)
    return tuple(targets)


def receiver(deployment: Deployment, part: SetHost, *, alone: bool) -> HostState | None:
    """The machine to which a part of a set is restored; None if none fits.

    In this order: the machine of the same name, if it has one of the part's roles, or none at all;
    the only machine with one of the part's roles; the machine of the same name; the only machine of
    the platform, if `alone`.

    Args:
        alone: whether no other part is restored.
    """
    named = deployment.host(part.name)
    if named is not None and (set(named.roles) & set(part.roles) or not named.roles):
        return named
    for role in part.roles:
        states = deployment.hosts_of(role)
        if len(states) == 1:
            return states[0]
    if named is not None:
        return named
    if alone and len(deployment.hosts) == 1:
        return deployment.hosts[0]
    return None
