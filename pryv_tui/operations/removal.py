"""What holds before anything is removed for good, whatever it is."""

from __future__ import annotations

from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.mounts import mounts_below
from pryv_tui.operations.plan import quote


def refuse_mounts(*folders: Path) -> None:
    """See that no other disk is mounted inside.

    Args:
        folders: what is to be removed, under each name that it may have by now.

    Raises:
        PryvTuiError: `refused`, a removal would empty that disk.
    """
    for folder in folders:
        for mounted in mounts_below(folder)[:1]:
            raise PryvTuiError(
                "refused",
                f"{mounted} is mounted inside {folder}; removing that would empty another disk",
                f"Unmount it first: {quote('umount', mounted)}",
            )
