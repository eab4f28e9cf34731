"""Begin a backup set: guards first, then its folder under another name than a set's."""

from __future__ import annotations

from pryv_tui.operations.context import RunContext
from pryv_tui.operations.guards import backup_guards, enforce
from pryv_tui.operations.plan import Step, quote
from pryv_tui.platform.gap import HoldKind


class OpenSet(Step, frozen=True, kw_only=True, tag="open-set"):
    """Check every precondition, then make `<id>.partial`, 0700."""

    vault: str
    set_id: str
    roles: tuple[str, ...]
    hold: HoldKind | None = None

    @property
    def title(self) -> str:
        return "Check the preconditions, open the set"

    @property
    def command(self) -> tuple[str, ...]:
        return (quote("mkdir", "-p", "-m", "700", f"{self.vault}/{self.set_id}.partial"),)

    @property
    def leaves(self) -> str:
        return f"an empty folder {self.set_id}.partial in the vault"

    def perform(self, ctx: RunContext) -> None:
        enforce(ctx, backup_guards(ctx.site, ctx.deployment, self.roles, self.hold))
        ctx.facts.set_folder = str(ctx.site.vault.begin(self.set_id))
