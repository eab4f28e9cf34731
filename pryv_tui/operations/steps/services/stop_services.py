"""Stop what runs on a host: folders are swapped under stopped containers only.

A bind mount follows the inode: a container that ran through the swap would go on with the old,
moved folder.
"""

from __future__ import annotations

import msgspec

from pryv_tui.clock import timestamp
from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.engine import UP
from pryv_tui.operations.commands import container_command
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.services.rescue import after_stop, before_stop
from pryv_tui.operations.services.standing import Standing
from pryv_tui.operations.services.wellbeing import seen
from pryv_tui.platform.roles import stop_rank


class StopServices(Step, frozen=True, kw_only=True, tag="stop"):
    """Stop every container of the host, and whatever else has a part of its root mounted; see that
    each has stopped."""

    containers: tuple[str, ...]
    others: tuple[str, ...] = ()
    """None of the platform's: stopped first, since they write into folders that are swapped."""
    services: dict[str, str] = msgspec.field(default_factory=dict)
    """The services of containers whose names don't tell them."""

    destructive = True

    @property
    def title(self) -> str:
        if self.others:
            return f"Stop the services of {self.host}, and what else has its root mounted"
        return f"Stop the services of {self.host}"

    @property
    def names(self) -> tuple[str, ...]:
        """All that is stopped, in this order."""
        return (*self.others, *self.containers)

    @property
    def command(self) -> tuple[str, ...]:
        return (quote("docker", "stop", *self.names),) if self.names else ()

    @property
    def leaves(self) -> str:
        return "some services stopped; they are started again"

    @property
    def undone(self) -> str:
        return quote("docker", "start", *reversed(self.names)) if self.names else ""

    @property
    def undoable(self) -> bool:
        return bool(self.names)

    def perform(self, ctx: RunContext) -> None:
        engine = ctx.site.host(self.host).engine
        found = ctx.found_on(self.host)
        ctx.report.found(self.host, seen(found))
        theirs = {other.name for other in found.others}
        up = [c for c in found.in_the_way if c.state in UP]
        up.sort(key=lambda c: (-1, c.name) if c.name in theirs else stop_rank(c.service))
        running = [c.name for c in up]
        # Named in the plan but down already: a restore that died had stopped them.
        planned = [(name, found.find(name, self.services.get(name, ""))) for name in self.names]
        there = dict.fromkeys(here.name if here is not None else name for name, here in planned)
        stopped_before = [name for name in there if name not in running]
        for name in stopped_before:
            ctx.owe(Owed(kind="start", host=self.host, what=name))
        ctx.facts.ran.setdefault(self.host, sorted({*running, *stopped_before}))
        for number, name in enumerate(running, start=1):
            ctx.check_cancelled()
            ctx.owe(Owed(kind="start", host=self.host, what=name))
            ctx.facts.down_from = ctx.facts.down_from or timestamp()
            ctx.facts.down_to = ""
            rescued = before_stop(ctx, self.host, name)
            try:
                engine.stop(name)
            except PryvTuiError as error:
                # One that is removed as it ends is as good as stopped.
                if error.name != "container-missing":
                    raise
            after_stop(ctx, rescued)
            ctx.report.progress(number, len(running), "containers")
        still = sorted(c.name for c in ctx.found_on(self.host).in_the_way if c.state in UP)
        if still:
            raise PryvTuiError(
                "step-failed",
                f"these containers would not stop on {self.host}: {', '.join(still)}",
                f"Its log may say what holds it: {container_command('logs', still[0], self.host)};"
                " then try again.",
            )


def stop_step(host: str, now: Standing) -> StopServices:
    """The step that stops what stands in the way on a machine."""
    return StopServices(host=host, containers=now.running, others=now.others, services=now.services)
