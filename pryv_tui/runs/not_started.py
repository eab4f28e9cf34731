"""Containers that a run stopped, has ended, and did not start again: who did, and why not.

That is no work that was left half-done: each is started by a command of its own, and it may be
meant to stay as it is by now. But nobody has to guess who has stopped it.
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
    """One such container."""

    host: str
    container: str
    run: str
    """The newest of those that owe its start."""
    kind: str
    why: str
    """Why that run came to no end; empty where it did, and its result alone tells it."""

    @property
    def words(self) -> str:
        """It, and the way out, in sentences."""
        start = container_command("start", self.container, self.host)
        why = f" ({self.why.rstrip('.')})" if self.why else ""
        return (
            f"{self.container} on {self.host} is still stopped: the {self.kind} {self.run} stopped"
            f" it, and has not started it again{why}. Start it: {start}"
        )


def not_started(deployment: Deployment, records: Sequence[RunRecord]) -> list[NotStarted]:
    """Those that are stopped still. One that has run since was stopped by somebody else.

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
    """Whether a container has ended after a run had."""
    ended, over = moment_of(container.since), moment_of(record.finished)
    return ended is not None and over is not None and ended > over
