"""Telling which folders hold no folders, without opening them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pryv_tui.vault.files.leaf import FOLDER_BYTES, is_leaf
from pryv_tui.vault.parallel.engine import USUAL, CopyEngine

if TYPE_CHECKING:
    from pryv_tui.vault.copying.folder import WalkedFolder
    from pryv_tui.vault.native.walk import NativeProbe
__all__ = ["FOLDER_BYTES", "LeafProbe", "is_leaf"]


class LeafProbe:
    """Tells a walk which of the next folders are leaves."""

    def __init__(self, never: tuple[int, int], engine: CopyEngine = USUAL) -> None:
        """`never`: device and inode of a folder that is not called a leaf, whatever it holds."""
        self._never = never
        self._engine = engine
        self._library: NativeProbe | None = None

    def load(self) -> None:
        """Ask about several folders in one call from now on, if the C library was built."""
        if self._engine.native:
            from pryv_tui.vault.native.walk import load_probe

            self._library = load_probe()

    def is_leaf(self, holder: int, folder: WalkedFolder, name: bytes) -> bool:
        """Whether `name` in `folder`, which is open as `holder`, holds no folders.

        Beside one that holds none are others as a rule: the next are looked at with it. What was
        so when it was looked at may have changed since: who copies it finds out.
        """
        known = folder.leaves.pop(name, None)
        if known is not None:
            return known
        try:
            status = os.stat(name, dir_fd=holder, follow_symlinks=False)
        except OSError:
            return False
        if not self._engine.is_leaf(status) or (status.st_dev, status.st_ino) == self._never:
            return False
        if self._library is not None:
            others = folder.pending[-self._engine.probe_together :] if folder.pending else []
            if len(others) >= self._engine.probe_from:
                names = [other for other, _ in reversed(others)]
                folder.leaves = dict(self._library.leaves(holder, names, self._never))
        return True
