"""`TREE`: every folder, link and fifo of a host's part of a set, with owner and mode.

Hashes cover files only; a lost link or an empty folder that is gone would go unnoticed. A record
is what GNU find prints, so that the list can be checked without this program:

    find files -type l -printf 'l %m %U %G %p -> %l\\0' -o ! -type f -printf '%y %m %U %G %p\\0'

(`FIND_TREE`.) Records end with a NUL, since names may hold anything else, and come in the order of
the copy.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from pryv_tui.errors import PryvTuiError
from pryv_tui.vault.names import printable, write_failed

TREE_NAME = "TREE"
FIND_TREE = (
    r"find files -type l -printf 'l %m %U %G %p -> %l\0' -o ! -type f -printf '%y %m %U %G %p\0'"
)
"""The command that prints the records of a set's own files, in another order."""
_ARROW = b" -> "
_KINDS = {
    stat.S_IFDIR: b"d",
    stat.S_IFLNK: b"l",
    stat.S_IFIFO: b"p",
    stat.S_IFSOCK: b"s",
    stat.S_IFCHR: b"c",
    stat.S_IFBLK: b"b",
}
_WORDS = {b"d": "folder", b"l": "link", b"p": "fifo"}
_READ = 1 << 16


def record(path: bytes, status: os.stat_result, goal: bytes = b"") -> bytes:
    """The record of one entry, without its NUL; `goal` is where a symbolic link leads."""
    kind = _KINDS[stat.S_IFMT(status.st_mode)]
    mode = stat.S_IMODE(status.st_mode)
    found = b"%s %o %d %d %s" % (kind, mode, status.st_uid, status.st_gid, path)
    return found + _ARROW + goal if kind == b"l" else found


def described(entry: bytes) -> str:
    """A record in words, such as `link files/a`."""
    return f"{_WORDS.get(entry[:1], 'entry')} {printable(_key(entry))}"


def _key(entry: bytes) -> bytes:
    """What tells an entry from the others: its path, as far as a record lets that be seen."""
    rest = entry.split(b" ", 4)[4]
    if entry[:1] == b"l" and rest.count(_ARROW) == 1:
        return rest.partition(_ARROW)[0]
    return rest


class TreeWriter:
    """Writes the list, and hashes what it wrote."""

    def __init__(self, path: Path, prefix: bytes) -> None:
        """Begin the file; `prefix` leads every path, such as `files/`."""
        self._path = path
        self._prefix = prefix
        self._digest = hashlib.sha256()
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            self._file: IO[bytes] = os.fdopen(os.open(path, flags, 0o600), "wb", _READ)
        except OSError as error:
            raise write_failed(os.fsencode(path), error) from error

    @property
    def digest(self) -> str:
        """The SHA-256 of what was written, as hexadecimal digits."""
        return self._digest.hexdigest()

    def add(self, path: bytes, status: os.stat_result, goal: bytes = b"") -> None:
        """Add an entry by its path in the tree; the tree's own root has none."""
        whole = (self._prefix + path) if path else self._prefix.rstrip(b"/")
        content = record(whole, status, goal) + b"\0"
        self._digest.update(content)
        try:
            self._file.write(content)
        except OSError as error:
            raise write_failed(os.fsencode(self._path), error) from error

    def close(self) -> None:
        """Close the file, as far as it was written on the disk."""
        try:
            with self._file:
                self._file.flush()
                os.fsync(self._file.fileno())
        except OSError as error:
            raise write_failed(os.fsencode(self._path), error) from error


class ExpectedTree:
    """The records of a list, compared one by one with what a walk finds.

    A walk in the order of the copy holds nothing; what comes before its turn is kept.
    """

    def __init__(self, path: Path, digest: str) -> None:
        """Open the list and see that it is the one that was written.

        Raises:
            PryvTuiError: `set-damaged`, it is missing or not what was written.
        """
        self._path = path
        self._aside: dict[bytes, bytes] = {}
        try:
            self._file: IO[bytes] = path.open("rb")
            found = hashlib.file_digest(self._file, "sha256").hexdigest()
            self._file.seek(0)
        except OSError as error:
            raise PryvTuiError("set-damaged", f"{path}: {error.strerror}") from error
        if found != digest:
            self._file.close()
            raise PryvTuiError("set-damaged", f"{path} differs from its hash in set.json")
        self._records = self._read()

    def meet(self, found: bytes) -> str | None:
        """Compare one entry's record; what is wrong with it, or None."""
        key = _key(found)
        listed = self._aside.pop(key, None)
        if listed is None:
            for entry in self._records:
                if _key(entry) == key:
                    listed = entry
                    break
                self._aside[_key(entry)] = entry
        if listed is None:
            return f"the {described(found)} is not in the list {TREE_NAME}"
        if listed != found:
            return (
                f"the {described(listed)} is not what was copied: {printable(found)}"
                f" instead of {printable(listed)}"
            )
        return None

    def left(self) -> Iterator[str]:
        """What is wrong with all that nobody met."""
        for entry in self._aside.values():
            yield f"the {described(entry)} is missing"
        for entry in self._records:
            yield f"the {described(entry)} is missing"

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _read(self) -> Iterator[bytes]:
        rest = b""
        while chunk := self._file.read(_READ):
            *whole, rest = (rest + chunk).split(b"\0")
            for entry in whole:
                if entry.count(b" ") < 4:
                    raise self._no_list()
                yield entry
        if rest:
            raise self._no_list()

    def _no_list(self) -> PryvTuiError:
        return PryvTuiError("set-damaged", f"{self._path} is no list of folders and links")
