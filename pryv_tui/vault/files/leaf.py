"""Leaf folders (folders that hold no folders), as the walk and its workers speak of them."""

from __future__ import annotations

import os
import stat
from enum import IntEnum
from typing import Any, NamedTuple

BATCH_BYTES = 8 << 20
FOLDER_BYTES = 4096
"""Largest size of a leaf folder's own entry: one with longer names or more files is listed by the
walk, which hands its files out in groups."""
ListedFiles = bytes
"""Lines of `SHA256SUMS` of all files of a folder in their order, nothing escaped; where a line
begins with `UNREAD` that file is not to be read."""
UNREAD = b"-"
ParentFiles = list[tuple[bytes, tuple[bytes, tuple[int, int, int, int, int]]]]
"""Names of a folder's files in the parent, and what that set says of each (`linking.Entry`)."""


def is_leaf(status: os.stat_result) -> bool:
    """Whether a folder certainly holds no folders, and not much else.

    A folder has a link for its name, one for its own `.`, and one for each `..` of a folder in it.
    File systems that don't count them so say 1 (btrfs), which is no proof.
    """
    return stat.S_ISDIR(status.st_mode) and status.st_nlink == 2 and status.st_size <= FOLDER_BYTES


class Lines(NamedTuple):
    """Lines for the lists of a set about copied leaf folders, ready to be written."""

    of_sums: bytes
    of_index: bytes
    of_tree: bytes
    """The folder's own record, with its NUL."""
    files: int
    size: int
    """Bytes of the files."""
    linked_files: int
    linked_size: int


class Leaf(NamedTuple):
    """What a worker made of a leaf folder."""

    made: bool
    """Whether it is at the destination now; else it was gone, as a note says."""
    files: list[tuple[bytes, bytes | None, tuple[int, ...] | None, bool]]
    """Of each file: name, digest, `index.SourceStat`, and whether it was linked to the parent.
    Without a digest it is left to the walk's process, which then also finishes the folder."""
    folders: list[bytes]
    """Folders that came up in it: left to the walk's process as well."""
    owned: tuple[int, int, int] | None = None
    """Its `st_mode`, owner and group, once it is finished."""
    lines: tuple[Any, ...] | None = None
    """`Lines`, if the C library copied it: then `files` and `folders` are empty."""

    @property
    def whole(self) -> bool:
        """Whether nothing of it is left to do."""
        return not self.folders and all(file[1] is not None for file in self.files)


Checked = list[list[int] | None]
"""For each folder of a set the numbers of those listed files that differ from their hash. None: the
folder does not hold just what is listed, or too much for one worker; the walk checks it."""


class Ahead(IntEnum):
    """When folders are read ahead, by several threads."""

    NEVER = 0
    WHERE_COLD = 1
    """If the last ones had to be read from the disk."""
    ALWAYS = 2
