"""Names that share one file: the first is copied, the others are linked to it.

Device and inode alone don't tell that two names share a file: the first one may be gone by now,
and its number another file's. What was seen under the first name has to be what is seen now, to
the time of its last change; where that is no proof, the content is compared too.
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
    """A file that was copied under another name."""

    path: bytes
    """At the destination."""
    digest: bytes
    """Of its content; of a symbolic link where it leads."""
    certain: bool
    """Nothing happened to it since: what was copied is what any of its names leads to now."""
    other: bool = False
    """It changed since, or its number is another file's by now: it is no other name of this one."""
    rights: str = ""
    """As in `Copied`."""


class _Kept(NamedTuple):
    awaited: int
    path: bytes
    digest: bytes
    state: State
    rights: str


class HardLinks:
    """Files with several names that were copied under one of them, so that the others become links
    to it; each is forgotten when its last name was met."""

    def __init__(self, root: int) -> None:
        """Take over `root`, the destination's root, open."""
        self.root = root
        self.hashed = False
        """Each file's content is compared with a hash of its own: then the time of its last change
        need not be the same. Sets that share a file change it for each other."""
        self._calm_ns = calm_before()
        self._met: dict[tuple[int, int], _Kept] = {}

    def known(self, status: os.stat_result) -> Met | None:
        """A file met before under another name; one that is another by now is forgotten."""
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
        """Note a file that was copied, as a whole, and has further names.

        Args:
            status: the file's, from after its content was read.
            path: the one that was copied, at the destination.
            digest: see `Met`.
            rights: likewise.
        """
        if status.st_nlink > 1:
            self._met[(status.st_dev, status.st_ino)] = _Kept(
                status.st_nlink - 1, path, digest, state_of(status), rights
            )

    def link(self, first: bytes, folder: int, name: bytes) -> bool:
        """Give the copy at `first` another name; false if the file system can't."""
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
        """Close the destination's root."""
        os.close(self.root)
