"""Copying a tree: the way into a backup set, and the way back.

One walk and one pass: each file is read once, hashed and written, and its line goes into
`SHA256SUMS`. One thread; `FileCopier` knows nothing of the walk and can be given to several.

Names are bytes. Every folder and file is opened relative to the folder that holds it and never
through a symbolic link, so that nothing swapped in meanwhile leads outside, and so that paths may
be longer than the system takes in one call. Memory: the names of the folders on the way down, the
files whose further hard links are awaited, and what `ExpectedSums` has to keep.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.vault.attributes import (
    by_descriptor,
    keep_mode_and_times,
    keep_owner,
    keep_unopened,
    keep_xattrs,
)
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
from pryv_tui.vault.file_copier import GONE, Changed, FileCopier, Place, Vanished
from pryv_tui.vault.folders import FolderStack, listing, open_quietly
from pryv_tui.vault.hard_links import HardLinks
from pryv_tui.vault.names import printable, read_failed, write_failed
from pryv_tui.vault.progress import Meter, Notes
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
        expected: a sums file of `source`; every file is compared with it while it is copied.
        total: what `count_tree` counted, to give progress its totals.
        hooks: a practice platform's faults.
        progress: called some times a second, and once at the end.
        cancel: ends the copy between two files or two chunks of one.

    Returns:
        what was copied, and what was odd.

    Raises:
        PryvTuiError: `unreadable`, `disk-full`, `step-failed` (can't be written), `set-damaged`
            (a file differs from `expected`, is not in it, or is missing), `refused` (destination
            inside source). What was copied until then is left.
        Cancelled: `cancel` was set. What was copied until then is left.
    """
    with _Copy(source, destination, selection, hooks, Meter(total, progress), cancel) as copy:
        if sums is not None:
            copy.sums = SumsWriter(sums, prefix_of(destination, sums), append=append_sums)
        if expected is not None:
            wanted = None if selection == WHOLE else copy.chooser.travels
            copy.expected = ExpectedSums(expected, prefix_of(source, expected), wanted)
        return copy.run()


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
        self.sums: SumsWriter | None = None
        self.expected: ExpectedSums | None = None
        self.chooser = Chooser(selection)
        self._destination = os.fsencode(destination.absolute())
        self._cancel = cancel
        self._notes = Notes()
        self._meter = meter
        self._folders = self._links = 0
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
            note=self._notes.add,
            torn=self._notes.torn,
            tell=meter.bytes_done,
        )

    def __enter__(self) -> _Copy:
        return self

    def __exit__(self, *_: object) -> None:
        self._from.close()
        self._to.close()
        self._hard_links.close()
        if self.expected is not None:
            self.expected.close()
        if self.sums is not None:
            # After a failure: what could not be written is said by that already.
            with contextlib.suppress(PryvTuiError):
                self.sums.close()

    def run(self) -> CopyResult:
        """Walk the tree; folders get their times when they have their content."""
        keep_owner(self._to.fd, b".", os.fstat(self._from.fd))
        pending = [self._folder_content(b"", self.chooser.root)]
        paths = [b""]
        while pending:
            if pending[-1]:
                name, verdict = pending[-1].pop()
                path = _join(paths[-1], name)
                if self._enter(name, path):
                    pending.append(self._folder_content(path, verdict))
                    paths.append(path)
            else:
                self._finish_folder(paths[-1] or b".", last=len(paths) == 1)
                pending.pop()
                paths.pop()
        self._all_there()
        if self.sums is not None:
            sums, self.sums = self.sums, None
            sums.close()
        settle(self._hard_links.root, self._destination)
        self._meter.finish()
        return CopyResult(
            files=self._meter.files,
            bytes=self._meter.bytes,
            folders=self._folders,
            links=self._links,
            notes=self._notes.all(),
        )

    def _folder_content(self, path: bytes, verdict: Verdict) -> list[tuple[bytes, Verdict]]:
        """Copy what lies in the present folder; returns its folders that travel, last first."""
        try:
            others, folders = listing(self._from.fd)
        except OSError as error:
            raise read_failed(path or b".", error) from error
        by_backup: set[bytes] = set()
        for name in others:
            full = _join(path, name)
            if self.chooser.verdict(full, verdict) is not Verdict.TRAVELS:
                continue
            if name.endswith(COMPANIONS) and name.rpartition(b"-")[0] in by_backup:
                continue  # its content is in the database's copy already
            if self._entry(name, full):
                by_backup.add(name)
        chosen = [(name, self.chooser.verdict(_join(path, name), verdict)) for name in folders]
        return [(name, own) for name, own in reversed(chosen) if own is not Verdict.STAYS]

    def _entry(self, name: bytes, path: bytes) -> bool:
        """Copy one entry that is no folder; true if SQLite's backup copied it."""
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled()
        try:
            status = os.stat(name, dir_fd=self._from.fd, follow_symlinks=False)
            if status.st_nlink > 1 and self._another_name(name, path, status):
                return False
            if stat.S_ISREG(status.st_mode):
                return self._file(name, path)
            self._other(name, path, status)
        except Changed:
            self._notes.add(path, "became something else while it was copied: not copied")
        except Vanished:
            self._notes.add(path, "vanished while it was copied")
        except OSError as error:
            if error.errno not in GONE:
                raise read_failed(path, error) from error
            self._notes.add(path, "vanished while it was copied")
        return False

    def _file(self, name: bytes, path: bytes) -> bool:
        place = Place(self._from.fd, self._to.fd, name, path)
        sqlite = self.chooser.through_sqlite(path)
        copied = self._files.copy(place, may_change=self.chooser.may_change(path), sqlite=sqlite)
        self._record(path, copied.digest)
        self._hard_links.remember(copied.status, path, copied.digest)
        return copied.by_backup

    def _another_name(self, name: bytes, path: bytes, status: os.stat_result) -> bool:
        """Link to a copy made under another name; false if there is none, or no link can be."""
        known = self._hard_links.known(status)
        if known is None:
            return False
        first, digest = known
        try:
            if not self._hard_links.link(first, self._to.fd, name):
                self._notes.add(path, "could not be linked to its other name: copied instead")
                return False
        except OSError as error:
            raise write_failed(path, error) from error
        if stat.S_ISREG(status.st_mode):
            self._record(path, digest)
        elif stat.S_ISLNK(status.st_mode):
            self._links += 1
        return True

    def _other(self, name: bytes, path: bytes, status: os.stat_result) -> None:
        """Copy a symbolic link or a fifo; note what can't be copied."""
        told = _OTHERS.get(stat.S_IFMT(status.st_mode))
        if told is not None:
            self._notes.add(path, told)
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
        keep_xattrs(*ends, path, self._notes.add)
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
                self._notes.add(path, "vanished while it was copied")
            elif error.errno in _NO_FOLDER:
                self._notes.add(path, "became something else while it was copied: not copied")
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
        keep_owner(self._to.fd, path, os.fstat(self._from.fd))
        self._folders += 1
        return True

    def _finish_folder(self, path: bytes, *, last: bool) -> None:
        """Give the present folder what its content would have changed, and go up."""
        status = os.fstat(self._from.fd)
        keep_xattrs(self._from.fd, self._to.fd, path, self._notes.add)
        keep_mode_and_times(self._to.fd, path, status)
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

    def _record(self, path: bytes, digest: bytes) -> None:
        """Count a file, compare it with what was expected, and list it."""
        if self.expected is not None:
            wanted = self.expected.take(path)
            if wanted != digest:
                how = "is not in the list of its set" if wanted is None else "differs from its hash"
                raise PryvTuiError("set-damaged", f"{printable(path)} {how}")
        if self.sums is not None:
            self.sums.add(path, digest)
        self._meter.file_done()

    def _all_there(self) -> None:
        if self.expected is not None:
            for path in self.expected.left():
                raise PryvTuiError("set-damaged", f"{printable(path)} is missing")


def _join(folder: bytes, name: bytes) -> bytes:
    return folder + b"/" + name if folder else name
