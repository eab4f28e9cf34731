"""How many workers pay off on this machine, and for how much work."""

from __future__ import annotations

import os
import resource
import sys

from pryv_tui.filesystem.priority import NICE
from pryv_tui.vault.files.pieces import Ahead
from pryv_tui.vault.parallel.engine import CopyEngine

MOST = 4
"""Most worker processes: with more of them they wait for the file system's locks."""
FEW_FILES, FEW_BYTES = 20, 8 << 20
"""Up to so much a copy works alone where its workers would be threads: they start at once."""
FILES = 1024
"""Fewest open files that a process must be allowed: those in flight count too (unix(7))."""
FILES_OF_ONE = 320
"""Open files of one that is a thread at most, with a share of what the walk has open."""


def processes_of(engine: CopyEngine) -> int:
    """How many processes an engine has: what it says, or what pays here."""
    return processes_here() if engine.processes is None else engine.processes


def processes_here() -> int:
    """How many workers pay off: one for each core we may use, none where there is but one."""
    cores = len(os.sched_getaffinity(0))
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if cores < 2 or files < FILES or not sys.executable:
        return 0
    return min(cores, MOST, files // FILES_OF_ONE)


def worth_workers(engine: CopyEngine, files: int, size: int) -> bool:
    """Whether so many files and bytes are worth starting workers."""
    from pryv_tui.vault.native.library import fits  # late: a start's time

    few = files <= FEW_FILES and size <= FEW_BYTES
    threads = not few and engine.native and engine.launch is None and fits()
    return threads or files > engine.alone_files or size > engine.alone_bytes


def ahead_here(wanted: Ahead) -> Ahead:
    """When workers read ahead: never at lowered priority, since that asks for much at a time."""
    if os.getpriority(os.PRIO_PROCESS, 0) >= NICE:
        return Ahead.NEVER
    return wanted
