"""Remove from the repository the data that no snapshot needs any more."""

from __future__ import annotations

from pryv_tui.operations.context import RunContext
from pryv_tui.operations.plan import Step
from pryv_tui.operations.site import repository_of
from pryv_tui.vault.restic.program import Restic


class PruneRepository(Step, frozen=True, kw_only=True, tag="prune-repository"):
    """Prune the repository once for all removed sets. Restic rewrites its files (packs) of which
    only a part is needed, which may take long."""

    location: str

    destructive = True
    for_good = True

    @property
    def what(self) -> str:
        """Describe what is removed by a plan in which no set is forgotten."""
        return f"the data of sets that were forgotten before, in {Restic(self.location).name}"

    @property
    def title(self) -> str:
        return f"Remove data that no snapshot needs from {Restic(self.location).name}"

    @property
    def command(self) -> tuple[str, ...]:
        return (Restic(self.location).command("prune"),)

    @property
    def leaves(self) -> str:
        return "data that no snapshot needs; the next prune removes it"

    @property
    def undone(self) -> str:
        return "it can't be undone; nothing that a snapshot needs is removed"

    def perform(self, ctx: RunContext) -> None:
        vault = repository_of(ctx.site)
        ctx.facts.changed = True
        vault.prune(on_output=ctx.report.output, cancel=ctx.cancel)
        ctx.checked(f"data that no snapshot of {vault.repository} needs is removed")
