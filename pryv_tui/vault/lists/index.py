"""`INDEX`: each copied file's state at its source, so that a later set can see if it is unchanged.

It has a line for each line of `SHA256SUMS`, in the same order, without the name:

    <mark> <device> <inode> <size> <mtime> <ctime>

Times are in nanoseconds. The mark is `s` (settled) if a file with equal values is certain to have
the content that was copied, otherwise `x`; it is a capital letter if the file had further names at
its source. For a SQLite database whose write-ahead log was merged into its copy, the last number is
negative and no time: it stands for the ctime and the log (`with_log`). Each walk that adds to the
list begins with `walk <offset>`, the offset of its first line in `SHA256SUMS`.

Two lists written by sorted walks are merged line by line, from any place on. Memory is constant,
except for one place kept per some hundred lines.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple

from pryv_tui.errors import PryvTuiError
from pryv_tui.formats.sqlite.hold import with_log
from pryv_tui.reading import LINE, lines_of, need_word, open_file
from pryv_tui.vault.lists.list_file import ListFile
from pryv_tui.vault.lists.sums import parse_line
from pryv_tui.vault.set_files import INDEX_NAME, SET_JSON, SUMS_NAME

SETTLED_NS = 60 * 10**9
"""A file that was changed less than 60 s before it was copied is never trusted by its times.

A change within one tick of the file system's clock leaves its times as they were. A write through a
memory mapping updates them only if the page was clean, and a page becomes clean again only after
some 35 s (Linux, Documentation/admin-guide/sysctl/vm.rst: dirty_expire_centisecs,
dirty_writeback_centisecs).
"""
_WALK = b"walk "
_OFFSET = re.compile(rb"\d{1,18}\n")
_NUMBER = re.compile(rb"\d{1,18}")
_PLAIN = re.compile(rb"(?>(?:[sx](?: -?+\d{1,20}+){5}|walk \d{1,18}+)\n)*+")
"""Matches lines if none is about a file with further names."""
_READ = 1 << 20
APART = 512
"""Files between two places at which reading a list can begin: 2,000 places for a million files."""
WALKS = 100
"""Most walks in a list, each read through its own file handle; a copy makes three at most."""


def any_settled(path: Path) -> bool:
    """Whether a later set could link to any file of an index; False if it can't be read."""
    try:
        return has_settled(path)
    except OSError:
        return False


def has_settled(path: Path) -> bool:
    """Whether a later set could link to any file of an index; False if the file is not an index.

    Raises:
        OSError: the file can't be read.
    """
    try:
        with open_file(path, follow=False) as file:
            return any(line[:2] in (b"s ", b"S ") for line in lines_of(file))
    except ValueError:
        return False


class SourceStat(NamedTuple):
    """A file's state at its source, after it was read."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int
    names: int
    """The file's number of hard links."""
    steady: bool
    """Whether it did not change while it was read: copies made from an equal state are equal."""
    newest_ns: int = 0
    """If `ctime_ns` is not a time: the newest time of the file and its log; else 0."""
    rights: str = ""
    """The rights that the copy grants to whoever executes it, in words; not in any list."""

    @property
    def identity(self) -> tuple[int, int, int, int, int]:
        """The values that an index records."""
        return self[:5]


NO_STAT = SourceStat(0, 0, 0, 0, 0, 1, steady=False)
"""Stands for a file about which nothing is known."""


def source_stat(
    status: os.stat_result,
    *,
    steady: bool = True,
    log: os.stat_result | None = None,
    rights: str = "",
) -> SourceStat:
    """Make one from a file's status; `log`: the status of a database's log if it is not empty."""
    return SourceStat(
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns if log is None else with_log(status, log),
        status.st_nlink,
        steady,
        0 if log is None else max(status.st_ctime_ns, log.st_mtime_ns, log.st_ctime_ns),
        rights,
    )


class IndexWriter(ListFile):
    """Writes an index beside a sums file, line for line."""

    def __init__(
        self,
        path: Path,
        *,
        append: bool,
        sums_offset: int,
        started_ns: int,
        settled_ns: int = SETTLED_NS,
    ) -> None:
        """Open the list; without `append` an existing one is replaced.

        Args:
            path: the list.
            append: add the lines of another walk to an existing list.
            sums_offset: offset of this walk's first line in the sums file.
            started_ns: time when this walk began.
            settled_ns: a later walk trusts a file's times only if its last change was more than
                this before `started_ns`.
        """
        super().__init__(path, append=append)
        self.settled_ns = started_ns - settled_ns
        """A file last changed before this time can later be recognised by its times."""
        self.write(b"%s%d\n" % (_WALK, sums_offset))

    def add(self, seen: SourceStat, *, linkable: bool) -> None:
        """Add a file; `linkable` is false if files of its kind are never linked."""
        calm = max(seen.mtime_ns, seen.ctime_ns, seen.newest_ns) < self.settled_ns
        mark = b"s" if linkable and seen.steady and calm else b"x"
        if seen.names > 1:
            mark = mark.upper()
        self.write(b"%s %d %d %d %d %d\n" % (mark, *seen[:5]))


