"""Copying a tree: the way into a backup set, and the way back.

One walk and one pass: each file is read once, hashed and written, and its line goes into
`SHA256SUMS`. The walk is this process's; where there is more than a little to copy, and more than
one core, others copy the files (`copy_pool`).

Names are bytes. Every folder and file is opened relative to the folder that holds it and never
through a symbolic link, so that nothing swapped in meanwhile leads outside, and so that paths may
be longer than the system takes in one call. Memory: the names of the folders on the way down, the
files whose further hard links are awaited, and what `ExpectedSums` has to keep.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.vault.attributes import keep_owner
from pryv_tui.vault.content import ContentCopier
from pryv_tui.vault.copy_entry import Entries, Here
from pryv_tui.vault.copy_leaves import Leaves, Roots, files_of, is_leaf
from pryv_tui.vault.copy_messages import (
    BATCH_BYTES,
    BATCH_FILES,
    FormerFiles,
    Leaf,
    Setting,
    Task,
    WorkFolder,
)
from pryv_tui.vault.copy_order import Awaited, LateResults, Results
from pryv_tui.vault.copy_pool import ALONE_BYTES, ALONE_FILES, HELD, Pool, processes_here
from pryv_tui.vault.copy_types import (
    CancelToken,
    CopyHooks,
    CopyNote,
    CopyResult,
    Progress,
    Selection,
    TreeCount,
)
from pryv_tui.vault.durable import settle
from pryv_tui.vault.file_copier import CHANGED, GONE, VANISHED, Changed, Vanished
from pryv_tui.vault.folders import FolderStack, listing, open_quietly
from pryv_tui.vault.former import Former
from pryv_tui.vault.hard_links import HardLinks
from pryv_tui.vault.index import UNSEEN, IndexWriter, Seen
from pryv_tui.vault.leaf_copier import NO_FOLDER, finish_folder, make_folder
from pryv_tui.vault.names import printable, read_failed, write_failed
from pryv_tui.vault.previous import Base, Previous
from pryv_tui.vault.progress import Meter
from pryv_tui.vault.selection import COMPANIONS, Chooser, Verdict
from pryv_tui.vault.sums import ExpectedSums, SumsWriter, prefix_of
from pryv_tui.vault.tree_list import Owned, TreeWriter
from pryv_tui.vault.walk import Counting, count_tree

__all__ = [
    "CancelToken",
    "CopyHooks",
    "CopyNote",
    "CopyResult",
    "Progress",
    "Selection",
    "TreeCount",
    "copy_tree",
    "count_tree",
]

WHOLE = Selection()
"""Everything travels."""
LINKED = 8
"""So many files that are linked are as much work as one that is copied."""
UNFINISHED = 32
"""Folders left by the walk whose files are still being copied, two descriptors each."""
_ROOT = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


def copy_tree(
    source: Path,
    destination: Path,
    *,
    selection: Selection = WHOLE,
    sums: Path | None = None,
    append_sums: bool = False,
    index: Path | None = None,
    tree: Path | None = None,
    previous: Base | None = None,
    paranoid: bool = False,
    names: frozenset[bytes] | None = None,
    expected: Path | None = None,
    total: TreeCount | None = None,
    count: bool = False,
    hooks: CopyHooks | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancel: CancelToken | None = None,
) -> CopyResult:
    """Copy a tree with everything its files are besides their content.

    Kept: owners, modes, times in nanoseconds, symbolic links as they are, hard links within the
    tree, holes, extended attributes, ACLs, fifos. Sockets and devices are noted. When this
    returns, the copy is on the disk.

    Args:
        source: the folder whose content is copied; itself it may be a symbolic link.
        destination: made if it is missing; what it holds already must not be in the way of what
            comes (folders may be there, they get the source's owner, mode and times).
        selection: which part travels.
        sums: a file to list every copied file in, in a folder that `destination` lies in.
        append_sums: go on in an existing `sums` instead of beginning it anew.
        index: a list of what each file was at its source, beside `sums`, line for line.
        tree: a list of the folders, links and fifos, beside `sums`; not for one walk of several.
        previous: a former copy of this tree: files that did not change since are linked to it.
        paranoid: compare the bytes of such files and of their former copies all the same.
        names: the files of `source` that have several names in it, where their number of links
            does not tell that.
        expected: a sums file of `source`; every file is compared with it while it is copied.
        total: what `count_tree` counted, to give progress its totals.
        count: have it counted; where others copy, meanwhile, and progress has totals after that.
        hooks: a practice platform's faults; with them everything is done in this process.
        progress: called some times a second, and once at the end.
        cancel: ends the copy between two files or two chunks of one.

    Returns:
        what was copied, and what was odd.

    Raises:
        PryvTuiError: `unreadable`, `disk-full`, `step-failed` (can't be written), `set-damaged`
            (a file differs from `expected`, is not in it, or is missing), `refused` (destination
            inside source), `copy-process-died`. What was copied until then is left.
        Cancelled: `cancel` was set. What was copied until then is left.
    """
    with _Copy(source, destination, selection, hooks, Meter(total, progress), cancel) as copy:
        if sums is not None:
            writer = SumsWriter(sums, prefix_of(destination, sums), append=append_sums)
            copy.results.sums = writer
            if index is not None:
                copy.results.index = IndexWriter(
                    index, append=append_sums, sums_offset=writer.offset, started_ns=time.time_ns()
                )
        writer_of_tree = None
        if tree is not None:
            writer_of_tree = TreeWriter(tree, prefix_of(destination, tree))
            copy.results.tree = writer_of_tree
        if previous is not None:
            copy.link_to(previous, paranoid=paranoid)
        copy.several_names(names)
        if expected is not None:
            wanted = None if selection == WHOLE else copy.chooser.travels
            copy.results.expected = ExpectedSums(expected, prefix_of(source, expected), wanted)
        if count:
            copy.count(source)
        result = copy.run()
        if writer_of_tree is not None:
            result = msgspec.structs.replace(result, tree=writer_of_tree.digest)
        return result


class _Folder:
    """A folder on the way down."""

    __slots__ = ("awaited", "ends", "late", "path", "pending", "place", "verdict")

    def __init__(self, path: bytes, verdict: Verdict) -> None:
        self.path = path
        self.verdict = verdict
        self.pending: list[tuple[bytes, Verdict]] | None = None
        """Its folders that are still to come, the next one last; `None`: all of them."""
        self.awaited = 0
        """Groups of its files that are being copied."""
        self.ends: tuple[int, int] | None = None
        """Its descriptors, once the walk has left it and until it can be finished."""
        self.place: Awaited | None = None
        self.late: LateResults | None = None
        """Of a folder that another process copied but for a rest."""


class _Copy:
    """One run of `copy_tree`."""

    def __init__(
        self,
        source: Path,
        destination: Path,
        selection: Selection,
        hooks: CopyHooks | None,
        meter: Meter,
        cancel: CancelToken | None,
    ) -> None:
        self.chooser = Chooser(selection)
        self.results = Results(meter)
        self.results.linkable = self.chooser.kinds.linkable
        self._selection = selection
        self._destination = os.fsencode(destination.absolute())
        self._cancel = cancel
        self._meter = meter
        self._folders = 0
        self._previous: Previous | None = None
        self._pool: Pool | None = None
        self._processes = 0 if hooks is not None else processes_here()
        self._group: list[tuple[bytes, bool]] = []
        self._places: list[Awaited] = []
        self._group_bytes = 0
        self._unfinished: set[_Folder] = set()
        self._counting: Counting | None = None
        self._leaves: Leaves | None = None
        self._parents_of_names: frozenset[bytes] = frozenset()
        root = os.fsencode(source.absolute())
        try:
            self._from = FolderStack(open_quietly(root, _ROOT))
        except OSError as error:
            raise read_failed(root, error) from error
        self._source_root = os.dup(self._from.fd)
        try:
            destination.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._to = FolderStack(os.open(destination, _ROOT))
        except OSError as error:
            self._from.close()
            os.close(self._source_root)
            raise write_failed(self._destination, error) from error
        self._root_identity = self._to.identity
        self._hard_links = HardLinks(os.dup(self._to.fd))
        self._entries = Entries(
            root,
            self._hard_links,
            self.chooser.kinds,
            self.results,
            hooks=hooks,
            cancel=cancel,
            tell=meter.bytes_done,
        )

    def __enter__(self) -> _Copy:
        return self

    def link_to(self, base: Base, *, paranoid: bool) -> None:
        """Link to a former copy from now on."""
        content = ContentCopier(self._cancel, lambda _: self._meter.report())
        self._previous = Previous(base, content, paranoid=paranoid)

    def count(self, source: Path) -> None:
        """Give progress its totals: at once where this process is alone, else meanwhile."""
        if self._processes:
            self._counting = Counting(source, self._selection, self._meter, self._cancel)
        else:
            self._meter.total = count_tree(source, self._selection, cancel=self._cancel)

    def several_names(self, names: frozenset[bytes] | None) -> None:
        """Believe that just these files have several names, whatever their number of links."""
        self._entries.names = names
        self._parents_of_names = frozenset(path.rpartition(b"/")[0] for path in names or ())

    def __exit__(self, *_: object) -> None:
        if self._counting is not None:
            self._counting.end()
        try:
            self._end_pool()
        finally:
            if self._previous is not None:
                self._previous.close()
            self._from.close()
            self._to.close()
            os.close(self._source_root)
            self._hard_links.close()
            self.results.close()
            for folder in self._unfinished:
                _close(folder)

    def run(self) -> CopyResult:
        """Walk the tree; folders get their times when they have their content."""
        keep_owner(self._to.fd, b".", os.fstat(self._from.fd))
        total = self._meter.total
        if self._previous is None:
            much = self._much(total.files, total.bytes)
        else:  # how much of it has to be copied shows itself
            much = self._much(total.files // LINKED, 0)
        if much:
            self._start_pool()
        self._walk(_Folder(b"", self.chooser.root))
        self._end_pool()
        self.results.finish()
        settle(self._hard_links.root, self._destination)
        self._meter.finish()
        entries = self._entries
        return CopyResult(
            files=self._meter.files,
            bytes=self._meter.bytes,
            folders=self._folders,
            links=entries.links,
            notes=self.results.notes(),
            linked_files=entries.linked_files,
            linked_bytes=entries.linked_bytes,
        )

    def _walk(self, top: _Folder) -> None:
        """Copy the folder that the walk is in, and all below."""
        way = [top]
        while way:
            folder = way[-1]
            if folder.pending is None:
                folder.pending = self._content(folder)
            if folder.pending:
                name, verdict = folder.pending.pop()
                path = _join(folder.path, name)
                if not self._leaf(folder, name, path, verdict) and self._enter(name, path):
                    way.append(_Folder(path, verdict))
            else:
                self._leave(folder, last=folder.path == b"")
                way.pop()

    def _content(self, folder: _Folder) -> list[tuple[bytes, Verdict]]:
        """Copy what lies in the present folder; returns its folders that travel, last first."""
        path = folder.path
        try:
            others, folders = listing(self._from.fd)
        except OSError as error:
            raise read_failed(path or b".", error) from error
        here = self._here(path)
        by_backup: set[bytes] = set()
        for name in others:
            full = _join(path, name)
            if self.chooser.verdict(full, folder.verdict) is not Verdict.TRAVELS:
                continue
            if name.endswith(COMPANIONS) and name.rpartition(b"-")[0] in by_backup:
                continue  # its content is in the database's copy already
            if self._entry(folder, here, name, full):
                by_backup.add(name)
        chosen = [
            (name, self.chooser.verdict(_join(path, name), folder.verdict)) for name in folders
        ]
        below: list[tuple[bytes, Verdict]] = [
            (name, own) for name, own in reversed(chosen) if own is not Verdict.STAYS
        ]
        if self._group:
            self._hand_out(folder, self._ends())
        return below

    def _here(self, path: bytes) -> Here:
        former = self._previous.here(path) if self._previous is not None else None
        return Here(self._from.fd, self._to.fd, former)

    def _entry(self, folder: _Folder, here: Here, name: bytes, path: bytes) -> bool:
        """Copy one entry that is no folder; true if SQLite's backup copied it."""
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled()
        entries = self._entries
        try:
            status = os.stat(name, dir_fd=here.source, follow_symlinks=False)
            if entries.another_name(here, name, path, status):
                return False
            if not stat.S_ISREG(status.st_mode):
                entries.other(here, name, path, status)
            elif entries.unchanged(here, name, path, status):
                self._hold_on(folder)
            elif self._for_others(folder, path, status):
                self._collect(folder, name, path, status.st_size)
            else:
                return entries.file(here, name, path)
        except Changed:
            entries.sink.note(path, CHANGED)
        except Vanished:
            entries.sink.note(path, VANISHED)
        except OSError as error:
            if error.errno not in GONE:
                raise read_failed(path, error) from error
            entries.sink.note(path, VANISHED)
        return False

    def _enter(self, name: bytes, path: bytes) -> bool:
        """Go down into a folder on both sides; false if it is gone."""
        self._go_on()
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled()
        try:
            self._from.enter(name)
        except OSError as error:
            if error.errno in GONE:
                self._entries.sink.note(path, VANISHED)
            elif error.errno in NO_FOLDER:
                self._entries.sink.note(path, CHANGED)
            else:
                raise read_failed(path, error) from error
            return False
        if self._from.identity == self._root_identity:
            what = f"the copy would lie inside what is copied: {printable(path)}"
            raise PryvTuiError("refused", what)
        self._to.take(make_folder(self._to.fd, name, path))
        keep_owner(self._to.fd, path, self._from.status)
        if self._previous is not None:
            self._previous.enter(name)
        self._folders += 1
        return True

    def _leave(self, folder: _Folder, *, last: bool) -> None:
        """Give the present folder what its content would have changed, and go up."""
        path = folder.path or b"."
        self._go_on()
        if last:
            self._drain()
        if self._previous is not None and not last:
            self._previous.leave()
        if folder.awaited:
            folder.ends = self._ends()
            folder.place = self.results.wait_for(path)
            self._unfinished.add(folder)
        else:
            sink = self._entries.sink
            status = finish_folder(self._from.fd, self._to.fd, path, sink.note)
            sink.entry(folder.path, Owned.of(status))
        if last:
            return
        try:
            self._from.leave()
        except OSError as error:
            raise read_failed(path, error) from error
        try:
            self._to.leave()
        except OSError as error:
            raise write_failed(path, error) from error
        while self._pool is not None and len(self._unfinished) >= UNFINISHED:
            self._wait()

    # --- with other processes ------------------------------------------------------------------

    def _much(self, files: int, size: int) -> bool:
        """Whether so much is worth starting other processes."""
        return self._processes > 0 and (files > ALONE_FILES or size > ALONE_BYTES)

    def _start_pool(self) -> None:
        """Have others copy from now on; where none can be started this process goes on alone."""
        setting = Setting(
            sqlite=self._selection.sqlite,
            may_change=self._selection.may_change,
            anew=self._selection.anew,
            links_tell=self._entries.names is None,
            paranoid=self._previous is not None and self._previous.paranoid,
        )
        try:
            self._pool = Pool(self._processes, self._look, lambda: self.results.held, setting)
        except OSError:
            self._processes = 0
        else:
            self._meter.elsewhere = self._pool.done_bytes
            self._leaves = Leaves(self._pool, self.results, self._roots(), self._leaf_made)

    def _roots(self) -> Roots:
        former = self._previous.root if self._previous is not None else None
        return Roots(self._source_root, self._hard_links.root, former)

    def _end_pool(self) -> None:
        if self._leaves is not None:
            self._leaves.close()
            self._leaves = None
        if self._pool is not None:
            pool, self._pool = self._pool, None
            self._meter.bytes += pool.done_bytes()
            self._meter.elsewhere = lambda: 0
            pool.close()

    def _look(self) -> None:
        """While others work: tell how far they are, and end it if that is wanted."""
        self._meter.report()
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled()

    def _go_on(self) -> None:
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

    def _hold_on(self, folder: _Folder) -> None:
        """Where results of others are awaited: see that not too many are kept behind them."""
        while self._pool is not None and self.results.held > HELD:
            # They may wait for what was not handed out yet.
            if self._group:
                self._hand_out(folder, self._ends())
            self._wait()

    def _more(self, size: int = 0) -> None:
        """Start other processes if it has become worth it."""
        if self._pool is None:
            linked = self._entries.linked_files
            files = self._meter.files - linked + linked // LINKED
            size += self._meter.bytes - self._entries.linked_bytes
            if self._much(files, size):
                self._start_pool()

    def _for_others(self, folder: _Folder, path: bytes, status: os.stat_result) -> bool:
        """Whether another process copies this file: not if it is a database, or has other names."""
        self._more(status.st_size)
        return (
            self._pool is not None
            and not self._entries.several_names(path, status)
            and not self.chooser.kinds.through_sqlite(path)
            and self._pool.fits(folder.path)
        )

    def _collect(self, folder: _Folder, name: bytes, path: bytes, size: int) -> None:
        """Put a file with others of its folder, to be handed out together."""
        if folder.late is not None:
            self._give_late(folder, folder.late, name, size)
            return
        self._group.append((name, self.chooser.kinds.may_change(path)))
        self._places.append(self.results.wait_for(path))
        self._group_bytes += size
        if len(self._group) == BATCH_FILES or self._group_bytes >= BATCH_BYTES:
            self._hand_out(folder, self._ends())

    def _ends(self) -> tuple[int, int]:
        """The present folder's descriptors, to be given away."""
        source = os.dup(self._from.fd)
        try:
            return source, os.dup(self._to.fd)
        except OSError:
            os.close(source)
            raise

    def _hand_out(self, folder: _Folder, ends: tuple[int, int]) -> None:
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

    def _group_done(self, folder: _Folder, places: list[Awaited]) -> None:
        """Others have copied a group of a folder's files."""
        for place in places:
            place.done = True
        folder.awaited -= 1
        if folder.ends is not None and folder.place is not None and not folder.awaited:
            self._unfinished.remove(folder)
            place = folder.place
            try:
                status = finish_folder(*folder.ends, place.path, place.note)
            finally:
                _close(folder)
            place.entries = (*place.entries, (folder.path, Owned.of(status), b""))
            if folder.late is not None:
                self.results.take_files(folder.place, folder.late.files())
            folder.place.done = True
        self.results.advance()

    # --- folders that hold no folders ----------------------------------------------------------

    def _leaf(self, folder: _Folder, name: bytes, path: bytes, verdict: Verdict) -> bool:
        """Have another process copy a folder as a whole; false if it has to be walked."""
        self._more()
        if (
            self._leaves is None
            or verdict is not Verdict.TRAVELS
            or not self.chooser.whole(path)
            or path in self._parents_of_names
            or not Pool.fits(path)
        ):
            return False
        try:
            status = os.stat(name, dir_fd=self._from.fd, follow_symlinks=False)
        except OSError:
            return False
        if not is_leaf(status) or (status.st_dev, status.st_ino) == self._root_identity:
            return False
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled()
        former = self._previous.below(path) if self._previous is not None else []
        self._leaves.collect(
            folder.path, path, former, self._all_ends, partial(self._begin_group, folder)
        )
        self._hold_on(folder)
        return True

    def _all_ends(self) -> tuple[int, ...]:
        """The present folder's descriptors and its former copy's, to be given away."""
        former = self._previous.fd if self._previous is not None else None
        if former is None:
            return self._ends()
        third = os.dup(former)
        try:
            return (*self._ends(), third)
        except OSError:
            os.close(third)
            raise

    def _begin_group(self, folder: _Folder) -> Callable[[], None]:
        folder.awaited += 1
        return partial(self._group_done, folder, [])

    def _leaf_made(self, place: Awaited, former: FormerFiles) -> None:
        """Another process has copied a folder, or as much of it as it could."""
        leaf = place.leaf
        if leaf is None or not leaf.made:
            place.done = True
            return
        self._folders += 1
        for _, _, seen, linked in leaf.files:
            if linked and seen is not None:
                self._entries.linked_files += 1
                self._entries.linked_bytes += Seen._make(seen).size
        if leaf.owned is not None:
            place.entries = ((place.path, Owned._make(leaf.owned), b""),)
            self.results.take_files(place, files_of(place))
        else:
            self._finish_leaf(place, leaf, former)

    def _finish_leaf(self, place: Awaited, leaf: Leaf, former: FormerFiles) -> None:
        """Do what a process left to do in a folder."""
        folder = _Folder(place.path, Verdict.TRAVELS)
        try:
            source, target, *third = self._roots().ends(place.path)
        except OSError:
            place.note(place.path, VANISHED)
            self.results.take_files(place, files_of(place))
            return
        folder.place, folder.ends = place, (source, target)
        folder.late = late = LateResults(place)
        folder.awaited = 1  # until all is begun
        self._unfinished.add(folder)
        self._entries.sink = late
        try:
            here = Here(source, target, self._former(third, former))
            by_backup: set[bytes] = set()
            for name, digest, seen, _ in leaf.files:
                path = _join(folder.path, name)
                if digest is not None:
                    late.add(path, digest, Seen._make(seen) if seen is not None else UNSEEN)
                elif name.endswith(COMPANIONS) and name.rpartition(b"-")[0] in by_backup:
                    pass  # its content is in the database's copy already
                elif self._entry(folder, here, name, path):
                    by_backup.add(name)
            for name in leaf.folders:
                self._walk_alone(here, name, _join(folder.path, name))
        finally:
            self._entries.sink = self.results
            for fd in third:
                os.close(fd)
        self._group_done(folder, [])

    def _former(self, third: list[int], entries: FormerFiles) -> Former | None:
        if self._previous is None or not third:
            return None
        return self._previous.former(third[0], dict(entries).get)

    def _walk_alone(self, here: Here, name: bytes, path: bytes) -> None:
        """Copy a folder that came up where none was expected, in this process."""
        there = (self._from, self._to, self._previous, self._pool, self._leaves, self._processes)
        self._previous = self._pool = self._leaves = None
        self._processes = 0
        self._from, self._to = FolderStack(os.dup(here.source)), FolderStack(os.dup(here.target))
        try:
            if self._enter(name, path):
                self._walk(_Folder(path, Verdict.TRAVELS))
        finally:
            self._from.close()
            self._to.close()
            (
                self._from,
                self._to,
                self._previous,
                self._pool,
                self._leaves,
                self._processes,
            ) = there

    def _give_late(self, folder: _Folder, late: LateResults, name: bytes, size: int) -> None:
        """Hand out one file of a folder that has its place in the order already."""
        assert self._pool is not None and folder.ends is not None
        path = _join(folder.path, name)
        source = os.dup(folder.ends[0])
        try:
            ends = (source, os.dup(folder.ends[1]))
        except OSError:
            os.close(source)
            raise
        place = late.wait_for(path)
        folder.awaited += 1
        self._pool.give(
            WorkFolder(folder.path, [(name, self.chooser.kinds.may_change(path))], Task.COPY),
            [place],
            size=size,
            ends=ends,
            finished=partial(self._group_done, folder, [place]),
        )


def _close(folder: _Folder) -> None:
    if folder.ends is not None:
        for fd in folder.ends:
            os.close(fd)
        folder.ends = None


def _join(folder: bytes, name: bytes) -> bytes:
    return folder + b"/" + name if folder else name
