"""Folders that hold no folders, as the walk and its processes tell each other of them."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple

BATCH_BYTES = 8 << 20
ListedFiles = bytes
"""Lines of `SHA256SUMS` of all files of a folder in their order, nothing escaped; where a line
begins with `UNREAD` that file is not to be read."""
UNREAD = b"-"
ParentFiles = list[tuple[bytes, tuple[bytes, tuple[int, int, int, int, int]]]]
"""Names of a folder's files in the parent, and what that set says of each (`linking.Entry`)."""


class Lines(NamedTuple):
    """What the lists of a set say of a folder that was copied in one call, ready to be written."""

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
    """What became of a folder that holds no folders."""

    made: bool
    """It is there at the destination; else it was gone, as is noted."""
    files: list[tuple[bytes, bytes | None, tuple[int, ...] | None, bool]]
    """Of each file: name, digest, `index.SourceStat`, and whether it was linked to the parent.
    Without a digest it is left to the walk's process, which then also finishes the folder."""
    folders: list[bytes]
    """Folders in it, against all expectation: left to the walk's process as well."""
    owned: tuple[int, int, int] | None = None
    """Its `st_mode`, owner and group, once it is finished."""
    lines: tuple[Any, ...] | None = None
    """`Lines`, where it was copied in one call: then there is nothing else to say of it."""

    @property
    def whole(self) -> bool:
        """Whether nothing is left to do."""
        return not self.folders and all(file[1] is not None for file in self.files)


Checked = list[list[int] | None]
"""Of folders of a set: which of the listed files, by their numbers, are not what they should be.
None: not all that is listed is there, or more than that, or too much for one: the walk looks."""


class Ahead(IntEnum):
    """When folders are read ahead, by several threads."""

    NEVER = 0
    WHERE_COLD = 1
    """Where the last ones had to come from the disk."""
    ALWAYS = 2
