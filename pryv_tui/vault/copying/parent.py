"""The parent of a copy: the earlier set whose unchanged files are hard-linked instead of copied.

Each set looks and restores like a full one. Shared files are never written to: a later backup
changes only their number of links, and removing a set only removes names.
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
    """One machine's part of an earlier set: unchanged files of a new set are hard-linked to it (as
    with `rsync --link-dest`)."""

    set_id: str
    folder: str
    """The part's folder, which contains `files`."""
    index: str
    sums: str
    """SHA-256 of `INDEX` and of `SHA256SUMS`, from `set.json`; empty for a backup that did not
    finish."""
    verified: bool = True
    """Whether all files of the part were read since it was made, and found good. Otherwise each
    file is read and compared with its hash before it is linked."""
    partial: Parent | None = None
    """The partial copy of a later backup that did not finish. Its files are linked too, after they
    were read."""

    moved: tuple[tuple[int, int], ...] = ()
    """Pairs of device numbers of the source's disks: the number when the set was made, and the
    number now."""
    unsure: bool = False
    """True if it is unknown whether the disks are still the same: then bytes are compared before
    linking."""
    told: bool = False
    """Whether the set records from which disks it was copied."""
    databases_whole: bool = False
    """Whether SQLite checked every database of the part, and found no damage."""

    @property
    def unfinished(self) -> bool:
        """Whether this is a partial copy of an unfinished backup: its lists may end anywhere."""
        return not self.sums

    @property
    def proof(self) -> Proof:
        """The least proof that a file is unchanged, needed before the file is linked to this
        copy."""
        if self.unsure:
            return Proof.BOTH_READ
        return Proof.TIMES if self.verified else Proof.PARENT_READ


class ParentWalk:
    """The parent's copy of a tree, walked in parallel with the source."""

    def __init__(
        self, parent: Parent, content: ContentCopier | None = None, proof: Proof = Proof.TIMES
    ) -> None:
        """Open the lists and the folder of a parent.

        Args:
            parent: the part of the set.
            content: reads files before they are linked, if the proof requires that.
            proof: the least proof that a file is unchanged; the parent may require more.

        Raises:
            PryvTuiError: `set-damaged`: the parent's lists differ from what was written, or can't
                be read.
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
        """How many folders the walk is below the last folder that the parent has."""
        self._folder = folder
        self._index = IndexReader(folder, _PREFIX, unfinished=parent.unfinished)
        try:
            self._stack = FolderStack(open_quietly(os.fsencode(folder / FILES_NAME), FOLDER_FLAGS))
        except OSError as error:
            self._index.close()
            need_word(error, folder / FILES_NAME)
            what = f"{folder / FILES_NAME} can't be opened as a folder: {error.strerror}"
            raise PryvTuiError("set-damaged", what) from error
        self._root = os.dup(self._stack.fd)

    def enter(self, name: bytes) -> None:
        """Follow the walk into a subfolder."""
        if self._missing:
            self._missing += 1
            return
        try:
            self._stack.enter(name)
        except OSError:
            self._missing = 1

    def leave(self) -> None:
        """Follow the walk back up."""
        if self._missing:
            self._missing -= 1
            return
        try:
            self._stack.leave()
        except OSError as error:
            raise PryvTuiError(
                "step-failed",
                f"the earlier set, to which files are linked, was moved: {error.strerror}",
            ) from error

    def here(self, path: bytes) -> ParentFolder | None:
        """Return the parent's copy of the walk's present folder; None if it has none. `path`: the
        folder's path in the tree."""
        if self._missing:
            return None
        lead = path + b"/" if path else b""

        def find(name: bytes) -> Entry | None:
            entry = self._index.take(lead + name)
            if entry is None or not entry.settled:
                return None
            device, inode, size, mtime, ctime = entry.at_source
            # The number recorded for the disk is replaced by its present number.
            return entry.digest, (self._devices.get(device, device), inode, size, mtime, ctime)

        return ParentFolder(self._stack.fd, find, self._content, self.proof)

    def beneath(self, path: bytes) -> ParentWalk:
        """Return another walk along the same lists that starts in the folder `path`; close it with
        `part`."""
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
        """Number of files in the parent."""
        return self._index.files

    @property
    def totals(self) -> TreeCount | None:
        """Number and bytes of the parent's files at their source; None if its lists are partial or
        empty."""
        if self._unfinished or not self._index.files:
            return None
        return TreeCount(self._index.files, self._index.bytes, 0)

    @property
    def fd(self) -> int | None:
        """Descriptor of the parent's copy of the present folder; None if it has none."""
        return None if self._missing else self._stack.fd

    def places(self, path: bytes) -> Places:
        """Return the positions in the parent's lists from `path` on, in walk order."""
        return tuple(number for place in self._index.places(path) for number in place)

    def lists(self, former: int) -> list[FormerList]:
        """Return the parent's lists as the C library needs them; `former`: the number under which
        the library knows this parent."""
        moved = tuple(number for pair in self._devices.items() for number in pair)
        sums, index = (os.fsencode(self._folder / name) for name in (SUMS_NAME, INDEX_NAME))
        one = FormerList(former, sums, index, len(_PREFIX), moved)
        return [one] * self._index.walks

    def close(self) -> None:
        """Close the parent's lists and folders."""
        self._index.close()
        self._stack.close()
        os.close(self._root)
