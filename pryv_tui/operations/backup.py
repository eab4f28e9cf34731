"""The plan of a backup, built from what is known of the platform. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.operations.plan import Plan, Step, numbered
from pryv_tui.operations.steps.check_store import CheckStore
from pryv_tui.operations.steps.complete_set import CompleteSet
from pryv_tui.operations.steps.copy_root import CopyRoot
from pryv_tui.operations.steps.dump_store import DumpStore
from pryv_tui.operations.steps.hold_follower import HoldFollower, ReleaseFollower
from pryv_tui.operations.steps.open_set import OpenSet
from pryv_tui.operations.steps.prepare_dump import PrepareDump, PutBackDump
from pryv_tui.operations.targets import hosts_for
from pryv_tui.platform.gap import Gap, notice
from pryv_tui.platform.roles import ROLES


def backup_plan(
    deployment: Deployment,
    *,
    roles: Sequence[str] = (),
    vault: str,
    set_id: str,
    run_id: str,
    last_gap: Gap | None = None,
    expected: Mapping[str, float] | None = None,
) -> Plan:
    """The steps of a backup, in the documented order: core, register, static-web.

    Args:
        roles: the roles to back up; all that were found where none is named.
        last_gap: the gap of the last backup, for the notice.
        expected: seconds that each step took last time.

    Raises:
        PryvTuiError: `refused`, see `hosts_for`.
    """
    hosts = hosts_for(deployment, roles)
    chosen = tuple(role for state in hosts for role in state.roles)
    steps: list[Step] = [OpenSet(vault=vault, set_id=set_id, roles=chosen)]
    steps += [HoldFollower(host=state.name) for state in hosts]
    for state in hosts:
        steps += _host_steps(state, f"{vault}/{set_id}.partial/{state.name}", run_id)
    for state in hosts:
        steps += _check_steps(state, f"{vault}/{set_id}.partial/{state.name}")
    steps.append(
        CompleteSet(
            vault=vault, set_id=set_id, roles=chosen, hosts=tuple(state.name for state in hosts)
        )
    )
    for state in hosts:
        steps += _give_back_steps(state, run_id)
    steps += [ReleaseFollower(host=state.name) for state in hosts]
    return Plan(
        kind="backup",
        roles=chosen,
        steps=numbered(steps),
        domain=deployment.domain,
        set_id=set_id,
        notice=tuple(notice(last_gap, expected=True)),
        effects=(
            "Users notice nothing: every service goes on. Only the config follower is held.",
            "The platform is left as it was found: dump folders get back what they held.",
            "Nothing is deleted. A backup that stops half-way is never listed as a set.",
        ),
        expected=dict(expected or {}),
    )


def _dumped(state: HostState) -> list[str]:
    return [
        store
        for role in state.roles
        for store in ROLES[role].stores
        if store in state.layout.stores and state.layout.stores[store].dump
    ]


def _aside(state: HostState, run_id: str, store: str) -> str:
    return f"{state.root}/.pryv-tui/dumps/{run_id}/{store}"


def _folder(state: HostState, store: str) -> str:
    return f"{state.root}/{state.layout.stores[store].dump}"


def _host_steps(state: HostState, destination: str, run_id: str) -> list[Step]:
    steps: list[Step] = [
        PrepareDump(
            host=state.name,
            store=store,
            folder=_folder(state, store),
            aside=_aside(state, run_id, store),
        )
        for store in _dumped(state)
    ]
    for store in ("mongodb", "influxdb", "redis"):
        if store in state.layout.stores:
            steps.append(
                DumpStore(host=state.name, store=store, layout=state.layout, roles=state.roles)
            )
    steps.append(
        CopyRoot(
            host=state.name,
            root=state.root or "",
            destination=destination,
            layout=state.layout,
            roles=state.roles,
        )
    )
    return steps


def _check_steps(state: HostState, destination: str) -> list[Step]:
    stores: list[str] = [
        name for name in ("mongodb", "influxdb", "redis") if name in state.layout.stores
    ]
    if any("sqlite" in ROLES[role].stores for role in state.roles):
        stores.append("sqlite")
    return [
        CheckStore(host=state.name, store=store, layout=state.layout, destination=destination)
        for store in stores
    ]


def _give_back_steps(state: HostState, run_id: str) -> list[Step]:
    return [
        PutBackDump(
            host=state.name,
            store=store,
            folder=_folder(state, store),
            aside=_aside(state, run_id, store),
        )
        for store in _dumped(state)
    ]
