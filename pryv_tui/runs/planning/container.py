"""Starting, stopping and restarting one container: refused while it would cross a run."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.hosts.engine import NO_RESTART, Container
from pryv_tui.operations.plan import Plan
from pryv_tui.operations.plans.container import container_plan, find_container, roles_with
from pryv_tui.operations.root.marker import read_marker
from pryv_tui.operations.sets.missing_roles import bare_roles, services_of
from pryv_tui.operations.site import Site
from pryv_tui.operations.steps.services.restart_policy import update
from pryv_tui.runs.left import left_behind
from pryv_tui.runs.lock import check_free, lock_path
from pryv_tui.runs.record.history import policies_owed


def preview_switch(
    site: Site,
    deployment: Deployment,
    act: Literal["start", "stop", "restart"],
    name: str,
    host: str = "",
) -> Plan:
    """The plan of an act as it would be done now, for whoever is about to ask for it.

    Raises:
        PryvTuiError: `busy` while a run holds the platform; what `plan_switch` raises.
    """
    check_free(lock_path(site.settings))
    return plan_switch(site, deployment, act, name, host)


def plan_switch(
    site: Site,
    deployment: Deployment,
    act: Literal["start", "stop", "restart"],
    name: str,
    host: str = "",
    *,
    but: str = "",
) -> Plan:
    """The plan of an act.

    Args:
        name: the container's, or its service's.
        host: its machine; needed where several have one of that name.
        but: the run that asks, which is no earlier one.

    Raises:
        PryvTuiError: `container-missing`, `usage`, `engine-unreachable`; `refused` where the
            container's state does not allow it, while a root is half-restored, an earlier run
            still has to put something back, or a restore has taken the restart policy away.
    """
    state, container = find_container(deployment, name, host)
    left = left_behind(site, deployment, but=but)
    if left:
        raise PryvTuiError(
            "refused",
            f"{left[0].text} Until that is settled no container is started or stopped by itself",
            "Bring it to its end, or put back what was there: pryv-tui recover",
        )
    for each in deployment.hosts:
        _whole(each)
    _policy(site, state, container)
    bare, empty = _nothing_there(state, container)
    return container_plan(deployment, act, state, container, bare=bare, empty=empty)


def _nothing_there(state: HostState, container: Container) -> tuple[list[str], str]:
    """Of a container's roles those without their files; its database's folder if it is empty."""
    if not state.root or not state.root_exists:
        return [], ""
    bare = [
        role
        for role in bare_roles(state.root_path, roles_with(state, container))
        if container.service in services_of(state, role)
    ]
    layout = next((s for s in state.layout.stores.values() if s.container == container.name), None)
    if layout is None or not layout.data:
        return bare, ""
    folder = state.root_path / layout.data
    try:
        empty = not folder.is_dir() or not any(folder.iterdir())
    except OSError:
        empty = False  # what can't be read counts as there
    return bare, str(folder) if empty else ""


def _whole(state: HostState) -> None:
    marker = read_marker(Path(state.root)) if state.root and state.root_exists else None
    if marker is not None:
        raise PryvTuiError(
            "refused",
            f"{state.root} on {state.name} is half-restored (run {marker.run}): no container is"
            " started or stopped by itself until that is settled",
            "Bring it to its end, or put back what was there: pryv-tui recover",
        )


def _policy(site: Site, state: HostState, container: Container) -> None:
    """What a restore took away and nobody gave back, also where its run has ended."""
    owed = policies_owed(site.state).get((state.name, container.name), NO_RESTART)
    if owed != NO_RESTART and container.restart_policy == NO_RESTART:
        raise PryvTuiError(
            "refused",
            f"a run has taken the restart policy of {container.name} on {state.name} away"
            f" ({owed}) and not given it back",
            f"Give it back first: {update({container.name: owed})[0]}",
        )
