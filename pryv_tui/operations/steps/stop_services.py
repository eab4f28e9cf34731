"""Stop what runs on a host: folders are swapped under stopped containers only.

A bind mount follows the inode: a container that ran through the swap would go on with the old,
moved folder.
"""

from __future__ import annotations

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.context import Owed, RunContext
from pryv_tui.operations.hints import container_command
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.steps.dump_store import now
from pryv_tui.platform.roles import stop_order


class StopServices(Step, frozen=True, kw_only=True, tag="stop"):
    """Stop every container of the host, and see that each has stopped."""

    containers: tuple[str, ...]

    destructive = True

    @property
    def title(self) -> str:
        return f"Stop the services of {self.host}"

    @property
    def command(self) -> tuple[str, ...]:
        if not self.containers:
            return ()
        return (quote("docker", "stop", *self.containers),)

    @property
    def leaves(self) -> str:
        return "some services stopped; they are started again"

    @property
    def undone(self) -> str:
        return quote("docker", "start", *reversed(self.containers)) if self.containers else ""

    def perform(self, ctx: RunContext) -> None:
        engine = ctx.site.host(self.host).engine
        running = {
            c.name for c in engine.containers() if c.state in ("running", "restarting", "paused")
        }
        services = stop_order(name.removeprefix("pryvio_") for name in running)
        # Named in the plan but down already: a restore that died had stopped them.
        stopped_before = [name for name in self.containers if name not in running]
        for name in stopped_before:
            ctx.owe(Owed(kind="start", host=self.host, what=name))
        ctx.facts.ran.setdefault(self.host, sorted({*running, *stopped_before}))
        for number, service in enumerate(services, start=1):
            ctx.check_cancelled()
            name = f"pryvio_{service}"
            ctx.owe(Owed(kind="start", host=self.host, what=name))
            ctx.facts.down_from = ctx.facts.down_from or now()
            ctx.facts.down_to = ""
            engine.stop(name)
            ctx.report.progress(number, len(services), "containers")
        still = sorted(
            c.name for c in engine.containers() if c.state in ("running", "restarting", "paused")
        )
        if still:
            raise PryvTuiError(
                "step-failed",
                f"these containers would not stop on {self.host}: {', '.join(still)}",
                "Find out what holds them, stop them, then try again:"
                f" {container_command('logs', still[0], self.host)};"
                f" {container_command('stop', still[0], self.host)}",
            )
