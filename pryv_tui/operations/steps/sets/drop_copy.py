"""Remove the working copy of a set that is in the repository."""

from __future__ import annotations

from pathlib import Path

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.plan import Step
from pryv_tui.operations.root.leftovers import clear_copy
from pryv_tui.operations.site import repository_of
from pryv_tui.operations.steps.sets.remove_set import remove_folder, removing
from pryv_tui.vault.in_use import InUse
from pryv_tui.vault.restic.program import Restic


class DropCopy(Step, frozen=True, kw_only=True, tag="drop-copy"):
    """Remove the working copy of a set if the repository lists that set now; otherwise keep it."""

    location: str
    vault: str
    set_id: str

    destructive = True

    @property
    def title(self) -> str:
        return f"Remove the working copy of the set {self.set_id}, which is in the repository too"

    @property
    def command(self) -> tuple[str, ...]:
        seen = Restic(self.location).command("snapshots", "--tag", f"set:{self.set_id}")
        return (seen, *removing(f"{self.vault}/{self.set_id}", table=False))

    @property
    def leaves(self) -> str:
        return (
            "remains of the working copy, which are not a set: the next backup removes them;"
            " the set in the repository is untouched"
        )

    @property
    def undone(self) -> str:
        return f"fetch it: pryv-tui fetch {self.set_id}"

    def perform(self, ctx: RunContext) -> None:
        vault = repository_of(ctx.site)
        try:
            sent = vault.is_sent(self.set_id)
        except PryvTuiError as error:
            ctx.report.note(f"the working copy of {self.set_id} stays: {error.what}")
            return
        if not sent:
            ctx.warn(
                f"the working copy of {self.set_id} stays: {vault.repository} lists no such set"
            )
            return
        try:
            clear_copy(ctx, Path(self.vault), self.set_id)
            remove_folder(ctx, Path(self.vault), self.set_id, table=False)
        except Cancelled:
            raise
        except InUse:
            # A check is reading the copy. Nobody has to act: the next backup removes it.
            ctx.report.note(f"the working copy of {self.set_id} stays: it is being verified now")
        except PryvTuiError as error:
            # A warning only: the set itself is in the repository.
            ctx.warn(f"the working copy of {self.set_id} could not be removed: {error.told}")
