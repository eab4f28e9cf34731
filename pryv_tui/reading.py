"""Opening and reading files that others may have made, exchanged or damaged: the one place.

What lies where a file of ours belongs can be a pipe that nobody writes to, a device, a link to
`/dev/zero`, or have no end. Here only regular files are opened, without waiting for anybody, and
what is read whole has a limit. All of that is told as `OSError`, whose `strerror` says what it is,
so that a reader has one thing to expect. Want of descriptors or memory is another matter: it says
nothing of the file, and no reader may take it for a word about it (`ShortOfMeans`). Nor does want
of rights (`ShortOfRights`), or of a file server (`ServerGone`), where what is read is a set;
elsewhere that is an `OSError` as others.

No other module of this program opens a file for reading by itself; `tests/test_reading.py` holds
the few that have a reason.
"""

from __future__ import annotations

import errno
import io
import os
import stat
import time
from collections.abc import Callable, Iterator
from io import BufferedReader
from typing import IO, Any, Generic, TypeAlias, TypeVar

from pryv_tui.errors import PryvTuiError
from pryv_tui.phrases import counted

Place: TypeAlias = "str | bytes | os.PathLike[str]"
T = TypeVar("T")

SMALL = 12 << 20
"""Bytes of the largest file that is read whole: far more than any that this program writes, and
JSON of that size is held in less than 256 MB, whatever it is made of."""
LINE = 1 << 20
"""Bytes of the longest line of a list: a path is 4096 bytes at most (PATH_MAX), escaped twice
that, and only trees that are walked by descriptors have longer ones."""
MEANS = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)
"""What the system says when nothing could be opened or read now, whatever it was."""
RIGHTS = (errno.EACCES, errno.EPERM)
"""What the system says to a user that may not read what others may."""
GONE = (
    *(errno.ESTALE, errno.ENOTCONN, errno.ETIMEDOUT, errno.EHOSTDOWN, errno.EHOSTUNREACH),
    *(errno.ENETDOWN, errno.ENETUNREACH, errno.ESHUTDOWN),
    *(errno.ECONNRESET, errno.ECONNABORTED, errno.ECONNREFUSED),
)
"""What it says where the file server behind a mount is gone, and no disk. (A disk that is pulled
out says EIO, as one that can't read does.)"""

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
    """This process, or the machine, has no descriptor, no memory or no room left."""

    def __init__(self, what: str, remedy: str | None = None) -> None:
        super().__init__("means", what, remedy)


def look_for_means(error: OSError, place: Place = b"") -> None:
    """See that an error is not one of want; who would say something of a file because of it asks.

    Raises:
        ShortOfMeans: it is.
    """
    if error.errno in MEANS:
        raise ShortOfMeans(f"{_named(place)} can't be read now: {error.strerror}") from error


class ShortOfRights(PryvTuiError):
    """The user that this process runs as may not read something."""

    def __init__(self, what: str) -> None:
        super().__init__("rights", what)


class ServerGone(PryvTuiError):
    """The file server behind a mount does not answer any more."""

    def __init__(self, what: str) -> None:
        super().__init__("server-gone", what)


def need_word(error: OSError, place: Place = b"") -> None:
    """See that an error says something of what was to be read; who judges a set by it asks.

    Root asks as well: a file server may keep it out (`root_squash`, exports(5)).

    Raises:
        ShortOfMeans: it is this process's or this machine's want of something.
        ShortOfRights: it is this user's want of rights.
        ServerGone: it is a file server's, that is not there any more.
    """
    look_for_means(error, place)
    if error.errno in GONE:
        what = f"{_named(place)} can't be read: {error.strerror}. The file server of it is gone"
        raise ServerGone(what) from error
    if error.errno in RIGHTS:
        user = f"the user {os.geteuid()}" if os.geteuid() else "root"
        raise ShortOfRights(f"{_named(place)} can't be read by {user}: {error.strerror}") from error


