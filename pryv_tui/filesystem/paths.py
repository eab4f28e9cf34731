"""Paths are bytes: show them, and make the errors about them."""

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
    """Whether an error means that a disk is full, or that a user's quota is used up."""
    return error.errno in _FULL


def printable(path: bytes) -> str:
    r"""Show a path in JSON or on a terminal: unprintable characters become `\xNN` or `\uNNNN`."""
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
    """The system's message for an error, without the path that Python adds."""
    if error.errno is None:
        return str(error)
    return error.strerror or os.strerror(error.errno)


def read_failed(path: bytes, error: OSError) -> PryvTuiError:
    """Make the error for a file that has to be copied and can't be read.

    Raises:
        ShortOfMeans: descriptors or memory ran out; the file itself may be fine.
    """
    look_for_means(error, path)
    shown = printable(path)
    return unreadable(f"{shown} can't be read: {reason(error)}", error, path=shown)


def unreadable(what: str, error: OSError, *, path: str = "") -> PryvTuiError:
    """Make the error for something unreadable; it points to dmesg, unless rights are missing."""
    denied = error.errno in (errno.EACCES, errno.EPERM)
    remedy = None if denied else "The kernel may say why: dmesg; then try again."
    return PryvTuiError("unreadable", what, remedy, path=path)


def its_disk(path: bytes | str | os.PathLike[str]) -> str:
    """Name the disk of a path by its mount point, in words; the path may not exist yet."""
    way = os.path.abspath(os.fsencode(path))  # noqa: PTH100 - bytes, no Path
    while not os.path.ismount(way):
        way = os.path.dirname(way)  # noqa: PTH120 - bytes, no Path
    return f"its disk is mounted on {printable(way)}"


class DiskNamed(PryvTuiError):
    """A `disk-full` error whose message names the disk."""


def write_failed(path: bytes, error: OSError) -> PryvTuiError:
    """Make the error for a file that can't be written: `disk-full`, or `step-failed`.

    For a relative path the disk is not known here; `telling_disk` adds it.
    """
    if is_full(error):
        words = f"writing {printable(path)}: {reason(error)}"
        if path.startswith(b"/"):
            return DiskNamed("disk-full", f"{words}; {its_disk(path)}")
        return PryvTuiError("disk-full", words)
    shown = printable(path)
    return PryvTuiError("step-failed", f"{shown} can't be written: {reason(error)}", path=shown)


class reading:
    """Turn an `OSError` in a `with` block into the error that `read_failed` makes for a path."""

    def __init__(self, path: bytes) -> None:
        self._path = path

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: object, error: BaseException | None, _where: object) -> None:
        if isinstance(error, OSError):
            raise read_failed(self._path, error) from error


class writing(reading):
    """Turn an `OSError` in a `with` block into the error that `write_failed` makes for a path."""

    def __exit__(self, _kind: object, error: BaseException | None, _where: object) -> None:
        if isinstance(error, OSError):
            raise write_failed(self._path, error) from error


@contextlib.contextmanager
def telling_disk(root: bytes | str | os.PathLike[str]) -> Iterator[None]:
    """Add the disk of `root` to a `disk-full` error of the `with` block that names no disk yet."""
    try:
        yield
    except PryvTuiError as error:
        if error.name != "disk-full" or isinstance(error, DiskNamed):
            raise
        told = f"{error.what}; {its_disk(root)}"
        raise DiskNamed(error.name, told, error.remedy) from error
