"""The former copy of one folder: what of it a new copy links to."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable

from pryv_tui.vault.attributes import by_descriptor, same_xattrs
from pryv_tui.vault.content import ContentCopier, digest_of
from pryv_tui.vault.names import write_failed

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
        paranoid: bool,
    ) -> None:
        """Link to the files of a folder.

        Args:
            folder: it, open.
            find: what the former set says of a file of that name.
            content: reads files for `paranoid`.
            paranoid: see `Previous`.
        """
        self.fd = folder
        self._find = find
        self._content = content
        self._paranoid = paranoid

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
        digest = self.unchanged(source, name, status)
        if digest is None:
            return None
        if self._paranoid and not self._same_bytes(source, name, path, digest):
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
            former = os.stat(name, dir_fd=self.fd, follow_symlinks=False)
            return (
                stat.S_ISREG(former.st_mode)
                and former.st_size == status.st_size
                and former.st_mode == status.st_mode
                and former.st_uid == status.st_uid
                and former.st_gid == status.st_gid
                and former.st_mtime_ns == status.st_mtime_ns
                and same_xattrs(by_descriptor(source, name), by_descriptor(self.fd, name))
            )
        except OSError:
            return False

    def _same_bytes(self, source: int, name: bytes, path: bytes, digest: bytes) -> bool:
        content = self._content
        return content is not None and all(
            digest_of(content, folder, name, path) == digest for folder in (self.fd, source)
        )


def _identity(status: os.stat_result) -> tuple[int, int, int, int, int]:
    return (
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
    )
