"""Undo: the content that a restore moved aside comes back, and what it put there goes aside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.aside import give_back, move_content, still_aside
from pryv_tui.operations.context import Owed, RunContext, own_folder
from pryv_tui.operations.marker import Marker, prepare_marker, read_marker, remove_marker
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.steps.dump_store import now
from pryv_tui.operations.underfoot import must_be_stopped
from pryv_tui.ownership import make_private
from pryv_tui.vault.names import is_full


class PutBackRoot(Step, frozen=True, kw_only=True, tag="put-back-root"):
    """Rename both ways; nothing is deleted."""

    root: str
    aside: str
    undone_run: str
    everywhere: tuple[Owed, ...] = ()
    """All roots of this undo: each is marked and owed before the first is put back."""
    kept: str
    """Where the content goes that the restore had put there."""

    destructive = True

    @property
    def title(self) -> str:
        return f"Put the former content of {self.root} back on {self.host}"

    @property
    def command(self) -> tuple[str, ...]:
        return (
            quote("mkdir", "-p", "-m", "700", self.kept),
            f"find {quote(self.root)} -mindepth 1 -maxdepth 1 ! -name .pryv-tui"
            f" -exec mv -t {quote(self.kept)} {{}} +",
            f"find {quote(self.aside)} -mindepth 1 -maxdepth 1 -exec mv -t"
            f" {quote(self.root)} {{}} +",
        )

    @property
    def leaves(self) -> str:
        return f"everything, whole, in {self.root}, {self.aside} and {self.kept}"

    def perform(self, ctx: RunContext) -> None:
        root, aside, kept = Path(self.root), Path(self.aside), Path(self.kept)
        marker = read_marker(root)
        ours = marker is not None and (
            marker.aside == self.aside or marker.undoes == self.undone_run
        )
        if not still_aside(aside) and ours:
            # Stopped right after the last rename, or before the first: only a mark is left.
            remove_marker(root)
            return
        if not still_aside(aside):
            ctx.warn(
                f"{self.host}: {aside} is not there any more; it was put back before, or released."
                f" {root} stays as it is."
            )
            return

        def clear() -> None:
            make_private(kept)
            move_content(root, kept, frozenset({own_folder(root).name}))

        owed = Owed(kind="return", host=self.host, what=self.root, where=self.aside)
        # All of them, before the first is put back: half of an undo is no state to stop in.
        for host in dict.fromkeys(each.host for each in self.everywhere or (owed,)):
            must_be_stopped(ctx, host)
        try:
            self._mark_all(ctx, self.everywhere or (owed,))
            give_back(root, aside, clear)
            remove_marker(root)
        except OSError as error:
            raise PryvTuiError(
                "step-failed",
                f"the former content of {root} could not be put back: {error}",
                f"It lies whole in {aside} and {root}; run undo again.",
            ) from error
        ctx.settle(owed)
        ctx.checked(f"{self.host}: the former content of {root} is back in place")
        if kept.is_dir():
            ctx.report.note(f"what the restore had put there is moved aside to {kept}")

    def _mark_all(self, ctx: RunContext, everywhere: Sequence[Owed]) -> None:
        """Half of an undo of several machines must be seen on every one of them.

        Raises:
            PryvTuiError: `disk-full`; nothing was put back yet, and nothing is owed for it.
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
                    f"the disk of {each.what} is full: nothing could be marked, so nothing was put"
                    " back yet",
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
            run=ctx.run_id, set_id=words, started=now(), aside=each.where, undoes=self.undone_run
        )
        return prepare_marker(Path(each.what), marker)
