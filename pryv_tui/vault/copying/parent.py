"""The parent of a copy: the earlier set whose unchanged files are hard-linked, not copied.

Each set looks and restores as a full one. What is shared is never written to: a later backup
changes nothing of the inode but its number of links, and removing a set removes names only.
"""

from __future__ import annotations

import os
from copy import copy
from pathlib import Path

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.folders import FOLDER_FLAGS, FolderStack, open_quietly
from pryv_tui.reading import need_word
from pryv_tui.vault.files.content import ContentCopier
from pryv_tui.vault.files.linking import Entry, ParentFolder, Proof
from pryv_tui.vault.files.pieces import FormerList, Places
from pryv_tui.vault.files.types import TreeCount
from pryv_tui.vault.lists.index import IndexReader, check_list
from pryv_tui.vault.set_files import FILES_NAME, INDEX_NAME, SUMS_NAME

_PREFIX = FILES_NAME.encode() + b"/"


class Parent(msgspec.Struct, frozen=True, kw_only=True):
    """A machine's part of an earlier set, whose unchanged files a new set hard-links
    (as `rsync --link-dest` does)."""

    set_id: str
    folder: str
    """The part's own folder; it holds `files`."""
    index: str
    sums: str
    """SHA-256 of its lists, as `set.json` says; empty of a backup that did not finish."""
    verified: bool = True
    """Somebody has read all of it since it was made, and found it good. Else each file is read
    before it is linked, and compared with its hash."""
    partial: Parent | None = None
    """What a later backup left that did not finish: what it had copied is linked to as well,
    once it is read."""

    moved: tuple[tuple[int, int], ...] = ()
    """Numbers of disks, as they were when it was made and as they are now."""
    unsure: bool = False
    """Whether these are the same disks can't be told: bytes are compared before linking."""
    told: bool = False
    """It says which disks it was copied from."""
    databases_whole: bool = False
    """SQLite has looked at each of its databases, and found it whole."""

    @property
    def unfinished(self) -> bool:
        """It is what a backup left that did not finish: its lists may end anywhere."""
        return not self.sums

    @property
    def proof(self) -> Proof:
        """What must at least prove that a file is unchanged before it is linked to this copy."""
        if self.unsure:
            return Proof.BOTH_READ
        return Proof.TIMES if self.verified else Proof.PARENT_READ


class ParentWalk:
    """The parent's copy of a tree, walked in step with its source."""

    def __init__(
        self, parent: Parent, content: ContentCopier | None = None, proof: Proof = Proof.TIMES
    ) -> None:
        """Open it.

        Args:
            parent: the part of the set.
            content: reads files before they are linked, where that is wanted.
            proof: what must prove that a file is unchanged, beside what the parent asks for.

        Raises:
            PryvTuiError: `set-damaged`, its lists are not what was written, or can't be read.
        """
        folder = Path(parent.folder)
        if not parent.unfinished:
            check_list(folder / INDEX_NAME, parent.index)
            check_list(folder / SUMS_NAME, parent.sums)
        self.proof = max(proof, parent.proof)
        self._devices = dict(parent.moved)
        self._content = content
        self._unfinished = parent.unfinished
        self._missing = 0
        """Folders on the way down that the parent does not have."""
        self._folder = folder
        self._index = IndexReader(folder, _PREFIX, unfinished=parent.unfinished)
        try:
            self._stack = FolderStack(open_quietly(os.fsencode(folder / FILES_NAME), FOLDER_FLAGS))
        except OSError as error:
            self._index.close()
            need_word(error, folder / FILES_NAME)
            what = f"{folder / FILES_NAME} is no folder: {error.strerror}"
            raise PryvTuiError("set-damaged", what) from error
        self._root = os.dup(self._stack.fd)

    def enter(self, name: bytes) -> None:
        """Go down along with the walk."""
        if self._missing:
            self._missing += 1
            return
        try:
            self._stack.enter(name)
        except OSError:
            self._missing = 1

    def leave(self) -> None:
        """Go up along with the walk."""
        if self._missing:
            self._missing -= 1
            return
        try:
            self._stack.leave()
        except OSError as error:
            raise PryvTuiError(
                "step-failed", f"the set that is linked to was moved: {error.strerror}"
            ) from error

    def here(self, path: bytes) -> ParentFolder | None:
        """The parent's copy of the folder that the walk is in, whose path in the tree is `path`."""
        if self._missing:
            return None
        lead = path + b"/" if path else b""

        def find(name: bytes) -> Entry | None:
            entry = self._index.take(lead + name)
            if entry is None or not entry.settled:
                return None
            device, inode, size, mtime, ctime = entry.at_source
            # Its disk's number as it is now.
            return entry.digest, (self._devices.get(device, device), inode, size, mtime, ctime)

        return ParentFolder(self._stack.fd, find, self._content, self.proof)

    def beneath(self, path: bytes) -> ParentWalk:
        """Another walk along the same lists, that is in the folder of that path now; `part` ends
        it."""
        other = copy(self)
        try:
            other._stack, other._missing = FolderStack.beneath(self._root, path), 0
        except OSError:
            other._stack, other._missing = FolderStack(os.dup(self._root)), 1
        return other

    def part(self) -> None:
        """Close what `beneath` opened."""
        self._stack.close()

    @property
    def files(self) -> int:
        """How many files it has."""
        return self._index.files

    @property
    def totals(self) -> TreeCount | None:
        """Its files and their bytes at their source; None where its lists may end anywhere."""
        if self._unfinished or not self._index.files:
            return None
        return TreeCount(self._index.files, self._index.bytes, 0)

    @property
    def fd(self) -> int | None:
        """The parent's copy of the folder that the walk is in, open; None if it has none."""
        return None if self._missing else self._stack.fd

    def places(self, path: bytes) -> Places:
        """Where its lists speak of a path, and what comes after it in the walk."""
        return tuple(number for place in self._index.places(path) for number in place)

    def lists(self, former: int) -> list[FormerList]:
        """Its lists, for the C library; `former`: its number there."""
        moved = tuple(number for pair in self._devices.items() for number in pair)
        sums, index = (os.fsencode(self._folder / name) for name in (SUMS_NAME, INDEX_NAME))
        one = FormerList(former, sums, index, len(_PREFIX), moved)
        return [one] * self._index.walks

    def close(self) -> None:
        """Close the former set's lists and its folders."""
        self._index.close()
        self._stack.close()
        os.close(self._root)
