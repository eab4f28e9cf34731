"""The guards of a restore: each one a reason to refuse before anything is changed."""

from __future__ import annotations

from pryv_tui.operations.context import RunContext
from pryv_tui.operations.guards import enforce, restore_guards
from pryv_tui.operations.plan import Step
from pryv_tui.operations.targets import Target


class CheckRestore(Step, frozen=True, kw_only=True, tag="check-restore"):
    """Compare form, roles, release, domain and space of the set and of what is here."""

    set_id: str
    targets: tuple[Target, ...]
    kept: tuple[str, ...] = ()
    """Hosts whose files are back already: they need no room for them."""

    @property
    def title(self) -> str:
        return "Compare the set with this platform"

    def perform(self, ctx: RunContext) -> None:
        backup = ctx.site.vault.resolve(self.set_id)
        ctx.facts.casualties = backup.manifest.casualties if backup.manifest else None
        enforce(ctx, restore_guards(ctx.site, ctx.deployment, backup, self.targets, self.kept))
