"""Stop: stop one container."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pryv_tui.operations.acts import Act
from pryv_tui.operations.commands import container_command
from pryv_tui.operations.kinds.containers.start import OfAContainer, switched

if TYPE_CHECKING:
    from pryv_tui.operations.context import RunContext
    from pryv_tui.operations.plan import Plan


class Stop(OfAContainer, frozen=True, kw_only=True, tag="stop"):
    """The request for a stop."""

    stops_containers: ClassVar[bool] = True
    act: ClassVar[Act] = "stop"
    was: ClassVar[str] = "is stopped"
    on_container: ClassVar[str] = "Enter on {name}, then X"

    @classmethod
    def then(cls, plan: Plan, ctx: RunContext) -> list[str]:
        return [f"Start it again: {container_command('start', *switched(plan))}"]


KIND = Stop
