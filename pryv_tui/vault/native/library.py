"""Python's side of `leaves.c`: dozens of leaf folders are copied or checked in one call.

It is built when the package is installed, where there is a C compiler (`hatch_build.py`). Without
it everything is done by Python alone, with the same result to the byte, and takes longer.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import re
import struct
from typing import NamedTuple

from pryv_tui.vault.files.leaf import BATCH_BYTES, Ahead, Lines, ListedFiles, ParentFiles
from pryv_tui.vault.files.linking import Proof

LIBRARY = os.path.join(os.path.dirname(__file__), "leaves.so")  # noqa: PTH118, PTH120 (a start's time)
SOURCES = ("leaves.c", "sha256.h", "ahead.h", "count.h", "file.h", "copy.h", "check.h")
"""The sources that it is built of, beside it; as in `hatch_build.py`."""
VERSION = 8
"""Version of the functions called here; a library that tells another one is not used."""
LIST_BYTES = 1 << 18
"""Room for the lines of each list in one call; a folder that needs more is left to Python."""
FILES = 512
"""Most files of a folder; one that has more is left to Python."""
_LEFT = 0
_PARENT = struct.Struct("=QQqqq32sI")
_LARGEST = (1 << 63) - 1
_WILD = re.compile(rb"[*?\[\]]")


class _Order(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_int64)
        for name in (
            "source",
            "target",
            "parent",
            "links_tell",
            "linkable",
            "read_parent",
            "read_source",
            "settled_ns",
            "most_bytes",
            "calm_ns",
        )
    ]


class _Lists(ctypes.Structure):
    _fields_ = [
        *[(name, ctypes.c_void_p) for name in ("sums", "index", "tree")],
        *[(f"{name}_room", ctypes.c_int64) for name in ("sums", "index", "tree")],
        *[(f"{name}_used", ctypes.c_int64) for name in ("sums", "index", "tree")],
        *[
            (name, ctypes.c_int64)
            for name in (
                "folders",
                "files",
                "bytes",
                "linked_files",
                "linked_bytes",
            )
        ],
        ("read", ctypes.c_int64),
        ("full", ctypes.c_int64),
    ]


class _Checked(ctypes.Structure):
    _fields_ = [
        ("folders", ctypes.c_int64),
        ("bytes", ctypes.c_int64),
        ("count", ctypes.c_int64),
        ("folder", ctypes.c_int64 * FILES),
        ("file", ctypes.c_int64 * FILES),
    ]


class CopyOptions(NamedTuple):
    """Options that are the same for all folders of a copy."""

    links_tell: bool
    settled_ns: int
    """A file that changed last before this can be told from its times later on (`index`)."""
    proof: Proof = Proof.TIMES
    """What must prove that a file is unchanged before it is linked to its copy in the parent."""
    ahead: Ahead = Ahead.NEVER
    calm_ns: int = 0
    """See `same_file.calm_before`."""
    list_bytes: int = LIST_BYTES
    """Room for what each list says of the folders of one call."""


class CopiedFolders(NamedTuple):
    """The result of one call: leaf folders of one folder that were copied."""

    folders: int
    """How many of them were copied, from the first on."""
    lines: Lines
    """Their lines for the lists, one after the other."""
    read: int
    """Bytes of content that were read."""
    full: bool
    """Whether the next one was left only because there was no room."""


class NativeFolders:
    """A handle of the library, for one thread at a time."""

    def __init__(self, library: ctypes.CDLL, handle: int, options: CopyOptions) -> None:
        """Take over the handle that `leaves_open` returned."""
        self._library = library
        self._handle = ctypes.c_void_p(handle)
        self._copy = library.leaves_copy
        self._check = library.leaves_check
        self._order = _Order(
            links_tell=options.links_tell,
            read_parent=options.proof is not Proof.TIMES,
            read_source=options.proof is Proof.BOTH_READ,
            settled_ns=max(-_LARGEST, min(_LARGEST, options.settled_ns)),
            most_bytes=BATCH_BYTES,
            calm_ns=options.calm_ns,
        )
        self._order_at = ctypes.byref(self._order)
        self._buffers = [ctypes.create_string_buffer(options.list_bytes) for _ in range(3)]
        self._read = [memoryview(buffer).cast("B") for buffer in self._buffers]
        self._lists = _Lists(*map(ctypes.addressof, self._buffers), *[options.list_bytes] * 3)
        self._lists_at = ctypes.byref(self._lists)
        self._checked = _Checked()
        self._checked_at = ctypes.byref(self._checked)

    def copy(
        self,
        ends: tuple[int, int, int | None],
        names: list[bytes],
        lead: bytes,
        parent: list[ParentFiles],
        *,
        linkable: bool,
        most: int,
    ) -> CopiedFolders:
        """Copy folders of plain files, or link to their copies in the parent what did not change.

        Args:
            ends: the folder that holds them, at the source, at the destination and in the
                parent.
            names: their own names.
            lead: what stands before those in the lists of the set.
            parent: what the parent says of the files of each; empty where there is none.
            linkable: whether a set may link to their files in another.
            most: bytes to read at most.

        Returns:
            those that were copied; the one after them was left, and nothing of it was done.

        Raises:
            OSError: what was begun of the one that it names could not be taken away again.
        """
        order, lists = self._order, self._lists
        order.source, order.target = ends[0], ends[1]
        order.parent = -1 if ends[2] is None else ends[2]
        order.linkable, order.most_bytes = linkable, most
        lists.sums_used = lists.index_used = lists.tree_used = lists.read = lists.full = 0
        lists.folders = lists.files = lists.bytes = lists.linked_files = lists.linked_bytes = 0
        entries, lengths, count = b"", None, len(names)
        if parent:
            packed = _packed(parent)
            count = len(packed)  # not those with times that are too far away
            entries = b"".join(packed)
            lengths = (ctypes.c_int64 * count)(*map(len, packed))
        done = self._copy(
            self._handle,
            self._order_at,
            b"\0".join(names) + b"\0",
            count,
            lead,
            entries,
            lengths,
            self._lists_at,
        )
        if done < 0:
            raise OSError(-done, os.strerror(-done), names[lists.folders])
        sums, index, tree = self._read
        lines = Lines(
            sums[: lists.sums_used].tobytes(),
            index[: lists.index_used].tobytes(),
            tree[: lists.tree_used].tobytes(),
            lists.files,
            lists.bytes,
            lists.linked_files,
            lists.linked_bytes,
        )
        return CopiedFolders(lists.folders, lines, lists.read, bool(lists.full))

    def check(
        self,
        holder: int,
        names: list[bytes],
        listed: list[ListedFiles],
        heads: list[bytes] | None,
        most: int,
    ) -> tuple[list[list[int] | None], int]:
        """Compare folders of plain files with what is listed.

        Args:
            holder: the folder that holds them, open.
            names: their own names.
            listed: what is listed of the files of each.
            heads: what is listed of each itself; None: nothing.
            most: bytes that one may have at most, and after which no other is begun.

        Returns:
            of each that was compared, from the first on, the numbers of files that are not what
            they should be or can't be read; of the one after them nothing was read. And the bytes
            that were read.

        Raises:
            OSError: there are too few descriptors, or too little memory, to read a file, or this
                user may not.
        """
        count = len(names)
        failed = self._check(
            self._handle,
            holder,
            b"\0".join(names) + b"\0",
            count,
            b"\0".join(heads) + b"\0" if heads else None,
            b"".join(listed),
            (ctypes.c_int64 * count)(*map(len, listed)),
            most,
            self._checked_at,
        )
        if failed:
            raise OSError(-failed, os.strerror(-failed))
        found = self._checked
        wrong: list[list[int] | None] = [[] for _ in range(found.folders)]
        for at in range(found.count):
            of = wrong[found.folder[at]]
            assert of is not None
            of.append(found.file[at])
        for of in wrong:
            if of:
                of.sort()  # the longest are hashed first
        return wrong, found.bytes

    @property
    def cold(self) -> bool:
        """Whether the last folders had to come from the disk."""
        return bool(self._library.leaves_cold(self._handle))

    def close(self) -> None:
        """Close the handle."""
        for read in self._read:
            read.release()
        self._library.leaves_close(self._handle)


def _packed(parent: list[ParentFiles]) -> list[bytes]:
    """Files of the parent as C reads them, up to the first folder with times that C can't hold."""
    packed = []
    for files in parent:
        try:
            entries = [
                _PARENT.pack(*at_source, digest, len(file)) + file
                for file, (digest, at_source) in files
            ]
        except struct.error:
            break
        packed.append(b"".join(entries))
    return packed


