"""What a walk asks of `leaves.c`: which folders are leaves, and how much they hold."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator

from pryv_tui.vault.files.leaf import Ahead
from pryv_tui.vault.native.library import LIBRARY, library_here, opened


class Counted(ctypes.Structure):
    """What leaf folders hold, as in `TreeCount`."""

    _fields_ = [(name, ctypes.c_int64) for name in ("folders", "files", "bytes")]
    folders: int
    files: int
    bytes: int


class NativeCounter:
    """Counts leaf folders; for one thread."""

    def __init__(self, library: ctypes.CDLL, handle: int) -> None:
        """Take over the handle that `leaves_open` returned."""
        self._library = library
        self._handle = ctypes.c_void_p(handle)
        self.counted = Counted()

    def count(self, holder: int, names: list[bytes]) -> list[bytes]:
        """Add folders of an open one to `counted`; returns those that hold more than plain files.

        Of these nothing was added. So it is with what vanished or can't be read.
        """
        left = ctypes.create_string_buffer(len(names))
        self._library.leaves_count(
            self._handle,
            holder,
            b"\0".join(names) + b"\0",
            len(names),
            left,
            ctypes.byref(self.counted),
        )
        return [name for name, one in zip(names, left.raw, strict=True) if one]

    def close(self) -> None:
        """Close the handle."""
        self._library.leaves_close(self._handle)


class NativeProbe:
    """Tells which folders are leaves, without opening them."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._tell = library.leaves_tell

    def leaves(
        self, holder: int, names: list[bytes], never: tuple[int, int]
    ) -> Iterator[tuple[bytes, bool]]:
        """Tell of each of an open folder's folders whether it holds none (`leaf_look.is_leaf`).

        Args:
            holder: the folder that holds them.
            names: their own names.
            never: device and inode of one that is not to be taken for such, whatever it holds.
        """
        leaf = ctypes.create_string_buffer(len(names))
        self._tell(holder, b"\0".join(names) + b"\0", len(names), *never, leaf)
        return zip(names, map(bool, leaf.raw), strict=True)


def load_counter(sqlite: tuple[str, ...] = ()) -> NativeCounter | None:
    """As `library.load`, to count folders."""
    found = opened(sqlite, Ahead.NEVER)
    return NativeCounter(*found) if found is not None else None


def load_probe(path: str = LIBRARY) -> NativeProbe | None:
    """As `library.load`, to tell which folders are leaves."""
    library = library_here(path)
    return NativeProbe(library) if library is not None else None
