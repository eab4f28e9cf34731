"""Looks at the live platform that may have been killed: what they had begun in a container is told.

A look has MongoDB's own program send every document. Where who asks is killed, that program goes on
in its container until it has read everything. It carries no mark that another's could not carry: a
backup by hand to the output of the program looks the same, and so does a look that somebody follows
from another state folder, user or machine. So none is ended here.
"""

from __future__ import annotations

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.commands import reads_on
from pryv_tui.operations.guards.host import only_looks
from pryv_tui.operations.site import Site


def looks_left(site: Site, deployment: Deployment) -> list[str]:
    """What reads MongoDB in its containers and sends it to its output, a line each, with what a
    person can do; and each container that could not be asked. Nothing is ended."""
    found = []
    for state in deployment.hosts:
        container = state.container("mongodb")
        if container is None or not container.running:
            continue
        try:
            lines = site.host(state.name).engine.processes(container.name)
        except PryvTuiError as error:
            found.append(
                f"{state.name}: whether a look that was killed still reads MongoDB in"
                f" {container.name} is not known: {error.told}"
            )
            continue
        found += [
            f"{state.name}: {line} runs in {container.name} and goes on: it may be a look at the"
            " live platform that was killed, one that somebody follows, or somebody's own dump."
            f" {reads_on(container.name, state.name)}"
            for line in dict.fromkeys(lines)
            if only_looks(line)
        ]
    return found
