"""Types of a copy: what to copy, progress, and the result."""

from __future__ import annotations

from typing import Literal, Protocol

import msgspec


class CancelToken(Protocol):
    """Tells whether the operator cancelled; a `threading.Event` can be used."""

    def is_set(self) -> bool: ...


class CopyHooks(Protocol):
    """Hooks by which a practice platform injects faults into a copy; paths are absolute bytes."""

    def before_read(self, path: bytes) -> None:
        """Called before each attempt to read a file, after its size and time were noted.

        May raise `OSError` (the file counts as unreadable; `FileNotFoundError`: as vanished), and
        may change or remove files (a log that grows while it is copied).
        """
        ...

    def before_write(self, path: bytes, size: int) -> None:
        """Called before a file of `size` bytes is created; may raise `OSError(ENOSPC)`."""
        ...


class Progress(msgspec.Struct, frozen=True):
    """Progress of a copy or a check; totals are 0 if they are not known."""

    files: int
    bytes: int
    total_files: int
    total_bytes: int
    waits_for: str = ""
    """The disk that does not answer, and since when, in words; empty if all disks answer."""


class CopyNote(msgspec.Struct, frozen=True):
    """A remark for people on one path; the copy continued after it.

    `path` is relative to the tree's root and printable: bytes that are not UTF-8 and control
    characters are shown as `\\xNN`, for JSON and terminals.
    """

    path: str
    what: str
    torn: bool = False
    """Whether the copy may mix several states of a file that is not a log: people must know."""
    rest: bool = False
    """Whether this note only gives the number of further notes."""
    access: bool = False
    """Whether the copy can be read or written by users who can't read or write the source."""


class TreeCount(msgspec.Struct, frozen=True):
    """The size of a tree: names of regular files, their bytes, folders below the root.

    A file with several hard links counts once for each name in `files`, and once in `bytes`.
    Bytes are the files' sizes as `ls` shows them; holes in sparse files count.
    """

    files: int
    bytes: int
    folders: int


Paths = tuple[bytes, ...]


class CopyResult(msgspec.Struct, frozen=True):
    """The result of a copy, counted as in `TreeCount`; `links` are symbolic links."""

    files: int
    bytes: int
    folders: int
    links: int
    notes: tuple[CopyNote, ...]
    linked_files: int = 0
    """Number of the `files` that were linked to the parent instead of copied."""
    linked_bytes: int = 0
    tree: str = ""
    """The SHA-256 of the list of folders and links, if one was written."""
    strangers: Paths = ()
    """Entries in no list that appeared during the copy and were removed (`only_listed`)."""
    rights: tuple[CopyNote, ...] = ()
    """Notes on the first files that grant rights to whoever executes them (`rights_count` in all).
    Files linked to the parent are not included."""
    rights_count: int = 0


class Selection(msgspec.Struct, frozen=True):
    """The part of a tree to copy.

    Paths are relative to the tree's root, separated by `/`, and taken as they are; globs are
    `fnmatch` patterns on the same relative path, where `*` crosses `/`.
    """

    leave_out: tuple[str, ...] = ()
    """Files, and folders with everything below them, that are not copied."""
    only: tuple[str, ...] = ()
    """If not empty: only these subtrees or files are copied, with the folders above them."""
    sqlite: tuple[str, ...] = ()
    """Globs of files copied through SQLite's online backup if they carry SQLite's magic."""
    may_change: tuple[str, ...] = ()
    """Globs of files that change and vanish in normal operation (logs)."""
    never_link: tuple[str, ...] = ()
    """Folders whose files are never hard-linked to an earlier set, even if unchanged."""
    no_snapshots: bool = False
    """Leave out the file system's own snapshots (see `snapshots.py`)."""
    pass_hollow: bool = False
    """Leave out and note files with too many holes to hash, instead of ending the copy."""


Linking = Literal["unchanged", "paranoid", "full"]
"""What a backup hard-links to its parent: files that are unchanged according to their times, only
those whose bytes are equal too, or nothing."""
