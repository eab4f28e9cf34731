"""A folder that a copy's walk is in or has been in, and the paths below it."""

from __future__ import annotations

import os

from pryv_tui.vault.files.selection import Verdict
from pryv_tui.vault.parallel.results import LateResults, Pending


class WalkedFolder:
    """A folder on the way down."""

    __slots__ = ("awaited", "ends", "late", "leaves", "path", "pending", "place", "verdict")

    def __init__(self, path: bytes, verdict: Verdict) -> None:
        self.path = path
        self.verdict = verdict
        self.pending: list[tuple[bytes, Verdict]] | None = None
        """Its folders that are still to be walked, the next one last; None: all of them."""
        self.leaves: dict[bytes, bool] = {}
        """Whether the next folders are leaves, as far as that was asked ahead."""
        self.awaited = 0
        """How many groups of its files workers are copying."""
        self.ends: tuple[int, int] | None = None
        """Its descriptors, kept after the walk has left it until it can be finished."""
        self.place: Pending | None = None
        self.late: LateResults | None = None
        """The results of what a worker has left of a leaf folder."""


def close_ends(folder: WalkedFolder) -> None:
    """Close the descriptors of a folder that the walk has left."""
    if folder.ends is not None:
        for fd in folder.ends:
            os.close(fd)
        folder.ends = None


def joined(folder: bytes, name: bytes) -> bytes:
    """The path of an entry of a folder."""
    return folder + b"/" + name if folder else name
