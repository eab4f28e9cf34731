"""Stop and start one container at an operator's request."""

from __future__ import annotations

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.engine import Container
from pryv_tui.operations.commands import container_command
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.services.rescue import after_start, after_stop, before_stop
from pryv_tui.operations.services.staying_up import stay_up
from pryv_tui.platform.roles import CONFIG_FOLLOWER, NEEDS_REGISTER

STOP_SECONDS = 30
"""The container's program is killed if it has not ended after this many seconds."""
KILLED = 137
"""The exit code of a program that was ended by SIGKILL (128 + 9)."""


class StopContainer(Step, frozen=True, kw_only=True, tag="stop-container"):
    """Stop a container, and check that it has stopped."""

    container: str
    again: bool = False
    """Whether a later step starts it again. Then the journal records before the stop that it has to
    be started."""

    destructive = True

    @property
    def title(self) -> str:
        return f"Stop {self.container} on {self.host}"

    @property
    def command(self) -> tuple[str, ...]:
        return (quote("docker", "stop", "-t", str(STOP_SECONDS), self.container),)

    @property
    def leaves(self) -> str:
        if self.again:
            return f"{self.container} stopped; it is started again"
        return f"{self.container} running, or stopped"

    @property
    def undone(self) -> str:
        return quote("docker", "start", self.container)

    def perform(self, ctx: RunContext) -> None:
        engine = ctx.site.host(self.host).engine
        if self.again:
            ctx.owe(Owed(kind="start", host=self.host, what=self.container))
        rescued = before_stop(ctx, self.host, self.container)
        engine.stop(self.container, timeout=STOP_SECONDS)
        found = look(ctx, self.host, self.container)
        if found.state in ("running", "restarting", "paused"):
            raise PryvTuiError(
                "step-failed",
                f"{self.container} on {self.host} would not stop: it is {found.state}",
                f"Its log may say why: {container_command('logs', self.container, self.host)};"
                " then try again.",
            )
        after_stop(ctx, rescued)
        code = "" if found.exit_code is None else f" with exit code {found.exit_code}"
        killed = f": killed after {STOP_SECONDS} s" if found.exit_code == KILLED else ""
        ctx.checked(f"{self.container} on {self.host}: stopped{code}{killed}")


class StartContainer(Step, frozen=True, kw_only=True, tag="start-container"):
    """Start a container, and check that it stays up."""

    container: str

    @property
    def title(self) -> str:
        return f"Start {self.container} on {self.host}"

    @property
    def command(self) -> tuple[str, ...]:
        return (quote("docker", "start", self.container),)

    @property
    def leaves(self) -> str:
        return f"{self.container} stopped, or running"

    @property
    def undone(self) -> str:
        return quote("docker", "stop", self.container)

    def perform(self, ctx: RunContext) -> None:
        ctx.site.host(self.host).engine.start(self.container)
        ctx.settle(Owed(kind="start", host=self.host, what=self.container))
        # The operator asked for this container, so it has to stay up; except for a service that
        # needs register, and may not stay up until register runs.
        waits = look(ctx, self.host, self.container).service in (*NEEDS_REGISTER, CONFIG_FOLLOWER)
        stay_up(ctx, self.host, {self.container}, needed=set() if waits else {self.container})
        after_start(ctx, self.host, self.container)


def look(ctx: RunContext, host: str, name: str) -> Container:
    """Inspect a container now, and return it.

    Raises:
        PryvTuiError: `container-missing`, it does not exist any more.
    """
    for container in ctx.site.host(host).engine.containers():
        if container.name == name:
            return container
    raise PryvTuiError("container-missing", f"there is no container {name} on {host} any more")