def load(
    options: CopyOptions, sqlite: tuple[str, ...] = (), library: str = LIBRARY
) -> NativeFolders | None:
    """Open the library; None where there is none that fits, or it can't be used.

    Args:
        options: what stays the same.
        sqlite: as in `Selection`: folders that hold what may be a database are left.
        library: where it was built.
    """
    found = opened(sqlite, options.ahead, library)
    return NativeFolders(*found, options) if found is not None else None


def opened(
    sqlite: tuple[str, ...], ahead: Ahead, path: str = LIBRARY
) -> tuple[ctypes.CDLL, int] | None:
    """The library and a handle of it, for one thread; None as for `load`."""
    tails = _tails(sqlite)
    if tails is None or (library := library_here(path)) is None:
        return None
    handle = library.leaves_open(tails, len(tails), ahead)
    return (library, handle) if handle else None


def why_not(path: str = LIBRARY) -> str:
    """Why the library can't be used, in words; empty: it can."""
    if not os.path.exists(path):  # noqa: PTH110 (as for `LIBRARY`)
        return "the C library was not built, for want of a C compiler when this was installed"
    library = library_here(path)
    if library is None:
        return "the C library was built of other sources, or is of another machine"
    handle = library.leaves_open(b"\0", 1, Ahead.NEVER)
    if not handle:
        return "the C library found no OpenSSL (libcrypto.so.3)"
    library.leaves_close(handle)
    return ""


