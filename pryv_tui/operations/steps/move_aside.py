"""Move a root's content aside: nothing is deleted to make room for a restore."""

from __future__ import annotations

from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.aside import (
    begin_aside,
    drop_begun,
    is_aside,
    move_content,
    set_aside,
    still_aside,
)
from pryv_tui.operations.context import Owed, RunContext, own_folder
from pryv_tui.operations.marker import Marker, read_marker, write_marker
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.steps.dump_store import now
from pryv_tui.operations.underfoot import must_be_stopped
from pryv_tui.ownership import make_private
from pryv_tui.vault.names import is_full


class MoveAside(Step, frozen=True, kw_only=True, tag="move-aside"):
    """Rename every entry of the root into a folder inside it.

    Inside, so that it is the same file system also when the root is itself a mount point.
    """

    root: str
    aside: str
    set_id: str

    destructive = True

    @property
    def title(self) -> str:
        return f"Move the content of {self.root} aside on {self.host}"

    @property
    def command(self) -> tuple[str, ...]:
        return (
            quote("mkdir", "-p", "-m", "700", self.aside),
            f"find {quote(self.root)} -mindepth 1 -maxdepth 1 ! -name .pryv-tui"
            f" -exec mv -t {quote(self.aside)} {{}} +",
        )

    @property
    def leaves(self) -> str:
        return f"everything that was there, whole, in {self.root} and {self.aside}"

    @property
    def undone(self) -> str:
        return "undo of this run puts it back"

    def perform(self, ctx: RunContext) -> None:
        root, aside = Path(self.root), Path(self.aside)
        keep = frozenset({own_folder(root).name})
        owed = Owed(kind="aside", host=self.host, what=self.root, where=self.aside)
        must_be_stopped(ctx, self.host)
        try:
            root.mkdir(parents=True, exist_ok=True)
            ctx.owe(owed)
            self._mark(ctx, owed)
            if is_aside(aside):
                # A restore that was stopped goes on: what is in the root now is its half-done copy.
                partial = own_folder(root) / "undone" / ctx.run_id
                make_private(partial)
                move_content(root, partial, keep)
                ctx.report.note(f"the half-done copy in {root} moved to {partial}")
            else:
                moved = set_aside(root, aside, keep)
                ctx.report.note(f"{moved} entries of {root} moved aside to {aside}")
        except OSError as error:
            raise PryvTuiError(
                "step-failed",
                f"the content of {root} could not be moved aside: {error.strerror or error}"
                f" ({error.filename or root})",
            ) from error
        # Once more: what began between the look and the renames goes on with what lies aside.
        must_be_stopped(ctx, self.host)

    def _mark(self, ctx: RunContext, owed: Owed) -> None:
        """Make the folder and the mark that everything after this relies on.

        Raises:
            PryvTuiError: `disk-full`; nothing was moved, and nothing is owed for it.
        """
        root, aside = Path(self.root), Path(self.aside)
        fresh = not still_aside(aside) and read_marker(root) is None
        try:
            own_folder(root).mkdir(mode=0o700, exist_ok=True)
            begin_aside(aside)
            write_marker(
                root,
                Marker(run=ctx.run_id, set_id=self.set_id, started=now(), aside=self.aside),
            )
        except OSError as error:
            if not (is_full(error) and fresh):
                raise
            drop_begun(aside)
            ctx.settle(owed)
            raise PryvTuiError(
                "disk-full",
                f"the disk of {root} is full: its content could not even be marked, and was not"
                " moved",
                f"Free space on the disk of {root}, then try again.",
            ) from error
