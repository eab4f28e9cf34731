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

import errno
import os
import stat
import time
from collections.abc import Callable, Container
from functools import partial
from pathlib import Path

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.vault.attributes import (
    by_descriptor,
    keep_mode_and_times,
    keep_owner,
    keep_unopened,
    keep_xattrs,
)
from pryv_tui.vault.content import ContentCopier
from pryv_tui.vault.copy_messages import BATCH_BYTES, BATCH_FILES, Task, WorkFolder
from pryv_tui.vault.copy_order import Awaited, Results
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
from pryv_tui.vault.file_copier import (
    CHANGED,
    GONE,
    VANISHED,
    Changed,
    FileCopier,
    Place,
    Vanished,
)
from pryv_tui.vault.folders import FolderStack, listing, open_quietly
from pryv_tui.vault.hard_links import HardLinks
from pryv_tui.vault.index import IndexWriter, seen_of
from pryv_tui.vault.names import printable, read_failed, write_failed
from pryv_tui.vault.previous import Base, Previous
from pryv_tui.vault.progress import Meter
from pryv_tui.vault.selection import COMPANIONS, Chooser, Verdict
from pryv_tui.vault.sums import ExpectedSums, SumsWriter, prefix_of
from pryv_tui.vault.walk import count_tree

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
UNFINISHED = 32
"""Folders left by the walk whose files are still being copied, two descriptors each."""
_ROOT = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_NO_FOLDER = (errno.ELOOP, errno.ENOTDIR)
_OTHERS = {
    stat.S_IFSOCK: "is a socket: not copied",
    stat.S_IFCHR: "is a character device: not copied",
    stat.S_IFBLK: "is a block device: not copied",
}


