"""Copy or link one entry that is not a folder.

If possible, the entry is linked to its copy in the parent, or to another name of it in this
copy."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from typing import NamedTuple

from pryv_tui.filesystem.attributes import by_descriptor, keep_unopened, keep_xattrs, same_xattrs
from pryv_tui.filesystem.folders import READ, folder_beneath, open_quietly
from pryv_tui.filesystem.paths import writing
from pryv_tui.filesystem.same_file import state_of
from pryv_tui.formats.sqlite.hold import beside, stands_alone
from pryv_tui.vault.files.content import ContentCopier
from pryv_tui.vault.files.copier import Changed, FileCopier
from pryv_tui.vault.files.hard_links import HardLinks, Met
from pryv_tui.vault.files.held import Place
from pryv_tui.vault.files.linking import ParentFolder
from pryv_tui.vault.files.selection import FileRules
from pryv_tui.vault.files.types import CancelToken, CopyHooks
from pryv_tui.vault.lists.index import source_stat
from pryv_tui.vault.lists.tree import Owned
from pryv_tui.vault.parallel.engine import CopyEngine
from pryv_tui.vault.parallel.results import OrderedResults

_OTHERS = {
    stat.S_IFSOCK: "is a socket: not copied",
    stat.S_IFCHR: "is a character device: not copied",
    stat.S_IFBLK: "is a block device: not copied",
}
ANOTHER = "may differ from its other hard link, which was copied before: copied separately"
"""Note on a name whose file changed, or was replaced, after it was copied under another name."""


class Here(NamedTuple):
    """The folder of an entry: open at the source and in the copy, and its copy in the parent."""

    source: int
    target: int
    parent: ParentFolder | None = None


class Entries:
    """Copy entries that are not folders, in the walking thread."""

    def __init__(
        self,
        root: bytes,
        links: HardLinks,
        rules: FileRules,
        sink: OrderedResults,
        *,
        hooks: CopyHooks | None,
        cancel: CancelToken | None,
        tell: Callable[[int], None],
        pass_hollow: bool = False,
        engine: CopyEngine,
    ) -> None:
        """Take the arguments of `FileCopier`; notes go to `sink`."""
        self.sink = sink
        self.names: frozenset[bytes] | None = None
        """Files with several names in the tree. None: each file's number of links decides."""
        self.links = 0
        """Number of symbolic links copied."""
        self.linked_files = self.linked_bytes = 0
        """Number and bytes of the files that were linked to the parent's copies."""
        self._hard_links = links
        self._rules = rules
        self._tell = tell
        self._content = ContentCopier(cancel, lambda _: None, most_holes=engine.most_holes)
        self._files = FileCopier(
            root,
            hooks=hooks,
            cancel=cancel,
            note=sink.note,
            tell=tell,
            pass_hollow=pass_hollow,
            most_holes=engine.most_holes,
            waits=engine.sqlite,
        )

    def file(self, here: Here, name: bytes, path: bytes) -> bool:
        """Copy a regular file.

        Return True if the companion files beside it must not be copied: they are in its copy
        already, or were created after it was copied.

        Raises:
            Changed, Vanished: the entry is no longer the file that was listed.
            PryvTuiError, Cancelled: see `FileCopier.copy`.
        """
        place = Place(here.source, here.target, name, path)
        rules = self._rules
        copied = self._files.copy(
            place, may_change=rules.may_change(path), sqlite=rules.through_sqlite(path)
        )
        seen = source_stat(
            copied.status, steady=copied.steady, log=copied.log, rights=copied.rights
        )
        self.sink.add(path, copied.digest, seen)
        # Other names don't fit this copy if the file changed while it was read, or has a log.
        if copied.steady and copied.log is None and self.several_names(path, copied.status):
            self._hard_links.remember(copied.status, path, copied.digest, copied.rights)
        return copied.whole

    def has_all(self, here: Here, name: bytes, path: bytes) -> bool:
        """Whether a file that was linked is a database whose copy includes its companion files."""
        if not self._rules.through_sqlite(path):
            return False
        copy = open_quietly(name, READ, here.target)
        try:
            return stands_alone(copy, name, here.source)
        finally:
            os.close(copy)

    def several_names(self, path: bytes, status: os.stat_result) -> bool:
        """Whether a file may have more names in the tree."""
        return status.st_nlink > 1 and (
            self.names is None or path in self.names or not stat.S_ISREG(status.st_mode)
        )

    def unchanged(
        self, here: Here, name: bytes, path: bytes, status: os.stat_result, *, alone: bool
    ) -> bool:
        """Link to a file's copy in the parent. Return False if the file has to be copied.

        Args:
            alone: there was no companion file beside it when its folder was listed. Later ones
                don't count.
        """
        if here.parent is None or not self._rules.linkable(path):
            return False
        log = None
        if not alone and self._rules.through_sqlite(path):
            found = beside(name, here.source)
            if found is None:
                return False
            log = found.log
        digest = here.parent.link(here.source, here.target, name, path, status, log)
        if digest is None:
            return False
        self.sink.add(path, digest, source_stat(status, log=log))
        if log is None:
            self._hard_links.remember(status, path, digest)
        size = status.st_size if log is None else _size(here.target, name, path)
        self.linked_files += 1
        self.linked_bytes += size
        self._tell(size)
        return True

    def another_name(self, here: Here, name: bytes, path: bytes, status: os.stat_result) -> bool:
        """Link to the copy made under another name. Return False if there is none, or linking
        fails."""
        if not self.several_names(path, status):
            return False
        known = self._hard_links.known(status)
        if known is None:
            return False
        if known.other or not (known.certain or self._proven(here, name, path, status, known)):
            self.sink.note(path, ANOTHER)
            return False
        digest = known.digest
        with writing(path):
            if not self._hard_links.link(known.path, here.target, name):
                self.sink.note(path, "could not be linked to its other name: copied instead")
                return False
        if stat.S_ISREG(status.st_mode):
            # Not steady: a later set links to the first name only.
            self.sink.add(path, digest, source_stat(status, steady=False, rights=known.rights))
            return True
        self.links += stat.S_ISLNK(status.st_mode)
        # For symbolic links, `digest` is where the link leads.
        self.sink.entry(path, Owned.of(status), digest)
        return True

    def _proven(
        self, here: Here, name: bytes, path: bytes, status: os.stat_result, known: Met
    ) -> bool:
        """Whether a file is the one copied under another name, checked by content because its times
        don't prove it."""
        try:
            if stat.S_ISLNK(status.st_mode):
                return os.readlink(name, dir_fd=here.source) == known.digest
            if not stat.S_ISREG(status.st_mode):
                return True  # a fifo has no content to compare
            source = open_quietly(name, READ, here.source)
            try:
                same = (
                    state_of(os.fstat(source)) == state_of(status)
                    and self._content.digest(source, path) == known.digest
                    and state_of(os.fstat(source)) == state_of(status)
                )
                return same and self._like_its_copy(source, path, known.path)
            finally:
                os.close(source)
        except OSError:
            return False  # the file is copied then, and the copy reports the error

    def _like_its_copy(self, source: int, path: bytes, first: bytes) -> bool:
        with writing(path), folder_beneath(self._hard_links.root, first) as holder:
            copy = open_quietly(first.rpartition(b"/")[2], READ, holder)
        try:
            return same_xattrs(source, copy)
        finally:
            os.close(copy)

    def other(self, here: Here, name: bytes, path: bytes, status: os.stat_result) -> None:
        """Copy a symbolic link or a fifo. Other kinds are not copied; a note names them.

        Raises:
            Changed: the entry has become something else.
            OSError: a link can't be read, or is gone.
            PryvTuiError: `disk-full`, `step-failed`.
        """
        told = _OTHERS.get(stat.S_IFMT(status.st_mode))
        if told is not None:
            self.sink.note(path, told)
            return
        goal = b""
        if stat.S_ISLNK(status.st_mode):
            goal = _goal(here.source, name)
            self.links += 1
        elif not stat.S_ISFIFO(status.st_mode):
            raise Changed
        with writing(path):
            if stat.S_ISLNK(status.st_mode):
                os.symlink(goal, name, dir_fd=here.target)
            else:
                os.mkfifo(name, 0o600, dir_fd=here.target)
        ends = (by_descriptor(here.source, name), by_descriptor(here.target, name))
        keep_xattrs(*ends, path, self.sink.note)
        keep_unopened(name, here.target, path, status, self.sink.note)
        self._hard_links.remember(status, path, goal)
        self.sink.entry(path, Owned.of(status), goal)


def _size(folder: int, name: bytes, path: bytes) -> int:
    """Return the bytes of a database's copy; a merged log makes it longer than the database file.

    Raises:
        PryvTuiError: `step-failed`: the copy can't be read.
    """
    with writing(path):
        return os.stat(name, dir_fd=folder, follow_symlinks=False).st_size


def _goal(folder: int, name: bytes) -> bytes:
    """Return where a symbolic link leads. Raise `Changed` if it is no longer a link."""
    try:
        return os.readlink(name, dir_fd=folder)
    except OSError as error:
        if error.errno == errno.EINVAL:
            raise Changed from error
        raise
