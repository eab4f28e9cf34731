"""Open and read files that others may have made, replaced or damaged. Only this module does so.

Instead of a file of ours there may be a pipe that nobody writes to, a device, a link to
`/dev/zero`, or a file without end. Here only regular files are opened, without blocking, and whole
reads have a limit. Each such problem is an `OSError` whose `strerror` says what it is, so a reader
has one error to expect. Lack of descriptors or memory says nothing about the file, so it is another
error (`ShortOfMeans`). In a set, so are missing permissions (`ShortOfRights`) and a lost file
server (`ServerGone`); elsewhere these are plain `OSError`s.

No other module opens a file for reading by itself; `tests/test_reading.py` lists the few exceptions
with a reason.
"""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Callable, Iterator
from io import BufferedReader
from typing import IO, Any, Generic, TypeAlias, TypeVar

from pryv_tui.clock import now_ns
from pryv_tui.errors import PryvTuiError
from pryv_tui.phrases import counted

Place: TypeAlias = "str | bytes | os.PathLike[str]"
T = TypeVar("T")

SMALL = 12 << 20
"""Size limit in bytes of a file that is read whole: far larger than any that this program writes.
Any JSON of that size takes less than 256 MB of memory."""
LINE = 1 << 20
"""Size limit in bytes of a line in a list. A path has 4096 bytes at most (PATH_MAX), escaped twice
as many; only trees that are walked by descriptors have longer ones."""
MEANS = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)
"""Error numbers for lack of descriptors or memory: nothing at all could be opened or read now."""
RIGHTS = (errno.EACCES, errno.EPERM)
"""Error numbers for a user who may not read what others may."""
GONE = (
    *(errno.ESTALE, errno.ENOTCONN, errno.ETIMEDOUT, errno.EHOSTDOWN, errno.EHOSTUNREACH),
    *(errno.ENETDOWN, errno.ENETUNREACH, errno.ESHUTDOWN),
    *(errno.ECONNRESET, errno.ECONNABORTED, errno.ECONNREFUSED),
)
"""Error numbers of a mount whose file server is gone; no local disk gives them. (A disk that was
pulled out gives EIO, like one that can't be read.)"""

