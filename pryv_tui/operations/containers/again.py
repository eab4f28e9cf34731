"""How a service that does not run comes up again, as its container's state allows it."""

from __future__ import annotations

from collections.abc import Sequence

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import HostState
from pryv_tui.hosts.host import Host
from pryv_tui.operations.commands import Switch, container_command, unpaused
from pryv_tui.operations.plan import quote


def started_again(state: HostState, services: Sequence[str]) -> str:
    """How services come up again that do not run, each as its state allows it."""
    found = [state.container(service) for service in services]
    ways = []
    for container in found:
        if container is None or container.running:
            continue
        if container.state == "paused":
            ways.append(quote("docker", "unpause", container.name))
        else:
            again: Switch = "restart" if container.state == "restarting" else "start"
            ways.append(container_command(again, container.name, state.name))
    if None in found:
        ways.append("run-pryv in the root, which brings up what does not exist")
    return f"Start them, then try again: {'; '.join(ways)}"


def runs_again(host: Host, name: str) -> str | None:
    """How a container runs again that a tool was to run in, by its state now; None where that is
    not known, or it is gone."""
    try:
        found = next((one for one in host.engine.containers() if one.name == name), None)
    except PryvTuiError:
        return None
    if found is None:
        return None
    if found.running:
        return "It runs again by now: try again."
    if found.state == "paused":
        return unpaused(name, host.name, practice=host.practice)
    again: Switch = "restart" if found.state == "restarting" else "start"
    return f"Let it run, then try again: {container_command(again, name, host.name)}"
