"""Remove the remains of a removal that was stopped; a complete set of the same name is kept."""

from __future__ import annotations

from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.root.leftovers import clear_copy
from pryv_tui.vault.set_names import REMOVING


class RemoveRest(Step, frozen=True, kw_only=True, tag="remove-rest"):
    """Remove the remains of a set, or of its working copy, after its removal was stopped.

    A complete set of the same name in the vault or the repository is not touched.
    """

    vault: str
    set_id: str
    of_copy: bool = False
    """Whether these are remains of a working copy, while the vault still has the set."""

    destructive = True
    for_good = True

    @property
    def what(self) -> str:
        """Describe what is removed."""
        if self.of_copy:
            return f"remains of a working copy of {self.set_id}"
        return f"the rest of {self.set_id}, whose removal was stopped half-way"

    @property
    def title(self) -> str:
        return f"Remove {self.what}"

    @property
    def command(self) -> tuple[str, ...]:
        folder = f"{self.vault}/{self.set_id}"
        rest = quote("rm", "-r", "--one-file-system", folder + REMOVING)
        table = quote("rm", "-f", f"{folder}.casualties.csv")
        return (rest,) if self.of_copy else (rest, table)

    @property
    def leaves(self) -> str:
        return f"the files that are not removed yet, in {self.set_id}{REMOVING}, which is not a set"

    @property
    def undone(self) -> str:
        return "it can't be undone, but these remains were not a set any more"

    def perform(self, ctx: RunContext) -> None:
        ctx.check_cancelled()
        vault = Path(self.vault)
        ctx.facts.changed = True
        clear_copy(ctx, vault, self.set_id)
        if self.of_copy:
            return
        table = vault / f"{self.set_id}.casualties.csv"
        try:
            table.unlink(missing_ok=True)
        except OSError as error:
            raise PryvTuiError(
                "step-failed", f"{table} could not be removed: {error.strerror}"
            ) from error
