"""Copying the content of one open file: read, hashed and written in one pass."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.filesystem.folders import CHUNK, READ, open_quietly
from pryv_tui.filesystem.holes import MOST_HOLES, TooHollow, need_readable
from pryv_tui.filesystem.paths import read_failed, reading, writing
from pryv_tui.reading import ShortOfMeans, need_word
from pryv_tui.vault.files.types import CancelToken

if TYPE_CHECKING:
    from hashlib import _Hash


_ZEROS = memoryview(bytes(CHUNK))


_LEAST = 1 << 16


class _Buffer(threading.local):
    """Each thread's own: it goes with the thread, whatever of a copy still waits for a look at
    garbage. It is as large as the largest file so far needs: a whole one costs more than to copy
    a few small files."""

    view = memoryview(b"")

    def of(self, count: int) -> memoryview:
        """Its first bytes, as many as that: `CHUNK` at most."""
        if count > len(self.view):
            self.view = memoryview(bytearray(1 << (max(_LEAST, count) - 1).bit_length()))
        return self.view[:count]


_BUFFER = _Buffer()


class ContentCopier:
    """Copies file contents through the buffer of its thread."""

    def __init__(
        self,
        cancel: CancelToken | None,
        tell: Callable[[int], None],
        *,
        most_holes: int = MOST_HOLES,
    ) -> None:
        """Stop when `cancel` is set; `tell` receives the bytes done, chunk by chunk; a file with
        more bytes of holes than `most_holes` is refused."""
        self._most_holes = most_holes
        self._cancel = cancel
        self._tell = tell

    def copy(self, source: int, target: int, size: int, *, sparse: bool, path: bytes) -> bytes:
        """Copy `size` bytes of one descriptor to another, from the start of both.

        A file that shrinks meanwhile is copied to its new end.

        Args:
            source: open for reading.
            target: open for writing; empty, or longer content is cut off.
            size: bytes to copy at most.
            sparse: leave holes where the source has holes.
            path: what to call the file in errors.

        Returns:
            the SHA-256 digest of what was written.

        Raises:
            PryvTuiError: `unreadable`, `disk-full`, `step-failed`.
            Cancelled: between two chunks.
        """
        digest = hashlib.sha256()
        done = 0
        if sparse:
            need_readable(source, size, path, self._most_holes)
        while done < size:
            start, end = _next_data(source, done, size, path) if sparse else (done, size)
            if start > done:
                self._hole(start - done, digest)
                with reading(path):
                    os.lseek(source, start, os.SEEK_SET)
                with writing(path):
                    os.lseek(target, start, os.SEEK_SET)
            done = self._data(source, target, start, end, digest, path)
            if done < end:
                break
        if sparse:
            with writing(path):
                os.ftruncate(target, done)
        return digest.digest()

    def digest(self, source: int, path: bytes, size: int = -1) -> bytes:
        """The SHA-256 digest of an open file, from where it stands to its end.

        Where one read brings `size` bytes, its size as it was opened, and there was room for more,
        that is its end: a small file is not read a second time to be told so.
        """
        length = size
        if size < 0 or size > CHUNK:
            length = os.fstat(source).st_size
            need_readable(source, length, path, self._most_holes)
        room = min(CHUNK, max(_LEAST, length + 1))
        digest = hashlib.sha256()
        first = True
        while count := self._read(source, room, path):
            digest.update(_BUFFER.of(count))
            self._tell(count)
            if first and count == size < CHUNK:
                break
            first = False
        return digest.digest()

    def stop_if_asked(self) -> None:
        """Raise `Cancelled` if somebody cancelled the copy."""
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled()

    def _data(
        self, source: int, target: int, start: int, end: int, digest: _Hash, path: bytes
    ) -> int:
        """Copy from `start` to `end`; returns where the source ended if that was before."""
        while start < end:
            count = self._read(source, min(CHUNK, end - start), path)
            if count == 0:
                break
            data = _BUFFER.of(count)
            digest.update(data)
            with writing(path):
                written = os.write(target, data)
                while written < count:
                    written += os.write(target, data[written:])
            start += count
            self._tell(count)
        return start

    def _read(self, source: int, count: int, path: bytes) -> int:
        self.stop_if_asked()
        with reading(path):
            return os.readv(source, [_BUFFER.of(count)])

    def _hole(self, length: int, digest: _Hash) -> None:
        while length:
            self.stop_if_asked()
            count = min(length, CHUNK)
            digest.update(_ZEROS[:count])
            self._tell(count)
            length -= count


def digest_of(content: ContentCopier, holder: int, name: bytes, path: bytes) -> bytes | None:
    """The SHA-256 digest of a file in an open folder; `None` if it can't be read (any more), or is
    no regular file.

    Raises:
        Cancelled: between two chunks.
        TooHollow: it is too long for the little that it holds.
        ShortOfMeans: there are too few descriptors, or too little memory, to open it.
        ShortOfRights: this user may not.
    """
    try:
        fd = open_quietly(name, READ, holder)
    except OSError as error:
        need_word(error, path)
        return None
    try:
        status = os.fstat(fd)
        return content.digest(fd, path, status.st_size) if stat.S_ISREG(status.st_mode) else None
    except (Cancelled, ShortOfMeans, TooHollow):
        raise
    except PryvTuiError as error:
        if isinstance(error.__cause__, OSError):  # a file server may ask for rights only now
            need_word(error.__cause__, path)
        return None
    finally:
        os.close(fd)


def has_holes(fd: int, size: int, path: bytes) -> bool:
    """Whether an open file of that size has holes; it stands at its start then.

    How much it occupies does not tell: blocks can be reserved behind its end (fallocate(2)).
    """
    if not size:
        return False
    try:
        hole = os.lseek(fd, 0, os.SEEK_HOLE)
        os.lseek(fd, 0, os.SEEK_SET)
    except OSError as error:
        if error.errno == errno.ENXIO:  # it has become shorter
            return False
        raise read_failed(path, error) from error
    return hole < size


def _next_data(fd: int, at: int, size: int, path: bytes) -> tuple[int, int]:
    """Where the next data starts and ends, from `at` on; both `size` when a hole ends the file."""
    try:
        start = os.lseek(fd, at, os.SEEK_DATA)
        end = os.lseek(fd, start, os.SEEK_HOLE)
        os.lseek(fd, min(start, size), os.SEEK_SET)
    except OSError as error:
        if error.errno == errno.ENXIO:  # no data from here to the end (lseek(2))
            return size, size
        raise read_failed(path, error) from error
    return min(start, size), min(end, size)
