"""Copying leaf folders (folders that hold no folders) as a whole: most of a root is such.

One message hands out dozens of them, and nobody but the process that copies one ever opens it.
What takes more than that (a file with several names, a link, much content) is left
to the process that walks.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple

from pryv_tui.errors import Cancelled
from pryv_tui.filesystem.attributes import keep_mode_and_times, keep_owner, keep_xattrs
from pryv_tui.filesystem.folders import FOLDER_FLAGS, kinds_in, open_quietly
from pryv_tui.filesystem.inode_flags import note_flags
from pryv_tui.filesystem.paths import read_failed, write_failed
from pryv_tui.filesystem.same_file import MOVED, was_moved
from pryv_tui.formats.sqlite.hold import NOTHING, beside, is_in_use
from pryv_tui.formats.sqlite.names import COMPANIONS
from pryv_tui.vault.files.content import ContentCopier
from pryv_tui.vault.files.copier import (
    CHANGED,
    GONE,
    VANISHED,
    Changed,
    FileCopier,
    Left,
    Vanished,
)
from pryv_tui.vault.files.held import Place
from pryv_tui.vault.files.leaf import Leaf, Lines, ParentFiles
from pryv_tui.vault.files.linking import Entry, ParentFolder, Proof
from pryv_tui.vault.files.selection import FileRules
from pryv_tui.vault.lists.index import source_stat
from pryv_tui.vault.parallel.messages import WorkerConfig

if TYPE_CHECKING:
    from pryv_tui.vault.files.types import CancelToken
    from pryv_tui.vault.native.library import CopiedFolders, NativeFolders

NO_FOLDER = (errno.ELOOP, errno.ENOTDIR)
SAID = Leaf(True, [], [], lines=tuple(Lines(b"", b"", b"", 0, 0, 0, 0)))
"""For all folders of one call but the first: their lines for the lists come with the first."""


class Ends(NamedTuple):
    """Open descriptors of a folder: at the source, the destination, and in the parent."""

    source: int
    target: int
    parent: int | None


class LeafCopier:
    """Copies one leaf folder after the other."""

    def __init__(
        self,
        files: FileCopier,
        config: WorkerConfig,
        cancel: CancelToken,
        *,
        note: Callable[[bytes, str], None],
        torn: Callable[[bytes, str], None],
        tell: Callable[[int], None],
        native: NativeFolders | None = None,
    ) -> None:
        """`files` copies one by one, `native` whole folders; the rest as for `FileCopier`."""
        self._calm_ns = config.calm_ns
        self._torn = torn
        self._files = files
        self._native = native if config.listed_in is not None else None
        self._listed_in = config.listed_in or b""
        reads = config.proof is not Proof.TIMES
        self._content = (
            ContentCopier(cancel, lambda _: None, most_holes=config.most_holes) if reads else None
        )
        self._rules = FileRules(config.sqlite, config.may_change, config.never_link)
        self._links_tell = config.links_tell
        self._batch_bytes = config.batch_bytes
        self._proof = config.proof
        self._cancel = cancel
        self._note = note
        self._tell = tell
        self.bytes = 0
        """Bytes of content copied since the batch began; reset by whoever begins a batch."""

    def copy(
        self, ends: Ends, names: list[bytes], holder: bytes, parent: list[ParentFiles]
    ) -> Iterator[Leaf]:
        """Make folders at the destination, fill them and finish them, one after the other.

        What is left when a batch has become large is not begun: it is for whoever is free.

        Args:
            ends: the folder that holds them.
            names: their own names.
            holder: the path of that folder in the tree.
            parent: what the parent says of the files of each; empty where there is none.

        Raises:
            PryvTuiError: `unreadable`, `disk-full`, `step-failed`.
            Cancelled: between two runs of folders, two files or two chunks of one.
        """
        lead = holder + b"/" if holder else b""
        linkable = self._rules.linkable_in(lead)
        at = 0
        while at < len(names) and self.bytes < self._batch_bytes:
            if self._cancel.is_set():
                raise Cancelled()
            if self._native is not None:
                # Where one folder's files may be linked to and another's not, one at a time.
                end, ours = len(names), linkable
                if ours is None:
                    end, ours = at + 1, self._rules.linkable(lead + names[at] + b"/")
                run = self._at_one_go(
                    self._native, ends, names[at:end], lead, parent[at:end], linkable=ours
                )
                if run.folders:
                    yield Leaf(True, [], [], lines=tuple(run.lines))
                    yield from repeat(SAID, run.folders - 1)
                    at += run.folders
                if run.full and self.bytes:
                    return
                if at == end:
                    continue
            name = names[at]
            yield self._one(ends, name, lead + name, parent[at] if parent else [])
            at += 1

    def _at_one_go(
        self,
        native: NativeFolders,
        ends: Ends,
        names: list[bytes],
        lead: bytes,
        parent: list[ParentFiles],
        *,
        linkable: bool,
    ) -> CopiedFolders:
        try:
            run = native.copy(
                ends,
                names,
                self._listed_in + lead,
                parent,
                linkable=linkable,
                most=self._batch_bytes - self.bytes,
            )
        except OSError as error:
            raise write_failed(lead + error.filename, error) from error
        self._tell(run.lines.size)
        self.bytes += run.read
        return run

    def _one(self, ends: Ends, name: bytes, path: bytes, parent: ParentFiles) -> Leaf:
        try:
            source = open_quietly(name, FOLDER_FLAGS, ends.source)
        except OSError as error:
            if error.errno in GONE:
                self._note(path, VANISHED)
            elif error.errno in NO_FOLDER:
                self._note(path, CHANGED)
            else:
                raise read_failed(path, error) from error
            return Leaf(False, [], [])
        before = -1
        try:
            target = make_folder(ends.target, name, path)
            try:
                keep_owner(target, path, os.fstat(source), self._note)
                if ends.parent is not None and parent:
                    before = _open_parent(ends.parent, name)
                leaf = self._fill(Ends(source, target, before), path, dict(parent))
                if not leaf.whole:
                    return leaf
                status = finish_folder(source, target, path, self._note)
                if was_moved(ends.source, name, status, self._calm_ns):
                    self._torn(path, MOVED)
                return leaf._replace(owned=(status.st_mode, status.st_uid, status.st_gid))
            finally:
                os.close(target)
        finally:
            os.close(source)
            if before >= 0:
                os.close(before)

    def _fill(self, ends: Ends, path: bytes, entries: dict[bytes, Entry]) -> Leaf:
        try:
            others, folders = kinds_in(ends.source)
        except OSError as error:
            raise read_failed(path, error) from error
        parent = None
        if ends.parent is not None and ends.parent >= 0:
            parent = ParentFolder(ends.parent, entries.get, self._content, self._proof)
        leaf = Leaf(True, [], folders)
        lead = path + b"/"
        through_sqlite = self._rules.through_sqlite
        whole: set[bytes] = set()
        left: set[bytes] = set()
        present = frozenset(name for name, _ in others)
        for name, regular in others:
            full = lead + name
            base = name.rpartition(b"-")[0] if name.endswith(COMPANIONS) else b""
            if base in whole:
                continue  # its content is in the database's copy already
            if not regular or base in left:
                leaf.files.append((name, None, None, False))
                continue
            try:
                database = through_sqlite(full)
                alone = not (database and any(name + end in present for end in COMPANIONS))
                if self._file(ends, parent, name, full, leaf, database=database, alone=alone):
                    whole.add(name)
            except Left:
                leaf.files.append((name, None, None, False))
                left.add(name)
            except Changed:
                self._note(full, CHANGED)
            except Vanished as gone:
                if not gone.told:
                    self._note(full, VANISHED)
        return leaf

    def _file(
        self,
        ends: Ends,
        parent: ParentFolder | None,
        name: bytes,
        path: bytes,
        leaf: Leaf,
        *,
        database: bool,
        alone: bool,
    ) -> bool:
        """Copy a file, or link to it; true if it is a database, and what lies beside it is in its
        copy.

        Args:
            alone: as for `Entries.unchanged`.
        """
        if parent is not None and self._rules.linkable(path):
            try:
                status = os.stat(name, dir_fd=ends.source, follow_symlinks=False)
            except OSError as error:
                if error.errno in GONE:
                    raise Vanished from error
                raise read_failed(path, error) from error
            if self._special(status):
                raise Left
            found = NOTHING if alone else beside(name, ends.source)
            digest = None
            if found is not None:
                digest = parent.link(ends.source, ends.target, name, path, status, found.log)
            if found is not None and digest is not None:
                self._tell(status.st_size)
                seen = tuple(source_stat(status, log=found.log))
                leaf.files.append((name, digest, seen, True))
                return found.files and is_in_use(name, ends.source)
        place = Place(ends.source, ends.target, name, path)
        may_change = self._rules.may_change(path)
        copied = self._files.copy(place, may_change=may_change, sqlite=database, leave=self._leave)
        self.bytes += copied.status.st_size
        seen = tuple(source_stat(copied.status, steady=copied.steady, log=copied.log))
        leaf.files.append((name, copied.digest, seen, False))
        return copied.by_backup

    def _special(self, status: os.stat_result) -> bool:
        """Whether a file is left to the walk."""
        return not stat.S_ISREG(status.st_mode) or (status.st_nlink > 1 and self._links_tell)

    def _leave(self, status: os.stat_result) -> bool:
        """Whether a file is not copied here: it is special, or too large for this batch."""
        return self._special(status) or self.bytes + status.st_size > self._batch_bytes


def make_folder(holder: int, name: bytes, path: bytes) -> int:
    """Make a folder in an open one, unless it is there, and open it.

    Raises:
        PryvTuiError: `disk-full`, `step-failed`, also where something else is in the way.
    """
    try:
        try:
            os.mkdir(name, 0o700, dir_fd=holder)
        except FileExistsError:
            pass  # opening it proves that it is a folder
        return os.open(name, FOLDER_FLAGS, dir_fd=holder)
    except OSError as error:
        raise write_failed(path, error) from error


def finish_folder(
    source: int, target: int, path: bytes, note: Callable[[bytes, str], None]
) -> os.stat_result:
    """Give a folder its attributes, mode and times, after its content; the source's status."""
    keep_xattrs(source, target, path, note)
    note_flags(source, path, note, folder=True)
    status = os.fstat(source)
    keep_mode_and_times(target, path, status)
    return status


def _open_parent(holder: int, name: bytes) -> int:
    try:
        return open_quietly(name, FOLDER_FLAGS, holder)
    except OSError:
        return -1
