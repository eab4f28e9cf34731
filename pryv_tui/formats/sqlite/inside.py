"""Let SQLite work on a database that others may replace, without leaving the database's folder.

SQLite opens files only by name. It turns each name into an absolute path, following links
(os_unix.c, `unixFullPathname`), and opens the database and its companions by that path. Anybody who
can write in the folder, or in one above, could make it read any file as root, and create files
beside that. And a named pipe in their place would block it for ever.

So SQLite opens the files in a thread whose root is that very folder: unshare(2) with CLONE_FS, then
chroot(2), which affects this thread only. That needs root. For other users SQLite can't do more
than the user may; a check afterwards shows which file it opened.
"""

from __future__ import annotations

import ctypes
import os
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from pryv_tui.filesystem.attributes import by_descriptor
from pryv_tui.formats.sqlite.names import COMPANIONS

# For types only: most processes that load this module copy files, and never need sqlite3.
if TYPE_CHECKING:
    import sqlite3

T = TypeVar("T")


class Waits(NamedTuple):
    """How long to wait for SQLite, in seconds."""

    opening: float = 120.0
    """For opening a database: a long log takes time, and a named pipe would block for ever."""
    busy: float = 30.0
    """For a writer that has locked a database that has no write-ahead log."""
    by_itself: float = 0.5
    """SQLite's own wait between two calls of `between`."""


WAITS = Waits()
_LOOK_SECONDS = 0.1
_CLONE_FS = 0x200


class NotOpened(Exception):
    """SQLite could not open a database safely, or not in time; the message gives the reason."""


def opened_inside(
    folder: int,
    name: bytes,
    opens: Callable[[bytes], sqlite3.Connection],
    works: Callable[[sqlite3.Connection], T],
    between: Callable[[], None],
    waits: Waits = WAITS,
) -> T:
    """Let SQLite open a database in an open folder, and work with it.

    Args:
        opens: called with the path of the database as this thread sees it. It opens the database
            and reads from it once, so that SQLite opens nothing by name later.
        works: called with the open database; its result is returned.
        between: called repeatedly while the database is being opened; may raise to end that.
        waits: how long opening may take.

    Raises:
        NotOpened: another file is in the database's place or beside it, or opening takes too long.
        Exception: those of `opens`, `works` and `between`.
    """
    for ending in (b"", *COMPANIONS):
        if _is_pipe(folder, name + ending):
            raise NotOpened(f"{_shown(name + ending)} is a named pipe")
    _get_ready()
    try:
        visit = _Visit(folder, name, opens, works)
        # A daemon thread: a named pipe put there now may block it, but must not block the process's
        # end.
        threading.Thread(target=visit.pay, daemon=True).start()
    except (OSError, RuntimeError) as error:  # no descriptor, or no thread, is left
        raise NotOpened(str(error)) from error
    end = time.monotonic() + waits.opening
    while not visit.over.wait(_LOOK_SECONDS):
        if visit.is_open:
            continue
        try:
            between()
            if time.monotonic() > end:
                raise NotOpened(f"it could not be opened in {waits.opening:.0f} s")
        except BaseException:
            if visit.call_off():
                raise
        _let_go(folder, name)
    return visit.result()


def all_inside(folder: int, name: bytes, act: Callable[[bytes], T]) -> T:
    """Let SQLite work on a database in this program's own folder, with content from others.

    As root, the folder is this thread's root, so that no path in that content leads outside.

    Args:
        act: called with the path of the database.

    Raises:
        NotOpened: no thread or descriptor is left.
        Exception: what `act` raises; an `OSError` becomes `NotOpened`.
    """
    _get_ready()
    found: list[T] = []
    faults: list[BaseException] = []

    def run() -> None:
        try:
            with _shut_in(folder, name, ours=True) as path:
                found.append(act(path))
        except BaseException as fault:
            faults.append(fault)

    thread = threading.Thread(target=run)
    try:
        thread.start()
    except RuntimeError as error:
        raise NotOpened(str(error)) from error
    thread.join()
    for fault in faults:
        if isinstance(fault, OSError):
            raise NotOpened(fault.strerror or str(fault)) from fault
        raise fault
    return found[0]


