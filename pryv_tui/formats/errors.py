"""Errors that the readers of this package raise for damaged or unreadable files."""

from __future__ import annotations

import os
from pathlib import Path

from pryv_tui.filesystem.paths import printable
from pryv_tui.reading import need_word


class FormatError(Exception):
    """A file of a store's dump or data is damaged, or has another format.

    Args:
        path: the file or folder.
        where: the place of the problem: a byte offset, or a name within the file.
        what: what is wrong there.
    """

    def __init__(self, path: Path, where: int | str, what: str) -> None:
        self.path = path
        self.where = where
        self.what = what
        place = f"byte {where}" if isinstance(where, int) else where
        super().__init__(f"{printable(bytes(path))}, {place}: {what}" if place else what)


class StandsBehind(FormatError):
    """A file is valid, but more bytes follow its end.

    Args:
        where: the byte at which the file should end.
    """

    def __init__(self, path: Path, where: int, what: str) -> None:
        super().__init__(path, where, what)
        self.end = where


def unread(path: Path, error: OSError) -> FormatError:
    """Make the error for a file or a folder that can't be read.

    Raises:
        ShortOfMeans, ShortOfRights: instead, if the cause is this process, machine or user: then
        nothing is known about the file.
        ServerGone: instead, if the file server is gone.
    """
    need_word(error, path)
    return FormatError(path, path.name, error.strerror or os.strerror(error.errno or 0))
