"""Walking down and up a tree by descriptors, so that no symbolic link can lead outside."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass

FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_ENCODING = sys.getfilesystemencoding()
_ERRORS = sys.getfilesystemencodeerrors()
KEPT_OPEN = 64
"""Descriptors one walk holds at most: a tree may be deeper than a process may open files."""


def open_quietly(name: bytes, flags: int, folder: int | None = None) -> int:
    """Open for reading without touching the access time where the system allows that.

    `O_NOATIME` is for the owner and root alone (open(2)); anybody else gets a plain open.
    """
    try:
        return os.open(name, flags | os.O_NOATIME, dir_fd=folder)
    except PermissionError:
        return os.open(name, flags, dir_fd=folder)


class FolderStack:
    """The folders from a tree's root down to the present one.

    Only the root and the innermost `kept_open` are held open. The way back up is `..`, believed
    only if it is the folder (device and inode) that the walk came from, and lies where that lay:
    the number of one that was removed may be another's by now.
    """

    def __init__(self, root: int, *, kept_open: int = KEPT_OPEN) -> None:
        """Take over `root`, an open folder; `close` closes it with the rest."""
        self._kept_open = kept_open
        self._fds = [root]
        self._status = [os.fstat(root)]
        self._names: list[bytes | None] = []
        """Of the folders below the root; None where one was handed over open."""

    @classmethod
    def beneath(cls, root: int, path: bytes) -> FolderStack:
        """One that begins below an open folder; raises `OSError`, also for a link on the way."""
        with folder_beneath(root, path + b"/" if path else b"") as folder:
            return cls(os.dup(folder))

    @property
    def fd(self) -> int:
        """The present folder's descriptor."""
        return self._fds[-1]

    @property
    def identity(self) -> tuple[int, int]:
        """The present folder's device and inode."""
        return _identity(self._status[-1])

    @property
    def status(self) -> os.stat_result:
        """The present folder as it was when it was entered."""
        return self._status[-1]

    @property
    def holder(self) -> os.stat_result:
        """The folder that holds the present one, as it was when it was entered."""
        return self._status[-2]

    def enter(self, name: bytes) -> None:
        """Go down into a folder; a symbolic link raises `OSError` (ELOOP or ENOTDIR)."""
        self.take(open_quietly(name, FOLDER_FLAGS, self._fds[-1]), name)

    def take(self, fd: int, name: bytes | None = None) -> None:
        """Go down into a folder of the present one that is open already; it is taken over."""
        self._fds.append(fd)
        self._status.append(os.fstat(fd))
        self._names.append(name)
        far = len(self._fds) - self._kept_open - 1
        if far > 0 and self._fds[far] >= 0:
            os.close(self._fds[far])
            self._fds[far] = -1

    def leave(self) -> None:
        """Go up; raises `OSError` (ESTALE) if the folder was moved elsewhere meanwhile."""
        os.close(self.part())

    def part(self) -> int:
        """Go up as `leave` does, and hand over the folder's descriptor instead of closing it."""
        if self._fds[-2] < 0:
            parent = os.open(b"..", FOLDER_FLAGS, dir_fd=self.fd)
            self._fds[-2] = parent
            identity = _identity(os.fstat(parent))
            if identity != _identity(self._status[-2]) or not self._lies_there():
                raise OSError(errno.ESTALE, "the folder was moved while it was walked")
        self._status.pop()
        self._names.pop()
        return self._fds.pop()

    def _lies_there(self) -> bool:
        """Whether the folder above the present one, by its names from the root on, is that which
        the walk came from.

        The last ones on the way there stay open, as on the way down: else the time for a chain of
        folders would grow with the square of its length.
        """
        last = len(self._fds) - 2
        kept: dict[int, int] = {}
        at = os.dup(self._fds[0])
        try:
            for number, name in enumerate(self._names[:-1], 1):
                if name is None:
                    return True  # nobody but us has it
                below = open_quietly(name, FOLDER_FLAGS, at)
                if last - self._kept_open < number - 1 < last and self._fds[number - 1] < 0:
                    kept[number - 1] = at
                else:
                    os.close(at)
                at = below
            there = _identity(os.fstat(at)) == _identity(self._status[last])
            for number in list(kept) if there else ():
                if _identity(os.fstat(kept[number])) == _identity(self._status[number]):
                    self._fds[number] = kept.pop(number)
            return there
        finally:
            for fd in (at, *kept.values()):
                os.close(fd)

    def close(self) -> None:
        """Close every descriptor that is still held."""
        for fd in self._fds:
            if fd >= 0:
                os.close(fd)
        self._fds.clear()


@contextmanager
def folder_beneath(root: int, path: bytes) -> Iterator[int]:
    """The descriptor of the folder that holds `path`, reached without following any link."""
    folder = os.dup(root)
    try:
        for part in path.split(b"/")[:-1]:
            below = open_quietly(part, FOLDER_FLAGS, folder)
            os.close(folder)
            folder = below
        yield folder
    finally:
        os.close(folder)


def listing(folder: int) -> tuple[list[bytes], list[bytes], set[bytes]]:
    """The names in a folder, sorted: all that is not a folder, and the folders; and which of the
    first are no regular file either, and must not be opened: for a tape that alone rewinds it.

    Sorted, so that every walk of equal trees takes the same order: lists made by one walk can be
    read along with another, a line at a time. Memory: the names of one folder.
    """
    others: list[bytes] = []
    folders: list[bytes] = []
    odd: set[bytes] = set()
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name.encode(_ENCODING, _ERRORS)
            if entry.is_dir(follow_symlinks=False):
                folders.append(name)
            else:
                others.append(name)
                if not entry.is_file(follow_symlinks=False):
                    odd.add(name)
    others.sort()
    folders.sort()
    return others, folders, odd


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""How a file is opened: not blocking, since a fifo put in its place must not hold anything up."""
CHUNK = 1 << 20
"""Bytes read at a time."""
