"""The commands that start a stopped service again, depending on its container's state."""

from __future__ import annotations

from collections.abc import Sequence

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import HostState
from pryv_tui.hosts.engine import Container, unpaused
from pryv_tui.hosts.host import Host
from pryv_tui.operations.commands import Switch, container_command
from pryv_tui.operations.plan import quote


def started_again(state: HostState, services: Sequence[str]) -> str:
    """Sentences on how to start services that are not running, depending on their containers'
    states."""
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


def without_log(found: Container | None, name: str, host: str) -> str:
    """Say why a container has no log: it does not exist, or it was never started.

    Empty if it has one.

    Args:
        found: the container as its engine has it now; None if it does not exist.
    """
    if found is None:
        return (
            f"{name} does not exist any more; to see what is missing, and how to bring it back:"
            " pryv-tui doctor"
        )
    if found.state == "created":
        again = container_command("start", found.name, host)
        return f"{found.name} was never started, so it has no log; start it: {again}"
    return ""


def says_why(found: Container | None, name: str, host: str) -> str:
    """If a container has no log, say where to read why it is not running; else empty."""
    if not without_log(found, name, host):
        return ""
    has_none = "does not exist any more" if found is None else "was never started"
    return f"pryv-tui doctor ({name} {has_none}: it has no log)"


def runs_again(host: Host, name: str, *, half: bool = False) -> str | None:
    """The remedy for a stopped container in which a program was to run.

    None if its state is unknown, or if it is gone.

    Args:
        half: whether a root is half-restored. Then a person should start nothing: the run that
            finishes the restore, or undoes it, starts what it needs. The remedy is then empty,
            unless the container is paused.
    """
    try:
        found = next((one for one in host.engine.containers() if one.name == name), None)
    except PryvTuiError:
        return None
    if found is None:
        return None
    if found.running and not half:
        return "It is running again: try again."
    if found.state == "paused":
        return unpaused(name, host.name, practice=host.practice)
    if half:
        return ""
    again: Switch = "restart" if found.state == "restarting" else "start"
    return f"Let it run, then try again: {container_command(again, name, host.name)}"
