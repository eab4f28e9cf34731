"""Forgetting a set: its snapshots go, and what is its working copy is no set any more."""

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
    """Remove a set's snapshots from the repository; their data goes with the next prune.

    Its own working copy gets another name, so that it is no set from then on; the caller removes
    it.

    Args:
        snapshots: those that are meant: another set may have the same name, and stays.
        kept: the set that stays in its stead.
        kept_snapshots: of that one; where the repository lists none of them, nothing goes.
        begin: called before anything is changed; never where it is refused.

    Returns:
        Whether nothing but the set's own copy has its name on this machine.

    Raises:
        Pinned: somebody has pinned it.
        PryvTuiError: `repository`; `refused`, they are not one set; `check-failed`, they are
            there still.
    """
    listed = vault.look_anew()
    if kept_snapshots and not any(s.id in kept_snapshots for s in listed):
        raise PryvTuiError(
            "refused",
            f"{kept}, the newest set that was to stay, is not in {vault.repository} any more:"
            f" {set_id} is not removed",
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
            f"what {vault.repository} calls {set_id} is not one set that can be read",
            f"See what goes by that name: {look}; take away by its id what is no set:"
            f" {vault.restic.command('forget')} <id>",
        )
    taken = [snapshot.id for snapshot in there]
    refuse_pinned(set_id, vault.pin_folders(set_id, taken))
    # Else a kill after the forget would leave the copy as a set that was not sent yet.
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
    # restic ends with 0, too, where it found nothing to forget.
    left = [snapshot.id for snapshot in vault.look_anew() if snapshot.id in taken]
    if left:
        _give_back(vault, gone, set_id, left)
        raise PryvTuiError(
            "check-failed", f"{vault.repository} lists the set {set_id} still: {', '.join(left)}"
        )
    for name in taken:
        shutil.rmtree(vault.folder / KNOWN / name, ignore_errors=True)
    return own


def _give_back(
    vault: RepositoryVault, gone: Path | None, set_id: str, snapshots: Sequence[str]
) -> None:
    """Give a working copy its name back, unless the set is gone from the repository."""
    if gone is None:
        return
    try:
        there = any(snapshot.id in snapshots for snapshot in vault.look_anew())
    except PryvTuiError:
        there = True  # nobody can tell now
    if there:
        rename_durably(gone, vault.folder / set_id)
