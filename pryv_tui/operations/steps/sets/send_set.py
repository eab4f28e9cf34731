"""Send a complete set to the repository that is used as the vault."""

from __future__ import annotations

from pathlib import Path

import humanize

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.root.leftovers import clear_copy
from pryv_tui.operations.site import repository_of
from pryv_tui.phrases import counted
from pryv_tui.vault.restic.program import Restic


class SendSet(Step, frozen=True, kw_only=True, tag="send-set"):
    """Make one restic snapshot of the set, encrypted by restic; then read the set's lists back and
    compare them with those here."""

    location: str
    """The repository, in the form for restic; empty if restic's environment variables name it."""
    vault: str
    set_id: str
    domain: str
    parent: str = ""
    """The snapshot of an earlier set: restic does not read again the files that are unchanged since
    that snapshot."""

    earlier: bool = False
    """Whether an earlier run made the set but could not send it."""

    @property
    def title(self) -> str:
        return f"Send the set {self.set_id} to {Restic(self.location).name}"

    @property
    def command(self) -> tuple[str, ...]:
        restic = Restic(self.location)
        folder = quote(f"{self.vault}/{self.set_id}")
        words = restic.backup_words(self.set_id, self.domain, self.parent)
        return (
            f"cd {folder} && {restic.command(*words)}",
            restic.command(*restic.name_words("SNAPSHOT", self.set_id)),
        )

    @property
    def leaves(self) -> str:
        return (
            "the set, complete on this machine; the data already sent, in a snapshot that is not a"
            " set"
        )

    @property
    def undone(self) -> str:
        return f"forget its snapshot: {Restic(self.location).command('forget', '--prune', 'ID')}"

    def perform(self, ctx: RunContext) -> None:
        try:
            self._send(ctx)
        except Cancelled:
            raise
        except PryvTuiError as error:
            if not self.earlier:
                raise
            # The run continues, so that its own set is sent.
            ctx.warn(
                f"the set {self.set_id} of an earlier backup is still on this machine alone:"
                f" {error.told}"
            )

    def _send(self, ctx: RunContext) -> None:
        vault = repository_of(ctx.site)
        clear_copy(ctx, Path(self.vault), self.set_id)
        made = vault.send(
            self.set_id,
            parent=self.parent,
            on_output=ctx.report.output,
            on_progress=lambda done, total: ctx.report.progress(done, total, "bytes"),
            cancel=ctx.cancel,
        )
        ctx.facts.sent.append(self.set_id)
        ctx.checked(
            f"{vault.repository} holds the set {self.set_id}, snapshot {made.snapshot_id[:8]}:"
            f" {counted(made.total_files_processed, 'file')},"
            f" {counted(made.total_bytes_processed, 'byte')},"
            f" {humanize.naturalsize(made.data_added, binary=True)} of them new there; the set's"
            " lists were read back and are the same"
        )
