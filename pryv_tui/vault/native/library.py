"""The Python side of `subtrees.c`, which copies, reads or counts thousands of entries per call.

The library is built when the package is installed, if there is a C compiler (`hatch_build.py`).
Without the library Python does all the work: slower, with the same result to the byte.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import re
import struct
import threading
from collections.abc import Sequence
from functools import cache

from pryv_tui.platform.disks import SNAPSHOTS
from pryv_tui.vault.files.linking import Proof
from pryv_tui.vault.files.pieces import (
    FORMERS,
    LISTS,
    Ahead,
    CopyOptions,
    Kind,
    Left,
    Lines,
    Piece,
    Places,
    Work,
)
from pryv_tui.vault.native.structs import BUFFERS, Lists, Order

LIBRARY = os.path.join(os.path.dirname(__file__), "subtrees.so")  # noqa: PTH118, PTH120 (a start's time)
_HEADERS = ("sha256", "ahead", "hash", "former", "database", "file", "lines", "subtree")
SOURCES = ("subtrees.c", *(f"{name}.h" for name in _HEADERS))
"""The library's source files, in this folder; the same list as in `hatch_build.py`."""
VERSION = 12
"""Version of the functions called here. A library with another version is not used."""
TOLD_BYTES = 1 << 18
"""Least bytes to reserve for the entries left by one call: one entry per folder on the way down."""
_TOLD = struct.Struct("@5qQ3I4x")
_LARGEST = (1 << 63) - 1
_WILD = re.compile(rb"[*?\[\]]")
_ROOM = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.c_size_t)(("PyMem_RawMalloc", ctypes.pythonapi))
_LET_GO = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)(("PyMem_RawFree", ctypes.pythonapi))


class NativeFolders:
    """An opened handle of the library; only one thread at a time may use it."""

    def __init__(self, library: ctypes.CDLL, handle: int, options: CopyOptions) -> None:
        """Take over a handle from `subtrees_open`."""
        self._library = library
        self._handle = ctypes.c_void_p(handle)
        self._do = library.subtrees_do
        self._lock, self._works = threading.Lock(), False
        proofs = [*options.proofs, Proof.TIMES, Proof.TIMES][:FORMERS]
        part, parts = options.part
        self._order = Order(
            part=part,
            parts=parts,
            links_tell=options.links_tell,
            read_former=_numbers([proof != Proof.TIMES for proof in proofs]),
            read_source=_numbers([proof == Proof.BOTH_READ for proof in proofs]),
            settled_ns=max(-_LARGEST, min(_LARGEST, options.settled_ns)),
            calm_ns=options.calm_ns,
            largest=options.largest,
            device=options.never[0],
            inode=options.never[1],
            prefix=options.prefix,
        )
        self._snapshots = b"".join(os.fsencode(name) + b"\0" for name in SNAPSHOTS) + b"\0"
        if options.no_snapshots:
            self._order.snapshots = self._snapshots
        self._order_at = ctypes.byref(self._order)
        rooms = [options.list_bytes] * 3 + [max(options.list_bytes, TOLD_BYTES)]
        # Not zeroed like a ctypes buffer: with few files most of it is never touched.
        self._read: list[memoryview] = []
        self._buffers = [_ROOM(room) for room in rooms]
        if not all(self._buffers):
            self.close()
            raise MemoryError
        for room, at in zip(rooms, self._buffers, strict=True):
            self._read.append(memoryview((ctypes.c_ubyte * room).from_address(at)).cast("B"))
        self._lists = Lists(*self._buffers, *rooms)
        self._lists_at = ctypes.byref(self._lists)
        self._moved = []
        for at, one in enumerate(options.lists):
            self._moved.append(_numbers([*one.moved, -1]))
            where = (one.sums_path, one.index_path, one.prefix)
            library.subtrees_read(self._handle, at, one.former, *where, self._moved[-1])

    def do(
        self,
        ends: tuple[int, int],
        formers: dict[int, int],
        names: list[bytes],
        lead: bytes,
        places: Places,
        *,
        linkable: bool = False,
        most: int,
        entries: int,
        stop: int = 0,
        work: Work = Work.COPY,
    ) -> Piece:
        """Copy entries of a folder with everything below them. Unchanged files are linked.

        The call ends when the buffers are full or enough is done.

        Args:
            ends: the folder's descriptors at the source and at the destination; -1 if there is
                none, since entries are only read or counted.
            formers: the folder's descriptors in earlier copies, by the number of the copy.
            names: names of the entries in walk order, each after its kind.
            lead: prefix of these names in the lists of the set.
            places: positions of the first entry in the lists of the earlier copies.
            linkable: whether these files may be linked, by this set and by later ones.
            most: bytes to read, after which nothing new is begun.
            entries: most files and folders to begin.
            stop: memory address of the stop signal, as `Board.address`; 0: none.
            work: `READ` or `COUNT`: read or count the entries instead of copying them.

        Raises:
            OSError: something was created and could not be removed again; the error names its
                entry.
        """
        order, lists = self._order, self._lists
        order.work = work
        order.source, order.target = ends
        order.former = _numbers([formers.get(at, -1) for at in range(FORMERS)])
        order.linkable, order.most_bytes, order.most_entries = linkable, most, entries
        order.stop = stop
        self._works = True
        for field in Lists._fields_[2 * len(BUFFERS) :]:
            setattr(lists, field[0], 0)
        done = self._do(
            self._handle,
            self._order_at,
            b"\0".join(names) + b"\0",
            len(names),
            lead,
            _numbers([*places, *[0] * (3 * LISTS - len(places))]),
            self._lists_at,
        )
        self._works = False
        parts = self._parts()
        if done < 0:
            path = next(
                one.path for one in parts if isinstance(one, Left) and one.kind == Kind.FAILED
            )
            raise OSError(-done, os.strerror(-done), path)
        return Piece(
            lists.begun,
            parts,
            lists.folders,
            lists.bytes,
            lists.linked_files,
            lists.linked_bytes,
            lists.read,
            lists.entries,
            lists.files,
        )

    @property
    def entries(self) -> int:
        """Number of files and folders begun in this call; may be read from another thread."""
        return int(self._lists.entries)

    @property
    def at(self) -> bytes:
        """The path that is being worked on, empty if none; may be read from another thread."""
        with self._lock:
            if not self._works:
                return b""
            return ctypes.string_at(self._handle)[self._order.prefix :]

    def _parts(self) -> list[Lines | Left]:
        """Return the list lines and the entries that were left, in walk order."""
        lists, prefix = self._lists, self._order.prefix
        parts: list[Lines | Left] = []
        at, said = 0, [0, 0, 0, 0]
        while at < lists.told_used:
            *here, device, inode, kind, path, since = _TOLD.unpack_from(self._read[3], at)
            at += _TOLD.size
            text = self._read[3][at : at + path + since].tobytes()
            at += path + since
            self._lines(parts, said, here)
            said = here
            parts.append(Left(kind, text[prefix:path], text[path:], (device, inode)))
        end = (lists.sums_used, lists.index_used, lists.tree_used, lists.files)
        self._lines(parts, said, end)
        return parts

    def _lines(self, parts: list[Lines | Left], since: Sequence[int], until: Sequence[int]) -> None:
        sums, index, tree = (
            buffer[one:other].tobytes()
            for buffer, one, other in zip(self._read[:3], since, until, strict=False)
        )
        if sums or index or tree:
            parts.append(Lines(sums, index, tree, until[3] - since[3]))

    def close(self) -> None:
        """Close the handle, and free its buffers."""
        for read in self._read:
            read.release()
        for buffer in self._buffers:
            _LET_GO(buffer)
        self._read, self._buffers = [], []
        with self._lock:
            self._works = False
            self._library.subtrees_close(self._handle)


