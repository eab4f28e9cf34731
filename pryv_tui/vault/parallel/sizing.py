"""How many workers pay off on this machine, and for how much work."""

from __future__ import annotations

import os
import resource

from pryv_tui.filesystem.priority import NICE
from pryv_tui.vault.files.pieces import Ahead
from pryv_tui.vault.parallel.engine import CopyEngine

MOST = 4
"""Most workers: with more of them they wait for the file system's locks."""
FEW_FILES, FEW_BYTES = 20, 8 << 20
"""Up to so much a copy works alone where its workers would have the C library."""
FILES = 1024
"""Fewest open files that a process must be allowed: those that wait in a batch count too."""
FILES_OF_ALL, FILES_OF_ONE = 600, 200
"""Open files at most of the walk, with what waits for a worker, and of each worker."""


def workers_of(engine: CopyEngine) -> int:
    """How many workers an engine has: what it says, or what pays off: one for each core that we may
    use, none where there is but one."""
    if engine.workers is not None:
        return engine.workers
    cores = len(os.sched_getaffinity(0))
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if cores < 2 or files < FILES:
        return 0
    return min(cores, MOST, (files - FILES_OF_ALL) // FILES_OF_ONE)


def worth_workers(engine: CopyEngine, files: int, size: int) -> bool:
    """Whether so many files and bytes are worth starting workers."""
    from pryv_tui.vault.native.library import fits  # late: a start's time

    few = files <= FEW_FILES and size <= FEW_BYTES
    native = not few and engine.native and fits()
    return native or files > engine.alone_files or size > engine.alone_bytes


def ahead_here(wanted: Ahead) -> Ahead:
    """When workers read ahead: never at lowered priority, since that asks for much at a time."""
    if os.getpriority(os.PRIO_PROCESS, 0) >= NICE:
        return Ahead.NEVER
    return wanted
