"""How copies, checks and counts are carried out: one object, made at the edge and passed on.

What is in a copy, and whether it is right, depends on none of this: a test that two engines give
the same set to the byte is a good one.
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
    """How many workers; None: as many as pay off on this machine (`sizing.workers_of`)."""
    alone_files: int = 300
    alone_bytes: int = 64 << 20
    """Up to so many files and bytes a copy works alone where Python does all."""
    linked_per_copied: int = 8
    """How many linked files are as much work as one that is copied."""
    batch_bytes: int = BATCH_BYTES
    batch_entries: int = BATCH_ENTRIES
    """Bytes of content, and files and folders, after which a batch of work ends."""
    most_pending: int = 20_000
    """How many results are kept while an earlier one is still awaited, about 400 bytes each."""
    wait_seconds: float = 0.1
    """Seconds between two checks of whether the operator cancelled."""
    native: bool = True
    """Have the C library copy what is plain, where it was built."""
    ahead: Ahead = Ahead.WHERE_COLD
    """When folders are read ahead of the copy; never where the copy gives way to others."""
    count_after: float = 10.0
    """Seconds that a copy takes before it is worth counting what there is to copy: so long people
    stay with what they wait for; then they ask how long it will be (Nielsen, Usability Engineering,
    1993, 5.5). The count is a twentieth of a first copy's work, and a tenth where nearly all is
    linked."""
    native_count_from: int = 300
    """Fewest folders of a tree for which the C library is loaded to count it."""
    count_together: int = 500
    """Files and folders that it counts between two looks at whether to stop: each may be a wait
    for a slow disk."""
    links_memory: int = 8 << 20
    """Bytes that a count keeps in memory of files with several names: the rest goes to the disk."""
    settled_ns: int = SETTLED_NS
    """How long before a copy a file must have changed last, to be told from its times later on."""
    most_holes: int = MOST_HOLES
    """Bytes of holes in one file at most: to hash them takes its time, and nothing is read."""
    sqlite: Waits = WAITS
    """How long SQLite is waited for."""
    patient: Patient = PATIENT
    """How long a thread that hangs in a disk is waited for, and how the process ends after that."""
    sync: Callable[[int, bytes], None] = sync_filesystem
    """Writes out what was copied to the disk, at the end of a copy."""


USUAL = CopyEngine()
"""The engine of a backup."""


def watched(meter: Meter, cancel: CancelToken | None, engine: CopyEngine) -> Watch:
    """Who sees whether a copy or a check moves, and when it is to stop."""
    return Watch(cancel.is_set if cancel is not None else bool, meter.stuck, engine.patient)
