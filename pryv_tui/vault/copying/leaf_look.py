"""Telling which folders hold no folders, without opening them."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from pryv_tui.vault.parallel import pool as copy_pool

if TYPE_CHECKING:
    from pryv_tui.vault.copying.folder import WalkedFolder
    from pryv_tui.vault.native.walk import NativeProbe

FOLDER_BYTES = 4096
"""The largest such folder, as a folder's own size is told: with longer names or more files, the
walk lists it and hands its files out in groups."""
NEXT = 63
"""Folders that are looked at with the one that is wanted: as many as are handed out together."""
FEW = 4
"""Fewer than so many are not worth a call of the library."""


def is_leaf(status: os.stat_result) -> bool:
    """Whether a folder certainly holds no folders, and not much else.

    A folder has a link for its name, one for its own `.`, and one for each `..` of a folder in it.
    File systems that don't count them so say 1 (btrfs), which is no proof.
    """
    return stat.S_ISDIR(status.st_mode) and status.st_nlink == 2 and status.st_size <= FOLDER_BYTES


class LeafProbe:
    """A walk's look at the folders that are next."""

    def __init__(self, never: tuple[int, int]) -> None:
        """`never`: device and inode of a folder that is not taken for such, whatever it holds."""
        self._never = never
        self._library: NativeProbe | None = None

    def load(self) -> None:
        """Look at several at a time from now on, where the library for that was built."""
        if copy_pool.COMPILED:
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
        if not is_leaf(status) or (status.st_dev, status.st_ino) == self._never:
            return False
        if self._library is not None:
            others = folder.pending[-NEXT:] if folder.pending else []
            if len(others) >= FEW:
                names = [other for other, _ in reversed(others)]
                folder.leaves = dict(self._library.leaves(holder, names, self._never))
        return True