def copy_tree(
    source: Path,
    destination: Path,
    *,
    selection: Selection = WHOLE,
    sums: Path | None = None,
    append_sums: bool = False,
    index: Path | None = None,
    previous: Base | None = None,
    paranoid: bool = False,
    names: Container[bytes] | None = None,
    expected: Path | None = None,
    total: TreeCount | None = None,
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
        previous: a former copy of this tree: files that did not change since are linked to it.
        paranoid: compare the bytes of such files and of their former copies all the same.
        names: the files of `source` that have several names in it, where their number of links
            does not tell that.
        expected: a sums file of `source`; every file is compared with it while it is copied.
        total: what `count_tree` counted, to give progress its totals.
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
        if previous is not None:
            copy.link_to(previous, paranoid=paranoid)
        copy.names = names
        if expected is not None:
            wanted = None if selection == WHOLE else copy.chooser.travels
            copy.results.expected = ExpectedSums(expected, prefix_of(source, expected), wanted)
        return copy.run()


class _Folder:
    """A folder on the way down."""

    __slots__ = ("awaited", "ends", "handed_over", "path", "pending", "place", "verdict")

    def __init__(self, path: bytes, verdict: Verdict) -> None:
        self.path = path
        self.verdict = verdict
        self.pending: list[tuple[bytes, Verdict]] | None = None
        """Its folders that are still to come, the next one last; `None`: all of them."""
        self.awaited = 0
        """Groups of its files that are being copied."""
        self.handed_over = False
        """It is finished by the process that copies its files."""
        self.ends: tuple[int, int] | None = None
        """Its descriptors, once the walk has left it and until it can be finished."""
        self.place: Awaited | None = None


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
        self.results.linkable = self.chooser.linkable
        self._destination = os.fsencode(destination.absolute())
        self._cancel = cancel
        self._meter = meter
        self._folders = self._links = 0
        self._linked_files = self._linked_bytes = 0
        self._previous: Previous | None = None
        self.names: Container[bytes] | None = None
        """The files that have several names; None: their number of links tells."""
        self._pool: Pool | None = None
        self._processes = 0 if hooks is not None else processes_here()
        self._group: list[tuple[bytes, bool]] = []
        self._places: list[Awaited] = []
        self._group_bytes = 0
        self._unfinished: set[_Folder] = set()
        root = os.fsencode(source.absolute())
        try:
            self._from = FolderStack(open_quietly(root, _ROOT))
        except OSError as error:
            raise read_failed(root, error) from error
        try:
            destination.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._to = FolderStack(os.open(destination, _ROOT))
        except OSError as error:
            self._from.close()
            raise write_failed(self._destination, error) from error
        self._root_identity = self._to.identity
        self._hard_links = HardLinks(os.dup(self._to.fd))
        self._files = FileCopier(
            root,
            hooks=hooks,
            cancel=cancel,
            note=self.results.note,
            torn=self.results.torn,
            tell=meter.bytes_done,
        )

    def __enter__(self) -> _Copy:
        return self

    def link_to(self, base: Base, *, paranoid: bool) -> None:
        """Link to a former copy from now on."""
        content = ContentCopier(self._cancel, lambda _: self._meter.report())
        self._previous = Previous(base, content, paranoid=paranoid)

    def __exit__(self, *_: object) -> None:
        try:
            self._end_pool()
        finally:
            if self._previous is not None:
                self._previous.close()
            self._from.close()
            self._to.close()
            self._hard_links.close()
            self.results.close()
            for folder in self._unfinished:
                _close(folder)

    def run(self) -> CopyResult:
        """Walk the tree; folders get their times when they have their content."""
        keep_owner(self._to.fd, b".", os.fstat(self._from.fd))
        # How much of it has to be copied shows itself where most may be linked.
        if self._previous is None and self._much(self._meter.total.files, self._meter.total.bytes):
            self._start_pool()
        way = [_Folder(b"", self.chooser.root)]
        while way:
            folder = way[-1]
            if folder.pending is None:
                folder.pending = self._content(folder)
            if folder.pending:
                name, verdict = folder.pending.pop()
                path = _join(folder.path, name)
                if self._enter(name, path):
                    way.append(_Folder(path, verdict))
            else:
                self._leave(folder, last=len(way) == 1)
                way.pop()
        self._end_pool()
        self.results.finish()
        settle(self._hard_links.root, self._destination)
        self._meter.finish()
        return CopyResult(
            files=self._meter.files,
            bytes=self._meter.bytes,
            folders=self._folders,
            links=self._links,
            notes=self.results.notes(),
            linked_files=self._linked_files,
            linked_bytes=self._linked_bytes,
        )

    def _content(self, folder: _Folder) -> list[tuple[bytes, Verdict]]:
        """Copy what lies in the present folder; returns its folders that travel, last first."""
        path = folder.path
        try:
            others, folders = listing(self._from.fd)
        except OSError as error:
            raise read_failed(path or b".", error) from error
        by_backup: set[bytes] = set()
        for name in others:
            full = _join(path, name)
            if self.chooser.verdict(full, folder.verdict) is not Verdict.TRAVELS:
                continue
            if name.endswith(COMPANIONS) and name.rpartition(b"-")[0] in by_backup:
                continue  # its content is in the database's copy already
            if self._entry(folder, name, full):
                by_backup.add(name)
        chosen = [
            (name, self.chooser.verdict(_join(path, name), folder.verdict)) for name in folders
        ]
        below: list[tuple[bytes, Verdict]] = [
            (name, own) for name, own in reversed(chosen) if own is not Verdict.STAYS
        ]
        if self._group:
            # Where nothing else comes into it, a folder is finished by who fills it.
            folder.handed_over = not below and not folder.awaited and path != b""
            if not folder.handed_over:
                self._hand_out(folder, self._ends())
        return below

    def _entry(self, folder: _Folder, name: bytes, path: bytes) -> bool:
        """Copy one entry that is no folder; true if SQLite's backup copied it."""
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled()
        try:
            status = os.stat(name, dir_fd=self._from.fd, follow_symlinks=False)
            if self._several_names(path, status) and self._another_name(name, path, status):
                return False
            if stat.S_ISREG(status.st_mode):
                if self._previous is not None and self._unchanged(folder, name, path, status):
                    return False
                if self._for_others(folder, path, status):
                    self._collect(folder, name, path, status.st_size)
                    return False
                return self._file(name, path)
            self._other(name, path, status)
        except Changed:
            self.results.note(path, CHANGED)
        except Vanished:
            self.results.note(path, VANISHED)
        except OSError as error:
            if error.errno not in GONE:
                raise read_failed(path, error) from error
            self.results.note(path, VANISHED)
        return False

    def _file(self, name: bytes, path: bytes) -> bool:
        place = Place(self._from.fd, self._to.fd, name, path)
        sqlite = self.chooser.through_sqlite(path)
        copied = self._files.copy(place, may_change=self.chooser.may_change(path), sqlite=sqlite)
        steady = copied.steady and not copied.by_backup
        self.results.add(path, copied.digest, seen_of(copied.status, steady=steady))
        if self._several_names(path, copied.status):
            self._hard_links.remember(copied.status, path, copied.digest)
        return copied.by_backup

    def _several_names(self, path: bytes, status: os.stat_result) -> bool:
        """Whether a file has further names in the tree, as far as that is known."""
        return status.st_nlink > 1 and (
            self.names is None or path in self.names or not stat.S_ISREG(status.st_mode)
        )

    def _unchanged(self, folder: _Folder, name: bytes, path: bytes, status: os.stat_result) -> bool:
        """Link to a file's former copy; false if it has to be copied."""
        assert self._previous is not None
        if not self.chooser.linkable(path):
            return False
        digest = self._previous.link(self._from.fd, self._to.fd, name, path, status)
        if digest is None:
            return False
        self.results.add(path, digest, seen_of(status))
        self._hard_links.remember(status, path, digest)
        self._linked_files += 1
        self._linked_bytes += status.st_size
        self._meter.bytes_done(status.st_size)
        while self._pool is not None and self.results.held > HELD:
            # Results of others are awaited, and they may wait for what was not handed out yet.
            if self._group:
                self._hand_out(folder, self._ends())
            self._pool.wait()
        return True

    def _another_name(self, name: bytes, path: bytes, status: os.stat_result) -> bool:
        """Link to a copy made under another name; false if there is none, or no link can be."""
        known = self._hard_links.known(status)
        if known is None:
            return False
        first, digest = known
        try:
            if not self._hard_links.link(first, self._to.fd, name):
                self.results.note(path, "could not be linked to its other name: copied instead")
                return False
        except OSError as error:
            raise write_failed(path, error) from error
        if stat.S_ISREG(status.st_mode):
            # Its first name is what a later set links to.
            self.results.add(path, digest, seen_of(status, steady=False))
        elif stat.S_ISLNK(status.st_mode):
            self._links += 1
        return True

    def _other(self, name: bytes, path: bytes, status: os.stat_result) -> None:
        """Copy a symbolic link or a fifo; note what can't be copied."""
        told = _OTHERS.get(stat.S_IFMT(status.st_mode))
        if told is not None:
            self.results.note(path, told)
            return
        if stat.S_ISLNK(status.st_mode):
            goal = os.readlink(name, dir_fd=self._from.fd)
            self._links += 1
        elif not stat.S_ISFIFO(status.st_mode):
            raise Changed
        try:
            if stat.S_ISLNK(status.st_mode):
                os.symlink(goal, name, dir_fd=self._to.fd)
            else:
                os.mkfifo(name, 0o600, dir_fd=self._to.fd)
        except OSError as error:
            raise write_failed(path, error) from error
        ends = (by_descriptor(self._from.fd, name), by_descriptor(self._to.fd, name))
        keep_xattrs(*ends, path, self.results.note)
        keep_unopened(name, self._to.fd, path, status)
        self._hard_links.remember(status, path, b"")

    def _enter(self, name: bytes, path: bytes) -> bool:
        """Go down into a folder on both sides; false if it is gone."""
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled()
        try:
            self._from.enter(name)
        except OSError as error:
            if error.errno in GONE:
                self.results.note(path, VANISHED)
            elif error.errno in _NO_FOLDER:
                self.results.note(path, CHANGED)
            else:
                raise read_failed(path, error) from error
            return False
        if self._from.identity == self._root_identity:
            what = f"the copy would lie inside what is copied: {printable(path)}"
            raise PryvTuiError("refused", what)
        try:
            try:
                os.mkdir(name, 0o700, dir_fd=self._to.fd)
            except FileExistsError:
                pass  # entering it proves that it is a folder
            self._to.enter(name)
        except OSError as error:
            raise write_failed(path, error) from error
        keep_owner(self._to.fd, path, self._from.status)
        if self._previous is not None:
            self._previous.enter(name)
        self._folders += 1
        return True

    def _leave(self, folder: _Folder, *, last: bool) -> None:
        """Give the present folder what its content would have changed, and go up."""
        path = folder.path or b"."
        if last and self._pool is not None:
            self._pool.drain()
        if self._previous is not None and not last:
            self._previous.leave()
        if folder.handed_over:
            self._hand_over(folder)
            return
        if folder.awaited:
            folder.ends = self._ends()
            folder.place = self.results.wait_for(path)
            self._unfinished.add(folder)
        else:
            _finish(self._from.fd, self._to.fd, path, self.results.note)
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
            self._pool.wait()

    # --- with other processes ------------------------------------------------------------------

    def _much(self, files: int, size: int) -> bool:
        """Whether so much is worth starting other processes."""
        return self._processes > 0 and (files > ALONE_FILES or size > ALONE_BYTES)

    def _start_pool(self) -> None:
        """Have others copy from now on; where none can be started this process goes on alone."""
        try:
            self._pool = Pool(self._processes, self._look, lambda: self.results.held)
        except OSError:
            self._processes = 0
        else:
            self._meter.elsewhere = self._pool.done_bytes

    def _end_pool(self) -> None:
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

    def _for_others(self, folder: _Folder, path: bytes, status: os.stat_result) -> bool:
        """Whether another process copies this file: not if it is a database, or has other names."""
        if self._pool is None:
            files = self._meter.files - self._linked_files
            size = self._meter.bytes - self._linked_bytes + status.st_size
            if self._much(files, size):
                self._start_pool()
        return (
            self._pool is not None
            and not self._several_names(path, status)
            and not self.chooser.through_sqlite(path)
            and self._pool.fits(folder.path)
        )

    def _collect(self, folder: _Folder, name: bytes, path: bytes, size: int) -> None:
        """Put a file with others of its folder, to be handed out together."""
        self._group.append((name, self.chooser.may_change(path)))
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

    def _hand_over(self, folder: _Folder) -> None:
        """Go up, and let another process copy the folder's files and finish it."""
        try:
            source = self._from.part()
        except OSError as error:
            raise read_failed(folder.path, error) from error
        try:
            target = self._to.part()
        except OSError as error:
            os.close(source)
            raise write_failed(folder.path, error) from error
        self._hand_out(folder, (source, target))

    def _hand_out(self, folder: _Folder, ends: tuple[int, int]) -> None:
        assert self._pool is not None
        folder.awaited += 1
        work = WorkFolder(folder.path, self._group, Task.FILL if folder.handed_over else Task.COPY)
        places, self._group, self._places = self._places, [], []
        size, self._group_bytes = self._group_bytes, 0
        self._pool.give(
            work,
            places,
            size=size,
            ends=ends,
            finished=partial(self._group_done, folder),
        )

    def _group_done(self, folder: _Folder) -> None:
        """Others have copied a group of a folder's files."""
        folder.awaited -= 1
        if folder.ends is not None and folder.place is not None and not folder.awaited:
            self._unfinished.remove(folder)
            try:
                _finish(*folder.ends, folder.place.path, folder.place.note)
            finally:
                _close(folder)
            folder.place.done = True
        self.results.advance()


def _finish(source: int, target: int, path: bytes, note: Callable[[bytes, str], None]) -> None:
    """Give a folder its attributes, mode and times."""
    status = os.fstat(source)
    keep_xattrs(source, target, path, note)
    keep_mode_and_times(target, path, status)


def _close(folder: _Folder) -> None:
    if folder.ends is not None:
        for fd in folder.ends:
            os.close(fd)
        folder.ends = None


def _join(folder: bytes, name: bytes) -> bytes:
    return folder + b"/" + name if folder else name
