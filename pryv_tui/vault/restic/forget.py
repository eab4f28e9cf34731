"""Forget a set: remove its snapshots from the repository, and turn its working copy into no set."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.durable import rename_durably
from pryv_tui.programs import Output
from pryv_tui.vault.beside.pins import refuse_pinned
from pryv_tui.vault.files.types import CancelToken
from pryv_tui.vault.restic.protocol import SET_TAG
from pryv_tui.vault.restic.snapshots import KNOWN

if TYPE_CHECKING:
    from pryv_tui.vault.restic.repository import RepositoryVault


def forget(
    vault: RepositoryVault,
    set_id: str,
    snapshots: Sequence[str],
    *,
    kept: str = "",
    kept_snapshots: Sequence[str] = (),
    begin: Callable[[], None] = lambda: None,
    on_output: Output,
    cancel: CancelToken | None = None,
) -> bool:
    """Remove a set's snapshots from the repository; a later prune removes their data.

    The set's own working copy is renamed first, so that it is no longer a set. The caller removes
    the renamed folder.

    Args:
        snapshots: ids of the set's snapshots; another set with the same name stays.
        kept: id of the set that is kept instead of this one.
        kept_snapshots: snapshots of the kept set; if the repository lists none of them, nothing is
            removed.
        begin: called before anything is changed; not if the removal is refused.

    Returns:
        True if no folder on this machine has the set's name, except for its own working copy.

    Raises:
        Pinned: the set is pinned, or its pins can't be read.
        PryvTuiError: `repository`; `refused`: the snapshots are not all of one set, or the kept set
            is gone; `check-failed`: the repository still lists the snapshots.
    """
    listed = vault.look_anew()
    if kept_snapshots and not any(s.id in kept_snapshots for s in listed):
        raise PryvTuiError(
            "refused",
            f"{set_id} is not removed: {kept}, the newest set that should stay, is not in"
            f" {vault.repository} any more",
            "Look at what is there: pryv-tui list; then prune again.",
        )
    there = [s for s in listed if s.set_id == set_id and s.id in snapshots]
    vault.cache.learn(there)
    own = not (vault.folder / set_id).exists() or vault.cache.same(snapshots[0], set_id)
    if not there:
        return own
    words = {vault.cache.of(snapshot.id) for snapshot in there}
    if None in words or len(words) > 1:
        look = vault.restic.command("snapshots", "--tag", SET_TAG + set_id)
        raise PryvTuiError(
            "refused",
            f"{set_id} is not removed: in {vault.repository} it can't be read, or several sets have"
            " that name",
            f"To see the snapshots of that name: {look}; then remove each that is not a set, by its"
            f" id: {vault.restic.command('forget')} <id>",
        )
    taken = [snapshot.id for snapshot in there]
    refuse_pinned(set_id, vault.pin_folders(set_id, taken))
    # Otherwise a kill after the forget would leave the copy looking like a set not sent yet.
    vault.cache.forgetting()
    copy = own and (vault.folder / set_id).is_dir()
    gone = vault.begin_removal(set_id, copy_only=True) if copy else None
    begin()
    try:
        vault.restic.forget(taken, on_output=on_output, cancel=cancel)
    except BaseException:
        _give_back(vault, gone, set_id, taken)
        raise
    vault.changed()
    # restic also exits with 0 if it found nothing to forget.
    left = [snapshot.id for snapshot in vault.look_anew() if snapshot.id in taken]
    if left:
        _give_back(vault, gone, set_id, left)
        raise PryvTuiError(
            "check-failed", f"{vault.repository} still lists the set {set_id}: {', '.join(left)}"
        )
    for name in taken:
        shutil.rmtree(vault.folder / KNOWN / name, ignore_errors=True)
    return own


def _give_back(
    vault: RepositoryVault, gone: Path | None, set_id: str, snapshots: Sequence[str]
) -> None:
    """Rename a working copy back to its set's name, unless the set is gone from the repository."""
    if gone is None:
        return
    try:
        there = any(snapshot.id in snapshots for snapshot in vault.look_anew())
    except PryvTuiError:
        there = True  # unknown: better keep the copy
    if there:
        rename_durably(gone, vault.folder / set_id)
