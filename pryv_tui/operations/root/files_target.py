"""Check the folder to which files are restored: copies left there, and whether it is in a set."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from pryv_tui import own_folder
from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.vault.set_files import SET_JSON
from pryv_tui.vault.set_names import PARTIAL, is_set_id


def rests_below(deployment: Deployment, ended: Collection[str]) -> dict[str, tuple[str, ...]]:
    """By host: the partial copies below its root that ended runs left behind.

    Args:
        ended: the ids of those runs.
    """
    found: dict[str, tuple[str, ...]] = {}
    for state in deployment.hosts:
        folder = own_folder.files(Path(state.root or ""))
        if not state.root or folder.is_symlink() or not folder.is_dir():
            continue
        rests = (folder / f"{run}{PARTIAL}" for run in sorted(ended))
        found[state.name] = tuple(str(rest) for rest in rests if rest.is_dir())
    return found


def refuse_in_a_set(to: str, vault: Path) -> None:
    """Refuse a folder in a set or in the vault, also if links lead there.

    Raises:
        PryvTuiError: `refused`.
    """
    real, sets = Path(os.path.realpath(to)), Path(os.path.realpath(vault))
    within = (real, *real.parents)
    led = f" (it is {real})" if str(real) != to else ""
    if sets in within:
        raise PryvTuiError(
            "refused",
            f"{to}{led} is in the vault: a set is never changed",
            "Name another folder with --to.",
        )
    for folder in within:
        if is_set_id(folder.name) and (folder / SET_JSON).is_file():
            raise PryvTuiError(
                "refused",
                f"{to}{led} is in the set {folder}: a set is never changed",
                "Name another folder with --to.",
            )
