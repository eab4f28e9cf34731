"""Count the files and bytes of a tree, without reading the files."""

from __future__ import annotations

import contextlib
import os
import stat
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.filesystem.folders import FolderStack, listing, open_quietly
from pryv_tui.filesystem.holes import data_of
from pryv_tui.filesystem.paths import read_failed, reading
from pryv_tui.filesystem.snapshots import is_snapshot, named_so
from pryv_tui.formats.sqlite.hold import beside
from pryv_tui.formats.sqlite.names import COMPANIONS
from pryv_tui.vault.copying.folder import joined
from pryv_tui.vault.copying.parent import Parent, ParentWalk
from pryv_tui.vault.files.copier import GONE
from pryv_tui.vault.files.linking import ParentFolder
from pryv_tui.vault.files.pieces import DEEPEST, FOLDER_KIND, CopyOptions, Kind, Left, Work
from pryv_tui.vault.files.progress import Meter
from pryv_tui.vault.files.selection import Chooser, Verdict
from pryv_tui.vault.files.types import CancelToken, Selection, TreeCount
from pryv_tui.vault.held import Held
from pryv_tui.vault.parallel.engine import USUAL, CopyEngine

if TYPE_CHECKING:
    from pryv_tui.vault.native.library import NativeFolders

STOP_SECONDS = 5.0


def count_tree(
    source: Path,
    selection: Selection,
    *,
    parent: Parent | None = None,
    cancel: CancelToken | None = None,
    engine: CopyEngine = USUAL,
) -> TreeCount:
    """Count what `copy_tree` would copy, in one walk.

    Files that vanish during the count are not counted, nor are the companion files (log, journal)
    of databases that are copied through SQLite.

    Args:
        source: the tree.
        selection: the part of it to count.
        parent: an earlier copy; bytes of files that would be linked to it are not counted.
        cancel: ends the count.
        engine: settings of the count.

    Raises:
        PryvTuiError: `unreadable`: a folder can't be read; `set-damaged`: the parent's lists are.
        Cancelled: `cancel` was set.
    """
    return _counted(source, selection, parent, cancel, engine, holes=False)[0]


def count_room(
    source: Path, selection: Selection, *, parent: Parent | None = None
) -> tuple[int, int]:
    """Count the bytes of a tree's copy as `count_tree` does, and how many of them are not in holes.

    Raises:
        PryvTuiError: see `count_tree`.
    """
    total, holes = _counted(source, selection, parent, None, USUAL, holes=True)
    return total.bytes, total.bytes - holes


