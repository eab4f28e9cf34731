"""Messages between a copy and its workers.

An order comes with open descriptors for each of its folders, at the source and at the destination:
a worker never opens a folder by its path.
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
"""Most files and most folders in a batch. A folder needs two descriptors, and one per earlier
copy."""
FEW = 4
"""Most pieces in a batch that are continued from an earlier one."""
BATCH_ENDS = 72
"""Most descriptors in a batch."""
STOP, SHARE, SHARES = 1, 2, 16
"""The board's values. At `SHARE` a worker does one of `SHARES` shares of a batch at least, and
leaves the rest to others; as in `subtrees.c`."""


class About(IntFlag):
    """A worker's flags for a file."""

    NOTHING = 0
    MAY_CHANGE = 1
    """A change while it is read is normal."""
    DATABASE = 2
    """It is copied through SQLite, if it is a database."""
    BESIDE = 4
    """It may be a companion of the database before it, and merged into that one's copy."""


class Group(NamedTuple):
    """Files of one folder to copy or read, as part of a batch."""

    path: bytes
    """The folder's path in the tree; empty for the root."""
    names: list[bytes]
    """The entries' names, each after its kind, or after its `About` flags."""
    work: Work | None
    """The C library's task for plain entries; None: each file is copied by itself."""
    places: list[Pending]
    """Where a worker puts the results: one place per file, or one for the whole piece. Nobody else
    may read them before the batch is back."""
    ends: tuple[int, ...]
    """Descriptors for the group; whoever holds it has to close them."""
    finished: Callable[[], None]
    """Called when the group is finished; sets `done` of the places."""
    linkable: bool = False
    """Whether its files may be linked, by this set and by later ones."""
    formers: tuple[int, ...] = ()
    """Numbers of the earlier copies whose folder is among the descriptors."""
    listed: Places = ()
    """Positions of its first entry in the lists of those copies."""


class Board:
    """Signals for all threads: whether to stop, and whether a worker is idle."""

    def __init__(self) -> None:
        self._said = array("q", [0])

    @property
    def address(self) -> int:
        """Memory address of the present value, `STOP`, `SHARE` or 0; valid as long as the board
        exists."""
        return self._said.buffer_info()[0]

    @property
    def stopped(self) -> bool:
        """Whether the copy has ended for everybody."""
        return self._said[0] == STOP

    def stop(self) -> None:
        """End the copy for everybody, at their next chunk."""
        self._said[0] = STOP

    @property
    def shared(self) -> bool:
        """Whether a worker is idle, or the copy has ended."""
        return self._said[0] != 0

    def share(self, wanted: bool) -> None:
        """Set whether a worker is idle: then others do only a part of a large batch."""
        self._said[0] = SHARE if wanted else 0


class WorkerConfig(NamedTuple):
    """What a worker needs to know of a copy."""

    options: CopyOptions
    listed_in: bytes = b""
    """The prefix of the tree's paths in all lists."""
    selection: Selection = Selection()
    native: bool = True
    """Whether the C library, if built, does the plain entries."""
