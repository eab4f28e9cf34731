"""Looks at the live platform that were killed: what they had begun in a container is ended."""

from __future__ import annotations

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.audit.following import none_followed
from pryv_tui.operations.guards.host import only_looks
from pryv_tui.operations.site import Site
from pryv_tui.runs.now import who_holds


def end_dead_looks(site: Site, deployment: Deployment) -> list[str]:
    """End what looks have left running in containers that nobody follows; what was ended, and what
    could not be, a line each. While a run holds the platform it may be its own: nothing then.
    """
    if who_holds(site) is not None:
        return []
    with none_followed(site.state) as dead:
        found = []
        for state in deployment.hosts if dead else ():
            container = state.container("mongodb")
            if container is None or not container.running:
                continue
            engine = site.host(state.name).engine
            try:
                lines = [one for one in engine.processes(container.name) if only_looks(one)]
                for line in dict.fromkeys(lines):
                    ended = engine.end_processes(container.name, line)
                    found += [
                        f"{state.name}: {one} in {container.name}, a look at the live platform that"
                        " nobody follows from here any more, was ended."
                        for one in ended
                    ]
            except PryvTuiError as error:
                found.append(
                    f"{state.name}: a look that nobody follows from here may still run in"
                    f" {container.name}: {error.told}"
                )
        return found
