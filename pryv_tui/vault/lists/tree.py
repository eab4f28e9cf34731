"""`TREE`: each folder, link and fifo in a host's part of a set, with owner and mode.

Hashes cover files only: a lost link or empty folder would go unnoticed. A record is what GNU find
prints, so the list can be checked without this program:

    find files -type l -printf 'l %m %U %G %s %p -> %l\\0' -o ! -type f -printf '%y %m %U %G %p\\0'

(This is `FIND_TREE`.) Records end with a NUL, since names may contain any other byte. They are in
copy order. The length of a link's target (`%s`) tells where the target begins, whatever the names
contain.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.folders import FOLDER_FLAGS, FolderStack, listing, open_quietly
from pryv_tui.filesystem.paths import printable, read_failed, reading
from pryv_tui.reading import LINE, need_word, open_file
from pryv_tui.vault.files.pieces import FILE_KIND, FOLDER_KIND, OTHER_KIND
from pryv_tui.vault.held import MEMORY, Held
from pryv_tui.vault.lists.list_file import ListFile
from pryv_tui.vault.set_files import FILES_NAME, SET_JSON, TREE_NAME

FIND_TREE = (
    rf"find {FILES_NAME} -type l -printf 'l %m %U %G %s %p -> %l\0'"
    r" -o ! -type f -printf '%y %m %U %G %p\0'"
)
"""Command that prints the records of a set's files, in another order than the list."""
CHECK_TREE = (
    f"{{ {FIND_TREE}; cat {TREE_NAME}; }} | LC_ALL=C sort -z | LC_ALL=C uniq -zu | tr '\\0' '\\n'"
    " | if grep -a .; then false; fi"
)
"""Command that prints the records found in only one of the two (the files, the list), and then
fails if there are any."""
_FILES = FILES_NAME.encode()
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
HANDED_OUT = b""
"""Stands for a record in `entries`, in place of entries that are handled elsewhere."""
_RECORD = re.compile(rb"(l [0-7]+ \d+ \d+ \d{1,9}|[dpscb] [0-7]+ \d+ \d+) .+", re.DOTALL)


class Owned(NamedTuple):
    """An entry's kind and mode (as in `st_mode`) and its owner."""

    mode: int
    uid: int
    gid: int

    @classmethod
    def of(cls, status: os.stat_result) -> Owned:
        """Make one from a file's status."""
        return cls(status.st_mode, status.st_uid, status.st_gid)


def record(path: bytes, owned: Owned, goal: bytes = b"") -> bytes:
    """Return the record of one entry, without its NUL. `goal`: the target of a symbolic link."""
    kind = _KINDS[stat.S_IFMT(owned.mode)]
    first = b"%s %o %d %d " % (kind, stat.S_IMODE(owned.mode), owned.uid, owned.gid)
    return b"%s%d %s%s%s" % (first, len(goal), path, _ARROW, goal) if kind == b"l" else first + path


def described(entry: bytes) -> str:
    """Return a record in words, for example `link files/a`."""
    return f"{_WORDS.get(entry[:1], 'entry')} {printable(_key(entry))}"


def path_of(entry: bytes) -> bytes:
    """Return the path in the tree of a record's entry; empty for the tree itself."""
    return _key(entry)[len(_FILES) + 1 :]


def _key(entry: bytes) -> bytes:
    """Return the path in a record."""
    if entry[:1] != b"l":
        return entry.split(b" ", 4)[4]
    *_, length, rest = entry.split(b" ", 5)
    return rest[: -(int(length) + len(_ARROW))]


class TreeWriter(ListFile):
    """Write the list, and compute its hash."""

    def __init__(self, path: Path, prefix: bytes = FILES_NAME.encode() + b"/") -> None:
        """Create the file. `prefix`: put before the tree's own paths."""
        super().__init__(path)
        self.prefix = prefix
        self._digest = hashlib.sha256()

    @property
    def digest(self) -> str:
        """The SHA-256 of what was written, as hexadecimal digits."""
        return self._digest.hexdigest()

    def write(self, content: bytes) -> None:
        """Add records, each with its NUL."""
        self._digest.update(content)
        super().write(content)

    def entry(self, path: bytes, owned: Owned, goal: bytes = b"") -> None:
        """Add an entry by its path in the tree, which is empty for the tree itself."""
        self.write(record(self.prefix + path if path else self.prefix[:-1], owned, goal) + b"\0")


