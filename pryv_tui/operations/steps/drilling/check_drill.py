"""The guards of a drill: each one a reason to refuse before anything is made."""

from __future__ import annotations

from pryv_tui.operations.activity import GoingOn
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.drilling.spec import NotMade
from pryv_tui.operations.guards.drill import drill_guards
from pryv_tui.operations.guards.line import enforce
from pryv_tui.operations.plan import Step


class CheckDrill(Step, frozen=True, kw_only=True, tag="check-drill"):
    """Room, memory, images, the set, and what goes on."""

    set_id: str
    folder: str
    containers: int
    services: int = 0
    """Further containers, that need less."""
    not_made: tuple[NotMade, ...] = ()
    unread: tuple[str, ...] = ()
    """What of its services' configuration nobody has read, in words."""
    going_on: GoingOn | None = None
    expected_seconds: float | None = None
    """What the last drill took in all."""

    @property
    def title(self) -> str:
        return "See that a sandbox can be made beside the platform"

    def perform(self, ctx: RunContext) -> None:
        backup = ctx.site.vault.resolve(self.set_id)
        enforce(
            ctx,
            drill_guards(
                ctx.site,
                ctx.deployment,
                backup,
                self.folder,
                self.containers,
                self.not_made,
                self.going_on,
                self.expected_seconds,
                self.services,
                self.unread,
            ),
        )
