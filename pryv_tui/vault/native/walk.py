"""What a count asks of `leaves.c`: how much folders of plain files hold."""

from __future__ import annotations

import ctypes

from pryv_tui.vault.files.pieces import Ahead
from pryv_tui.vault.native.library import opened


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


def load_counter(sqlite: tuple[str, ...] = ()) -> NativeCounter | None:
    """As `library.load`, to count folders."""
    found = opened(sqlite, Ahead.NEVER)
    return NativeCounter(*found) if found is not None else None