def write_tree(folder: Path) -> str:
    """Write the list of a complete machine's part of a set, beside its files.

    Args:
        folder: contains `files`; `TREE` is written into it.

    Returns:
        The SHA-256 of the list, as hexadecimal digits.

    Raises:
        PryvTuiError: `unreadable`, `disk-full`, `step-failed`.
    """
    root = os.fsencode(folder / FILES_NAME)
    with reading(root):
        stack = FolderStack(open_quietly(root, FOLDER_FLAGS))
    try:
        writer = TreeWriter(folder / TREE_NAME)
        try:
            for _path, entry in entries(stack, others_too=True):
                if entry is not None:
                    writer.write(entry + b"\0")
        except BaseException:
            # The first error is reported; a cut-off list is never accepted.
            with contextlib.suppress(PryvTuiError):
                writer.close()
            raise
        writer.close()
    finally:
        stack.close()
    return writer.digest


def records(file: IO[bytes], path: Path) -> Iterator[bytes]:
    """Yield the records of an open list.

    Raises:
        PryvTuiError: `set-damaged`: the file is not a list of folders and links.
    """
    rest = b""
    while chunk := file.read(_READ):
        *whole, rest = (rest + chunk).split(b"\0")
        yield from whole
        if len(rest) > LINE:  # no record is this long: don't read without a limit
            raise _no_list(path)
    if rest:
        raise _no_list(path)


def _no_list(path: Path) -> PryvTuiError:
    return PryvTuiError("set-damaged", f"{path} is not a list of folders and links")


def counted(path: Path) -> tuple[int, int]:
    """Return the numbers of folders, without the tree itself, and links in a checked list.

    Raises:
        PryvTuiError: `set-damaged`: the file is not a list of folders and links.
        OSError: the list is missing or can't be read.
    """
    folders = links = 0
    with open_file(path, follow=False) as file:
        for entry in records(file, path):
            folders += entry[:1] == b"d"
            links += entry[:1] == b"l"
    return folders - 1, links


class Odd(NamedTuple):
    """A difference between an entry and the list."""

    words: str
    listed: bool = True
    """True if the list has the entry, but with other values; False if the list doesn't have it."""


class ExpectedTree:
    """The records of a list, compared one by one with those that a walk finds.

    A walk in copy order keeps nothing in memory; records that come before their turn are kept.
    """

    def __init__(self, path: Path, digest: str, *, memory: int = MEMORY) -> None:
        """Open the list, and check its hash.

        Args:
            path: the list.
            digest: the list's SHA-256 from `set.json`.
            memory: most bytes kept in memory of records that come before their turn.

        Raises:
            PryvTuiError: `set-damaged`: the list is missing or is not what was written.
        """
        self._path = path
        self._aside = Held(memory)
        try:
            self._file: IO[bytes] = open_file(path, follow=False)
            found = hashlib.file_digest(self._file, "sha256").hexdigest()
            self._file.seek(0)
        except OSError as error:
            need_word(error, path)
            raise PryvTuiError("set-damaged", f"{path}: {error.strerror}") from error
        if found != digest:
            self._file.close()
            raise PryvTuiError("set-damaged", f"{path} differs from its hash in {SET_JSON}")
        self._records = records(self._file, path)

    def meet(self, found: bytes) -> Odd | None:
        """Compare the record of an entry that was found. Return the difference; None if there is
        none."""
        if not self._aside:
            # Usually it equals the next record, byte for byte.
            ahead = self._next()
            if ahead == found:
                return None
            if ahead is not None:
                self._aside.put(self._key_of(ahead), ahead)
        key = _key(found)
        listed = self._aside.pop(key)
        if listed is None:
            while (other := self._next()) is not None:
                if self._key_of(other) == key:
                    listed = other
                    break
                self._aside.put(self._key_of(other), other)
        if listed is None:
            return Odd(f"the {described(found)} is not in the list {TREE_NAME}", listed=False)
        if listed != found:
            return Odd(
                f"the {described(listed)} is not as it was copied: {printable(found)} instead of"
                f" {printable(listed)}"
            )
        return None

    def left(self) -> Iterator[tuple[bytes, str]]:
        """Yield the list's entries that were not met: path in the tree (a folder's ends with `/`),
        and words."""
        for _key_of_it, entry in self._aside.items():
            yield self._missing(entry)
        while (other := self._next()) is not None:
            self._key_of(other)
            yield self._missing(other)

    @staticmethod
    def _missing(entry: bytes) -> tuple[bytes, str]:
        end = b"/" if entry.startswith(b"d") else b""
        return path_of(entry) + end, f"the {described(entry)} is missing"

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        self._aside.close()

    def _next(self) -> bytes | None:
        return next(self._records, None)

    def _key_of(self, entry: bytes) -> bytes:
        """Return the path in a record of the list. Raise `set-damaged` if this is not a record."""
        if _RECORD.fullmatch(entry) is None:
            raise _no_list(self._path)
        return _key(entry)


