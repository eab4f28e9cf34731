"""SQLite at work on a database that others may exchange, without leaving the folder that it is in.

SQLite opens by names alone: of whatever it is given it makes an absolute path, following links
(os_unix.c, `unixFullPathname`), and by that path it opens the database, and what lies beside it.
Who can write in the folder, or in one that leads there, could have it read any file of root's, and
make one of its own beside that. And of a pipe in such a place it would wait for ever.

So it opens them in a thread whose root is that very folder: unshare(2) with CLONE_FS, then
chroot(2), which concerns this thread alone. Only root can do that. Anybody else lets SQLite have no
more than the user has, and sees afterwards which file it opened.
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

# Imported late: a process that copies files loads this module, never that.
if TYPE_CHECKING:
    import sqlite3

T = TypeVar("T")


class Waits(NamedTuple):
    """How long SQLite is waited for, in seconds."""

    opening: float = 120.0
    """How long opening a database may take: reading a long log takes its time, a pipe for ever."""
    busy: float = 30.0
    """How long to wait for a writer that holds a database without write-ahead log."""
    by_itself: float = 0.5
    """How long SQLite waits by itself before it is asked whether to go on."""


WAITS = Waits()
_LOOK_SECONDS = 0.1
_CLONE_FS = 0x200


class NotOpened(Exception):
    """SQLite was not let, or does not come to an end, opening it; the message says why."""


def opened_inside(
    folder: int,
    name: bytes,
    opens: Callable[[bytes], sqlite3.Connection],
    works: Callable[[sqlite3.Connection], T],
    between: Callable[[], None],
    waits: Waits = WAITS,
) -> T:
    """Have SQLite open a database in an open folder, and work with it.

    Args:
        opens: gets the path that means the database where it is called, and reads once from what
            it opened, so that SQLite opens nothing more by name afterwards.
        works: what is done with it then.
        between: called again and again while it is opened; may raise to end it.
        waits: how long opening it may take.

    Raises:
        NotOpened: something else lies in its place or beside it, or it takes too long.
        Exception: what `opens`, `works` or `between` raise.
    """
    for ending in (b"", *COMPANIONS):
        if _is_pipe(folder, name + ending):
            raise NotOpened(f"{_shown(name + ending)} is a named pipe")
    _get_ready()
    try:
        visit = _Visit(folder, name, opens, works)
        # A pipe that is put there now may keep it for ever: the process does not wait for its end.
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
    """Have SQLite do all of something to a database in a folder of ours, whose content may be of
    others: what a path in it means is looked for there alone, and there is nothing else.

    Args:
        act: gets the path of the database.

    Raises:
        NotOpened: there are too few means.
        Exception: what `act` raises.
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
    """What one thread does with a database, and what became of it."""

    def __init__(
        self,
        folder: int,
        name: bytes,
        opens: Callable[[bytes], sqlite3.Connection],
        works: Callable[[sqlite3.Connection], T],
    ) -> None:
        # Its own: the caller may have closed the folder by the time that a pipe lets it go on.
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
        """Do it, in this thread."""
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
        """See that nothing is done with it once it is open; false if that has begun."""
        with self._lock:
            self._off = not self.is_open
            return self._off

    def result(self) -> T:
        """What came of it."""
        if self._fault is not None:
            raise self._fault
        return self._found[0]


@contextmanager
def _shut_in(folder: int, name: bytes, *, ours: bool = False) -> Iterator[bytes]:
    """The path by which this thread reaches an entry of a folder; out of it leads nothing.

    Args:
        ours: nobody else can exchange what lies there.

    Nothing may be imported in it: the folders of Python's modules are others' there.
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
    """Make a folder this thread's root; false where this user may not."""
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
    """How many descriptors of this process lead to a file."""
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
    """Let SQLite go on where it waits for somebody to write to a pipe."""
    for ending in (b"", *COMPANIONS):
        if _is_pipe(folder, name + ending):
            try:
                flags = os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
                os.close(os.open(name + ending, flags, dir_fd=folder))
            except OSError:
                continue  # nobody waits there


_CHANCE: list[object] = []


def _get_ready() -> None:
    """Have done what is done once, where the root is the machine's own: modules imported, and
    `/dev/urandom` read by SQLite."""
    import sqlite3
    import urllib.parse  # noqa: F401 - for whoever makes a URI of the path

    if not _CHANCE:
        with closing(sqlite3.connect(":memory:")) as database:
            _CHANCE.append(database.execute("SELECT random()").fetchone())


def _shown(name: bytes) -> str:
    return name.decode("utf-8", "backslashreplace")
