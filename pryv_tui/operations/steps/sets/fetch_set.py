"""Fetch a set from the repository that is used as the vault."""

from __future__ import annotations

from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.guards import place
from pryv_tui.operations.guards.place import SPACE_RESERVE, other_work, size
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.root.leftovers import clear_all, clear_copy, clear_fetched
from pryv_tui.operations.site import repository_of
from pryv_tui.vault.restic.leftovers import FETCHING
from pryv_tui.vault.restic.program import Restic


class FetchSet(Step, frozen=True, kw_only=True, tag="fetch-set"):
    """Fetch a set into a temporary folder, which gets the set's name when all files are on disk."""

    location: str
    vault: str
    set_id: str
    snapshot: str
    bytes: int

    @property
    def title(self) -> str:
        return f"Fetch the set {self.set_id} from {Restic(self.location).name}"

    @property
    def command(self) -> tuple[str, ...]:
        scratch = f"{self.vault}/{FETCHING}/{self.set_id}"
        return (
            Restic(self.location).command("restore", self.snapshot, "--target", scratch),
            quote("mv", scratch, f"{self.vault}/{self.set_id}"),
        )

    @property
    def leaves(self) -> str:
        return (
            f"what was copied so far, in {self.vault}/{FETCHING}/{self.set_id}; the next fetch or"
            " backup removes it"
        )

    @property
    def undone(self) -> str:
        return "the next backup removes this copy; the set in the repository stays"

    def perform(self, ctx: RunContext) -> None:
        vault = repository_of(ctx.site)
        if not vault.lists(self.snapshot):
            # The repository may now hold another set with the same id.
            raise PryvTuiError(
                "refused",
                f"{vault.repository} no longer has the snapshot {self.snapshot[:8]} of the set"
                f" {self.set_id}",
                "Choose a set that is in the repository: pryv-tui list",
            )
        backup = vault.resolve(self.set_id)
        if backup.here:
            ctx.report.note(f"{backup.path} is here already")
            return
        clear_fetched(ctx, Path(self.vault))
        clear_copy(ctx, Path(self.vault), self.set_id)
        # The guards count the space of all remains of earlier fetches as free.
        clear_all(ctx, Path(self.vault))
        free = place.free_bytes(Path(self.vault))
        if free < self.bytes + SPACE_RESERVE:
            raise PryvTuiError(
                "disk-full",
                f"the set needs {size(self.bytes)}, but {size(free)} are free at {self.vault}",
                other_work(ctx.site),
            )
        folder = vault.fetch(backup, on_output=ctx.report.output, cancel=ctx.cancel)
        ctx.checked(f"the set {self.set_id} is here, and its manifest matches its seal: {folder}")