def entries(
    stack: FolderStack,
    others_too: bool,
    *,
    top: bytes = b"",
    since: bytes = b"",
    elsewhere: Callable[[bytes, list[bytes]], int] | None = None,
) -> Iterator[tuple[bytes, bytes | None]]:
    """Yield the paths of all regular files, in copy order; the stack moves along.

    With `others_too` it also yields other entries with their record, a folder after its content.

    Args:
        stack: the folder to begin with.
        others_too: see above.
        top: that folder's path in the tree.
        since: entry to begin with, after its kind; empty: the first one.
        elsewhere: called with a folder's path and the names of its next entries, each after its
            kind, in reverse. It returns how many of them are handled elsewhere. These are left out,
            and the folder with `HANDED_OUT` as its record is yielded in their place.
    """
    paths = [top]
    pending: list[list[bytes]] = []
    while paths:
        path = paths[-1]
        try:
            if len(pending) < len(paths):
                others, folders, odd = listing(stack.fd)
                names = [(OTHER_KIND if name in odd else FILE_KIND) + name for name in others]
                names += [FOLDER_KIND + name for name in folders]
                if since:
                    names = [name for name in names if _in_folder(name) >= _in_folder(since)]
                    since = b""
                pending.append(names[::-1])
            elif not pending[-1]:
                if others_too:
                    yield path, _record(stack.fd, path, os.fstat(stack.fd))
                pending.pop()
                paths.pop()
                if paths:
                    stack.leave()
            elif elsewhere is not None and (count := elsewhere(path, pending[-1])):
                del pending[-1][-count:]
                yield path, HANDED_OUT
            else:
                kind, name = pending[-1][-1][:1], pending[-1].pop()[1:]
                full = path + b"/" + name if path else name
                if kind == FOLDER_KIND:
                    path = full
                    stack.enter(name)
                    paths.append(full)
                elif (found := entry_of(stack.fd, full, others_too)) is not None:
                    yield found
        except OSError as error:
            need_word(error, path or b".")
            raise read_failed(path or b".", error) from error


def _in_folder(name: bytes) -> tuple[bool, bytes]:
    """Return a key that sorts names, each after its kind, in the order of a walk through their
    folder."""
    return name[:1] == FOLDER_KIND, name[1:]


def entry_of(folder: int, path: bytes, others_too: bool) -> tuple[bytes, bytes | None] | None:
    """Return what `entries` yields for an entry that is not a folder; None if it yields nothing.

    Raises:
        OSError: the entry is gone, or can't be read.
    """
    name = path.rpartition(b"/")[2]
    status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if stat.S_ISREG(status.st_mode):
        return path, None
    return (path, _record(folder, path, status)) if others_too else None


def _record(folder: int, path: bytes, status: os.stat_result) -> bytes:
    name = path.rpartition(b"/")[2]
    goal = os.readlink(name, dir_fd=folder) if stat.S_ISLNK(status.st_mode) else b""
    return record(_FILES + b"/" + path if path else _FILES, Owned.of(status), goal)