def check_list(path: Path, digest: str) -> None:
    """Check that a list of a set has the hash recorded when it was written.

    Raises:
        PryvTuiError: `set-damaged`: the list is missing or differs.
    """
    if digest_of_list(path) != digest:
        raise PryvTuiError("set-damaged", f"{path} differs from its hash in {SET_JSON}")


def digest_of_list(path: Path) -> str:
    """The SHA-256 of a list, as hexadecimal digits.

    Raises:
        PryvTuiError: `set-damaged`: the list can't be read.
    """
    try:
        with open_file(path, follow=False) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        need_word(error, path)
        raise PryvTuiError("set-damaged", f"{path}: {error.strerror}") from error


class Indexed(NamedTuple):
    """One file of a set: its path, its hash, and its state at its source."""

    path: bytes
    digest: bytes
    settled: bool
    several_names: bool
    at_source: tuple[int, int, int, int, int]
    """Device, inode, size, mtime, ctime."""


class _Place(NamedTuple):
    """A place at which reading both lists can begin."""

    key: bytes
    """The `walk_key` of the file listed there; empty at a walk's beginning."""
    sums_at: int
    index_at: int
    number: int
    """The number of that file in its walk."""


class _Walk:
    """The list of one walk. Reading can begin at any place, and mostly goes forwards."""

    def __init__(self, places: list[_Place], files: int) -> None:
        self.places = places
        self._keys = [place.key for place in places]
        self.files = files
        self.read: Callable[[_Place], Iterator[Indexed]] = lambda _: iter(())
        """Reads the files from a place on."""
        self._slot = -1
        """Number of the place from which the list is being read."""
        self._key = b""
        """The key that was asked for last."""
        self._head: Indexed | None = None
        self._entries: Iterator[Indexed] = iter(())

    def place(self, key: bytes) -> _Place:
        """Return the last place at which reading can begin without missing this key or a later
        one."""
        return self.places[self._slot_of(key)]

    def take(self, path: bytes) -> Indexed | None:
        """Return the entry of a path; None if there is none."""
        if self._head is not None and self._head.path == path:
            return self._head  # usually it is the next one: then no keys are needed
        key = walk_key(path)
        slot = self._slot_of(key)
        if slot > self._slot or key < self._key:
            self._slot, self._entries = slot, self.read(self.places[slot])
            self._head = next(self._entries, None)
        self._key = key
        while self._head is not None and walk_key(self._head.path) < key:
            self._head = next(self._entries, None)
        return self._head if self._head is not None and self._head.path == path else None

    def _slot_of(self, key: bytes) -> int:
        return max(0, bisect_left(self._keys, key) - 1)


