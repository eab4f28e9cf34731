"""Messages between a copy and its workers.

A batch comes with open descriptors for each of its folders, at the source and at the destination: a
worker never opens a folder by its path.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from enum import IntFlag
from typing import NamedTuple

from pryv_tui.vault.files.pieces import CopyOptions, Places, Work
from pryv_tui.vault.files.types import Selection
from pryv_tui.vault.parallel.results import Pending

BATCH_FILES = 64
BATCH_FOLDERS = 24
"""Most files and most folders in a batch. A folder needs two descriptors, and one more per earlier
copy."""
FEW = 4
"""Most pieces in a batch that are continued from an earlier one."""
BATCH_ENDS = 72
"""Most descriptors in a batch."""
STOP, SHARE, SHARES = 1, 2, 16
"""Values on the `Board`. If it says `SHARE`, a worker does at least one of `SHARES` shares of a
batch, and leaves the rest to others. The same values as in `subtrees.c`."""


class About(IntFlag):
    """A worker's flags for a file."""

    NOTHING = 0
    MAY_CHANGE = 1
    """Flag: it is normal that this file changes while it is read."""
    DATABASE = 2
    """Flag: this file is copied through SQLite, if it is a database."""
    BESIDE = 4
    """This file may be a companion of the database before it in the group, and be merged into that
    database's copy."""


class Group(NamedTuple):
    """Files of one folder to copy or read, as part of a batch."""

    path: bytes
    """The folder's path in the tree; empty for the root."""
    names: list[bytes]
    """The entries' names. Before each name is one byte: its kind, or its `About` flags."""
    work: Work | None
    """The C library's task for plain entries; None: a worker copies each file by itself."""
    places: list[Pending]
    """Where a worker puts the results: one place per file, or one place for the whole piece. Nobody
    else may read them before the batch is back."""
    ends: tuple[int, ...]
    """Descriptors for the group; its present owner has to close them."""
    finished: Callable[[], None]
    """Called when the group is finished; marks the places as `done`."""
    linkable: bool = False
    """Whether the files may be linked, by this set and by later ones."""
    formers: tuple[int, ...] = ()
    """Numbers of the earlier copies whose folder is among the descriptors."""
    listed: Places = ()
    """Positions of the group's first entry in the lists of those copies."""


class Board:
    """Signals for all threads: whether to stop, and whether a worker is idle."""

    def __init__(self) -> None:
        self._said = array("q", [0])

    @property
    def address(self) -> int:
        """Memory address of the present value (`STOP`, `SHARE` or 0); valid as long as the board
        exists."""
        return self._said.buffer_info()[0]

    @property
    def stopped(self) -> bool:
        """Whether all workers have to stop."""
        return self._said[0] == STOP

    def stop(self) -> None:
        """Make all workers stop, at their next chunk."""
        self._said[0] = STOP

    @property
    def shared(self) -> bool:
        """Whether a worker is idle, or all workers have to stop."""
        return self._said[0] != 0

    def share(self, wanted: bool) -> None:
        """Set whether a worker is idle. If one is, the others do only a part of a large batch."""
        self._said[0] = SHARE if wanted else 0


class WorkerConfig(NamedTuple):
    """The facts about a copy that a worker needs."""

    options: CopyOptions
    listed_in: bytes = b""
    """The prefix of the tree's paths in all lists."""
    selection: Selection = Selection()
    native: bool = True
    """Whether the C library, if it was built, copies the plain entries."""
