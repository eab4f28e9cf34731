"""Dispatching leaf folders to workers as a whole, and finishing what workers leave.

Most of a root is such (an attachment each).
"""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Callable
from functools import partial

from pryv_tui.errors import Cancelled
from pryv_tui.formats.sqlite.names import COMPANIONS
from pryv_tui.vault.copying.dispatch import Dispatcher
from pryv_tui.vault.copying.entry import Here
from pryv_tui.vault.copying.folder import WalkedFolder, joined
from pryv_tui.vault.files.copier import VANISHED
from pryv_tui.vault.files.leaf import Leaf, Lines, ParentFiles
from pryv_tui.vault.files.linking import ParentFolder
from pryv_tui.vault.files.selection import Verdict
from pryv_tui.vault.lists.index import NO_STAT, SourceStat
from pryv_tui.vault.lists.tree import Owned
from pryv_tui.vault.parallel.leaf_queue import files_of, length_of
from pryv_tui.vault.parallel.pool import PARENT_BYTES, Pool
from pryv_tui.vault.parallel.results import LateResults, Pending


class LeafDispatcher(Dispatcher):
    """The part of a copy that deals with leaf folders."""

    @abstractmethod
    def _walk_alone(self, here: Here, name: bytes, path: bytes) -> None:
        """Copy a folder that came up in a leaf folder, in this process."""

    def _leaf(self, folder: WalkedFolder, name: bytes, path: bytes, verdict: Verdict) -> bool:
        """Have a worker copy a folder as a whole; false if it has to be walked."""
        self._start_pool_if_worth()
        if (
            self._leaves is None
            or verdict is not Verdict.INCLUDED
            or not self.chooser.whole(path)
            or path in self._parents_of_names
            or not Pool.fits(path)
        ):
            return False
        if not self._leaf_probe.is_leaf(self._from.fd, folder, name):
            return False
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled()
        parent = self._parent.below(path) if self._parent is not None else []
        of_partial = self._partial.below(path) if self._partial is not None else []
        # The walk links what a message has no room for, and what only the partial copy has.
        if (parent and length_of(parent) > PARENT_BYTES) or any(
            file not in parent for file in of_partial
        ):
            self._known[path] = parent, of_partial
            return False
        self._leaves.collect(
            folder.path, path, parent, self._all_ends, partial(self._begin_group, folder)
        )
        self._apply_backpressure(folder)
        return True

    def _all_ends(self) -> tuple[int, ...]:
        """Duplicates of the present folder's descriptors and of its copy's in the parent."""
        parent = self._parent.fd if self._parent is not None else None
        if parent is None:
            return self._folder_fds()
        third = os.dup(parent)
        try:
            return (*self._folder_fds(), third)
        except OSError:
            os.close(third)
            raise

    def _begin_group(self, folder: WalkedFolder) -> Callable[[], None]:
        folder.awaited += 1
        return partial(self._group_done, folder, [])

    def _leaf_made(self, place: Pending, parent: ParentFiles) -> None:
        """Take the result of a leaf folder: it was copied, or as much of it as a worker can."""
        leaf = place.leaf
        if leaf is None or not leaf.made:
            place.done = True
            return
        self._folders += 1
        if leaf.lines is not None:
            lines = Lines._make(leaf.lines)
            if not lines.of_tree:  # said with a folder before it
                place.done = True
                return
            self._entries.linked_files += lines.linked_files
            self._entries.linked_bytes += lines.linked_size
            self.results.take_lines(place, lines)
            return
        for _, _, seen, linked in leaf.files:
            if linked and seen is not None:
                self._entries.linked_files += 1
                self._entries.linked_bytes += SourceStat._make(seen).size
        if leaf.owned is not None:
            place.entries = ((place.path, Owned._make(leaf.owned), b""),)
            self.results.take_files(place, files_of(place))
        else:
            self._finish_leaf(place, leaf, parent)

    def _finish_leaf(self, place: Pending, leaf: Leaf, parent: ParentFiles) -> None:
        """Copy what a worker has left of a leaf folder."""
        folder = WalkedFolder(place.path, Verdict.INCLUDED)
        try:
            source, target, *third = self._roots().ends(place.path)
        except FileNotFoundError:
            place.note(place.path, VANISHED)
            self.results.take_files(place, files_of(place))
            return
        folder.place, folder.ends = place, (source, target)
        folder.late = late = LateResults(place)
        folder.awaited = 1  # until all is begun
        self._unfinished.add(folder)
        self._entries.sink = late
        try:
            here = Here(source, target, self._parent_folder(third, parent))
            by_backup: set[bytes] = set()
            for name, digest, seen, _ in leaf.files:
                path = joined(folder.path, name)
                if digest is not None:
                    late.add(path, digest, SourceStat._make(seen) if seen is not None else NO_STAT)
                elif name.endswith(COMPANIONS) and name.rpartition(b"-")[0] in by_backup:
                    pass  # its content is in the database's copy already
                elif self._entry(folder, here, name, path, self._of_late(folder, leaf, name)):
                    by_backup.add(name)
            for name in leaf.folders:
                self._walk_alone(here, name, joined(folder.path, name))
        finally:
            self._entries.sink = self.results
            for fd in third:
                os.close(fd)
        self._group_done(folder, [])

    def _of_late(self, folder: WalkedFolder, leaf: Leaf, name: bytes) -> tuple[bytes, ...] | None:
        """As for `_entry`: a database with something beside it is copied in this process."""
        there = {other for other, *_ in leaf.files}
        return None if any(name + ending in there for ending in COMPANIONS) else ()

    def _parent_folder(self, third: list[int], entries: ParentFiles) -> ParentFolder | None:
        if self._parent is None or not third:
            return None
        return self._parent.folder(third[0], dict(entries).get)
