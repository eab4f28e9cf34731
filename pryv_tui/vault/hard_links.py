"""Names that share one file: the first is copied, the others are linked to it."""

from __future__ import annotations

import errno
import os

from pryv_tui.vault.folders import folder_beneath

_CANT = (errno.EMLINK, errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP)


class HardLinks:
    """Files with several names, kept only until their last name was met."""

    def __init__(self, root: int) -> None:
        """Take over `root`, the destination's root, open."""
        self.root = root
        self._met: dict[tuple[int, int], tuple[int, bytes, bytes]] = {}

    def known(self, status: os.stat_result) -> tuple[bytes, bytes] | None:
        """The path at the destination and the digest of a file met before under another name."""
        key = (status.st_dev, status.st_ino)
        found = self._met.get(key)
        if found is None:
            return None
        awaited, path, digest = found
        if awaited == 1:
            del self._met[key]
        else:
            self._met[key] = (awaited - 1, path, digest)
        return path, digest

    def remember(self, status: os.stat_result, path: bytes, digest: bytes) -> None:
        """Note a file that was copied and has further names."""
        if status.st_nlink > 1:
            self._met[(status.st_dev, status.st_ino)] = (status.st_nlink - 1, path, digest)

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
