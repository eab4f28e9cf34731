"""Copy the content of one open file: read, hash and write it in one pass."""

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
    """A read buffer for each thread. It is freed with its thread, even while objects of a copy
    still wait for the garbage collector. It grows with the largest file so far, since allocating a
    full buffer costs more than copying a few small files."""

    view = memoryview(b"")

    def of(self, count: int) -> memoryview:
        """Return the first `count` bytes of the buffer; at most `CHUNK`."""
        if count > len(self.view):
            self.view = memoryview(bytearray(1 << (max(_LEAST, count) - 1).bit_length()))
        return self.view[:count]


_BUFFER = _Buffer()


class ContentCopier:
    """Copy the content of files through this thread's buffer."""

    def __init__(
        self,
        cancel: CancelToken | None,
        tell: Callable[[int], None],
        *,
        most_holes: int = MOST_HOLES,
    ) -> None:
        """Prepare to copy.

        Args:
            cancel: ends a copy between two chunks.
            tell: called with the bytes done, after each chunk.
            most_holes: files with more bytes of holes than this are refused.
        """
        self._most_holes = most_holes
        self._cancel = cancel
        self._tell = tell

    def copy(self, source: int, target: int, size: int, *, sparse: bool, path: bytes) -> bytes:
        """Copy up to `size` bytes from one descriptor to another, from the start of both.

        If the file shrinks in the meantime, it is copied up to its new end.

        Args:
            source: open for reading.
            target: open for writing; existing content beyond the end is cut off if `sparse`.
            size: most bytes to copy.
            sparse: leave holes where the source has holes.
            path: the file's name in errors.

        Returns:
            The SHA-256 digest of what was written.

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
        """Return the SHA-256 digest of an open file, from its position to its end.

        If `size` (the size at opening) is smaller than the buffer, and the first read returns
        exactly so many bytes, the file is taken to end there. That saves a second read for small
        files.
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
        """Copy the bytes from `start` to `end`. Return where the copy ended, which is earlier if
        the source ended earlier."""
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
    """Return the SHA-256 digest of a file in an open folder.

    None if the file can't be read, is gone, or is not a regular file.

    Raises:
        Cancelled: between two chunks.
        TooHollow: the file has too many bytes of holes.
        ShortOfMeans: descriptors or memory ran out.
        ShortOfRights: this user may not read the file.
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
        if isinstance(error.__cause__, OSError):  # a file server may refuse access only now
            need_word(error.__cause__, path)
        return None
    finally:
        os.close(fd)


def has_holes(fd: int, size: int, path: bytes) -> bool:
    """Whether an open file has holes before `size`; the file's position is reset to its start.

    The number of blocks that the file occupies doesn't tell: some may be reserved beyond its end
    (fallocate(2)).
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
    """Return start and end of the next data at or after `at`; both are `size` if only a hole
    follows."""
    try:
        start = os.lseek(fd, at, os.SEEK_DATA)
        end = os.lseek(fd, start, os.SEEK_HOLE)
        os.lseek(fd, min(start, size), os.SEEK_SET)
    except OSError as error:
        if error.errno == errno.ENXIO:  # no data from here to the end (lseek(2))
            return size, size
        raise read_failed(path, error) from error
    return min(start, size), min(end, size)
