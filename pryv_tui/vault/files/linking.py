"""The parent's copy of one folder, and hard-linking to its files."""

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
"""Errors after which a file is copied instead: too many names, another file system, one without
links, gone."""
Entry = tuple[bytes, tuple[int, int, int, int, int]]
"""Of a file of the parent: its hash, and what it was at its source (`Indexed.at_source`)."""


class Proof(IntEnum):
    """What must prove that a file is unchanged before it is hard-linked to its copy in the parent.

    Each asks for all that the one before it does, and for more: the larger of two holds for both.
    """

    TIMES = 0
    """Size, times and inode are those that the parent's index has of it."""
    PARENT_READ = 1
    """The parent's copy was read just now and has its hash: nobody has since it was made."""
    BOTH_READ = 2
    """So was the file itself: its times are not believed."""


class ParentFolder:
    """The parent's copy of one folder."""

    def __init__(
        self,
        folder: int,
        find: Callable[[bytes], Entry | None],
        content: ContentCopier | None,
        proof: Proof = Proof.TIMES,
    ) -> None:
        """Link to the files of a folder.

        Args:
            folder: it, open.
            find: what the parent says of a file of that name.
            content: reads files where `proof` asks for that.
            proof: what must prove that a file is unchanged before it is linked.
        """
        self.fd = folder
        self._find = find
        self._content = content
        self._proof = proof
        self.partial: ParentFolder | None = None
        """The same folder in the partial copy, for files that this one does not have."""

    def link(
        self,
        source: int,
        target: int,
        name: bytes,
        path: bytes,
        status: os.stat_result,
        log: os.stat_result | None = None,
    ) -> bytes | None:
        """Hard-link a file that did not change to its copy in the parent.

        Args:
            source: the folder that holds the file, open.
            target: the folder that gets it, open.
            name: the file's name in both.
            path: its path in the tree.
            status: the file's.
            log: that of a database's log which is not empty.

        Returns:
            the digest of what was linked; None where the file has to be copied.

        Raises:
            PryvTuiError: `disk-full`, `step-failed`; `set-damaged`, the lists can't be read.
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
        """The digest of a file that is unchanged by its times, unread; None if it is not.

        Args: as for `link`.
        """
        entry = self._find(name)
        if entry is None or entry[1] != _identity(status, log):
            return None
        # A database's copy is as long as the log has made it.
        length = status.st_size if log is None else None
        return entry[0] if self._as_it_should_be(source, name, status, length) else None

    def _as_it_should_be(
        self, source: int, name: bytes, status: os.stat_result, length: int | None
    ) -> bool:
        """Whether the parent's copy is what a new copy would be, as far as its status tells."""
        try:
            # Opened: that takes half the time of a path through /proc for the attributes.
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
        """The open folders in which a file is read before it is linked."""
        if self._proof is Proof.BOTH_READ:
            return self.fd, source
        return (self.fd,) if self._proof is Proof.PARENT_READ else ()

    def _digest(self, folder: int, name: bytes, path: bytes) -> bytes | None:
        if self._content is None:
            return None
        try:
            return digest_of(self._content, folder, name, path)
        except TooHollow:
            return None  # it is not linked to; the source itself is judged when it is copied


def _attributes_of(source: int, name: bytes, status: os.stat_result, kept: int) -> bool:
    """Whether a file still is what its status says, with the attributes of the open `kept`."""
    file = open_quietly(name, READ, source)
    try:
        # Flags can't be copied, and each copy has to say so: a link would say nothing.
        return (
            state_of(os.fstat(file)) == state_of(status)
            and same_xattrs(file, kept)
            and not flags_of(file)
        )
    finally:
        os.close(file)


def _identity(status: os.stat_result, log: os.stat_result | None) -> tuple[int, int, int, int, int]:
    """What an index says of an unchanged file."""
    return (
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns if log is None else with_log(status, log),
    )
