"""Pieces of a tree, as the walk, its workers and the C library speak of them."""

from __future__ import annotations

import os
import stat
from enum import IntEnum
from typing import Any, NamedTuple

BATCH_BYTES = 8 << 20
BATCH_ENTRIES = 2000
FOLDER_BYTES = 4096
"""Largest size of a leaf folder's own entry: one with longer names or more files is walked."""
ListedFiles = bytes
"""Lines of `SHA256SUMS` of all files of a folder in their order, nothing escaped; where a line
begins with `UNREAD` that file is not to be read."""
UNREAD = b"-"
FORMERS = 2
"""Earlier copies whose files are linked to at most: the parent, and one that is not finished."""
LISTS = 6
"""Walks that the lists of those are made of at most; with more of them nothing is done in C."""
Places = tuple[int, ...]
"""Where those lists speak of the first file of a piece: of each walk where its lines begin in
`SHA256SUMS` and in `INDEX`, and how many there are from there on."""


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


def is_leaf(status: os.stat_result) -> bool:
    """Whether a folder certainly holds no folders, and not much else.

    A folder has a link for its name, one for its own `.`, and one for each `..` of a folder in it.
    File systems that don't count them so say 1 (btrfs), which is no proof.
    """
    return stat.S_ISDIR(status.st_mode) and status.st_nlink == 2 and status.st_size <= FOLDER_BYTES


class Lines(NamedTuple):
    """Lines for the lists of a set about what was copied, ready to be written."""

    of_sums: bytes
    of_index: bytes
    of_tree: bytes
    """Records of folders, each with its NUL."""
    files: int


class Kind(IntEnum):
    """What is left of a piece; as in `copy.h`."""

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
    """Of `BEGUN`: its device and inode."""


FILE_KIND, FOLDER_KIND = b"\x08", b"\x04"
"""What stands before a name that is handed out (readdir(3): DT_REG, DT_DIR)."""


class Piece(NamedTuple):
    """What became of entries of one folder that were handed out together."""

    begun: int
    """How many of them were done, or are told of; the others were not looked at."""
    parts: list[tuple[Any, ...]]
    """`Lines` and `Left`, in the order of the walk."""
    folders: int = 0
    size: int = 0
    """Bytes of the files that were copied or linked."""
    linked_files: int = 0
    linked_size: int = 0
    read: int = 0
    """Bytes of content that were read."""
    entries: int = 0
    """Files and folders that were begun."""


Checked = list[list[int] | None]
"""For each folder of a set the numbers of those listed files that differ from their hash. None: the
folder does not hold just what is listed, or too much for one worker; the walk checks it."""


class Ahead(IntEnum):
    """When folders are read ahead, by several threads."""

    NEVER = 0
    WHERE_COLD = 1
    """If the last ones had to be read from the disk."""
    ALWAYS = 2
