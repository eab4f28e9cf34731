"""File names are bytes: how they are shown, and how an error about one is worded."""

from __future__ import annotations

import contextlib
import errno
import os
import unicodedata
from collections.abc import Iterator

from pryv_tui.errors import PryvTuiError
from pryv_tui.reading import look_for_means

_FULL = (errno.ENOSPC, errno.EDQUOT)


def is_full(error: OSError) -> bool:
    """Whether an error means that a disk, or a user's share of it, is full."""
    return error.errno in _FULL


def printable(path: bytes) -> str:
    r"""Show a path in JSON or on a terminal: what can't be shown becomes `\xNN` or `\uNNNN`."""
    text = path.decode("utf-8", "backslashreplace")
    if text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character == " " or unicodedata.category(character)[0] not in "CZ":
        return character
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def reason(error: OSError) -> str:
    """The system's words for an error, without the path that Python adds."""
    if error.errno is None:
        return str(error)
    return error.strerror or os.strerror(error.errno)


def read_failed(path: bytes, error: OSError) -> PryvTuiError:
    """A file that has to travel can't be read.

    Raises:
        ShortOfMeans: nothing can be now; that is no word about the file.
    """
    look_for_means(error, path)
    shown = printable(path)
    return unreadable(f"{shown} can't be read: {reason(error)}", error, path=shown)


def unreadable(what: str, error: OSError, *, path: str = "") -> PryvTuiError:
    """Something can't be read, and what to do: rights are mended, a disk is looked at."""
    denied = error.errno in (errno.EACCES, errno.EPERM)
    remedy = None if denied else "The kernel may say why: dmesg; then try again."
    return PryvTuiError("unreadable", what, remedy, path=path)


def its_disk(path: bytes | str | os.PathLike[str]) -> str:
    """Which disk a path lies on, or would, in words: where room has to be made is seen by that."""
    way = os.path.abspath(os.fsencode(path))  # noqa: PTH100 - bytes, no Path
    while not os.path.ismount(way):
        way = os.path.dirname(way)  # noqa: PTH120 - bytes, no Path
    return f"its disk is mounted on {printable(way)}"


class DiskNamed(PryvTuiError):
    """A disk is full, and which one is said."""


def write_failed(path: bytes, error: OSError) -> PryvTuiError:
    """A file can't be written at the destination; a full disk has a name of its own.

    Of a path within a tree nobody knows here which disk it lies on: `telling_disk` says that.
    """
    if is_full(error):
        words = f"writing {printable(path)}: {reason(error)}"
        if path.startswith(b"/"):
            return DiskNamed("disk-full", f"{words}; {its_disk(path)}")
        return PryvTuiError("disk-full", words)
    shown = printable(path)
    return PryvTuiError("step-failed", f"{shown} can't be written: {reason(error)}", path=shown)


class reading:
    """Have an error of the system in a block be told as `read_failed` of a path does."""

    def __init__(self, path: bytes) -> None:
        self._path = path

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: object, error: BaseException | None, _where: object) -> None:
        if isinstance(error, OSError):
            raise read_failed(self._path, error) from error


class writing(reading):
    """The same as `write_failed` does."""

    def __exit__(self, _kind: object, error: BaseException | None, _where: object) -> None:
        if isinstance(error, OSError):
            raise write_failed(self._path, error) from error


@contextlib.contextmanager
def telling_disk(root: bytes | str | os.PathLike[str]) -> Iterator[None]:
    """Add to an error of a full disk, met below `root`, which disk that is, where it says only what
    path it was in the tree."""
    try:
        yield
    except PryvTuiError as error:
        if error.name != "disk-full" or isinstance(error, DiskNamed):
            raise
        told = f"{error.what}; {its_disk(root)}"
        raise DiskNamed(error.name, told, error.remedy) from error
