"""Remove a set from the repository for good, together with its working copy."""

from __future__ import annotations

from pathlib import Path

from pryv_tui.operations.context import RunContext
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.root.leftovers import clear_copy
from pryv_tui.operations.root.removal import refuse_mounts
from pryv_tui.operations.site import repository_of
from pryv_tui.operations.steps.sets.remove_set import kept_while_read, remove_folder, removing
from pryv_tui.vault.restic.forget import forget
from pryv_tui.vault.restic.program import Restic
from pryv_tui.vault.set_names import REMOVING


class ForgetSet(Step, frozen=True, kw_only=True, tag="forget-set"):
    """Remove a set's snapshots with restic. A later step (`PruneRepository`) removes the data that
    no other snapshot needs."""

    location: str
    vault: str
    set_id: str
    snapshot: str
    twins: tuple[str, ...] = ()
    """The set's other snapshots, if it was sent more than once."""
    kept: str = ""
    """The newest set of the same roles that is kept. This set may be removed only while that one
    exists."""
    kept_snapshots: tuple[str, ...] = ()
    """The snapshots of `kept`. If none of them exists any more, nothing is removed."""

    destructive = True
    for_good = True

    @property
    def title(self) -> str:
        return f"Forget the set {self.set_id} in {Restic(self.location).name} for good"

    @property
    def command(self) -> tuple[str, ...]:
        restic = Restic(self.location)
        copy = f"{self.vault}/{self.set_id}"
        rename, remove, table = removing(copy)
        # There may be no working copy of the set.
        return (
            f"test ! -d {quote(copy)} || {rename}",
            restic.command(*restic.forget_words([self.snapshot, *self.twins])),
            f"test ! -d {quote(copy + REMOVING)} || {remove}",
            table,
        )

    @property
    def leaves(self) -> str:
        return (
            f"the set; or remains of its working copy in {self.set_id}{REMOVING}, which are not a"
            " set, and its data in the repository until the next prune"
        )

    @property
    def undone(self) -> str:
        return "it can't be undone: the set is gone"

    def perform(self, ctx: RunContext) -> None:
        with kept_while_read(ctx, self.set_id):
            self._forget(ctx)

    def _forget(self, ctx: RunContext) -> None:
        vault = repository_of(ctx.site)
        ctx.check_cancelled()
        folder = Path(self.vault) / self.set_id
        refuse_mounts(folder, Path(f"{folder}{REMOVING}"))
        clear_copy(ctx, Path(self.vault), self.set_id)

        def begin() -> None:
            ctx.facts.changed = True

        own = forget(
            vault,
            self.set_id,
            [self.snapshot, *self.twins],
            kept=self.kept,
            kept_snapshots=self.kept_snapshots,
            begin=begin,
            on_output=ctx.report.output,
            cancel=ctx.cancel,
        )
        ctx.facts.gone.append(self.set_id)
        if own:
            remove_folder(ctx, Path(self.vault), self.set_id)
        else:
            ctx.warn(f"{self.vault}/{self.set_id} stays: it is another set of the same name")
