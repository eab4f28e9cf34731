"""What a copy and its workers tell each other.

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
"""Most files and folders of a batch. A folder takes two descriptors, and one more for each of its
earlier copies."""
FEW = 4
"""Most pieces of a batch that were handed out before."""
BATCH_ENDS = 72
"""Most descriptors of a batch."""
STOP, SHARE, SHARES = 1, 2, 16
"""What stands on the board, and what part of a batch is done at least, as in `subtrees.c`."""


class About(IntFlag):
    """What a worker has to know of a file that it copies."""

    NOTHING = 0
    MAY_CHANGE = 1
    """A change while it is read is normal."""
    DATABASE = 2
    """It is copied as a database, if it is one."""
    BESIDE = 4
    """It lies beside the database before it, which may have it in its copy."""


class Group(NamedTuple):
    """Files of one folder to copy, or to read, as a part of a batch."""

    path: bytes
    """The folder's path in the tree, empty for the root."""
    names: list[bytes]
    """Theirs, each behind its kind; or behind what of `About` holds for it."""
    work: Work | None
    """What the C library does with all that is plain of them; None: each is copied by itself."""
    places: list[Pending]
    """Where a worker puts what becomes of them: one for each, of the library's one for all.
    Nobody else looks at it before the batch is back."""
    ends: tuple[int, ...]
    """The descriptors that come with it; whoever has it closes them."""
    finished: Callable[[], None]
    """Called when it is; sets `done` of the places."""
    linkable: bool = False
    """Whether a later set may link to its files, and this one to earlier copies."""
    formers: tuple[int, ...] = ()
    """The numbers of the earlier copies whose folder comes as a further descriptor."""
    listed: Places = ()
    """Where the lists of those speak of the first of it."""


class Board:
    """What everybody sees at once: whether to stop, and whether somebody has nothing to do."""

    def __init__(self) -> None:
        self._said = array("q", [0])

    @property
    def address(self) -> int:
        """Where in memory a number lies, as long as the board is there: `STOP`, `SHARE` or 0."""
        return self._said.buffer_info()[0]

    @property
    def stopped(self) -> bool:
        """Whether the copy is over for everybody."""
        return self._said[0] == STOP

    def stop(self) -> None:
        """End the copy for everybody, at their next chunk."""
        self._said[0] = STOP

    @property
    def shared(self) -> bool:
        """Whether somebody has nothing to do, or the copy is over."""
        return self._said[0] != 0

    def share(self, wanted: bool) -> None:
        """Say whether somebody has nothing to do: who has much then does only a part of it."""
        self._said[0] = SHARE if wanted else 0


class WorkerConfig(NamedTuple):
    """What workers have to know of a copy."""

    options: CopyOptions
    listed_in: bytes = b""
    """The prefix of the tree's paths in all lists."""
    selection: Selection = Selection()
    native: bool = True
    """Have the C library do what is plain, where it was built."""
