"""Pieces of a tree: the data that the walk, its workers and the C library exchange about them."""

from __future__ import annotations

import zlib
from enum import IntEnum
from typing import NamedTuple

BATCH_BYTES = 8 << 20
BATCH_ENTRIES = 2000
PATH_BYTES = 2048
DEEPEST = 256
"""Longest path in bytes, and most folders on the path, of an entry that is handed out. The walk
copies the rest, so that it seldom has to come down again from the root."""
UNREAD = b"-" * 64
"""Stands for the hash of a file that was not read."""
FORMERS = 2
"""Most earlier copies to link to: the parent, and a partial copy."""
LISTS = 6
"""Most walks in the lists of the earlier copies; if there are more, nothing is done in C."""
Places = tuple[int, ...]
"""Positions of a piece's first file in the lists of the earlier copies. For each walk: the offset
of its lines in `SHA256SUMS` and in `INDEX`, and the number of lines from there on."""


def in_part(path: bytes, part: tuple[int, int]) -> bool:
    """Whether a file belongs to a part (number from 1, number of parts). Only its path decides, so
    the answer is always the same."""
    number, parts = part
    return parts == 1 or zlib.crc32(path) % parts + 1 == number


class FormerList(NamedTuple):
    """A walk's section in the lists of an earlier copy."""

    former: int
    """The number of the earlier copy to which the section belongs."""
    sums_path: bytes
    index_path: bytes
    prefix: int
    """Bytes before the tree's own paths in the lists."""
    moved: tuple[int, ...]
    """Pairs of device numbers: the number when the copy was made, and the number now."""


class Work(IntEnum):
    """The C library's task for a subtree; as in `subtrees.c`."""

    COPY = 0
    READ = 1
    """Hash the files in place, and list them."""
    COUNT = 2


class Lines(NamedTuple):
    """Lines about copied files, ready to be written to the lists of a set."""

    of_sums: bytes
    of_index: bytes
    of_tree: bytes
    """Records of folders, each ended by a NUL."""
    files: int


class Kind(IntEnum):
    """The kind of an entry that is left of a piece; as in `subtree.h`."""

    FILE = 1
    """Any entry other than a folder; nothing was done with it."""
    FOLDER = 2
    """A folder; nothing was done with it."""
    BEGUN = 3
    """A folder that was created; entries before `since` are done, or were reported before."""
    FAILED = 4
    """An entry of which something was created that could not be removed again."""


class Left(NamedTuple):
    """An entry that the C library leaves to the walk."""

    kind: int
    path: bytes
    """The entry's path in the tree."""
    since: bytes
    """For `BEGUN`: the entry at which to continue, after its kind (`FOLDER_KIND`); empty: the
    folder only has to be finished."""
    identity: tuple[int, int]
    """Device and inode. For `BEGUN`: of the folder itself, otherwise of the folder that contains
    the entry; zeros if unknown."""

    def is_beside(self, other: Left) -> bool:
        """Whether both are entries of kind `FILE` in the same folder."""
        folder = self.path.rpartition(b"/")[0]
        return self.kind == other.kind == Kind.FILE and folder == other.path.rpartition(b"/")[0]


FILE_KIND, FOLDER_KIND, OTHER_KIND = b"\x08", b"\x04", b"\x01"
"""First byte of a name that is handed out (readdir(3): DT_REG, DT_DIR; DT_FIFO stands for
everything that must not be opened)."""


class Piece(NamedTuple):
    """The result for entries of one folder that were handed out together."""

    begun: int
    """How many of the entries were done or are in `parts`; the others were not looked at."""
    parts: list[Lines | Left]
    """The list lines and the left entries, in walk order."""
    folders: int = 0
    size: int = 0
    """Bytes of the copied or linked files."""
    linked_files: int = 0
    linked_size: int = 0
    read: int = 0
    """Bytes of content read."""
    entries: int = 0
    """Files and folders begun."""
    files: int = 0


class Ahead(IntEnum):
    """When several threads read folders ahead."""

    NEVER = 0
    WHERE_COLD = 1
    """Only if the last folders had to be read from the disk."""
    ALWAYS = 2


LIST_BYTES = 1 << 19
"""Bytes for the lines of each list, per call of the C library."""


class CopyOptions(NamedTuple):
    """Options that are equal for all pieces of a copy."""

    links_tell: bool = True
    """Whether a file's link count shows if it has several names in the tree."""
    settled_ns: int = 0
    """A file last changed before this time can later be recognised by its times (`index`)."""
    proofs: tuple[int, ...] = ()
    """The least proof that a file is unchanged before it is linked, per earlier copy."""
    ahead: Ahead = Ahead.NEVER
    calm_ns: int = 0
    """Nanoseconds since 1970: a file whose ctime is equal in two looks, and before this, is
    unchanged (`same_file.calm_before`)."""
    list_bytes: int = LIST_BYTES
    """Bytes for the lines of each list, per call."""
    lists: tuple[FormerList, ...] = ()
    never: tuple[int, int] = (0, 0)
    """Device and inode of a folder that must not be entered."""
    no_snapshots: bool = False
    """Skip what may be a snapshot: an entry with a snapshot's name, or on another device than its
    folder."""
    prefix: int = 0
    """Bytes before all paths in the lists."""
    part: tuple[int, int] = (1, 1)
    """When files are only read: the part to read, numbered from 1, and the number of parts."""
    largest: int = BATCH_BYTES
    """Most bytes of a file; larger files are left."""
