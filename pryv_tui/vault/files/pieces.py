"""Pieces of a tree, as the walk, its workers and the C library speak of them."""

from __future__ import annotations

import zlib
from enum import IntEnum
from typing import NamedTuple

BATCH_BYTES = 8 << 20
BATCH_ENTRIES = 2000
PATH_BYTES = 2048
DEEPEST = 256
"""Longest path, and most folders on the way to it, of what is handed out: the walk does the rest,
so that it never has to go down from where it is more than a few times."""
UNREAD = b"-" * 64
"""What stands for the hash of a file that was not to be read."""
FORMERS = 2
"""Earlier copies whose files are linked to at most: the parent, and one that is not finished."""
LISTS = 6
"""Walks that the lists of those are made of at most; with more of them nothing is done in C."""
Places = tuple[int, ...]
"""Where those lists speak of the first file of a piece: of each walk where its lines begin in
`SHA256SUMS` and in `INDEX`, and how many there are from there on."""


def in_part(path: bytes, part: tuple[int, int]) -> bool:
    """Whether a file is in one of so many parts, from 1 on: by its path, so that it stays there."""
    number, parts = part
    return parts == 1 or zlib.crc32(path) % parts + 1 == number


class FormerList(NamedTuple):
    """A walk in the lists of an earlier copy."""

    former: int
    """Which of the earlier copies it is of."""
    sums_path: bytes
    index_path: bytes
    prefix: int
    """Bytes before the tree's own paths in them."""
    moved: tuple[int, ...]
    """Numbers of disks as they were, each with what it is now."""


class Work(IntEnum):
    """What the C library does with a subtree; as in `subtrees.c`."""

    COPY = 0
    READ = 1
    """Hash its files where they are, and list it."""
    COUNT = 2


class Lines(NamedTuple):
    """Lines for the lists of a set about what was copied, ready to be written."""

    of_sums: bytes
    of_index: bytes
    of_tree: bytes
    """Records of folders, each with its NUL."""
    files: int


class Kind(IntEnum):
    """What is left of a piece; as in `subtree.h`."""

    FILE = 1
    """Or whatever it is that is no folder; nothing was done of it."""
    FOLDER = 2
    """Nothing was done of it."""
    BEGUN = 3
    """A folder that was made; what comes before `since` in it is done, or told before."""
    FAILED = 4
    """What was made of it could not be taken away again."""


class Left(NamedTuple):
    """What the C library leaves to the walk."""

    kind: int
    path: bytes
    """In the tree."""
    since: bytes
    """Of `BEGUN`: where to go on, behind its kind (`FOLDER_KIND`); empty: it is to be finished."""
    identity: tuple[int, int]
    """Its device and inode where it is `BEGUN`, else those of the folder that holds it; zeros: not
    known."""

    def is_beside(self, other: Left) -> bool:
        """Whether both are files of one folder."""
        folder = self.path.rpartition(b"/")[0]
        return self.kind == other.kind == Kind.FILE and folder == other.path.rpartition(b"/")[0]


FILE_KIND, FOLDER_KIND, OTHER_KIND = b"\x08", b"\x04", b"\x01"
"""What stands before a name that is handed out (readdir(3): DT_REG, DT_DIR; DT_FIFO, for whatever
nobody opens)."""


class Piece(NamedTuple):
    """What became of entries of one folder that were handed out together."""

    begun: int
    """How many of them were done, or are told of; the others were not looked at."""
    parts: list[Lines | Left]
    """In the order of the walk."""
    folders: int = 0
    size: int = 0
    """Bytes of the files that were copied or linked."""
    linked_files: int = 0
    linked_size: int = 0
    read: int = 0
    """Bytes of content that were read."""
    entries: int = 0
    """Files and folders that were begun."""
    files: int = 0


class Ahead(IntEnum):
    """When folders are read ahead, by several threads."""

    NEVER = 0
    WHERE_COLD = 1
    """If the last ones had to be read from the disk."""
    ALWAYS = 2


LIST_BYTES = 1 << 19
"""Room for the lines of each list in one call of the C library."""


class CopyOptions(NamedTuple):
    """Options that are the same for all pieces of a copy."""

    links_tell: bool = True
    """Whether a file's number of links tells if it has several names in the tree."""
    settled_ns: int = 0
    """A file that changed last before this can be told from its times later on (`index`)."""
    proofs: tuple[int, ...] = ()
    """What must prove that a file is unchanged before it is linked, for each earlier copy."""
    ahead: Ahead = Ahead.NEVER
    calm_ns: int = 0
    """See `same_file.calm_before`."""
    list_bytes: int = LIST_BYTES
    """Room for what each list says of the entries of one call."""
    lists: tuple[FormerList, ...] = ()
    never: tuple[int, int] = (0, 0)
    """Device and inode of a folder that is never entered."""
    no_snapshots: bool = False
    """Leave what may be a snapshot: by its name, or as it lies on another disk than its holder."""
    prefix: int = 0
    """Bytes in front of all paths in the lists."""
    part: tuple[int, int] = (1, 1)
    """Which part of the files is read where they are only read, from 1 on, and of how many."""
    largest: int = BATCH_BYTES
    """Bytes of a file at most: a larger one is left."""