class _Visit(Generic[T]):
    """One thread's work on a database, and its result."""

    def __init__(
        self,
        folder: int,
        name: bytes,
        opens: Callable[[bytes], sqlite3.Connection],
        works: Callable[[sqlite3.Connection], T],
    ) -> None:
        # Duplicated: while a named pipe blocks this thread, the caller may close its own
        # descriptor.
        self._folder = os.dup(folder)
        self._name = name
        self._opens = opens
        self._works = works
        self._lock = threading.Lock()
        self._off = False
        self._found: list[T] = []
        self._fault: BaseException | None = None
        self.is_open = False
        self.over = threading.Event()

    def pay(self) -> None:
        """Open the database and do the work, in this thread."""
        try:
            try:
                with _shut_in(self._folder, self._name) as path:
                    opened = self._opens(path)
            except OSError as error:
                raise NotOpened(error.strerror or str(error)) from error
            with closing(opened):
                with self._lock:
                    self.is_open = not self._off
                if self.is_open:
                    self._found.append(self._works(opened))
        except BaseException as fault:
            self._fault = fault
        finally:
            os.close(self._folder)
            self.over.set()

    def call_off(self) -> bool:
        """Forbid the work once the database is open; False if the work has begun."""
        with self._lock:
            self._off = not self.is_open
            return self._off

    def result(self) -> T:
        """Return the work's result, or raise its error."""
        if self._fault is not None:
            raise self._fault
        return self._found[0]


@contextmanager
def _shut_in(folder: int, name: bytes, *, ours: bool = False) -> Iterator[bytes]:
    """Give the path by which this thread reaches an entry of a folder, and nothing outside.

    Without root it only checks afterwards that this very file was opened.

    Nothing may be imported in this block: Python would take modules from that folder.

    Args:
        ours: whether nobody else can replace files in the folder.
    """
    outside = os.open("/", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if _own_root(folder):
            try:
                yield b"/" + name
            finally:
                os.fchdir(outside)
                os.chroot(".")
            return
        if ours:
            yield by_descriptor(folder, name)
            return
        before = _open_here(wanted := _identity(folder, name))
        yield by_descriptor(folder, name)
        if _open_here(wanted) <= before:
            raise NotOpened("another file took its place while it was opened")
    finally:
        os.close(outside)


def _own_root(folder: int) -> bool:
    """Make a folder this thread's root; False if this user may not do that."""
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() != 0 or libc.unshare(_CLONE_FS) != 0:
        return False
    os.fchdir(folder)
    try:
        os.chroot(".")
    except PermissionError:  # root without CAP_SYS_CHROOT
        return False
    return True


def _identity(folder: int, name: bytes) -> tuple[int, int]:
    status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    return status.st_dev, status.st_ino


def _open_here(wanted: tuple[int, int]) -> int:
    """The number of this process's descriptors that are open on a file."""
    found = 0
    for number in os.listdir("/proc/self/fd"):  # noqa: PTH208 - numbers, no paths
        try:
            status = os.fstat(int(number))
        except OSError:
            continue
        found += (status.st_dev, status.st_ino) == wanted
    return found


def _is_pipe(folder: int, name: bytes) -> bool:
    try:
        return stat.S_ISFIFO(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except OSError:
        return False


def _let_go(folder: int, name: bytes) -> None:
    """Unblock SQLite if it waits for a writer to a named pipe."""
    for ending in (b"", *COMPANIONS):
        if _is_pipe(folder, name + ending):
            try:
                flags = os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
                os.close(os.open(name + ending, flags, dir_fd=folder))
            except OSError:
                continue  # nobody waits for this pipe


_CHANCE: list[object] = []


def _get_ready() -> None:
    """Do what needs the real root: import modules, and let SQLite read `/dev/urandom`."""
    import sqlite3
    import urllib.parse  # noqa: F401 - for callers that make a URI of the path

    if not _CHANCE:
        with closing(sqlite3.connect(":memory:")) as database:
            _CHANCE.append(database.execute("SELECT random()").fetchone())


def _shown(name: bytes) -> str:
    return name.decode("utf-8", "backslashreplace")