_KINDS = (
    (stat.S_ISLNK, "a link"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_PIECE = 1 << 16
_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


class ShortOfMeans(PryvTuiError):
    """The error for a process, or a machine, that has no descriptor, no memory or no space left."""

    def __init__(self, what: str, remedy: str | None = None) -> None:
        super().__init__("means", what, remedy)


def look_for_means(error: OSError, place: Place = b"") -> None:
    """Raise an error for lack of descriptors or memory. Call this before an error is taken for a
    fact about a file.

    Raises:
        ShortOfMeans: the error is one of `MEANS`.
    """
    if error.errno in MEANS:
        raise ShortOfMeans(f"{_named(place)} can't be read now: {error.strerror}") from error


class ShortOfRights(PryvTuiError):
    """The error if the user that this process runs as may not read something."""

    def __init__(self, what: str) -> None:
        super().__init__("rights", what)


class ServerGone(PryvTuiError):
    """The error if the file server behind a mount does not answer any more."""

    def __init__(self, what: str) -> None:
        super().__init__("server-gone", what)


def need_word(error: OSError, place: Place = b"") -> None:
    """Raise an error that says nothing about what was to be read. Call this before a set is judged
    by an error.

    This applies to root too: a file server may refuse it (`root_squash`, exports(5)).

    Raises:
        ShortOfMeans: this process or machine lacks descriptors or memory.
        ShortOfRights: this user may not read it.
        ServerGone: the file server is gone.
    """
    look_for_means(error, place)
    if error.errno in GONE:
        what = f"{_named(place)} can't be read: {error.strerror}. The file server of it is gone"
        raise ServerGone(what) from error
    if error.errno in RIGHTS:
        user = f"the user {os.geteuid()}" if os.geteuid() else "root"
        raise ShortOfRights(f"{_named(place)} can't be read by {user}: {error.strerror}") from error


def _named(place: Place) -> str:
    """Return a path as text, even if it is not valid text."""
    return os.fsencode(place).decode("utf-8", "backslashreplace") or "a file"


def open_regular(place: Place, *, folder: int | None = None, follow: bool = True) -> int:
    """Open a regular file for reading. Return its descriptor.

    Its status is checked before it is opened, since opening a device can act on it, and again
    afterwards.

    Args:
        folder: an open folder that `place` is relative to.
        follow: whether `place` may be a symbolic link. Files of ours never are.

    Raises:
        OSError: the file does not exist, is not a regular file, or may not be read.
        ShortOfMeans: nothing can be opened now.
    """
    try:
        try:
            status = os.stat(place, dir_fd=folder, follow_symlinks=follow)
        except ValueError as error:
            # A name from a file of others may contain what no file name can: a zero byte.
            raise OSError(errno.EINVAL, f"no file can have that name: {error}") from error
        need_regular(status, place)
        descriptor = os.open(place, _FLAGS | (0 if follow else os.O_NOFOLLOW), dir_fd=folder)
    except OSError as error:
        look_for_means(error, place)
        raise
    try:
        need_regular(os.fstat(descriptor), place)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def need_regular(status: os.stat_result, place: Place) -> None:
    """Refuse the status of what is not a regular file.

    Raises:
        OSError: with the kind of file.
    """
    if stat.S_ISREG(status.st_mode):
        return
    kind = next((word for is_it, word in _KINDS if is_it(status.st_mode)), "something else")
    raise OSError(errno.EINVAL, f"it is {kind}, no regular file", os.fsdecode(place))


def open_file(
    place: Place, *, folder: int | None = None, follow: bool = True, buffer: int = -1
) -> BufferedReader:
    """Open a regular file as a buffered reader. The caller closes it, and limits how much is read.

    Raises:
        OSError, ShortOfMeans: as `open_regular`.
    """
    descriptor = open_regular(place, folder=folder, follow=follow)
    size = buffer if buffer > 0 else io.DEFAULT_BUFFER_SIZE
    return BufferedReader(io.FileIO(descriptor, "rb"), size)


def read_whole(
    place: Place, *, folder: int | None = None, follow: bool = True, limit: int = SMALL
) -> bytes:
    """Return the content of a small file.

    Args:
        limit: the largest size accepted, in bytes.

    Raises:
        OSError: as `open_regular`, and for a larger file.
        ShortOfMeans: nothing can be opened, or memory is short.
    """
    with open_file(place, folder=folder, follow=follow) as file:
        content = bytearray()
        try:
            # In pieces: for a file in /proc, the kernel generates as much as is requested.
            while len(content) <= limit and (piece := file.read(min(_PIECE, limit + 1))):
                content += piece
        except OSError as error:
            look_for_means(error, place)
            raise
        except MemoryError:
            raise ShortOfMeans(f"there is no memory to read {_named(place)}") from None
    if len(content) > limit:
        what = f"it is larger than {counted(limit, 'byte')}, which none of its kind is"
        raise OSError(errno.EFBIG, what, os.fsdecode(place))
    return bytes(content)


def lines_of(file: IO[bytes], longest: int = LINE) -> Iterator[bytes]:
    """Yield the lines of an open file, each with its newline if it has one.

    Raises:
        ValueError: a line is longer than `longest` bytes, which no line of a list is.
    """
    while line := file.readline(longest + 1):
        if len(line) > longest:
            raise ValueError(f"a line is longer than {counted(longest, 'byte')}")
        yield line


AT_REST_NS = 2 * 10**9
"""Nanoseconds since a file's last change after which its status is trusted. Two changes within one
tick of its file system's clock look like one, and some clocks tick in seconds."""
AT_REST_FINE_NS = 10**8
"""The same limit if the time of the change is not whole milliseconds: then the clock ticks with the
kernel, at least every 10 milliseconds (CONFIG_HZ of 100)."""


class Remembered(Generic[T]):
    """A cache of values made from small files of ours, valid while the files are unchanged.

    Each call checks the status of the files. They are read again unless the status is the same and
    the last change is long enough ago.
    """

    def __init__(self, make: Callable[..., T], keep: Callable[[T], bool] = lambda _: True) -> None:
        """Create an empty cache.

        Args:
            make: makes the value from its argument; its exceptions are raised each time.
            keep: whether a value depends only on these files, so that it may be cached.
        """
        self._make = make
        self._keep = keep
        self._made: dict[Any, tuple[Any, T]] = {}

    def of(self, given: Any, *places: Place) -> T:
        """Return the value made from `given`, which is also its key in the cache.

        Args:
            places: the files that the value depends on.
        """
        seen = _at_rest(places)
        known = self._made.get(given)
        if known is not None and known[0] == seen:
            return known[1]
        made = self._make(given)
        if seen is not None and self._keep(made):
            if len(self._made) >= _MOST_REMEMBERED:
                self._made.clear()
            self._made[given] = seen, made
        return made


_MOST_REMEMBERED = 2000


def _at_rest(places: tuple[Place, ...]) -> tuple[object, ...] | None:
    """Return a fingerprint of the status of these files and of the present user. None if one is not
    a regular file, can't be checked, or was changed a moment ago."""
    seen: list[object] = [os.geteuid()]
    moment = now_ns()
    for place in places:
        try:
            now = os.lstat(place)
        except (OSError, ValueError):
            return None
        changed = now.st_ctime_ns
        rest = AT_REST_FINE_NS if changed % 10**6 else AT_REST_NS
        if not stat.S_ISREG(now.st_mode) or max(changed, now.st_mtime_ns) > moment - rest:
            return None
        seen += (now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns, changed)
    return tuple(seen)
