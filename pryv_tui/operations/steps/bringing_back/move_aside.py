"""Move a root's content aside: nothing is deleted to make room for a restore."""

from __future__ import annotations

from pathlib import Path

from pryv_tui import own_folder
from pryv_tui.clock import timestamp
from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.mounts import disks_of
from pryv_tui.filesystem.paths import is_full
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.root.aside import (
    begin_aside,
    drop_begun,
    give_back,
    is_aside,
    move_content,
    set_aside,
    still_aside,
)
from pryv_tui.operations.root.by_hand import moving_lines
from pryv_tui.operations.root.marker import Marker, read_marker, remove_marker, write_marker
from pryv_tui.operations.root.moving import stays_at_top
from pryv_tui.operations.root.stopped import must_be_stopped
from pryv_tui.operations.root.where import where_it_lies
from pryv_tui.ownership import make_private, refuse_links
from pryv_tui.phrases import counted
from pryv_tui.platform.disks import below


class MoveAside(Step, frozen=True, kw_only=True, tag="move-aside"):
    """Move every entry of the root into a folder inside the root, by renames.

    The folder is inside the root so that it is on the same file system, even if the root is a mount
    point. Entries on disks mounted below the root are moved aside on their own disk; the disks stay
    mounted.
    """

    root: str
    aside: str
    set_id: str
    disks: tuple[str, ...] = ()
    """Disks that were mounted below the root when this was planned, relative to the root."""

    destructive = True

    @property
    def title(self) -> str:
        return f"Move the content of {self.root} aside on {self.host}"

    @property
    def command(self) -> tuple[str, ...]:
        return moving_lines(self.root, self.aside, self.disks)

    @property
    def leaves(self) -> str:
        beside = Path(self.aside).parent  # the name of the folder in it tells how far this came
        return f"everything that was there, in {self.root} and below {beside}{self._on_disks}"

    @property
    def _on_disks(self) -> str:
        return ", each disk's own on that disk" if self.disks else ""

    @property
    def undone(self) -> str:
        return "undo of this run puts it back"

    def perform(self, ctx: RunContext) -> None:
        root, aside = Path(self.root), Path(self.aside)
        owed = Owed(kind="aside", host=self.host, what=self.root, where=self.aside)
        must_be_stopped(ctx, self.host)
        disks = self._mounted()
        marked, begun = read_marker(root) is not None, still_aside(aside)
        try:
            root.mkdir(parents=True, exist_ok=True)
            keep = stays_at_top(root)
            ctx.owe(owed)
            self._mark(ctx, owed, disks)
            if is_aside(aside):
                # A stopped restore is continued: now the root has that restore's half-done copy.
                partial = own_folder.undone(root, ctx.run_id)
                make_private(partial)
                move_content(root, partial, keep, disks)
                ctx.report.note(f"the half-done copy in {root} moved to {partial}")
            else:
                moved = set_aside(root, aside, keep, disks)
                ctx.report.note(
                    f"{counted(moved, 'entry', 'entries')} of {root} moved aside to {aside}"
                )
        except OSError as error:
            back = not marked and not begun and self._taken_back(ctx, owed)
            raise PryvTuiError(
                "step-failed",
                f"the content of {root} could not be moved aside: {error.strerror or error}"
                f" ({error.filename or root}); "
                + ("the moved entries were put back" if back else where_it_lies(root, aside)),
            ) from error
        # Check again: a container that was started in between would keep using the moved files.
        must_be_stopped(ctx, self.host)

    def _mounted(self) -> tuple[str, ...]:
        """Return the disks that are mounted below the root now.

        Raises:
            PryvTuiError: `step-failed`, a disk that was mounted when this was planned is not
                mounted now.
        """
        root, aside = Path(self.root), Path(self.aside)
        now = below(disks_of(root).disks)
        if gone := [disk for disk in self.disks if disk not in now]:
            # An earlier attempt, or a stopped restore, may have begun to move the content.
            where = where_it_lies(root, aside) if still_aside(aside) else "nothing was moved"
            raise PryvTuiError(
                "step-failed",
                f"{self.root}/{gone[0]} was a separate disk when this run began, and is not"
                f" mounted now; {where}",
                f"Mount it, then try again: {quote('mount', f'{self.root}/{gone[0]}')}",
            )
        return now

    def _taken_back(self, ctx: RunContext, owed: Owed) -> bool:
        """Put the moved entries back after one could not be moved; return whether all are back."""
        root, aside = Path(self.root), Path(self.aside)
        if is_aside(aside):
            return False
        try:
            give_back(root, aside, lambda: None)
            remove_marker(root)
        except (OSError, PryvTuiError) as error:
            ctx.report.note(f"the moved entries could not be put back: {error}", "warning")
            return False
        ctx.settle(owed)
        return True

    def _mark(self, ctx: RunContext, owed: Owed, disks: tuple[str, ...]) -> None:
        """Make the folder for the former content, and the marker; all later steps rely on them.

        Raises:
            PryvTuiError: `disk-full`, nothing was moved, and nothing has to be put back.
        """
        root, aside = Path(self.root), Path(self.aside)
        fresh = not still_aside(aside) and read_marker(root) is None
        try:
            own_folder.of(root).mkdir(mode=0o700, exist_ok=True)
            refuse_links(aside)
            begin_aside(aside, root, disks)
            write_marker(
                root,
                Marker(run=ctx.run_id, set_id=self.set_id, started=timestamp(), aside=self.aside),
            )
        except OSError as error:
            if not (is_full(error) and fresh):
                raise
            drop_begun(aside, root)
            ctx.settle(owed)
            raise PryvTuiError(
                "disk-full",
                f"the disk of {root} is full: there was no space even for a marker, so its"
                " content was not moved",
                f"Free space on the disk of {root}, then try again.",
            ) from error
