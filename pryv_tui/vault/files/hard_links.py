"""Names that share one file: the first is copied, the others are hard-linked to that copy.

Equal device and inode are no proof: the first file may be gone, and its inode number reused. So the
states under both names must be equal, ctime included; where ctime is no proof, the content is
compared too.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import NamedTuple

from pryv_tui.filesystem.folders import folder_beneath
from pryv_tui.filesystem.same_file import State, calm_before, state_of

_CANT = (errno.EMLINK, errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP)


class Met(NamedTuple):
    """A file that was copied under another name earlier in this copy."""

    path: bytes
    """The file's path at the destination."""
    digest: bytes
    """SHA-256 of its content; for a symbolic link, where it leads."""
    certain: bool
    """Whether it is proven that the file did not change since then, so that the copy fits each of
    its names."""
    other: bool = False
    """True if the file changed since then, or its inode number was reused: then this is not a name
    of that file."""
    rights: str = ""
    """The rights that the copy grants to whoever executes it, as in `Copied`."""


class _Kept(NamedTuple):
    awaited: int
    path: bytes
    digest: bytes
    state: State
    rights: str


class HardLinks:
    """Files with several names that were copied under one of them; the others become links to it.

    A file is forgotten when its last name was met."""

    def __init__(self, root: int) -> None:
        """Take over `root`, the open descriptor of the destination's root."""
        self.root = root
        self.hashed = False
        """Whether each file is compared with its own hash: then ctime may differ. Sets that share a
        file change its ctime for each other."""
        self._calm_ns = calm_before()
        self._met: dict[tuple[int, int], _Kept] = {}

    def known(self, status: os.stat_result) -> Met | None:
        """Return the file copied before under another name of this file, if any. If it changed
        since then, it is forgotten (`other` is set)."""
        key = (status.st_dev, status.st_ino)
        found = self._met.get(key)
        if found is None:
            return None
        if self._kept(found.state) != self._kept(state_of(status)):
            del self._met[key]
            return Met(found.path, found.digest, certain=False, other=True)
        if found.awaited == 1:
            del self._met[key]
        else:
            self._met[key] = found._replace(awaited=found.awaited - 1)
        hashed = self.hashed and stat.S_ISREG(status.st_mode)
        certain = hashed or status.st_ctime_ns < self._calm_ns
        return Met(found.path, found.digest, certain, rights=found.rights)

    def _kept(self, state: State) -> State:
        return (*state[:-1], 0) if self.hashed else state

    def remember(
        self, status: os.stat_result, path: bytes, digest: bytes, rights: str = ""
    ) -> None:
        """Record a file that was copied completely and has further names.

        Args:
            status: the file's status, taken after its content was read.
            path: its path at the destination.
            digest: see `Met`.
            rights: see `Copied`.
        """
        if status.st_nlink > 1:
            self._met[(status.st_dev, status.st_ino)] = _Kept(
                status.st_nlink - 1, path, digest, state_of(status), rights
            )

    def link(self, first: bytes, folder: int, name: bytes) -> bool:
        """Hard-link a name to the copy at `first`. Return False if the file system can't."""
        try:
            with folder_beneath(self.root, first) as holder:
                last = first.rpartition(b"/")[2]
                os.link(last, name, src_dir_fd=holder, dst_dir_fd=folder, follow_symlinks=False)
        except OSError as error:
            if error.errno in _CANT:
                return False
            raise
        return True

    def close(self) -> None:
        """Close the destination's root folder."""
        os.close(self.root)
