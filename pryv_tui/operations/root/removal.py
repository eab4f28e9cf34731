"""Checks before anything is removed for good."""

from __future__ import annotations

from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.mounts import mounts_below
from pryv_tui.operations.plan import quote
from pryv_tui.operations.root.trial import held_inside, way_out


def refuse_mounts(*folders: Path) -> None:
    """Refuse to remove folders in which another disk is mounted.

    Args:
        folders: the folders to remove, under each name that they may have now.

    Raises:
        PryvTuiError: `refused`, the removal would empty that disk.
    """
    for folder in folders:
        for mounted in mounts_below(folder)[:1]:
            raise PryvTuiError(
                "refused",
                f"{mounted} is mounted inside {folder}; removing that folder would delete files"
                " on another disk",
                f"Unmount it first: {quote('umount', mounted)}",
            )


def refuse_held_inside(*folders: Path) -> None:
    """Refuse to remove folders that can't be removed completely: half a folder can't be put back.

    Raises:
        PryvTuiError: `refused`.
    """
    there = [folder for folder in folders if folder.is_dir()]
    if held := held_inside(there):
        names = ", ".join(f"{one.path} ({one.why})" for one in held[:3])
        raise PryvTuiError(
            "refused",
            f"this can't be removed: {names}; nothing of it was removed",
            way_out(held, there),
        )
