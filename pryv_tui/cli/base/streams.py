"""Standard input, output and error that can't make a command fail.

A stream may be closed at the program's start (`2>&-`), full (`/dev/full`), without a reader (`|
head -1`), on a terminal that is gone, or in an encoding that lacks a character. This module drops
what can't be printed, or writes it as an escape, so that the command continues to its own result.
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
"""Device numbers of consoles and serial lines, of `/dev/tty`, and of pseudo-terminals
(Documentation/admin-guide/devices.txt of Linux)."""
_READER_GONE = (errno.EPIPE, errno.ECONNRESET)


class Lasting(io.FileIO):
    """A file descriptor for writing that accepts everything, even if it can't be written."""

    lost: OSError | None = None
    """Why something was not written; None as long as everything was."""

    def write(self, data: Any) -> int:
        if self.lost is not None:
            return len(data)
        try:
            while (written := super().write(data)) is None:
                # Another program has set the shared file to non-blocking, and it is full.
                select.select([], [self.fileno()], [])
            return written
        except OSError as error:
            self.lost = error
            return len(data)


class Printed(io.TextIOWrapper):
    """Text for a standard stream; a character that its encoding lacks is written as an escape."""

    def __init__(self, descriptor: int, before: TextIO | None) -> None:
        """Wrap a descriptor.

        Args:
            before: Python's own stream; None if it was closed at the program's start.
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
        """Why something was not written; None as long as everything was."""
        return self._raw.lost

    @property
    def reader_gone(self) -> bool:
        """Whether nobody reads the output any more: a pipe without its other end, a terminal that
        is gone."""
        lost = self.lost
        if lost is None:
            return False
        # A terminal that hung up gives EIO (tty(4)), and no longer looks like one. A broken disk
        # gives it as well, but then standard output is a regular file.
        hung_up = lost.errno == errno.EIO and not self._is_file()
        return lost.errno in _READER_GONE or hung_up

    def _is_file(self) -> bool:
        return stat.S_ISREG(os.fstat(self.fileno()).st_mode)


def _encoding(before: TextIO | None) -> str:
    """Return the encoding for a stream: Python's own; in UTF-8 mode, that of the locale. If the
    locale says ASCII, it is UTF-8: terminals use UTF-8 even in a locale that nobody chose."""
    spoken = locale.getencoding()
    if (
        sys.flags.utf8_mode
        and "PYTHONIOENCODING" not in os.environ
        and not _is_ascii_or_utf8(spoken)
    ):
        return spoken
    return before.encoding if before is not None else "utf-8"


def _is_ascii_or_utf8(encoding: str) -> bool:
    """Whether an encoding is ASCII or UTF-8; True also for an encoding that Python does not
    know."""
    try:
        return codecs.lookup(encoding).name in ("ascii", "utf-8")
    except LookupError:
        return True


def keep_to_utf8() -> None:
    """Restart in Python's UTF-8 mode (PEP 540), if the locale makes it decode names differently.

    File names are bytes. If they are decoded by the locale, a name that one command writes into a
    journal or a set is not found, or can't even be read, by the next command under another locale.
    Child processes inherit the mode.
    """
    if sys.getfilesystemencoding().lower() == "utf-8" or not sys.executable:
        return
    if os.environ.get(_UTF8_MODE) == "1":
        # Python was told to ignore its environment: a restart would change nothing.
        return
    os.environ[_UTF8_MODE] = "1"
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def prepare() -> None:
    """Replace the standard streams by streams that never fail.

    Call this before anything is printed.

    A closed stream is first opened on `/dev/null`. Otherwise the next file that is opened would get
    its number, and output would go into that file.
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
    """Whether a person started this command: the standard input is a terminal, or was one.

    A terminal that is gone (its window, its connection) no longer answers as one, but its device
    number still shows it. So the command was typed there, and not read by a script.
    """
    return _is_or_was_terminal(sys.stdin)


def at_terminal() -> bool:
    """Whether a person types here and reads the output: both streams are terminals, or were."""
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
    """Whether standard output and error are the same terminal, pipe or file."""
    try:
        out, err = os.fstat(sys.stdout.fileno()), os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):
        return False
    return (out.st_dev, out.st_ino, out.st_rdev) == (err.st_dev, err.st_ino, err.st_rdev)


def output_lost() -> bool:
    """Whether some of the standard output could not be written."""
    return getattr(sys.stdout, "lost", None) is not None


def leave_with_reader() -> None:
    """End this process as soon as nobody reads its output any more; for commands that only
    print."""

    def wait() -> None:
        gone = select.poll()
        # No event is asked for: poll(2) reports a hang-up in any case.
        gone.register(1, 0)
        gone.poll()
        os._exit(int(Exit.DONE))

    threading.Thread(target=wait, name="reader", daemon=True).start()


def exit_code(code: int, result: str | None) -> int:
    """Return the exit code; call this when nothing more will be printed.

    A command whose only result is its output failed if not all of it was written. If the reader
    closed the pipe, it wanted no more, and that is not a failure.

    Args:
        code: the command's own exit code.
        result: None for a command whose only result is its output. Otherwise the code is the
            result, for example how a run ended, whatever was printed; this text says so.
    """
    out = sys.stdout
    out.flush()
    if isinstance(out, Printed) and out.lost is not None and not out.reader_gone:
        reason = out.lost.strerror or out.lost
        print(f"pryv-tui: standard output can't be written: {reason}", file=sys.stderr)
        told = "The output is incomplete. Send it to another place."
        print(f"  {told if result is None else result}", file=sys.stderr)
        if code == Exit.DONE and result is None:
            return int(Exit.FAILED)
    return code
