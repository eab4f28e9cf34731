"""Walk a tree up and down by descriptors, so that no symbolic link can lead outside."""

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
"""Most descriptors that one walk keeps open: a tree may be deeper than the limit of open files."""


def open_quietly(name: bytes, flags: int, folder: int | None = None) -> int:
    """Open for reading, without updating the access time if the system allows that.

    Only the owner and root may use `O_NOATIME` (open(2)); for others it is a plain open.
    """
    try:
        return os.open(name, flags | os.O_NOATIME, dir_fd=folder)
    except PermissionError:
        return os.open(name, flags, dir_fd=folder)


class FolderStack:
    """The folders from a tree's root down to the current one.

    Only the root and the innermost `kept_open` folders stay open. Going up opens `..` and checks
    that it is the folder that was entered, by device and inode, and by its place below the root:
    the inode numbers of removed folders are reused.
    """

    def __init__(self, root: int, *, kept_open: int = KEPT_OPEN) -> None:
        """Take over `root`, the descriptor of an open folder; `close` closes it with the rest."""
        self._kept_open = kept_open
        self._fds = [root]
        self._status = [os.fstat(root)]
        self._names: list[bytes | None] = []
        """Names of the folders below the root; None if the caller handed over an open
        descriptor."""

    @classmethod
    def beneath(cls, root: int, path: bytes) -> FolderStack:
        """Make a stack that starts in a folder below an open one.

        Raises:
            OSError: the folder can't be entered, or a link is on the way.
        """
        with folder_beneath(root, path + b"/" if path else b"") as folder:
            return cls(os.dup(folder))

    @property
    def fd(self) -> int:
        """The current folder's descriptor."""
        return self._fds[-1]

    @property
    def identity(self) -> tuple[int, int]:
        """The current folder's device and inode."""
        return _identity(self._status[-1])

    @property
    def status(self) -> os.stat_result:
        """The current folder's status when it was entered."""
        return self._status[-1]

    @property
    def holder(self) -> os.stat_result:
        """The status of the current folder's parent, when that was entered."""
        return self._status[-2]

    def enter(self, name: bytes) -> None:
        """Go down into a folder. A symbolic link raises `OSError` (ELOOP or ENOTDIR)."""
        self.take(open_quietly(name, FOLDER_FLAGS, self._fds[-1]), name)

    def take(self, fd: int, name: bytes | None = None) -> None:
        """Go down into a subfolder that is open already, and take over its descriptor."""
        self._fds.append(fd)
        self._status.append(os.fstat(fd))
        self._names.append(name)
        far = len(self._fds) - self._kept_open - 1
        if far > 0 and self._fds[far] >= 0:
            os.close(self._fds[far])
            self._fds[far] = -1

    def leave(self) -> None:
        """Go up. Raises `OSError` (ESTALE) if the folder was moved in the meantime."""
        os.close(self.part())

    def part(self) -> int:
        """Go up like `leave`, but return the left folder's descriptor instead of closing it."""
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
        """Whether the parent folder, looked up by names from the root, is the one entered before.

        The last ancestors opened by this look-up stay open: otherwise the time for a deep chain of
        folders would grow with the square of its depth.
        """
        last = len(self._fds) - 2
        kept: dict[int, int] = {}
        at = os.dup(self._fds[0])
        try:
            for number, name in enumerate(self._names[:-1], 1):
                if name is None:
                    return True  # only this process has its descriptor: nobody can move it
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
        """Close all descriptors."""
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
    """Return the names in a folder: first all that are not folders, then the folders, each sorted.

    The third value has those names of the first that are not regular files. They must not be
    opened: opening a tape device rewinds it. Since names are sorted, two walks of equal trees have
    the same order, and their lists can be compared line by line. Memory: the names of one folder.
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
"""Flags for opening a file to read, without blocking if a fifo was put in its place."""
CHUNK = 1 << 20
"""Bytes read at a time."""
