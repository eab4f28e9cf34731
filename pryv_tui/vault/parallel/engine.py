"""How copies, checks and counts are carried out: one object, created at the edge and passed on.

The content of a copy, and whether it is right, depend on none of this: two engines must produce the
same set, byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from pryv_tui.filesystem.durable import sync_filesystem
from pryv_tui.filesystem.holes import MOST_HOLES
from pryv_tui.filesystem.standstill import PATIENT, Patient, Watch
from pryv_tui.formats.sqlite.inside import WAITS, Waits
from pryv_tui.vault.files.pieces import BATCH_BYTES, BATCH_ENTRIES, Ahead
from pryv_tui.vault.files.progress import Meter
from pryv_tui.vault.files.types import CancelToken
from pryv_tui.vault.lists.index import SETTLED_NS


class CopyEngine(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of copies, checks and counts; the defaults are those of a backup."""

    workers: int | None = None
    """Number of workers; None: as many as pay off on this machine (`sizing.workers_of`)."""
    alone_files: int = 300
    alone_bytes: int = 64 << 20
    """Without the C library, up to this many files and bytes are copied without workers."""
    linked_per_copied: int = 8
    """Number of linked files that are as much work as one copied file."""
    batch_bytes: int = BATCH_BYTES
    batch_entries: int = BATCH_ENTRIES
    """Bytes of content, and files and folders, after which a batch ends."""
    most_pending: int = 20_000
    """Most results held while an earlier one is pending, about 400 bytes each."""
    wait_seconds: float = 0.1
    """Seconds between two checks whether the operator cancelled."""
    native: bool = True
    """Whether the C library, if built, copies plain entries."""
    ahead: Ahead = Ahead.WHERE_COLD
    """When folders are read ahead of the copy; never if the copy runs at low priority."""
    count_after: float = 10.0
    """Seconds after which a running copy counts its tree. People wait that long without asking;
    then they want to know how long it takes (Nielsen, Usability Engineering, 1993, 5.5). The count
    is a twentieth of a first copy's work, and a tenth where nearly all is linked."""
    native_count_from: int = 300
    """Fewest folders in a tree for which the C library is loaded to count it."""
    count_together: int = 500
    """Files and folders counted in C between two checks whether to stop: each may wait for a slow
    disk."""
    links_memory: int = 8 << 20
    """Bytes of memory in a count for files with several names; the rest goes to the disk."""
    settled_ns: int = SETTLED_NS
    """See `SETTLED_NS`."""
    most_holes: int = MOST_HOLES
    """Most bytes of holes in one file: hashing them takes long, though nothing is read."""
    sqlite: Waits = WAITS
    """How long to wait for SQLite."""
    patient: Patient = PATIENT
    """How long to wait for a thread that hangs in a disk, and how the process ends after that."""
    sync: Callable[[int, bytes], None] = sync_filesystem
    """Flushes the copy to the disk, at its end."""


USUAL = CopyEngine()
"""The engine of a backup."""


def watched(meter: Meter, cancel: CancelToken | None, engine: CopyEngine) -> Watch:
    """Make the watch that sees whether a copy or check makes progress, and when it has to stop."""
    return Watch(cancel.is_set if cancel is not None else bool, meter.stuck, engine.patient)