class IndexReader:
    """Reads the files of a host's part of a set, in the order in which a copy's walk asks."""

    def __init__(self, folder: Path, prefix: bytes, *, unfinished: bool = False) -> None:
        """Open the lists, after `check_list` has accepted them.

        Lists of a backup that did not finish (`unfinished`) end where the first of them ends.

        Raises:
            PryvTuiError: `set-damaged`: the lists can't be read.
        """
        self._folder = folder
        self._prefix = prefix
        self._unfinished = unfinished
        self._files: list[IO[bytes]] = []
        self.files = 0
        """Number of files."""
        self.bytes = 0
        """Bytes of the files at their source."""
        try:
            # Each walk of the copy is sorted for itself: they are read side by side.
            self._walked = self._walks()
            for walk in self._walked:
                self.files += walk.files
                walk.read = partial(self._entries, walk, *self._opened())
        except OSError as error:
            self.close()
            need_word(error, folder / INDEX_NAME)
            raise PryvTuiError("set-damaged", f"{folder / INDEX_NAME}: {error.strerror}") from error

    @property
    def walks(self) -> int:
        """Number of walks in the lists."""
        return len(self._walked)

    def take(self, path: bytes) -> Indexed | None:
        """Return the entry of a path; None if there is none. Asking in walk order is cheapest."""
        found = None
        for walked in self._walked:
            found = walked.take(path) or found
        return found

    def places(self, path: bytes) -> list[tuple[int, int, int]]:
        """Return where to read about `path` and all after it, for each walk: offsets in sums and
        index, and the number of lines from there on; some earlier lines may be included."""
        key = walk_key(path)
        found = ((walk.files, walk.place(key)) for walk in self._walked)
        return [(place.sums_at, place.index_at, files - place.number) for files, place in found]

    def all(self) -> Iterator[Indexed]:
        """Yield every file, walk by walk."""
        for walked in self._walked:
            yield from walked.read(walked.places[0])

    def close(self) -> None:
        """Close the files."""
        for file in self._files:
            file.close()

    def _walks(self) -> list[_Walk]:
        found: list[list[_Place]] = []
        counts: list[int] = []
        at = sums_at = 0
        with (
            open_file(self._folder / INDEX_NAME, follow=False) as file,
            open_file(self._folder / SUMS_NAME, follow=False) as sums,
        ):
            while line := file.readline(LINE):
                at += len(line)
                if not line.endswith(b"\n"):
                    break  # cut off: in a finished list `check_list` would have found that
                if line.startswith(_WALK):
                    sums_at = sums.seek(self._number(line[len(_WALK) :]))
                    found.append([_Place(b"", sums_at, at, 0)])
                    counts.append(0)
                    if len(found) > WALKS:
                        raise self._no_list()
                elif found:
                    name = sums.readline(LINE)
                    if counts[-1] and not counts[-1] % APART:
                        with contextlib.suppress(ValueError):  # the reader of this line reports it
                            path, _ = parse_line(name.removesuffix(b"\n"))
                            key = walk_key(path[len(self._prefix) :])
                            found[-1].append(_Place(key, sums_at, at - len(line), counts[-1]))
                    sums_at += len(name)
                    counts[-1] += 1
                    self.bytes += _size(line)
        return [_Walk(*walk) for walk in zip(found, counts, strict=True)]

    def _number(self, text: bytes) -> int:
        if not _OFFSET.fullmatch(text):
            raise self._no_list()
        return int(text)

    def _opened(self) -> tuple[IO[bytes], IO[bytes]]:
        """Open both lists, for one walk."""
        for name in (INDEX_NAME, SUMS_NAME):
            self._files.append(open_file(self._folder / name, follow=False))
        return self._files[-2], self._files[-1]

    def _entries(
        self, walk: _Walk, index: IO[bytes], sums: IO[bytes], place: _Place
    ) -> Iterator[Indexed]:
        index.seek(place.index_at)
        sums.seek(place.sums_at)
        prefix = len(self._prefix)
        for _ in range(walk.files - place.number):
            try:
                mark, *numbers = index.readline(LINE).split()
                device, inode, size, mtime, ctime = map(int, numbers)
                path, digest = parse_line(sums.readline(LINE).removesuffix(b"\n"))
            except ValueError:
                if self._unfinished:
                    return
                raise self._no_list() from None
            at_source = (device, inode, size, mtime, ctime)
            yield Indexed(path[prefix:], digest, mark in (b"s", b"S"), mark.isupper(), at_source)

    def _no_list(self) -> PryvTuiError:
        return PryvTuiError("set-damaged", f"{self._folder / INDEX_NAME} is not its set's index")


def _size(line: bytes) -> int:
    """Return a file's size from its line; 0 if the line is malformed: its reader reports that."""
    number = line.split(b" ", 4)[3:4]
    return int(number[0]) if number and _NUMBER.fullmatch(number[0]) else 0


def walk_key(path: bytes) -> bytes:
    """Return a key that sorts paths in walk order: a folder's files, then its folders."""
    folder, slash, name = path.rpartition(b"/")
    if not slash:
        return b"\0" + name
    # Names have no NUL, so a name sorts before longer ones that begin with it.
    return b"\1" + folder.replace(b"/", b"\0\1") + b"\0\0" + name


def names_with_others(folder: Path, prefix: bytes) -> frozenset[bytes]:
    """Return the paths of files in a host's part of a set that had several names at their source.

    Link counts don't tell, since sets share inodes with each other. If no file had several names,
    this does not check that both lists fit together; `IndexReader.all` checks that.

    Raises:
        PryvTuiError: `set-damaged`.
    """
    with contextlib.suppress(OSError), open_file(folder / INDEX_NAME, follow=False) as file:
        # Usually there are none, which is found in a twentieth of the time needed for the paths.
        if all(map(_PLAIN.fullmatch, iter(lambda: file.read(_READ) + file.readline(LINE), b""))):
            return frozenset()
    reader = IndexReader(folder, prefix)
    try:
        return frozenset(entry.path for entry in reader.all() if entry.several_names)
    finally:
        reader.close()
