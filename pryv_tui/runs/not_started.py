"""Containers that a run stopped and did not start again before it ended: which run, and why.

This is not half-done work: each container can be started by a command, and may be meant to stay
stopped. But nobody should have to guess who stopped it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pryv_tui.clock import moment_of
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.hosts.engine import Container
from pryv_tui.operations.commands import container_command
from pryv_tui.operations.kind import kind_of
from pryv_tui.runs.record.history import RunRecord, debts_of


class NotStarted(NamedTuple):
    """One container that is still stopped."""

    host: str
    container: str
    run: str
    """The newest run that should have started the container again."""
    kind: str
    why: str
    """Why that run did not come to its end; empty if it did."""

    @property
    def words(self) -> str:
        """That the container is stopped and how to start it, in sentences."""
        start = container_command("start", self.container, self.host)
        why = f" ({self.why.rstrip('.')})" if self.why else ""
        return (
            f"{self.container} on {self.host} is still stopped: the {self.kind} {self.run} stopped"
            f" it, and has not started it again{why}. Start it: {start}"
        )


def not_started(deployment: Deployment, records: Sequence[RunRecord]) -> list[NotStarted]:
    """Return the containers that a run stopped and that are still stopped.

    A container that has run since then was stopped by somebody else, and is left out.

    Args:
        records: all runs, oldest first.
    """
    down = {
        (state.name, one.name): one
        for state in deployment.hosts
        for one in state.containers
        if one.state in ("exited", "dead", "created")
    }
    found: dict[tuple[str, str], NotStarted] = {}
    for record in reversed(records) if down else ():
        if record.state != "ended" or not kind_of(record.kind).holds_platform:
            continue
        for owed in debts_of(record).outstanding:
            state = deployment.host(owed.host) if owed.kind == "start" else None
            container = state.named(owed.what) if state is not None else None
            key = (owed.host, container.name if container is not None else "")
            if container is None or key not in down or key in found or _ran(container, record):
                continue
            why = record.failure.what if record.failure is not None else ""
            found[key] = NotStarted(owed.host, container.name, record.id, record.kind, why)
    return list(found.values())


def _ran(container: Container, record: RunRecord) -> bool:
    """Whether a container stopped after the run had ended, so that it has run since."""
    ended, over = moment_of(container.since), moment_of(record.finished)
    return ended is not None and over is not None and ended > over
