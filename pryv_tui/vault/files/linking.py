"""The parent's copy of one folder, and hard links to its files."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from enum import IntEnum

from pryv_tui.filesystem.attributes import same_xattrs
from pryv_tui.filesystem.folders import READ, open_quietly
from pryv_tui.filesystem.holes import TooHollow
from pryv_tui.filesystem.inode_flags import flags_of
from pryv_tui.filesystem.paths import write_failed
from pryv_tui.filesystem.same_file import state_of
from pryv_tui.formats.sqlite.hold import with_log
from pryv_tui.vault.files.content import ContentCopier, digest_of

_NO_LINK = (errno.EMLINK, errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP, errno.ENOENT, errno.ESTALE)
"""Errors after which a file is copied instead: too many links, another file system, no support for
links, gone."""
Entry = tuple[bytes, tuple[int, int, int, int, int]]
"""A file's hash in the parent, and its state at the source when the parent was made
(`Indexed.at_source`)."""


class Proof(IntEnum):
    """The proof needed before an unchanged file is hard-linked to its copy in the parent.

    Each level includes the ones before it, so the larger of two satisfies both.
    """

    TIMES = 0
    """Size, times and inode equal those in the parent's index."""
    PARENT_READ = 1
    """As above, and the parent's copy is read now and has its hash, since it was not read after it
    was made."""
    BOTH_READ = 2
    """As above, and the file itself is read and has that hash, since its times are not trusted."""


class ParentFolder:
    """The parent's copy of one folder."""

    def __init__(
        self,
        folder: int,
        find: Callable[[bytes], Entry | None],
        content: ContentCopier | None,
        proof: Proof = Proof.TIMES,
    ) -> None:
        """Prepare to link to the files of a folder.

        Args:
            folder: the parent's copy of the folder, open.
            find: returns the parent's entry for a file name.
            content: reads files if `proof` requires that.
            proof: the proof needed before a file is linked.
        """
        self.fd = folder
        self._find = find
        self._content = content
        self._proof = proof
        self.partial: ParentFolder | None = None
        """The same folder in the partial copy. Files that can't be linked here are looked for
        there."""

    def link(
        self,
        source: int,
        target: int,
        name: bytes,
        path: bytes,
        status: os.stat_result,
        log: os.stat_result | None = None,
    ) -> bytes | None:
        """Hard-link an unchanged file to its copy in the parent.

        Args:
            source: the open folder that contains the file.
            target: the open folder in which the link is made.
            name: the file's name in both.
            path: its path in the tree.
            status: the file's status.
            log: the status of a database's log; None if there is no log or it is empty.

        Returns:
            The digest of the linked file; None if the file has to be copied.

        Raises:
            PryvTuiError: `disk-full`, `step-failed`; `set-damaged`: the lists can't be read.
        """
        digest = self.unchanged(source, name, status, log)
        if digest is not None and all(
            self._digest(where, name, path) == digest for where in self._compared(source)
        ):
            try:
                os.link(name, name, src_dir_fd=self.fd, dst_dir_fd=target, follow_symlinks=False)
            except OSError as error:
                if error.errno not in _NO_LINK:
                    raise write_failed(path, error) from error
            else:
                return digest
        if self.partial is None:
            return None
        return self.partial.link(source, target, name, path, status, log)

    def unchanged(
        self, source: int, name: bytes, status: os.stat_result, log: os.stat_result | None = None
    ) -> bytes | None:
        """Return the digest of a file that is unchanged according to its times, without reading it;
        None otherwise."""
        entry = self._find(name)
        if entry is None or entry[1] != _identity(status, log):
            return None
        # With a log merged, the copy is longer than the database file.
        length = status.st_size if log is None else None
        return entry[0] if self._as_it_should_be(source, name, status, length) else None

    def _as_it_should_be(
        self, source: int, name: bytes, status: os.stat_result, length: int | None
    ) -> bool:
        """Whether the parent's copy has the status and attributes that a new copy would have."""
        try:
            # Opened, since reading attributes by a path through /proc takes twice as long.
            kept = open_quietly(name, READ, self.fd)
            try:
                copy = os.fstat(kept)
                return (
                    stat.S_ISREG(copy.st_mode)
                    and copy.st_size == (copy.st_size if length is None else length)
                    and copy.st_mode == status.st_mode
                    and copy.st_uid == status.st_uid
                    and copy.st_gid == status.st_gid
                    and copy.st_mtime_ns == status.st_mtime_ns
                    and _attributes_of(source, name, status, kept)
                )
            finally:
                os.close(kept)
        except OSError:
            return False

    def _compared(self, source: int) -> tuple[int, ...]:
        """Return the open folders in which the file has to be read before it is linked."""
        if self._proof is Proof.BOTH_READ:
            return self.fd, source
        return (self.fd,) if self._proof is Proof.PARENT_READ else ()

    def _digest(self, folder: int, name: bytes, path: bytes) -> bytes | None:
        if self._content is None:
            return None
        try:
            return digest_of(self._content, folder, name, path)
        except TooHollow:
            return None  # the file is copied then, and that decides


def _attributes_of(source: int, name: bytes, status: os.stat_result, kept: int) -> bool:
    """Whether a file still has the given status, and has the same attributes as the open file
    `kept`."""
    file = open_quietly(name, READ, source)
    try:
        # A file with flags is never linked: a copy can't have flags, and notes that each time.
        return (
            state_of(os.fstat(file)) == state_of(status)
            and same_xattrs(file, kept)
            and not flags_of(file)
        )
    finally:
        os.close(file)


def _identity(status: os.stat_result, log: os.stat_result | None) -> tuple[int, int, int, int, int]:
    """A file's state as the index of a set records it."""
    return (
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns if log is None else with_log(status, log),
    )