def _counted(
    source: Path,
    selection: Selection,
    parent: Parent | None,
    cancel: CancelToken | None,
    engine: CopyEngine,
    *,
    holes: bool,
) -> tuple[TreeCount, int]:
    """Return the result of `count_tree`, and the bytes in holes (0 unless `holes` is set)."""
    root = os.fsencode(source)
    with reading(root):
        stack = FolderStack(open_quietly(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
    with contextlib.ExitStack() as open_ones:
        open_ones.callback(stack.close)
        walk = ParentWalk(parent) if parent is not None else None
        if walk is not None:
            open_ones.callback(walk.close)
        counter = _Counter(selection, cancel, walk, engine, holes=holes)
        open_ones.callback(counter.close)
        return counter.walk(stack), counter.holes


class Counting:
    """A count of the tree that runs in its own thread while the tree is copied."""

    def __init__(
        self, source: Path, selection: Selection, meter: Meter, engine: CopyEngine
    ) -> None:
        """Start the count; `meter` gets the totals when they are known."""
        self._engine = engine
        self._over = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(source, selection, meter), daemon=True
        )
        self._thread.start()

    def end(self) -> None:
        """Stop the count. A thread that hangs in a disk is left behind: it only reads."""
        self._over.set()
        self._thread.join(STOP_SECONDS)

    def _run(self, source: Path, selection: Selection, meter: Meter) -> None:
        # Errors are ignored here: the copy meets the same ones, and reports them.
        if self._over.wait(self._engine.count_after):
            return
        with contextlib.suppress(PryvTuiError, Cancelled, OSError):
            meter.total = count_tree(source, selection, cancel=self._over, engine=self._engine)


class _Counter:
    def __init__(
        self,
        selection: Selection,
        cancel: CancelToken | None,
        parent: ParentWalk | None,
        engine: CopyEngine,
        *,
        holes: bool = False,
    ) -> None:
        self._engine = engine
        self._look_at_holes = holes
        self.holes = 0
        self._chooser = Chooser(selection)
        self._sqlite = selection.sqlite
        self._no_snapshots = selection.no_snapshots
        self._parent = parent
        self._cancel = cancel
        self._files = self._bytes = self._folders = 0
        self._linked = Held(engine.links_memory)
        """For each device and inode: how many names of that file have not been met yet."""
        self._native: NativeFolders | None = None
        self._tried = False
        self._left: list[Left] = []
        """Folders and files that the C library left for Python to count, by their paths in the
        tree."""

    def close(self) -> None:
        """Close the library's handle."""
        self._linked.close()
        if self._native is not None:
            self._native.close()

    def walk(self, stack: FolderStack) -> TreeCount:
        self._below(stack, b"", self._folder(stack.fd, b"", self._chooser.root))
        while self._left:
            left = self._left.pop()
            holder, _, name = left.path.rpartition(b"/")
            if (inner := _holder_of(stack.fd, left.path, left.path)) is None:
                continue
            try:
                if not (self._no_snapshots and named_so(name)):
                    self._below(inner, holder, [(name, Verdict.INCLUDED)], left.since)
            finally:
                inner.close()
        return TreeCount(self._files, self._bytes, self._folders)

    def _below(
        self,
        stack: FolderStack,
        path: bytes,
        folders: list[tuple[bytes, Verdict]],
        since: bytes = b"",
    ) -> None:
        """Count the given subfolders of the stack's present folder, with everything below them.

        `since`: the entry of the first subfolder at which to begin (empty: its first entry)."""
        pending = [folders]
        paths = [path]
        while pending:
            if pending[-1]:
                name, verdict = pending[-1].pop()
                path = joined(paths[-1], name)
                try:
                    stack.enter(name)
                except OSError as error:
                    if error.errno in GONE:
                        continue
                    raise read_failed(path, error) from error
                if self._no_snapshots and is_snapshot(stack.fd, stack.status, stack.holder):
                    stack.leave()
                    continue
                self._folders += 1
                if self._parent is not None:
                    self._parent.enter(name)
                pending.append(self._folder(stack.fd, path, verdict, since))
                paths.append(path)
                since = b""
            else:
                pending.pop()
                path = paths.pop()
                if pending:
                    if self._parent is not None:
                        self._parent.leave()
                    with reading(path):
                        stack.leave()

    def _folder(
        self, fd: int, path: bytes, verdict: Verdict, since: bytes = b""
    ) -> list[tuple[bytes, Verdict]]:
        self._stop_if_asked()
        with reading(path or b"."):
            others, folders, _ = listing(fd)
        if since.startswith(FOLDER_KIND):
            others, folders = [], [name for name in folders if name >= since[1:]]
        elif since:
            others = [name for name in others if name >= since[1:]]
        if self._no_snapshots:
            folders = [name for name in folders if not named_so(name)]
        self._others(fd, path, others, verdict)
        # Reversed, since the caller pops from the end: the parent's lists are read in walk order.
        return self._walked(fd, path, folders, verdict)[::-1]

    def _others(self, fd: int, path: bytes, others: list[bytes], verdict: Verdict) -> None:
        """Count the entries of an open folder that are not folders."""
        parent = self._parent.here(path) if self._parent is not None else None
        for name in others:
            self._stop_if_asked()
            full = joined(path, name)
            if self._chooser.verdict(full, verdict) is not Verdict.INCLUDED:
                continue
            if name.endswith(COMPANIONS):
                base = name.rpartition(b"-")[0]
                if self._chooser.rules.through_sqlite(joined(path, base)) and _is_there(fd, base):
                    continue
            self._count(fd, name, full, parent)

    def _walked(
        self, fd: int, path: bytes, folders: list[bytes], verdict: Verdict
    ) -> list[tuple[bytes, Verdict]]:
        """Let the C library count folders, and return those that Python has to walk.

        Args:
            verdict: the verdict on the folder that contains these folders.
        """
        native = self._library(len(folders)) if path.count(b"/") < DEEPEST else None
        whole: list[bytes] = []
        walked: list[tuple[bytes, Verdict]] = []
        if native is not None and path and self._chooser.whole(path):
            whole = folders
        else:
            for name in folders:
                own = self._chooser.verdict(joined(path, name), verdict)
                if native and own is Verdict.INCLUDED and self._chooser.whole(joined(path, name)):
                    whole.append(name)
                elif own is not Verdict.EXCLUDED:
                    walked.append((name, own))
        if native is not None:
            self._by_library(native, fd, path, whole)
        return walked

    def _by_library(self, native: NativeFolders, fd: int, path: bytes, names: list[bytes]) -> None:
        """Let the C library count subfolders with everything below them. What it leaves uncounted
        is counted here, or added to `_left`."""
        most, begun = self._engine.count_together, 0
        while begun < len(names):
            self._stop_if_asked()
            some = [FOLDER_KIND + name for name in names[begun : begun + most]]
            piece = native.do((fd, -1), {}, some, b"", (), most=most, entries=most, work=Work.COUNT)
            begun += piece.begun
            self._files += piece.files
            self._bytes += piece.size
            self._folders += piece.folders
            for left in piece.parts:
                assert isinstance(left, Left)  # a count lists nothing
                full = joined(path, left.path)
                if left.kind != Kind.FILE:
                    self._left.append(left._replace(path=full))
                elif (inner := _holder_of(fd, left.path, full)) is not None:
                    holder, _, name = full.rpartition(b"/")
                    with contextlib.closing(inner):
                        self._others(inner.fd, holder, [name], Verdict.INCLUDED)

    def _stop_if_asked(self) -> None:
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled()

    def _library(self, more: int) -> NativeFolders | None:
        """Return the C library's counter, if the tree is large enough for it.

        `more`: number of folders found but not counted yet. None if there is a parent: each file
        would have to be compared with its copy in the parent.
        """
        if self._look_at_holes or not self._engine.native:
            return None
        if self._parent is not None or (self._native is None and self._tried):
            return None
        if self._native is None and self._folders + more >= self._engine.native_count_from:
            # Loaded late: a small tree is counted faster than the library is loaded.
            from pryv_tui.vault.native.library import load

            options = CopyOptions(no_snapshots=self._no_snapshots)
            self._native, self._tried = load(options, self._sqlite), True
        return self._native

    def _count(self, fd: int, name: bytes, path: bytes, parent: ParentFolder | None) -> None:
        try:
            status = os.stat(name, dir_fd=fd, follow_symlinks=False)
        except FileNotFoundError:
            return
        if not stat.S_ISREG(status.st_mode):
            return
        self._files += 1
        if status.st_nlink > 1 and not self._first_name(status):
            return
        if (
            parent is not None
            and self._chooser.rules.linkable(path)
            and self._unchanged(fd, name, path, status, parent)
        ):
            return
        self._bytes += status.st_size
        if self._look_at_holes:
            self.holes += status.st_size - data_of(fd, name, status)

    def _unchanged(
        self, fd: int, name: bytes, path: bytes, status: os.stat_result, parent: ParentFolder
    ) -> bool:
        log = None
        if self._chooser.rules.through_sqlite(path):
            found = beside(name, fd)
            if found is None:
                return False
            log = found.log
        return parent.unchanged(fd, name, status, log) is not None

    def _first_name(self, status: os.stat_result) -> bool:
        """Whether this name is the first one that the walk meets of a file with several names."""
        key = b"%d %d" % (status.st_dev, status.st_ino)
        awaited = int(self._linked.pop(key) or status.st_nlink)
        if awaited > 1:
            self._linked.put(key, b"%d" % (awaited - 1))
        return awaited == status.st_nlink


def _holder_of(root: int, path: bytes, full: bytes) -> FolderStack | None:
    """Open the folder that contains `path`; None if that folder is gone. `full`: the path to name
    in errors."""
    try:
        return FolderStack.beneath(root, path.rpartition(b"/")[0])
    except OSError as error:
        if error.errno in GONE:
            return None
        raise read_failed(full, error) from error


def _is_there(folder: int, name: bytes) -> bool:
    """Whether an entry of an open folder exists and is not a folder."""
    try:
        return not stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except OSError:
        return False
