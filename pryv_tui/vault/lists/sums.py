"""`SHA256SUMS` files: written for coreutils to check, and read without keeping them in memory.

The format is that of `sha256sum` (coreutils, src/digest.c): the hash, two spaces, the name. In a
name, backslash, newline and carriage return are written as `\\\\`, `\\n`, `\\r`, and then the line
begins with a backslash. Names are relative to the folder of the file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.paths import printable
from pryv_tui.reading import LINE, need_word, open_file
from pryv_tui.vault.files.pieces import UNREAD
from pryv_tui.vault.held import MEMORY, Held
from pryv_tui.vault.lists.list_file import ListFile

DIGITS = 64
"""Length of the hash with which an unescaped line begins."""
_HASH = re.compile(rb"^(\\?)[0-9a-f]{64}")
_LINE = re.compile(rb"(\\?)([0-9a-f]{64}) [ *](.+)", re.DOTALL)
_ESCAPE = re.compile(rb"[\\\n\r]")
_ESCAPED = re.compile(rb"\\(.?)", re.DOTALL)
_OUT = {b"\\": b"\\\\", b"\n": b"\\n", b"\r": b"\\r"}
_IN = {b"\\": b"\\", b"n": b"\n", b"r": b"\r"}


def sums_line(digest: bytes, path: bytes) -> bytes:
    """Return the line for a file's SHA-256 digest (32 bytes) and its path."""
    escaped = _ESCAPE.sub(lambda found: _OUT[found[0]], path)
    mark = b"\\" if escaped is not path and escaped != path else b""
    return b"%s%s  %s\n" % (mark, digest.hex().encode(), escaped)


def parse_line(line: bytes) -> tuple[bytes, bytes]:
    """Return the path and the digest (32 bytes) of one line without its newline.

    Raises:
        ValueError: this is not a line that `sha256sum` writes.
    """
    found = _LINE.fullmatch(line)
    if found is None:
        raise ValueError("not a line of sha256sum")
    mark, digest, path = found.groups()
    if mark:
        try:
            path = _ESCAPED.sub(lambda escape: _IN[escape[1]], path)
        except KeyError:
            raise ValueError("an escape that sha256sum does not write") from None
    return path, bytes.fromhex(digest.decode())


def _same_but_unread(found: bytes, lines: bytes) -> bool:
    """Whether lines found in a list equal the expected ones. Where an expected line has `UNREAD`,
    any hash fits."""
    listed, others = found.split(b"\n"), lines.split(b"\n")
    return len(listed) == len(others) and all(
        one == other or (_LINE.fullmatch(one) and other == _HASH.sub(rb"\1" + UNREAD, one))
        for one, other in zip(listed, others, strict=True)
    )


def prefix_of(tree: Path, sums: Path) -> bytes:
    """Return the prefix of a tree's paths in a sums file: `files/` for `<host>/files`.

    Raises:
        ValueError: the tree is not inside the folder that contains the sums file.
    """
    relative = os.fsencode(tree.absolute().relative_to(sums.parent.absolute()))
    return b"" if relative == b"." else relative + b"/"


class SumsWriter(ListFile):
    """Writes a sums file, in the order in which files are added."""

    def __init__(self, path: Path, prefix: bytes, *, append: bool = False) -> None:
        """Open the sums file, as `ListFile` does; `prefix` is put before the tree's own paths."""
        super().__init__(path, append=append)
        self.prefix = prefix

    def add(self, path: bytes, digest: bytes) -> None:
        """Add a file by its path in the tree."""
        self.write(sums_line(digest, self.prefix + path))


class ExpectedSums:
    """The digests in a sums file, read in the order in which a walk asks for them.

    Walks sort names, so a file written by one walk is read in step with another walk, and nothing
    is kept in memory. Lines that come before their turn are kept until they are asked for (`Held`):
    at worst, for a file written by several walks, the lines of all walks but one.
    """

    def __init__(
        self,
        path: Path,
        prefix: bytes,
        wanted: Callable[[bytes], bool] | None = None,
        *,
        memory: int = MEMORY,
    ) -> None:
        """Open the file.

        Args:
            path: the file.
            prefix: the prefix of the tree's own paths in it.
            wanted: lines for whose path it returns False are skipped.
            memory: most bytes kept in memory of lines that come before their turn.

        Raises:
            PryvTuiError: `set-damaged`: the file is missing or can't be read; `means`, `rights`:
                descriptors, memory or rights are missing.
        """
        self._path = path
        self.prefix = prefix
        self._wanted = wanted
        self._aside = Held(memory)
        try:
            self._file: IO[bytes] = open_file(path, follow=False)
        except OSError as error:
            need_word(error, path)
            raise PryvTuiError("set-damaged", f"{path}: {error.strerror}") from error
        self._number = 0
        """Number of lines read."""

    def take(self, path: bytes) -> bytes | None:
        """Return the digest of a file, once, by its path in the tree; None if the file has no line
        or its digest was taken before."""
        held = self._aside.pop(path)
        if held is not None:
            return held
        while (line := self._next()) is not None:
            name, digest = line
            if name == path:
                return digest
            self._aside.put(name, digest)
        return None

    def take_lines(self, lines: bytes) -> bool:
        """Whether exactly these lines, made by `sums_line`, come next; if so, they count as read.

        A line with `UNREAD` in place of a hash matches any hash.
        """
        found = self._file.read(len(lines))
        if found != lines and not (UNREAD in lines and _same_but_unread(found, lines)):
            self._file.seek(-len(found), os.SEEK_CUR)
            return False
        self._number += lines.count(b"\n")
        return True

    def left(self) -> Iterator[bytes]:
        """Yield the paths of lines that were not asked for."""
        yield from (path for path, _ in self._aside.items())
        while (line := self._next()) is not None:
            yield line[0]

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        self._aside.close()

    def _next(self) -> tuple[bytes, bytes] | None:
        """Path and digest of the next wanted line; None at the end."""
        while line := self._file.readline(LINE):
            self._number += 1
            try:
                if not line.endswith(b"\n"):
                    raise ValueError("cut off" if len(line) < LINE else "no line is so long")
                path, digest = parse_line(line[:-1])
            except ValueError as error:
                raise PryvTuiError(
                    "set-damaged", f"{self._path}, line {self._number}: {error}"
                ) from error
            if not path.startswith(self.prefix):
                outside = f"{printable(path)} is outside of {printable(self.prefix)}"
                what = f"{self._path}, line {self._number}: {outside}"
                raise PryvTuiError("set-damaged", what)
            path = path[len(self.prefix) :]
            if self._wanted is None or self._wanted(path):
                return path, digest
        return None
