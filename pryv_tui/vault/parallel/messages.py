"""What a copy and its workers tell each other.

An order comes with open descriptors for each of its folders, at the source and at the destination:
a worker never opens a folder by its path.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from enum import IntEnum, IntFlag
from typing import NamedTuple

from pryv_tui.vault.files.pieces import CopyOptions, Piece, Places
from pryv_tui.vault.files.types import Selection
from pryv_tui.vault.lists.index import SourceStat
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


class Task(IntEnum):
    """What to do with a folder's files."""

    COPY = 0
    PIECE = 1
    """They are a part of a tree, which the C library copies as far as it is plain."""
    READ = 2
    """Likewise, but they are only hashed and listed, where they are."""


class About(IntFlag):
    """What a worker has to know of a file that it copies."""

    NOTHING = 0
    MAY_CHANGE = 1
    """A change while it is read is normal."""
    DATABASE = 2
    """It is copied as a database, if it is one."""
    BESIDE = 4
    """It lies beside the database before it, which may have it in its copy."""


class WorkFolder(NamedTuple):
    """Files of one folder to copy, or to read."""

    path: bytes
    """The folder's path in the tree, empty for the root."""
    files: Sequence[tuple[bytes, int]]
    """Names, and what of `About` holds for each."""
    task: Task
    linkable: bool = False
    """For `PIECE`: whether a later set may link to its files, and this one to earlier copies."""
    formers: tuple[int, ...] = ()
    """For `PIECE`: the numbers of the earlier copies whose folder comes as a further descriptor."""
    places: Places = ()
    """For `PIECE`: where the lists of those speak of the first of it."""


class Group(NamedTuple):
    """Files of one folder, as a part of a batch."""

    folder: WorkFolder
    places: list[Pending]
    """Where their results go: one for each, of `PIECE` and `READ` one for all."""
    ends: tuple[int, ...]
    """The descriptors that come with it; whoever has it closes them."""
    finished: Callable[[], None]
    """Called when the results are there; sets `done` of the places."""


class Result(NamedTuple):
    """What became of a file, or of a piece."""

    digest: bytes | None = None
    """None: it was not copied, as is noted, or it is of a piece."""
    seen: SourceStat | None = None
    """Of a file that was copied."""
    notes: Sequence[tuple[bytes, str, bool]] = ()
    """A path, what is to be known about it, and whether the copy may mix its states."""
    piece: Piece | None = None


class Reply(NamedTuple):
    """The result of a batch; a failure ends the copy."""

    groups: Sequence[Group] = ()
    results: Sequence[Result] = ()
    """One for each of their places."""
    failure: tuple[str, str, str, str] | None = None
    """An error's name, what happened, the remedy, the file that it is about."""


class Board:
    """What everybody sees at once: whether to stop, and how much each worker has done."""

    def __init__(self, workers: int) -> None:
        self._said = array("q", [0])
        self._done = [0] * workers

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

    def add(self, worker: int, count: int) -> None:
        """Add to the bytes that a worker has done; negative when it starts a file again."""
        self._done[worker] += count

    def total(self) -> int:
        """Bytes done by all workers."""
        return sum(self._done)


class WorkerConfig(NamedTuple):
    """What workers have to know of a copy."""

    options: CopyOptions
    listed_in: bytes = b""
    """The prefix of the tree's paths in all lists."""
    selection: Selection = Selection()
    native: bool = True
    """Have the C library do what is plain, where it was built."""
