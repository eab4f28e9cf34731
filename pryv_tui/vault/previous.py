"""Files that a former set holds already: linked to, instead of copied once more.

Each set looks and restores as a full one. What is shared is never written to: a later backup
changes nothing of the inode but its number of links, and removing a set removes names only.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Literal

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.vault.attributes import by_descriptor, same_xattrs
from pryv_tui.vault.content import ContentCopier, digest_of
from pryv_tui.vault.folders import FOLDER_FLAGS, FolderStack, open_quietly
from pryv_tui.vault.index import INDEX_NAME, IndexReader, check_list
from pryv_tui.vault.names import write_failed
from pryv_tui.vault.sums import SUMS_NAME
from pryv_tui.vault.tree_list import FILES_NAME

_NO_LINK = (
    errno.EMLINK,
    errno.EXDEV,
    errno.EPERM,
    errno.EOPNOTSUPP,
    errno.ENOENT,
    errno.ESTALE,
)
"""Too many names already, another file system, one without links, gone: the file is copied."""


Linking = Literal["unchanged", "paranoid", "full"]
"""What a backup links to a former set: what did not change by its times, that only where the bytes
are the same too, or nothing."""


class Base(msgspec.Struct, frozen=True, kw_only=True):
    """A machine's part of a set that was verified, to link to."""

    set_id: str
    folder: str
    """The part's own folder; it holds `files`."""
    index: str
    sums: str
    """SHA-256 of its lists, as `set.json` says."""


class Previous:
    """A former copy of the tree, walked along with its source."""

    def __init__(
        self, base: Base, content: ContentCopier | None = None, *, paranoid: bool = False
    ) -> None:
        """Open it.

        Args:
            base: the part of the set.
            content: reads files for `paranoid`.
            paranoid: believe no times: read the file and its former copy, and compare both.

        Raises:
            PryvTuiError: `set-damaged`, its lists are not what was written, or can't be read.
        """
        folder = Path(base.folder)
        check_list(folder / INDEX_NAME, base.index)
        check_list(folder / SUMS_NAME, base.sums)
        self._paranoid = paranoid
        self._content = content
        self._missing = 0
        """Folders on the way down that the former copy does not have."""
        self._index = IndexReader(folder, FILES_NAME.encode() + b"/")
        try:
            self._stack = FolderStack(open_quietly(os.fsencode(folder / FILES_NAME), FOLDER_FLAGS))
        except OSError as error:
            self._index.close()
            what = f"{folder / FILES_NAME} is no folder: {error.strerror}"
            raise PryvTuiError("set-damaged", what) from error

    def enter(self, name: bytes) -> None:
        """Go down along with the walk."""
        if self._missing:
            self._missing += 1
            return
        try:
            self._stack.enter(name)
        except OSError:
            self._missing = 1

    def leave(self) -> None:
        """Go up along with the walk."""
        if self._missing:
            self._missing -= 1
            return
        try:
            self._stack.leave()
        except OSError as error:
            raise PryvTuiError(
                "step-failed", f"the set that is linked to was moved: {error.strerror}"
            ) from error

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
        digest = self.unchanged(source, name, path, status)
        if digest is None:
            return None
        if self._paranoid and not self._same_bytes(source, name, path, digest):
            return None
        try:
            os.link(name, name, src_dir_fd=self._stack.fd, dst_dir_fd=target, follow_symlinks=False)
        except OSError as error:
            if error.errno in _NO_LINK:
                return None
            raise write_failed(path, error) from error
        return digest

    def unchanged(
        self, source: int, name: bytes, path: bytes, status: os.stat_result
    ) -> bytes | None:
        """The digest of a file that did not change since, its content unread; see `link`."""
        if self._missing:
            return None
        entry = self._index.take(path)
        if entry is None or not entry.settled or entry.at_source != _identity(status):
            return None
        return entry.digest if self._as_it_should_be(source, name, status) else None

    def _as_it_should_be(self, source: int, name: bytes, status: os.stat_result) -> bool:
        """Whether the former copy is what a new one would be, as far as that is seen unread."""
        try:
            former = os.stat(name, dir_fd=self._stack.fd, follow_symlinks=False)
            return (
                stat.S_ISREG(former.st_mode)
                and former.st_size == status.st_size
                and former.st_mode == status.st_mode
                and former.st_uid == status.st_uid
                and former.st_gid == status.st_gid
                and former.st_mtime_ns == status.st_mtime_ns
                and same_xattrs(by_descriptor(source, name), by_descriptor(self._stack.fd, name))
            )
        except OSError:
            return False

    def _same_bytes(self, source: int, name: bytes, path: bytes, digest: bytes) -> bool:
        content = self._content
        return content is not None and all(
            digest_of(content, folder, name, path) == digest for folder in (self._stack.fd, source)
        )

    def close(self) -> None:
        """Close what is open."""
        self._index.close()
        self._stack.close()


def _identity(status: os.stat_result) -> tuple[int, int, int, int, int]:
    return (
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
    )
