"""What every reader of this folder raises where a file is not what it should be."""

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
    """A file is whole, but more bytes follow where it should end.

    Args:
        where: the byte at which it should end.
    """

    def __init__(self, path: Path, where: int, what: str) -> None:
        super().__init__(path, where, what)
        self.end = where


def unread(path: Path, error: OSError) -> FormatError:
    """The error for a file or a folder that the system did not let us read.

    Raises:
        ShortOfMeans, ShortOfRights: instead, where that is because of this process, machine or
            user, and says nothing about the file.
    """
    need_word(error, path)
    return FormatError(path, path.name, error.strerror or os.strerror(error.errno or 0))
