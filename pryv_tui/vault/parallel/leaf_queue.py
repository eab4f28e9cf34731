"""Queue of leaf folders (folders that hold no folders), handed out to workers as a whole.

The walk neither opens nor lists them: it reads their status and hands out dozens at a time, with
the descriptors of the folder that holds them.
"""

from __future__ import annotations

import errno
import os
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from pryv_tui.filesystem.folders import folder_beneath
from pryv_tui.filesystem.paths import read_failed, write_failed
from pryv_tui.vault.files.copier import GONE, VANISHED
from pryv_tui.vault.files.leaf import ParentFiles
from pryv_tui.vault.lists.index import SourceStat
from pryv_tui.vault.parallel.leaf_copier import NO_FOLDER
from pryv_tui.vault.parallel.messages import BATCH_FILES, Task, WorkFolder
from pryv_tui.vault.parallel.pool import ENTRY_BYTES, PARENT_BYTES, Pool
from pryv_tui.vault.parallel.results import File, OrderedResults, Pending


class Roots:
    """The open roots of the trees that are copied; a group's folder is opened again from here."""

    def __init__(self, source: int, target: int, parent: int | None) -> None:
        """The caller keeps the descriptors, and closes them."""
        self._source, self._target, self._parent = source, target, parent

    def ends(self, path: bytes) -> tuple[int, ...]:
        """Descriptors of a folder at the source, at the destination and, if it has one, of its
        copy in the parent; reached without following a link.

        Raises:
            FileNotFoundError: it is not at the source any more.
            PryvTuiError: `unreadable`, `disk-full`, `step-failed`: anything else is no reason to
                leave it out.
        """
        try:
            ends = [_below(self._source, path)]
        except OSError as error:
            if error.errno in (*GONE, *NO_FOLDER):
                raise FileNotFoundError(errno.ENOENT, "gone") from error
            raise read_failed(path or b".", error) from error
        try:
            ends.append(_below(self._target, path))
        except OSError as error:
            os.close(ends[0])
            raise write_failed(path or b".", error) from error
        if self._parent is not None:
            # A folder that is new since has none: that says nothing of the folder itself.
            with suppress(OSError):
                ends.append(_below(self._parent, path))
        return tuple(ends)


def _below(root: int, path: bytes) -> int:
    with folder_beneath(root, path + b"/" if path else b"") as folder:
        return os.dup(folder)


class _Group:
    """Leaf folders of one folder, handed out together."""

    def __init__(self, path: bytes, finished: Callable[[], None]) -> None:
        self.path = path
        self.finished = finished
        self.places: list[Pending] = []
        self.parent: list[ParentFiles] | None = None
        self.length = 0

    def rest(self) -> _Group | None:
        """A group of those that the worker did not begin; None if it began all."""
        rest = _Group(self.path, self.finished)
        rest.parent = [] if self.parent is not None else None
        for at, place in enumerate(self.places):
            if place.leaf is None:
                rest.places.append(place)
                if self.parent is not None and rest.parent is not None:
                    rest.parent.append(self.parent[at])
        return rest if rest.places else None


class LeafQueue:
    """Collects leaf folders, hands them out, and takes their results."""

    def __init__(
        self,
        pool: Pool,
        results: OrderedResults,
        roots: Roots,
        made: Callable[[Pending, ParentFiles], None],
    ) -> None:
        """Args:
        made: called by `pump` for each folder that a process has finished, with what the
            parent says of its files.
        """
        self._pool = pool
        self._results = results
        self._roots = roots
        self._made = made
        self._group: _Group | None = None
        self._ends: tuple[int, ...] = ()
        self._again: deque[_Group] = deque()
        self._done: deque[tuple[Pending, ParentFiles]] = deque()

    def collect(
        self,
        holder: bytes,
        path: bytes,
        parent: ParentFiles,
        ends: Callable[[], tuple[int, ...]],
        begun: Callable[[], Callable[[], None]],
    ) -> None:
        """Add a leaf folder to the group of its parent folder.

        Args:
            holder: the path of the folder that holds it.
            path: its own.
            parent: what the parent says of its files; `PARENT_BYTES` of `length_of` at most.
            ends: gives the holder's descriptors, to be taken over; three if the
                parent has a copy of it.
            begun: called for each group; gives what to call at its end.
        """
        length = length_of(parent) if parent else 0
        if self._group is not None and (
            len(self._group.places) == BATCH_FILES or self._group.length + length > PARENT_BYTES
        ):
            self.hand_out()
        if self._group is None:
            self._ends = ends()
            self._group = _Group(holder, begun())
            self._group.parent = [] if len(self._ends) == 3 else None
        group = self._group
        group.places.append(self._results.wait_for(path))
        if group.parent is not None:
            group.parent.append(parent)
            group.length += length

    def hand_out(self) -> None:
        """Hand out the group that was collected."""
        if self._group is not None:
            group, self._group = self._group, None
            ends, self._ends = self._ends, ()
            self._give(group, ends)

    def pump(self) -> bool:
        """Process what came back from workers; false if nothing did."""
        if not self._done and not self._again:
            return False
        while self._done:
            self._made(*self._done.popleft())
        while self._again:
            group = self._again.popleft()
            try:
                ends = self._roots.ends(group.path)
            except FileNotFoundError:
                for place in group.places:
                    place.note(place.path, VANISHED)
                    place.done = True
                group.finished()
            else:
                if group.parent is None or len(ends) < 3:
                    for fd in ends[2:]:
                        os.close(fd)
                    group.parent, ends = None, ends[:2]
                self._give(group, ends)
        self._results.advance()
        return True

    def close(self) -> None:
        """Close the descriptors of a group that was not handed out."""
        for fd in self._ends:
            os.close(fd)
        self._ends = ()

    def _give(self, group: _Group, ends: tuple[int, ...]) -> None:
        names = [(place.path.rpartition(b"/")[2], False) for place in group.places]
        work = WorkFolder(group.path, names, Task.LEAVES, group.parent)
        self._pool.give(
            work, group.places, size=0, ends=ends, finished=lambda: self._came_back(group)
        )

    def _came_back(self, group: _Group) -> None:
        parent = group.parent or [[]] * len(group.places)
        self._done.extend(
            (place, files)
            for place, files in zip(group.places, parent, strict=True)
            if place.leaf is not None
        )
        rest = group.rest()
        if rest is not None:
            self._again.append(rest)
        else:
            group.finished()


def length_of(parent: ParentFiles) -> int:
    """Upper bound, in bytes, of what a folder's files take in a message."""
    return sum(ENTRY_BYTES + len(name) for name, _ in parent)


def files_of(place: Pending) -> list[File]:
    """The files that a worker copied, with their paths."""
    if place.leaf is None:
        return []
    lead = place.path + b"/"
    return [
        (lead + name, digest, SourceStat._make(seen) if seen is not None else None)
        for name, digest, seen, _ in place.leaf.files
        if digest is not None
    ]
