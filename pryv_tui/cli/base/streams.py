"""Standard input, output and error that can't fail a command.

A stream may be closed at our start (`2>&-`), full (`/dev/full`), without a reader (`| head -1`), on
a terminal that went, or of an encoding that lacks a character. What can't be printed is dropped
or written as an escape, once and for all in here, so that the command goes on to its own result.
"""

from __future__ import annotations

import codecs
import errno
import io
import locale
import os
import select
import stat
import sys
import threading
from typing import Any, TextIO

from pryv_tui.errors import Exit

_UTF8_MODE = "PYTHONUTF8"
_TERMINALS = (4, 5, *range(136, 144))
"""Numbers of consoles and serial lines, of `/dev/tty`, and of the terminals of windows and
connections (Documentation/admin-guide/devices.txt of Linux)."""
_READER_GONE = (errno.EPIPE, errno.ECONNRESET)


class Lasting(io.FileIO):
    """A descriptor to write to that takes everything, whether or not it can be written."""

    lost: OSError | None = None
    """Why something was not written; None while everything was."""

    def write(self, data: Any) -> int:
        if self.lost is not None:
            return len(data)
        try:
            while (written := super().write(data)) is None:
                # Another program made what we share with it non-blocking, and it is full.
                select.select([], [self.fileno()], [])
            return written
        except OSError as error:
            self.lost = error
            return len(data)


class Printed(io.TextIOWrapper):
    """Text for a stream of ours; a character that its encoding lacks is written as an escape."""

    def __init__(self, descriptor: int, before: TextIO | None) -> None:
        """
        Args:
            before: what Python made of it; None where it was closed at our start.
        """
        self._raw = Lasting(descriptor, "w", closefd=False)
        super().__init__(
            io.BufferedWriter(self._raw),
            encoding=_encoding(before),
            errors="backslashreplace",
            line_buffering=descriptor == 2 or self._raw.isatty(),
        )

    @property
    def lost(self) -> OSError | None:
        """Why something was not written; None while everything was."""
        return self._raw.lost

    @property
    def reader_gone(self) -> bool:
        """Whether nobody reads any more: a pipe without its other end, a terminal that went."""
        lost = self.lost
        if lost is None:
            return False
        # What hangs up answers EIO (tty(4)), and says no more what it is; a file says what it is.
        hung_up = lost.errno == errno.EIO and not self._is_file()
        return lost.errno in _READER_GONE or hung_up

    def _is_file(self) -> bool:
        return stat.S_ISREG(os.fstat(self.fileno()).st_mode)


def _encoding(before: TextIO | None) -> str:
    """The terminal's encoding as its locale says, which UTF-8 mode does not ask; UTF-8 where that
    says ASCII: so do terminals of UTF-8, in a locale that nobody chose."""
    spoken = locale.getencoding()
    if (
        sys.flags.utf8_mode
        and "PYTHONIOENCODING" not in os.environ
        and not _is_ascii_or_utf8(spoken)
    ):
        return spoken
    return before.encoding if before is not None else "utf-8"


def _is_ascii_or_utf8(encoding: str) -> bool:
    """Also of one that Python does not know."""
    try:
        return codecs.lookup(encoding).name in ("ascii", "utf-8")
    except LookupError:
        return True


def keep_to_utf8() -> None:
    """Begin again in Python's UTF-8 mode (PEP 540), if the locale made it read names differently.

    Names of files are bytes. Where they are read by the locale, one command writes a name into a
    journal or a set that the next one, under another locale, does not find or can't even read.
    What we start inherits the mode.
    """
    if sys.getfilesystemencoding().lower() == "utf-8" or not sys.executable:
        return
    if os.environ.get(_UTF8_MODE) == "1":
        # Python was told to ignore its environment: to begin again would change nothing.
        return
    os.environ[_UTF8_MODE] = "1"
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def prepare() -> None:
    """Make the standard streams such that nothing fails on them; before anything is printed.

    A closed one is opened onto nothing first: the next file that is opened would get its number,
    and whatever prints would print into that file.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stdin is None:
        sys.stdin = io.StringIO()
    sys.stdout, sys.stderr = Printed(1, sys.stdout), Printed(2, sys.stderr)


def somebody_was_here() -> bool:
    """Whether a person began this: the standard input is a terminal, or was one.

    One that went (its window, its connection) answers no question that only a terminal does, but
    the system knows it by its number still. What it was asked for is not what a script has read.
    """
    return _is_or_was_terminal(sys.stdin)


def at_terminal() -> bool:
    """Whether a person types here and reads what is printed: both are terminals, or were."""
    return _is_or_was_terminal(sys.stdin) and _is_or_was_terminal(sys.stdout)


def _is_or_was_terminal(stream: TextIO) -> bool:
    if stream.isatty():
        return True
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return stat.S_ISCHR(status.st_mode) and os.major(status.st_rdev) in _TERMINALS


def is_utf8(stream: TextIO) -> bool:
    """Whether a stream can print every character."""
    return (stream.encoding or "").lower().replace("-", "").replace("_", "") == "utf8"


def same_place() -> bool:
    """Whether standard output and error are one: the same terminal, pipe or file."""
    try:
        out, err = os.fstat(sys.stdout.fileno()), os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):
        return False
    return (out.st_dev, out.st_ino, out.st_rdev) == (err.st_dev, err.st_ino, err.st_rdev)


def output_lost() -> bool:
    """Whether something of the standard output could not be written."""
    return getattr(sys.stdout, "lost", None) is not None


def leave_with_reader() -> None:
    """End this process, which only prints what may come, as soon as nobody is there to read it."""

    def wait() -> None:
        gone = select.poll()
        # Nothing is asked for: that the other end went is told all the same (poll(2)).
        gone.register(1, 0)
        gone.poll()
        os._exit(int(Exit.DONE))

    threading.Thread(target=wait, name="reader", daemon=True).start()


def exit_code(code: int, result: str | None) -> int:
    """With what to exit, now that nothing more is printed.

    Whoever only looks has no result but what was printed: where that is not all there it failed.
    Who read no further wanted no more.

    Args:
        code: what the command itself came to.
        result: where that is a result, such as how a run ended, which no printing changes: what
            can be said of it.
    """
    out = sys.stdout
    out.flush()
    if isinstance(out, Printed) and out.lost is not None and not out.reader_gone:
        reason = out.lost.strerror or out.lost
        print(f"pryv-tui: standard output can't be written: {reason}", file=sys.stderr)
        told = "Not all that was asked for is there. Print it somewhere else."
        print(f"  {told if result is None else result}", file=sys.stderr)
        if code == Exit.DONE and result is None:
            return int(Exit.FAILED)
    return code
