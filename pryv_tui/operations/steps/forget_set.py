"""Remove a set from the repository for good, and its working copy with it."""

from __future__ import annotations

from pathlib import Path

from pryv_tui.operations.context import RunContext
from pryv_tui.operations.plan import Step
from pryv_tui.operations.site import repository_of
from pryv_tui.operations.steps.remove_set import remove_folder, removing
from pryv_tui.vault.restic import Restic


class ForgetSet(Step, frozen=True, kw_only=True, tag="forget-set"):
    """restic removes the snapshot; the data that no other one needs goes in a step of its own."""

    location: str
    vault: str
    set_id: str
    snapshot: str
    twins: tuple[str, ...] = ()
    """Its other snapshots, where it was sent twice."""

    destructive = True

    @property
    def title(self) -> str:
        return f"Forget the set {self.set_id} in {Restic(self.location).name} for good"

    @property
    def command(self) -> tuple[str, ...]:
        restic = Restic(self.location)
        return (
            restic.command(*restic.forget_words([self.snapshot, *self.twins])),
            *removing(f"{self.vault}/{self.set_id}"),
        )

    @property
    def leaves(self) -> str:
        return "the set or nothing; its data until the next prune"

    @property
    def undone(self) -> str:
        return "it can't be undone: the set is gone"

    def perform(self, ctx: RunContext) -> None:
        vault = repository_of(ctx.site)
        ctx.check_cancelled()

        def begin() -> None:
            ctx.facts.changed = True

        own = vault.forget(
            self.set_id,
            [self.snapshot, *self.twins],
            begin=begin,
            on_output=ctx.report.output,
            cancel=ctx.cancel,
        )
        ctx.facts.gone.append(self.set_id)
        if own:
            remove_folder(ctx, Path(self.vault), self.set_id)
        else:
            ctx.warn(f"{self.vault}/{self.set_id} stays: it is another set of the same name")
