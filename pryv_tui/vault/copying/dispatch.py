"""What a walk hands out to other processes: files in groups, and folders as a whole.

A folder that the walk has left gets its mode and times when the last of what was handed out of it
is done; until then its descriptors are kept, of a few dozen folders at most.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from pathlib import Path

from pryv_tui.errors import Cancelled
from pryv_tui.filesystem.folders import FolderStack, folder_beneath, open_quietly
from pryv_tui.filesystem.paths import read_failed, write_failed
from pryv_tui.filesystem.same_file import MOVED, calm_before, was_moved
from pryv_tui.formats.sqlite.names import COMPANIONS
from pryv_tui.ownership import make_private
from pryv_tui.vault.copying.count import Counting
from pryv_tui.vault.copying.entry import Entries, Here
from pryv_tui.vault.copying.folder import WalkedFolder, close_ends, joined
from pryv_tui.vault.copying.leaf_look import LeafProbe
from pryv_tui.vault.copying.parent import ParentWalk
from pryv_tui.vault.files.copier import VANISHED
from pryv_tui.vault.files.hard_links import HardLinks
from pryv_tui.vault.files.leaf import BATCH_BYTES, Leaf, Lines, ParentFiles
from pryv_tui.vault.files.linking import ParentFolder, Proof
from pryv_tui.vault.files.progress import Meter
from pryv_tui.vault.files.selection import Chooser, Verdict
from pryv_tui.vault.files.types import (
    CancelToken,
    CopyHooks,
    Selection,
)
from pryv_tui.vault.lists.index import NO_STAT, SourceStat
from pryv_tui.vault.lists.tree import Owned
from pryv_tui.vault.parallel.leaf_copier import finish_folder
from pryv_tui.vault.parallel.leaf_queue import LeafQueue, Roots, files_of, length_of
from pryv_tui.vault.parallel.messages import BATCH_FILES, Task, WorkerConfig, WorkFolder
from pryv_tui.vault.parallel.pool import (
    ALONE_BYTES,
    ALONE_FILES,
    HELD,
    PARENT_BYTES,
    Pool,
    processes_here,
)
from pryv_tui.vault.parallel.results import LateResults, OrderedResults, Pending

LINKED = 8
"""So many files that are linked are as much work as one that is copied."""
UNFINISHED = 32
"""Folders left by the walk whose files are still being copied, two descriptors each."""
_ROOT = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


class Dispatcher(ABC):
    """The part of a copy that deals with other processes, where there are any."""

    def __init__(
        self,
        source: Path,
        destination: Path,
        selection: Selection,
        hooks: CopyHooks | None,
        meter: Meter,
        cancel: CancelToken | None,
    ) -> None:
        self._calm_ns = calm_before()
        self.chooser = Chooser(selection)
        self.results = OrderedResults(meter)
        self.results.linkable = self.chooser.rules.linkable
        self._selection = selection
        self._destination = os.fsencode(destination.absolute())
        self._cancel = cancel
        self._meter = meter
        self._folders = 0
        self._parent: ParentWalk | None = None
        self._partial: ParentWalk | None = None
        """What a later backup left that did not finish."""
        self._known: dict[bytes, tuple[ParentFiles, ParentFiles]] = {}
        """Of a folder that is about to be walked: what was read of it in either already."""
        self._pool: Pool | None = None
        self._processes = 0 if hooks is not None else processes_here()
        self._group: list[tuple[bytes, bool]] = []
        self._places: list[Pending] = []
        self._group_bytes = 0
        self._unfinished: set[WalkedFolder] = set()
        self._counting: Counting | None = None
        self._leaves: LeafQueue | None = None
        self._parents_of_names: frozenset[bytes] = frozenset()
        root = os.fsencode(source.absolute())
        try:
            self._from = FolderStack(open_quietly(root, _ROOT))
        except OSError as error:
            raise read_failed(root, error) from error
        self._source_root = os.dup(self._from.fd)
        try:
            make_private(destination)
            self._to = FolderStack(os.open(destination, _ROOT))
        except OSError as error:
            self._from.close()
            os.close(self._source_root)
            raise write_failed(self._destination, error) from error
        self._root_identity = self._to.identity
        self._leaf_probe = LeafProbe(self._root_identity)
        self._hard_links = HardLinks(os.dup(self._to.fd))
        self._entries = Entries(
            root,
            self._hard_links,
            self.chooser.rules,
            self.results,
            hooks=hooks,
            cancel=cancel,
            tell=meter.bytes_done,
            pass_hollow=self._selection.pass_hollow,
        )

    @abstractmethod
    def _entry(self, folder: WalkedFolder, here: Here, name: bytes, path: bytes) -> bool:
        """Copy one entry that is no folder; true if SQLite's backup copied it."""

    @abstractmethod
    def _walk_alone(self, here: Here, name: bytes, path: bytes) -> None:
        """Copy a folder that came up where none was expected, in this process."""

    def _worth_processes(self, files: int, size: int) -> bool:
        """Whether so much is worth starting other processes."""
        return self._processes > 0 and (files > ALONE_FILES or size > ALONE_BYTES)

    def _start_pool(self) -> None:
        """Have others copy from now on; where none can be started this process goes on alone."""
        config = WorkerConfig(
            sqlite=self._selection.sqlite,
            may_change=self._selection.may_change,
            never_link=self._selection.never_link,
            links_tell=self._entries.names is None,
            proof=self._parent.proof if self._parent is not None else Proof.TIMES,
            listed_in=self.results.listed_in(),
            settled_ns=self.results.index.settled_ns if self.results.index is not None else 0,
            calm_ns=self._calm_ns,
            pass_hollow=self._selection.pass_hollow,
        )
        try:
            self._pool = Pool(self._processes, self._tick, lambda: self.results.held, config)
        except OSError:
            self._processes = 0
        else:
            self._meter.elsewhere = self._pool.done_bytes
            self._leaf_probe.load()
            self._leaves = LeafQueue(self._pool, self.results, self._roots(), self._leaf_made)

    def _roots(self) -> Roots:
        parent = self._parent.root if self._parent is not None else None
        return Roots(self._source_root, self._hard_links.root, parent)

    def _end_pool(self) -> None:
        if self._leaves is not None:
            self._leaves.close()
            self._leaves = None
        if self._pool is not None:
            pool, self._pool = self._pool, None
            self._meter.bytes += pool.done_bytes()
            self._meter.elsewhere = lambda: 0
            pool.close()

    def _tick(self) -> None:
        """While others work: tell how far they are, and end it if that is wanted."""
        self._meter.report()
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled()

    def _dispatch_ready(self) -> None:
        """Hand out what was collected, and go on with what came back."""
        if self._leaves is not None:
            self._leaves.hand_out()
            self._leaves.pump()

    def _wait(self) -> None:
        """Wait until something that was handed out is done."""
        assert self._pool is not None
        if self._leaves is None or not self._leaves.pump():
            self._pool.wait()

    def _drain(self) -> None:
        """Wait until all that was handed out is done."""
        while self._pool is not None:
            self._pool.drain()
            if self._leaves is None or not self._leaves.pump():
                return

    def _apply_backpressure(self, folder: WalkedFolder) -> None:
        """Where results of others are awaited: see that not too many are kept behind them."""
        if folder.late is not None:
            return  # it may be what they wait for
        while self._pool is not None and self.results.held > HELD:
            # They may wait for what was not handed out yet.
            if self._group:
                self._hand_out(folder, self._folder_fds())
            self._wait()

    def _start_pool_if_worth(self, size: int = 0) -> None:
        """Start other processes if it has become worth it."""
        if self._pool is None:
            linked = self._entries.linked_files
            files = self._meter.files - linked + linked // LINKED
            size += self._meter.bytes - self._entries.linked_bytes
            if self._worth_processes(files, size):
                self._start_pool()

    def _for_others(self, folder: WalkedFolder, path: bytes, status: os.stat_result) -> bool:
        """Whether another process copies this file: not if it is a database, or has other names."""
        self._start_pool_if_worth(status.st_size)
        return (
            self._pool is not None
            and not self._entries.several_names(path, status)
            and not self.chooser.rules.through_sqlite(path)
            and self._pool.fits(folder.path)
        )

    def _collect(self, folder: WalkedFolder, name: bytes, path: bytes, size: int) -> None:
        """Put a file with others of its folder, to be handed out together."""
        if folder.late is not None:
            self._give_late(folder, folder.late, name, size)
            return
        self._group.append((name, self.chooser.rules.may_change(path)))
        self._places.append(self.results.wait_for(path))
        self._group_bytes += size
        if len(self._group) == BATCH_FILES or self._group_bytes >= BATCH_BYTES:
            self._hand_out(folder, self._folder_fds())

    def _folder_fds(self) -> tuple[int, int]:
        """The present folder's descriptors, to be given away."""
        source = os.dup(self._from.fd)
        try:
            return source, os.dup(self._to.fd)
        except OSError:
            os.close(source)
            raise

    def _hand_out(self, folder: WalkedFolder, ends: tuple[int, int]) -> None:
        assert self._pool is not None
        folder.awaited += 1
        work = WorkFolder(folder.path, self._group, Task.COPY)
        places, self._group, self._places = self._places, [], []
        size, self._group_bytes = self._group_bytes, 0
        self._pool.give(
            work,
            places,
            size=size,
            ends=ends,
            finished=partial(self._group_done, folder, places),
        )

    def _group_done(self, folder: WalkedFolder, places: list[Pending]) -> None:
        """Others have copied a group of a folder's files."""
        for place in places:
            place.done = True
        folder.awaited -= 1
        if folder.ends is not None and folder.place is not None and not folder.awaited:
            self._unfinished.remove(folder)
            place = folder.place
            try:
                status = finish_folder(*folder.ends, place.path, place.note)
                if self._moved(folder.path, status):
                    place.note(place.path, MOVED, True)
            finally:
                close_ends(folder)
            place.entries = (*place.entries, (folder.path, Owned.of(status), b""))
            if folder.late is not None:
                self.results.take_files(folder.place, folder.late.files())
            folder.place.done = True
        self.results.advance()

    def _moved(self, path: bytes, status: os.stat_result) -> bool:
        """Whether a folder of the source is elsewhere by now, or any that leads to it."""
        if not path or status.st_ctime_ns < self._calm_ns:
            return False
        try:
            with folder_beneath(self._source_root, path) as holder:
                return was_moved(holder, path.rpartition(b"/")[2], status, self._calm_ns)
        except OSError:
            return status.st_nlink > 0

    def _leaf(self, folder: WalkedFolder, name: bytes, path: bytes, verdict: Verdict) -> bool:
        """Have another process copy a folder as a whole; false if it has to be walked."""
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
        # What a message has no room for, or is in a later copy alone, is linked by the walk.
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
        """Another process has copied a folder, or as much of it as it could."""
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
        """Do what a process left to do in a folder."""
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
                elif self._entry(folder, here, name, path):
                    by_backup.add(name)
            for name in leaf.folders:
                self._walk_alone(here, name, joined(folder.path, name))
        finally:
            self._entries.sink = self.results
            for fd in third:
                os.close(fd)
        self._group_done(folder, [])

    def _parent_folder(self, third: list[int], entries: ParentFiles) -> ParentFolder | None:
        if self._parent is None or not third:
            return None
        return self._parent.folder(third[0], dict(entries).get)

    def _give_late(self, folder: WalkedFolder, late: LateResults, name: bytes, size: int) -> None:
        """Hand out one file of a folder that has its place in the order already."""
        assert self._pool is not None and folder.ends is not None
        path = joined(folder.path, name)
        source = os.dup(folder.ends[0])
        try:
            ends = (source, os.dup(folder.ends[1]))
        except OSError:
            os.close(source)
            raise
        place = late.wait_for(path)
        folder.awaited += 1
        self._pool.give(
            WorkFolder(folder.path, [(name, self.chooser.rules.may_change(path))], Task.COPY),
            [place],
            size=size,
            ends=ends,
            finished=partial(self._group_done, folder, [place]),
        )
