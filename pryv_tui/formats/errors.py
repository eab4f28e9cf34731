"""What a file that is not what its name says is told as."""

from __future__ import annotations

import os
from pathlib import Path

from pryv_tui.filesystem.paths import printable
from pryv_tui.reading import need_word


class FormatError(Exception):
    """A file of a store's dump or data can't be read as what it should be.

    Args:
        path: the file or folder.
        where: how far reading came: a byte offset, or what in the file it is about.
        what: what is wrong there.
    """

    def __init__(self, path: Path, where: int | str, what: str) -> None:
        self.path = path
        self.where = where
        self.what = what
        place = f"byte {where}" if isinstance(where, int) else where
        super().__init__(f"{printable(bytes(path))}, {place}: {what}" if place else what)


class StandsBehind(FormatError):
    """Something stands behind the end of what was read, which is whole by itself.

    Args:
        where: the byte at which it ends.
    """

    def __init__(self, path: Path, where: int, what: str) -> None:
        super().__init__(path, where, what)
        self.end = where


def unread(path: Path, error: OSError) -> FormatError:
    """What is said of a file or a folder that the system does not let be read.

    Raises:
        ShortOfMeans, ShortOfRights: that is because of this process, machine or user, and says
            nothing of the file.
    """
    need_word(error, path)
    return FormatError(path, path.name, error.strerror or os.strerror(error.errno or 0))
