"""Stop the config follower during a copy: it could rewrite configuration and restart services."""

from __future__ import annotations

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.plan import Step, quote
from pryv_tui.platform.roles import CONFIG_FOLLOWER

FOLLOWER = "pryvio_config_follower"


class HoldFollower(Step, frozen=True, kw_only=True, tag="hold-follower"):
    """Stop the config follower until the copy is done."""

    container: str = FOLLOWER

    @property
    def title(self) -> str:
        return f"Hold the config follower on {self.host}"

    @property
    def command(self) -> tuple[str, ...]:
        return (quote("docker", "stop", self.container),)

    @property
    def leaves(self) -> str:
        return "the config follower stopped; the services don't notice"

    @property
    def undone(self) -> str:
        return quote("docker", "start", self.container)

    def perform(self, ctx: RunContext) -> None:
        # Ask for the present state: a follower that keeps restarting rewrites files too.
        follower = ctx.glance_at(self.host).find(self.container, CONFIG_FOLLOWER)
        if follower is None or follower.state not in ("running", "restarting"):
            ctx.report.note("the config follower is not running: nothing to hold")
            return
        ctx.owe(Owed(kind="start", host=self.host, what=follower.name))
        ctx.site.host(self.host).engine.stop(follower.name)


class ReleaseFollower(Step, frozen=True, kw_only=True, tag="release-follower"):
    """Start the config follower again, if this run has stopped it."""

    container: str = FOLLOWER

    @property
    def title(self) -> str:
        return f"Release the config follower on {self.host}"

    @property
    def command(self) -> tuple[str, ...]:
        return (quote("docker", "start", self.container),)

    def perform(self, ctx: RunContext) -> None:
        for owed in ctx.outstanding:
            if owed.kind == "start" and owed.host == self.host and owed.what == self.container:
                try:
                    ctx.site.host(self.host).engine.start(self.container)
                except PryvTuiError as error:
                    # A person has to start it, but the set is already complete and good.
                    ctx.warn(f"{self.container} on {self.host} is stopped: {error.what}")
                    return
                ctx.settle(owed)
