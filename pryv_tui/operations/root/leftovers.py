"""Leftovers of runs that broke off: later runs remove them, and the broken run's result names
them."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.deep_trees import remove_tree
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.plan import quote
from pryv_tui.operations.root.aside import still_aside
from pryv_tui.operations.root.removal import refuse_mounts
from pryv_tui.vault.restic import leftovers
from pryv_tui.vault.set_names import REMOVING


def clear(ctx: RunContext, folders: Sequence[Path]) -> None:
    """Remove leftover folders, with a note for each.

    Raises:
        PryvTuiError: `refused`, another disk is mounted in one, or it is not a folder;
            `step-failed`.
    """
    for folder in folders:
        if folder.is_symlink() or not folder.is_dir():
            raise PryvTuiError(
                "refused",
                f"{folder} is not a folder: neither it nor what it may lead to is removed",
                f"See what it is: {quote('ls', '-ld', folder)}; then remove it alone, not what it"
                f" leads to: {quote('rm', folder)}",
            )
        refuse_mounts(folder)
        ctx.facts.changed = True
        try:
            remove_tree(folder)
        except OSError as error:
            raise PryvTuiError(
                "step-failed",
                f"{folder}, left over from an earlier run, could not be removed completely:"
                f" {error}",
                f"Remove it by hand: {quote('rm', '-r', '--one-file-system', folder)}",
            ) from error
        ctx.report.note(f"{folder}, left over from an earlier run, is removed")


def clear_fetched(ctx: RunContext, vault: Path) -> None:
    """Remove what broken fetches left. This run has the platform's lock, so no fetch is running.

    Raises:
        PryvTuiError: see `clear`.
    """
    clear(ctx, leftovers.half_fetched(vault))


def clear_copy(ctx: RunContext, vault: Path, set_id: str) -> None:
    """Remove the rest of a set's working copy whose removal was stopped.

    Raises:
        PryvTuiError: see `clear`.
    """
    rest = vault / (set_id + REMOVING)
    clear(ctx, [rest] if os.path.lexists(rest) else [])


def clear_all(ctx: RunContext, vault: Path) -> None:
    """Remove all leftovers of fetches and removals; warn of those that can't be removed."""
    for folder in (*leftovers.half_fetched(vault), *leftovers.half_removed(vault)):
        try:
            clear(ctx, [folder])
        except PryvTuiError as error:
            ctx.warn(error.told)


def gone_so_far(ctx: RunContext) -> list[str]:
    """Say what an unfinished run has removed for good, or copied in part."""
    told = []
    if ctx.facts.gone:
        told.append(f"Removed for good already: {', '.join(ctx.facts.gone)}.")
    told += [
        f"{folder} holds some of the files, but not all. When nobody needs it: rm -r"
        f" {shlex.quote(folder)}"
        for folder in ctx.facts.unfinished
        if Path(folder).exists()
    ]
    return told


def half_released(ctx: RunContext) -> list[str]:
    """Say which folders a run began to remove for good and did not finish."""
    return [
        f"The removal of {owed.where} on {owed.host} was not finished: the remaining files can't be"
        " put back any more."
        for owed in ctx.outstanding
        # A folder without its last name (`.releasing`) is complete, and can be put back.
        if owed.kind == "release" and not still_aside(Path(owed.where))
    ]
