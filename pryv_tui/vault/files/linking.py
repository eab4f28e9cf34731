"""The former copy of one folder: what of it a new copy links to."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable

from pryv_tui.filesystem.attributes import same_xattrs
from pryv_tui.filesystem.folders import READ, open_quietly
from pryv_tui.filesystem.holes import TooHollow
from pryv_tui.filesystem.inode_flags import flags_of
from pryv_tui.filesystem.paths import write_failed
from pryv_tui.filesystem.same_file import state_of
from pryv_tui.vault.files.content import ContentCopier, digest_of

_NO_LINK = (
    errno.EMLINK,
    errno.EXDEV,
    errno.EPERM,
    errno.EOPNOTSUPP,
    errno.ENOENT,
    errno.ESTALE,
)
"""Too many names already, another file system, one without links, gone: the file is copied."""
Entry = tuple[bytes, tuple[int, int, int, int, int]]
"""Of a file of a former set: its hash, and what it was at its source (`Indexed.at_source`)."""


class Former:
    """The former copy of one folder."""

    def __init__(
        self,
        folder: int,
        find: Callable[[bytes], Entry | None],
        content: ContentCopier | None,
        *,
        paranoid: bool = False,
        reread: bool = False,
    ) -> None:
        """Link to the files of a folder.

        Args:
            folder: it, open.
            find: what the former set says of a file of that name.
            content: reads files for `paranoid` and `reread`.
            paranoid: believe no times: read the file and its former copy, and compare both.
            reread: nobody has read the former copy since it was made: read it before.
        """
        self.fd = folder
        self._find = find
        self._content = content
        self._paranoid = paranoid
        self._reread = reread
        self.newer: Former | None = None
        """Where to look for what is not in this one."""

    def link(
        self, source: int, target: int, name: bytes, path: bytes, status: os.stat_result
    ) -> bytes | None:
        """Link to the former copy of a file that did not change.

        Args:
            source: the folder that holds the file, open.
            target: the folder that gets it, open.
            name: the file's name in both.
            path: its path in the tree.
            status: the file's.

        Returns:
            the digest of what was linked; None where the file has to be copied.

        Raises:
            PryvTuiError: `disk-full`, `step-failed`; `set-damaged`, the lists can't be read.
        """
        digest = self._link(source, target, name, path, status)
        if digest is None and self.newer is not None:
            return self.newer.link(source, target, name, path, status)
        return digest

    def _link(
        self, source: int, target: int, name: bytes, path: bytes, status: os.stat_result
    ) -> bytes | None:
        digest = self.unchanged(source, name, status)
        if digest is None:
            return None
        if any(self._digest(where, name, path) != digest for where in self._compared(source)):
            return None
        try:
            os.link(name, name, src_dir_fd=self.fd, dst_dir_fd=target, follow_symlinks=False)
        except OSError as error:
            if error.errno in _NO_LINK:
                return None
            raise write_failed(path, error) from error
        return digest

    def unchanged(self, source: int, name: bytes, status: os.stat_result) -> bytes | None:
        """The digest of a file that did not change since, its content unread; see `link`."""
        entry = self._find(name)
        if entry is None or entry[1] != _identity(status):
            return None
        return entry[0] if self._as_it_should_be(source, name, status) else None

    def _as_it_should_be(self, source: int, name: bytes, status: os.stat_result) -> bool:
        """Whether the former copy is what a new one would be, as far as that is seen unread."""
        try:
            # Opened: that takes half the time of a path through /proc for the attributes.
            kept = open_quietly(name, READ, self.fd)
            try:
                former = os.fstat(kept)
                return (
                    stat.S_ISREG(former.st_mode)
                    and former.st_size == status.st_size
                    and former.st_mode == status.st_mode
                    and former.st_uid == status.st_uid
                    and former.st_gid == status.st_gid
                    and former.st_mtime_ns == status.st_mtime_ns
                    and _attributes_of(source, name, status, kept)
                )
            finally:
                os.close(kept)
        except OSError:
            return False

    def _compared(self, source: int) -> tuple[int, ...]:
        """The folders in which a file is read before it is linked."""
        if self._paranoid:
            return self.fd, source
        return (self.fd,) if self._reread else ()

    def _digest(self, folder: int, name: bytes, path: bytes) -> bytes | None:
        if self._content is None:
            return None
        try:
            return digest_of(self._content, folder, name, path)
        except TooHollow:
            return None  # it is not linked to; the source itself is judged when it is copied


def _attributes_of(source: int, name: bytes, status: os.stat_result, kept: int) -> bool:
    """Whether an open file has the attributes of one in a folder, which still is what it was."""
    file = open_quietly(name, READ, source)
    try:
        # What a copy can't have is said of each copy: a link would say nothing.
        return (
            state_of(os.fstat(file)) == state_of(status)
            and same_xattrs(file, kept)
            and not flags_of(file)
        )
    finally:
        os.close(file)


def _identity(status: os.stat_result) -> tuple[int, int, int, int, int]:
    return (
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
    )
