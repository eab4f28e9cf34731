"""An engine whose containers are stopped and started at once: for the tests of that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from pryv_tui.hosts.engine import Container
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.settings.patience import Patience
from pryv_tui.platform.roles import DATABASE_SERVICES
from tests.hosts.machines import StillHost, machine
from tests.operations.kit import Heard, TellingEngine, context

FIRST = {"pryvio_config_follower", "pryvio_nginx"}
DATABASES = {f"pryvio_{service}" for service in DATABASE_SERVICES}


class Engine(TellingEngine):
    """Stops and starts what it is asked for; `first` is called in each stop's thread."""

    def __init__(self, state: str = "running") -> None:
        every = [msgspec.structs.replace(c, state=state) for c in machine("single-node")]
        super().__init__(every, lambda _argv: (1, "", "no answer"))
        self.first: Callable[[str], None] = lambda _: None
        self.done: list[str] = []
        self.seconds: dict[str, int | None] = {}
        self.stopping: dict[str, int] = {}
        """Those that somebody is stopping, and in how many looks they will have ended."""

    def containers(self) -> list[Container]:
        for name in list(self.stopping):
            self.stopping[name] -= 1
            if not self.stopping[name]:
                del self.stopping[name]
                self.turned(name, "exited")
        return super().containers()

    def stop(self, container: str, *, timeout: int | None = None) -> None:
        self.first(container)
        self.seconds[container] = timeout
        self.turned(container, "exited")

    def start(self, container: str) -> None:
        self.first(container)
        self.turned(container, "running")

    def turned(self, name: str, state: Any) -> None:
        self._containers[name] = msgspec.structs.replace(self._containers[name], state=state)
        self.done.append(name)


def ready(
    folder: Path, state: str = "running", patience: Patience | None = None
) -> tuple[Engine, RunContext, Heard]:
    engine = Engine(state)
    host = StillHost("one", machine("single-node"))
    ctx, heard = context(folder, host, patience=patience)
    host.engine = engine  # type: ignore[assignment]
    return engine, ctx, heard


def owed(ctx: RunContext) -> set[str]:
    return {one.what for one in ctx.outstanding if one.kind == "start"}
