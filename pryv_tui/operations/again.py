"""How a service that does not run comes up again, as its container's state allows it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from pryv_tui.hosts.deployment import HostState
from pryv_tui.operations.hints import Switch, container_command
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
