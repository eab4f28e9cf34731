"""Start: start one container. This file also has the base class for stop and restart."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.acts import Act
from pryv_tui.operations.commands import container_command
from pryv_tui.operations.kind import Progress, Request, World

if TYPE_CHECKING:
    from pryv_tui.operations.context import RunContext
    from pryv_tui.operations.plan import Plan


class OfAContainer(Request, frozen=True, kw_only=True):
    """The request to start, stop or restart one container."""

    container: str = ""
    """The container's name."""
    host: str = ""
    """The name of the container's host."""

    of_a_container: ClassVar[bool] = True
    changes_platform: ClassVar[bool] = True
    again_after: ClassVar[str] = "To do it anyway"
    act: ClassVar[Act]
    was: ClassVar[str]
    """Words for the result, after the container's name: `was started`."""

    def plan(self, world: World) -> Plan:
        """Plan to start, stop or restart the container.

        Raises:
            PryvTuiError: see `plan_switch`.
        """
        from pryv_tui.operations.plans.container import plan_switch

        asked = (self.act, self.container, self.host)
        return plan_switch(world.deployment, world.past, *asked, but=world.run)

    @classmethod
    def cancelling(cls, progress: Progress) -> str:
        return "The result says whether the container runs."

    @classmethod
    def done(cls, plan: Plan, ctx: RunContext) -> str:
        container, host = switched(plan)
        return f"{container} on {host} {cls.was}."

    @classmethod
    def again(cls, plan: Plan, ctx: RunContext) -> str:
        container, host = switched(plan)
        return container_command(cls.act, container, host)

    @classmethod
    def stands(cls, plan: Plan, ctx: RunContext, *, changed: bool, half: bool) -> str:
        container, host = switched(plan)
        try:
            found = [c for c in ctx.site.host(host).engine.containers() if c.name == container]
        except PryvTuiError:
            return f" Whether {container} on {host} runs is not known: its engine does not answer."
        return f" {container} on {host} is {found[0].state if found else 'not there any more'} now."


class Start(OfAContainer, frozen=True, kw_only=True, tag="start"):
    """The request for a start."""

    act: ClassVar[Act] = "start"
    was: ClassVar[str] = "was started"
    on_container: ClassVar[str] = "Enter on {name}, then S"


KIND = Start


def switched(plan: Plan) -> tuple[str, str]:
    """Return the container that a plan starts or stops, and its host."""
    from pryv_tui.operations.plans.container import switched as in_steps

    return in_steps(plan)
