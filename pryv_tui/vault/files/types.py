"""The words of a copy: what travels, what is told while it runs, and what came of it."""

from __future__ import annotations

from typing import Literal, Protocol

import msgspec


class CancelToken(Protocol):
    """Something that knows whether the operator cancelled (a `threading.Event` does)."""

    def is_set(self) -> bool: ...


class CopyHooks(Protocol):
    """Where a practice platform injects its faults into a copy; paths are absolute bytes."""

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
    """How far a copy or a check is; totals are 0 where they were not counted before."""

    files: int
    bytes: int
    total_files: int
    total_bytes: int
    waits_for: str = ""
    """Whose disk does not answer, and since when nothing moves there; empty: all do."""


class CopyNote(msgspec.Struct, frozen=True):
    """Something a person should know about one path, and that did not end the copy.

    `path` is relative to the tree's root and made printable: bytes that are not UTF-8 and control
    characters are shown as `\\xNN`, so that it can go into JSON and onto a terminal.
    """

    path: str
    what: str
    torn: bool = False
    """The copy may mix several states of a file that is no log: a person has to know."""
    rest: bool = False
    """It is of no entry: it says how many more notes there were."""
    access: bool = False
    """Others may read or write the copy than its source: a person has to know."""


class TreeCount(msgspec.Struct, frozen=True):
    """What a tree holds: names of regular files, their bytes, folders below the root.

    A file with several hard links counts once for each name in `files`, and once in `bytes`.
    Bytes are the files' sizes as `ls` shows them; holes in sparse files count.
    """

    files: int
    bytes: int
    folders: int


Paths = tuple[bytes, ...]


class CopyResult(msgspec.Struct, frozen=True):
    """What was copied, counted as in `TreeCount`; `links` are symbolic links."""

    files: int
    bytes: int
    folders: int
    links: int
    notes: tuple[CopyNote, ...]
    linked_files: int = 0
    """Of `files`, those that were linked to the parent instead of copied."""
    linked_bytes: int = 0
    tree: str = ""
    """The SHA-256 of the list of folders and links, where one was written."""
    strangers: Paths = ()
    """What came meanwhile, is in no list, and was taken away again (`copy_tree`, `only_listed`)."""
    rights: tuple[CopyNote, ...] = ()
    """Files that give more rights to who runs or reads them, the first of `rights_count`; no copy
    that is linked to the parent is among them."""
    rights_count: int = 0


class Selection(msgspec.Struct, frozen=True):
    """Which part of a tree travels.

    Paths are relative to the tree's root, separated by `/`, and taken as they are; globs are
    `fnmatch` patterns on the same relative path, where `*` crosses `/`.
    """

    leave_out: tuple[str, ...] = ()
    """Folders or files that don't travel, themselves included."""
    only: tuple[str, ...] = ()
    """If not empty, just these subtrees or files, and the folders on the way to them."""
    sqlite: tuple[str, ...] = ()
    """Globs of files copied through SQLite's online backup if they carry SQLite's magic."""
    may_change: tuple[str, ...] = ()
    """Globs of files that change and vanish in normal life (logs)."""
    never_link: tuple[str, ...] = ()
    """Folders whose files are never hard-linked to an earlier set, even if unchanged."""
    no_snapshots: bool = False
    """A file system's own snapshots don't travel: `snapshots.py` says what is one."""
    pass_hollow: bool = False
    """A file that is too hollow to be hashed is left out and told, instead of ending the copy."""


Linking = Literal["unchanged", "paranoid", "full"]
"""What a backup hard-links to its parent, as an operator asks for it: files that are unchanged by
their times, only those whose bytes are the same too, or nothing."""
