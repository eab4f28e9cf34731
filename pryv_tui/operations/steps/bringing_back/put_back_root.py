"""Undo a restore: put the former content back into a root, and move the restored content aside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from pryv_tui.clock import timestamp
from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.mounts import disks_of
from pryv_tui.filesystem.paths import is_full
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.root.aside import absent, give_back, move_content, still_aside
from pryv_tui.operations.root.by_hand import moving_lines, returning_lines
from pryv_tui.operations.root.marker import Marker, prepare_marker, read_marker, remove_marker
from pryv_tui.operations.root.moving import stays_at_top
from pryv_tui.operations.root.stopped import must_be_stopped
from pryv_tui.operations.root.where import where_it_lies
from pryv_tui.ownership import make_private
from pryv_tui.platform.disks import below


class PutBackRoot(Step, frozen=True, kw_only=True, tag="put-back-root"):
    """Swap the former and the restored content of a root by renames; nothing is deleted."""

    root: str
    aside: str
    undone_run: str
    everywhere: tuple[Owed, ...] = ()
    """All roots of this undo. Each is marked and recorded as unfinished before the first one is put
    back."""
    kept: str
    """The folder into which the restored content is moved."""
    disks: tuple[str, ...] = ()
    """Disks that were mounted below the root when this was planned, relative to the root."""

    destructive = True

    @property
    def title(self) -> str:
        return f"Put the former content of {self.root} back on {self.host}"

    @property
    def command(self) -> tuple[str, ...]:
        return (
            *moving_lines(self.root, self.kept, self.disks),
            *returning_lines(self.root, self.aside, self.disks),
        )

    @property
    def leaves(self) -> str:
        where = ", each disk's own on that disk" if self.disks else ""
        beside, kept = Path(self.aside).parent, Path(self.kept).parent
        return f"everything, in {self.root} and below {beside} and {kept}{where}"

    def perform(self, ctx: RunContext) -> None:
        root, aside, kept = Path(self.root), Path(self.aside), Path(self.kept)
        marker = read_marker(root)
        ours = marker is not None and (
            marker.aside == self.aside or marker.undoes == self.undone_run
        )
        if not still_aside(aside) and ours:
            # An earlier undo stopped after its last rename, or before its first: remove its marker.
            remove_marker(root)
            return
        if not still_aside(aside):
            ctx.warn(
                f"{self.host}: {root} stays as it is: {aside} does not exist any more; it was put"
                " back before, or released"
            )
            return

        refuse_absent(root, aside)

        def clear() -> None:
            make_private(kept)
            move_content(root, kept, stays_at_top(root), below(disks_of(root).disks))

        owed = Owed(kind="return", host=self.host, what=self.root, where=self.aside)
        # Check all hosts before the first rename, so that the undo does not stop half-way.
        for host in dict.fromkeys(each.host for each in self.everywhere or (owed,)):
            must_be_stopped(ctx, host)
        try:
            self._mark_all(ctx, self.everywhere or (owed,))
            give_back(root, aside, clear)
            remove_marker(root)
        except OSError as error:
            raise PryvTuiError(
                "step-failed",
                f"the former content of {root} could not be put back: {error};"
                f" {where_it_lies(root, aside)}",
                "Fix what prevents that, then run undo again: it continues where it stopped.",
            ) from error
        ctx.settle(owed)
        ctx.checked(f"{self.host}: the former content of {root} is back in place")
        if kept.is_dir():
            ctx.report.note(f"the content that {root} had until this undo is moved aside to {kept}")

    def _mark_all(self, ctx: RunContext, everywhere: Sequence[Owed]) -> None:
        """Mark every root of the undo, so that a half-done undo can be recognised on each host.

        Raises:
            PryvTuiError: `disk-full`, nothing was put back yet, and nothing has to be corrected.
        """
        marks = []
        for each in everywhere:
            before = read_marker(Path(each.what))
            done = before is not None and before.run == ctx.run_id and before.undoes
            if each in ctx.facts.settled or done:
                continue
            try:
                marks.append((each, self._prepared(ctx, each)))
            except OSError as error:
                if not is_full(error):
                    raise
                raise PryvTuiError(
                    "disk-full",
                    f"the disk of {each.what} is full: there was no space for a marker, so"
                    " nothing was put back yet",
                    f"Free some space on the disk of {each.what}, then run the same undo again.",
                ) from error
        for each, mark in marks:
            ctx.owe(each)
            mark()

    def _prepared(self, ctx: RunContext, each: Owed) -> Callable[[], None]:
        if not still_aside(Path(each.where)):
            return lambda: None
        words = f"undo of {self.undone_run}"
        marker = Marker(
            run=ctx.run_id,
            set_id=words,
            started=timestamp(),
            aside=each.where,
            undoes=self.undone_run,
        )
        return prepare_marker(Path(each.what), marker)


def refuse_absent(root: Path, aside: Path) -> None:
    """Refuse while a disk with a part of the content moved aside is not mounted.

    Raises:
        PryvTuiError: `refused`; the remedy names the disk to mount.
    """
    for place in absent(root, aside)[:1]:
        raise PryvTuiError(
            "refused",
            f"a part of the content moved aside to {aside} belongs on the disk of {place}, which is"
            " not mounted now, or does not hold that part any more",
            f"Mount it first: {quote('mount', place)}",
        )
