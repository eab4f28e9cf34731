"""`leaves.c`, called from Python: folders of plain files in one call instead of dozens.

It is built when the package is installed, where there is a C compiler (`hatch_build.py`). Without
it everything is done by Python alone, with the same result to the byte, and takes longer.
"""

from __future__ import annotations

import ctypes
import os
import re
import struct
from typing import NamedTuple

from pryv_tui.vault.copy_messages import BATCH_BYTES, FormerFiles, Lines, ListedFiles

LIBRARY = os.path.join(os.path.dirname(__file__), "leaves.so")  # noqa: PTH118, PTH120 (a start's time)
VERSION = 2
"""Of the functions called here, as the library tells it: another one is left alone."""
LISTS_BYTES = 1 << 20
"""Room for the lines of one folder; one that needs more is left."""
FILES = 512
"""Files at most of one folder; one that has more is left."""
_LEFT = 0
_FORMER = struct.Struct("=QQqqq32sI")
_LISTED = struct.Struct("=32sII")
_LARGEST = (1 << 63) - 1
_WILD = re.compile(rb"[*?\[\]]")


class _Order(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_int64)
        for name in (
            "source",
            "target",
            "former",
            "links_tell",
            "linkable",
            "read_former",
            "read_source",
            "settled_ns",
            "most_bytes",
        )
    ]


class _Result(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_int64)
        for name in ("sums", "index", "tree", "files", "bytes", "linked_files", "linked_bytes")
    ]


class _Checked(ctypes.Structure):
    _fields_ = [
        ("bytes", ctypes.c_int64),
        ("count", ctypes.c_int64),
        ("wrong", ctypes.c_int64 * FILES),
    ]


class Ways(NamedTuple):
    """What stays the same for all folders of a copy."""

    links_tell: bool
    settled_ns: int
    """A file that changed last before this is told from its times later on (`index`)."""
    read_former: bool = False
    read_source: bool = False
    """Read a file's former copy, and the file, before it is linked: both have to have its hash."""


class Compiled:
    """One worker's use of the library; not for two threads at once."""

    def __init__(self, library: ctypes.CDLL, handle: int, ways: Ways) -> None:
        """Take over what `leaves_open` returned."""
        self._library = library
        self._handle = ctypes.c_void_p(handle)
        self._copy = library.leaves_copy
        self._check = library.leaves_check
        self._order = _Order(
            links_tell=ways.links_tell,
            read_former=ways.read_former,
            read_source=ways.read_source,
            settled_ns=max(-_LARGEST, min(_LARGEST, ways.settled_ns)),
            most_bytes=BATCH_BYTES,
        )
        self._result = _Result()
        self._order_at = ctypes.byref(self._order)
        self._result_at = ctypes.byref(self._result)
        self._lists = ctypes.create_string_buffer(LISTS_BYTES)
        self._read = memoryview(self._lists).cast("B")
        self._checked = _Checked()
        self._checked_at = ctypes.byref(self._checked)

    def copy(
        self,
        ends: tuple[int, int, int | None],
        name: bytes,
        listed_as: bytes,
        former: FormerFiles,
        *,
        linkable: bool,
        most: int,
    ) -> Lines | None:
        """Copy a folder of plain files, or link to its former copy what did not change.

        Args:
            ends: the folder that holds it, at the source, at the destination and in the former set.
            name: its own name.
            listed_as: its path as the lists of the set say it.
            former: what the former set says of its files.
            linkable: whether a set may link to its files in another.
            most: bytes to copy at most.

        Returns:
            what the lists say of it; None where it was left, and nothing was done.

        Raises:
            OSError: what was begun could not be taken away again.
        """
        order = self._order
        order.source, order.target = ends[0], ends[1]
        order.former = -1 if ends[2] is None else ends[2]
        order.linkable, order.most_bytes = linkable, most
        try:
            entries = b"".join(
                [
                    _FORMER.pack(*at_source, digest, len(file)) + file
                    for file, (digest, at_source) in former
                ]
            )
        except struct.error:
            return None  # times that are too far away
        done = self._copy(
            self._handle,
            self._order_at,
            name,
            listed_as,
            entries,
            len(entries),
            self._lists,
            LISTS_BYTES,
            self._result_at,
        )
        if done == _LEFT:
            return None
        if done < 0:
            raise OSError(-done, os.strerror(-done))
        result, read = self._result, self._read
        sums = result.sums
        index = sums + result.index
        return Lines(
            read[:sums].tobytes(),
            read[sums:index].tobytes(),
            read[index : index + result.tree].tobytes(),
            result.files,
            result.bytes,
            result.linked_files,
            result.linked_bytes,
        )

    def check(
        self, holder: int, name: bytes, listed: ListedFiles, most: int
    ) -> tuple[int, list[int]] | None:
        """Compare a folder of plain files with what is listed.

        Args:
            holder: the folder that holds it, open.
            name: its own name.
            listed: all that it should hold, in order.
            most: bytes that a file may have at most.

        Returns:
            the bytes that were read, and the numbers of files that are not what they should be or
            can't be read; None where it was left, and nothing was read.
        """
        entries = b"".join(
            [
                _LISTED.pack(digest or b"", digest is not None, len(file)) + file
                for file, digest in listed
            ]
        )
        done = self._check(
            self._handle, holder, name, entries, len(entries), most, self._checked_at
        )
        if done == _LEFT:
            return None
        found = self._checked
        return found.bytes, found.wrong[: found.count]

    def close(self) -> None:
        """Give back what it holds."""
        self._read.release()
        self._library.leaves_close(self._handle)


def load(ways: Ways, sqlite: tuple[str, ...] = ()) -> Compiled | None:
    """The library, ready for use; None where there is none that fits, or it can't be used.

    Args:
        ways: what stays the same.
        sqlite: as in `Selection`: folders that hold what may be a database are left.
    """
    tails = _tails(sqlite)
    if tails is None:
        return None
    try:
        library = ctypes.CDLL(LIBRARY)
        if library.leaves_version() != VERSION:
            return None
    except (OSError, AttributeError):
        return None
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int64
    library.leaves_open.restype = pointer
    library.leaves_open.argtypes = [text, ctypes.c_size_t]
    library.leaves_close.argtypes = [pointer]
    library.leaves_close.restype = None
    library.leaves_copy.argtypes = [
        pointer,
        pointer,
        text,
        text,
        text,
        number,
        pointer,
        number,
        pointer,
    ]
    library.leaves_check.argtypes = [pointer, ctypes.c_int, text, text, number, number, pointer]
    handle = library.leaves_open(tails, len(tails))
    return Compiled(library, handle, ways) if handle else None


def _tails(sqlite: tuple[str, ...]) -> bytes | None:
    """How a name must end that the globs could mean, or a database's companion; None: anyhow."""
    from pryv_tui.vault.selection import COMPANIONS

    tails = []
    for glob in sqlite:
        tail = _WILD.split(os.fsencode(glob))[-1].rpartition(b"/")[2]
        if not tail:
            return None
        tails += [tail, *(tail + companion for companion in COMPANIONS)]
    return b"".join(tail + b"\0" for tail in tails) + b"\0"
