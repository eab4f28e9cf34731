"""Remove a backup set for good. Its folder is renamed first, so that a half-removed set can't be
mistaken for a set."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.deep_trees import remove_tree
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.root.removal import refuse_held_inside, refuse_mounts
from pryv_tui.vault.beside.pins import Pinned
from pryv_tui.vault.in_use import InUse
from pryv_tui.vault.set_names import REMOVING


class RemoveSet(Step, frozen=True, kw_only=True, tag="remove-set"):
    """Remove one set. Other sets keep the files that they share with it, because only this set's
    hard links are removed."""

    vault: str
    set_id: str

    destructive = True
    for_good = True

    @property
    def title(self) -> str:
        return f"Remove the set {self.set_id} for good"

    @property
    def command(self) -> tuple[str, ...]:
        return removing(f"{self.vault}/{self.set_id}")

    @property
    def leaves(self) -> str:
        return f"the files that are not removed yet, in {self.set_id}{REMOVING}, which is not a set"

    @property
    def undone(self) -> str:
        return "it can't be undone: the set is gone"

    def perform(self, ctx: RunContext) -> None:
        with kept_while_read(ctx, self.set_id):
            remove_folder(ctx, Path(self.vault), self.set_id)


@contextlib.contextmanager
def kept_while_read(ctx: RunContext, set_id: str) -> Iterator[None]:
    """Do not fail if a set can't be removed because it is being checked, or was pinned after the
    plan was made: report that, so that the run continues with the other sets."""
    try:
        yield
    except InUse:
        ctx.lacks(
            set_id,
            f"{set_id} stays, since it is being verified now; the next prune removes it",
        )
    except Pinned as error:
        ctx.lacks(set_id, error.what)


def removing(folder: str, *, table: bool = True) -> tuple[str, ...]:
    """The shell lines that remove a set's folder, and (with `table`) its table of casualties."""
    lines = (
        quote("mv", folder, folder + REMOVING),
        quote("rm", "-r", "--one-file-system", folder + REMOVING),
    )
    return (*lines, quote("rm", "-f", f"{folder}.casualties.csv")) if table else lines


def remove_folder(ctx: RunContext, vault: Path, set_id: str, *, table: bool = True) -> None:
    """Remove a set's folder, if it exists.

    Args:
        table: True: the set itself is removed, and its table of casualties with it. False: the
            folder is only this machine's copy of a set in a repository, and the table stays.

    Raises:
        PryvTuiError: `refused`, another disk is mounted in the folder; `step-failed`, something
            can't be removed.
    """
    folder = vault / set_id
    names = (folder, Path(f"{folder}{REMOVING}"))
    refuse_mounts(*names)
    refuse_held_inside(*names)
    ctx.check_cancelled()
    there = folder.is_dir()
    try:
        gone = ctx.site.vault.begin_removal(set_id, copy_only=not table)
    finally:
        # Record the removal even if something after the rename fails.
        if there and not folder.is_dir():
            ctx.facts.changed = True
            if table and set_id not in ctx.facts.gone:
                ctx.facts.gone.append(set_id)
    try:
        if gone is not None:
            ctx.facts.changed = True
            remove_tree(gone)
        if table:
            folder.with_name(f"{set_id}.casualties.csv").unlink(missing_ok=True)
    except OSError as error:
        raise PryvTuiError(
            "step-failed",
            f"the set {set_id} could not be removed completely: {error}",
            f"What is left is in {gone} and is not a set any more; prune again, or:"
            f" {quote('rm', '-r', '--one-file-system', gone)}",
        ) from error
    if gone is not None:
        ctx.checked(f"{folder} is removed")
