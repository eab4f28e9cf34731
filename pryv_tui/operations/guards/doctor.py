"""Every precondition as it is now, for an operator who asks."""

from __future__ import annotations

from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.compose import compose_program
from pryv_tui.operations.going_on import GoingOn
from pryv_tui.operations.guards.backup import backup_guards
from pryv_tui.operations.guards.busy import as_told
from pryv_tui.operations.guards.host import influxdb_line
from pryv_tui.operations.guards.line import GuardLine, warning
from pryv_tui.operations.hints import container_command
from pryv_tui.operations.site import Site


def doctor(site: Site, deployment: Deployment, going_on: GoingOn | None = None) -> list[GuardLine]:
    """Every precondition as it is now.

    Args:
        going_on: the run that holds the platform now; it is said first.
    """
    lines = backup_guards(site, deployment, (), going_on=going_on)
    if going_on is not None:
        lines[0] = as_told(lines[0])
    for state in deployment.hosts:
        databases = influxdb_line(state)
        if databases is not None:
            lines.append(databases)
        if state.reachable and compose_program(site.host(state.name)) is None:
            lines.append(
                warning(
                    f"compose {state.name}",
                    "neither docker-compose nor docker compose is there",
                    "A restore on a machine without containers needs one:"
                    " apt-get install docker-compose",
                )
            )
        for container in state.containers:
            if container.state == "restarting" or container.restarts > 3:
                lines.append(
                    warning(
                        f"container {container.name}",
                        f"{container.state}, restarted {container.restarts} times",
                        f"Read its log: {container_command('logs', container.name, state.name)}",
                    )
                )
    return lines
