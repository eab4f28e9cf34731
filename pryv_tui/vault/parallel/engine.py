"""How copies, checks and counts are done: one object, created where a command starts.

Neither the content of a copy nor the result of a check depends on these settings: two engines must
produce the same set, byte for byte.
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
    """Number of workers; None: as many as are useful on this machine (`sizing.workers_of`)."""
    alone_files: int = 300
    alone_bytes: int = 64 << 20
    """Without the C library, workers are started only for more files or bytes than these."""
    linked_per_copied: int = 8
    """How many linked files are as much work as one copied file."""
    batch_bytes: int = BATCH_BYTES
    batch_entries: int = BATCH_ENTRIES
    """Bytes of content, and number of files and folders, after which a batch ends."""
    most_pending: int = 20_000
    """Most results kept in memory while an earlier result is pending, about 400 bytes each."""
    wait_seconds: float = 0.1
    """Seconds between two checks whether the operator cancelled."""
    native: bool = True
    """Whether the C library, if built, copies plain entries."""
    ahead: Ahead = Ahead.WHERE_COLD
    """When folders are read ahead of the copy; never if the process runs at low priority."""
    count_after: float = 10.0
    """A copy that runs for so many seconds starts to count its tree. People wait that long without
    asking; then they want to know how long it takes (Nielsen, Usability Engineering, 1993, 5.5).
    The count is a twentieth of a first copy's work, and a tenth of a copy that links nearly all
    files."""
    native_count_from: int = 300
    """Fewest folders in a tree for which the C library is loaded to count it."""
    count_together: int = 500
    """Most files and folders counted in C between two checks whether to stop: each may wait for a
    slow disk."""
    links_memory: int = 8 << 20
    """Bytes of memory that a count uses for files with several names; more of them go to the
    disk."""
    settled_ns: int = SETTLED_NS
    """Nanoseconds: a file changed less than this before its copy is not trusted by its times."""
    most_holes: int = MOST_HOLES
    """Most bytes of holes in one file. Hashing holes takes long, though nothing is read."""
    sqlite: Waits = WAITS
    """How long to wait for SQLite."""
    patient: Patient = PATIENT
    """How long to wait for a thread that hangs in a disk, and how the process ends after that
    time."""
    sync: Callable[[int, bytes], None] = sync_filesystem
    """Called at the end of a copy, to flush it to the disk."""


USUAL = CopyEngine()
"""The engine of a backup."""


def watched(meter: Meter, cancel: CancelToken | None, engine: CopyEngine) -> Watch:
    """Make the watch that sees whether a copy or check makes progress, and whether it has to
    stop."""
    return Watch(cancel.is_set if cancel is not None else bool, meter.stuck, engine.patient)