def _named(place: Place) -> str:
    """A place as text, also where its name is none."""
    return os.fsencode(place).decode("utf-8", "backslashreplace") or "a file"


def open_regular(place: Place, *, folder: int | None = None, follow: bool = True) -> int:
    """The descriptor of a regular file, open for reading.

    It is looked at before it is opened, since to open a device can act on it, and afterwards again.

    Args:
        folder: an open folder that `place` is relative to.
        follow: whether it may be a symbolic link. Files of ours are none.

    Raises:
        OSError: it is not there, is no regular file, or may not be read.
        ShortOfMeans: nothing can be opened now.
    """
    try:
        try:
            status = os.stat(place, dir_fd=folder, follow_symlinks=follow)
        except ValueError as error:
            # A name out of a file of others, which may hold what no name can: a zero byte.
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
    """Raise `OSError`, with what it is, for a status that is no regular file's."""
    if stat.S_ISREG(status.st_mode):
        return
    kind = next((word for is_it, word in _KINDS if is_it(status.st_mode)), "something else")
    raise OSError(errno.EINVAL, f"it is {kind}, no regular file", os.fsdecode(place))


def open_file(
    place: Place, *, folder: int | None = None, follow: bool = True, buffer: int = -1
) -> BufferedReader:
    """The same as a file; the caller closes it, and bounds what it reads.

    Raises:
        OSError, ShortOfMeans: as `open_regular`.
    """
    descriptor = open_regular(place, folder=folder, follow=follow)
    size = buffer if buffer > 0 else io.DEFAULT_BUFFER_SIZE
    return BufferedReader(io.FileIO(descriptor, "rb"), size)


def read_whole(
    place: Place, *, folder: int | None = None, follow: bool = True, limit: int = SMALL
) -> bytes:
    """What a small file holds.

    Args:
        limit: bytes that it may have at most.

    Raises:
        OSError: as `open_regular`, and for one that is larger.
        ShortOfMeans: nothing can be opened, or not so much be held.
    """
    with open_file(place, folder=folder, follow=follow) as file:
        content = bytearray()
        try:
            # In pieces: of a file in /proc the kernel makes as much as it is asked for.
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
    """The lines of an open file, each with its end as far as it has one.

    Raises:
        ValueError: one is longer than `longest` bytes, which no line of a list is.
    """
    while line := file.readline(longest + 1):
        if len(line) > longest:
            raise ValueError(f"a line is longer than {counted(longest, 'byte')}")
        yield line


AT_REST_NS = 2 * 10**9
"""How long ago a file was changed for the last time that counts as it was: a second change within
one tick of the clock of its file system looks like the first, and some tick in seconds."""


class Remembered(Generic[T]):
    """What was made of small files of ours, for as long as they are what they were.

    Each question is answered from what lies there now: their status is asked for each time, and
    only where nothing of it has changed, since long enough, nothing is read again.
    """

    def __init__(self, make: Callable[..., T], keep: Callable[[T], bool] = lambda _: True) -> None:
        """
        Args:
            make: makes it of what it is given; what it raises is raised each time.
            keep: whether what was made depends on nothing but these files.
        """
        self._make = make
        self._keep = keep
        self._made: dict[Any, tuple[Any, T]] = {}

    def of(self, given: Any, *places: Place) -> T:
        """What is made of what is given, which is a key as well, and lies in these places."""
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
    """What tells these files from any others, and who asks; None where one of them is no regular
    file, can't be looked at, or was changed a moment ago."""
    seen: list[object] = [os.geteuid()]
    before = time.time_ns() - AT_REST_NS
    for place in places:
        try:
            now = os.lstat(place)
        except (OSError, ValueError):
            return None
        if not stat.S_ISREG(now.st_mode) or now.st_ctime_ns > before or now.st_mtime_ns > before:
            return None
        seen += (now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns, now.st_ctime_ns)
    return tuple(seen)