def library_here(path: str = LIBRARY, version: int = VERSION) -> ctypes.CDLL | None:
    """The library; None where it was not built, or of sources other than those beside it."""
    try:
        library = ctypes.CDLL(path)
        library.leaves_source.restype = ctypes.c_char_p
        if library.leaves_version() != version or library.leaves_source() != _source(path):
            return None
    except (OSError, AttributeError):
        return None
    pointer, text, whole = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    library.leaves_open.restype = pointer
    library.leaves_open.argtypes = [text, ctypes.c_size_t, whole]
    library.leaves_close.argtypes = [pointer]
    library.leaves_close.restype = None
    library.leaves_copy.argtypes = [pointer, pointer, text, whole, text, text, pointer, pointer]
    library.leaves_check.argtypes = [
        pointer,
        whole,
        text,
        whole,
        text,
        text,
        pointer,
        ctypes.c_int64,
        pointer,
    ]
    library.leaves_count.argtypes = [pointer, whole, text, whole, text, pointer]
    library.leaves_count.restype = None
    number = ctypes.c_uint64
    library.leaves_tell.argtypes = [whole, text, whole, number, number, text]
    library.leaves_tell.restype = None
    return library


def _source(library: str) -> bytes:
    """SHA-256 of the sources beside the library: one built of others does something else."""
    digest = hashlib.sha256()
    for name in SOURCES:
        with open(os.path.join(os.path.dirname(library), name), "rb") as file:  # noqa: PTH118, PTH120
            digest.update(file.read())
    return digest.hexdigest().encode()


def _tails(sqlite: tuple[str, ...]) -> bytes | None:
    """The endings of all names that the globs can mean, and of their companions; None: any name."""
    from pryv_tui.formats.sqlite.names import COMPANIONS

    tails = []
    for glob in sqlite:
        tail = _WILD.split(os.fsencode(glob))[-1].rpartition(b"/")[2]
        if not tail:
            return None
        tails += [tail, *(tail + companion for companion in COMPANIONS)]
    return b"".join(tail + b"\0" for tail in tails) + b"\0"
