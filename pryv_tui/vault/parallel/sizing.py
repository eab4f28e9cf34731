"""Decide how many workers are useful on this machine, and for how much work."""

from __future__ import annotations

import os
import resource

from pryv_tui.filesystem.priority import NICE
from pryv_tui.vault.files.pieces import Ahead
from pryv_tui.vault.parallel.engine import CopyEngine

MOST = 4
"""Most workers. More would wait for the file system's locks."""
FEW_FILES, FEW_BYTES = 20, 8 << 20
"""With the C library, up to this many files and bytes are copied without workers."""
FILES = 1024
"""Least limit of open files with which workers are started; descriptors in batches count too."""
FILES_OF_ALL, FILES_OF_ONE = 600, 200
"""Most open files of the walk together with the waiting batches, and of each worker."""


def workers_of(engine: CopyEngine) -> int:
    """Return the number of workers: set by the engine, or one per available core up to `MOST`.

    None are started with a single core, or if the process may open too few files."""
    if engine.workers is not None:
        return engine.workers
    cores = len(os.sched_getaffinity(0))
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if cores < 2 or files < FILES:
        return 0
    return min(cores, MOST, (files - FILES_OF_ALL) // FILES_OF_ONE)


def worth_workers(engine: CopyEngine, files: int, size: int) -> bool:
    """Whether this number of files and bytes is worth starting workers."""
    from pryv_tui.vault.native.library import fits  # imported here to keep start-up fast

    few = files <= FEW_FILES and size <= FEW_BYTES
    native = not few and engine.native and fits()
    return native or files > engine.alone_files or size > engine.alone_bytes


def ahead_here(wanted: Ahead) -> Ahead:
    """Return when workers read ahead: never at low priority, since it burdens the disk in
    bursts."""
    if os.getpriority(os.PRIO_PROCESS, 0) >= NICE:
        return Ahead.NEVER
    return wanted