def _numbers(values: Sequence[int]) -> ctypes.Array[ctypes.c_int64]:
    return (ctypes.c_int64 * len(values))(*values)


def load(
    options: CopyOptions, sqlite: tuple[str, ...] = (), library: str = LIBRARY
) -> NativeFolders | None:
    """Open the library; None if it was not built, does not match these sources, or can't be used.

    Args:
        options: options for all calls.
        sqlite: as in `Selection`: databases with these names are left to Python if SQLite has to
            copy them.
        library: path of the library.
    """
    tails = _tails(sqlite)
    if tails is None or (here := _loaded(library)) is None:
        return None
    handle = here.subtrees_open(tails, len(tails), options.ahead)
    return NativeFolders(here, handle, options) if handle else None


def why_not(path: str = LIBRARY) -> str:
    """Return why the library can't be used, in words; empty if it can be used."""
    if not os.path.exists(path):  # noqa: PTH110 (as for `LIBRARY`)
        return "the C library was not built, since there was no C compiler when this was installed"
    library = library_here(path)
    if library is None:
        return "the C library was built from other sources, or for another machine"
    handle = library.subtrees_open(b"\0", 1, Ahead.NEVER)
    if not handle:
        return "the C library found no OpenSSL (libcrypto.so.3)"
    library.subtrees_close(handle)
    return ""


@cache
def fits(sqlite: tuple[str, ...] = ()) -> bool:
    """Whether the library can be used for a tree with databases of these names."""
    return _tails(sqlite) is not None and not why_not()


def library_here(path: str = LIBRARY, version: int = VERSION) -> ctypes.CDLL | None:
    """Load the library; None if it was not built, or was built from other sources than those
    here."""
    try:
        library = ctypes.CDLL(path)
        library.subtrees_source.restype = ctypes.c_char_p
        if library.subtrees_version() != version or library.subtrees_source() != _source(path):
            return None
    except (OSError, AttributeError):
        return None
    pointer, text, whole = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    library.subtrees_open.restype = pointer
    library.subtrees_open.argtypes = [text, ctypes.c_size_t, whole]
    library.subtrees_close.argtypes = [pointer]
    library.subtrees_close.restype = None
    library.subtrees_do.argtypes = [pointer, pointer, text, whole, text, pointer, pointer]
    library.subtrees_read.argtypes = [pointer, whole, whole, text, text, ctypes.c_int64, pointer]
    return library


_loaded = cache(library_here)
"""Same as `library_here`, but loaded once for all threads: each load reads the sources."""


def _source(library: str) -> bytes:
    """Return the SHA-256 of the sources beside the library. A library built from other sources may
    act differently."""
    digest = hashlib.sha256()
    for name in SOURCES:
        with open(os.path.join(os.path.dirname(library), name), "rb") as file:  # noqa: PTH118, PTH120
            digest.update(file.read())
    return digest.hexdigest().encode()


def _tails(sqlite: tuple[str, ...]) -> bytes | None:
    """Return the suffixes of all names that the globs can match, and of their companions; None if
    any name can match."""
    from pryv_tui.formats.sqlite.names import COMPANIONS

    tails = []
    for glob in sqlite:
        tail = _WILD.split(os.fsencode(glob))[-1].rpartition(b"/")[2]
        if not tail:
            return None
        tails += [tail, *(tail + companion for companion in COMPANIONS)]
    return b"".join(tail + b"\0" for tail in tails) + b"\0"
