"""Lower this program's disk and processor priority while it copies much data."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
from collections.abc import Iterator

NICE = 10
"""The nice value while copying; the default is 0."""
_CALLS = {"x86_64": (251, 252), "aarch64": (30, 31)}
"""Numbers of ioprio_set(2) and ioprio_get(2); the C libraries have no functions for them.

Source: Linux, arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h.
"""
_WHO_PROCESS = 1
_BEST_EFFORT_LAST = (2 << 13) | 7
"""I/O class and level (ioprio_set(2)): the last to be served, but never starved as "idle" is."""


@contextlib.contextmanager
def lowered_priority(wanted: bool = True) -> Iterator[None]:
    """Lower the priority of this thread, and of all that it starts, during a `with` block.

    If the system refuses, the block runs at the usual priority.
    """
    if not wanted:
        yield
        return
    nice, priority = os.getpriority(os.PRIO_PROCESS, 0), io_priority()
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, max(nice, NICE))
    _set_io_priority(_BEST_EFFORT_LAST)
    try:
        yield
    finally:
        # Without root the nice value can't be set back; that does no harm.
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, nice)
        if priority is not None:
            _set_io_priority(priority)


def io_priority() -> int | None:
    """This thread's I/O priority as the kernel stores it; None if it can't be read."""
    calls = _CALLS.get(platform.machine())
    if calls is None:
        return None
    found = int(_libc().syscall(calls[1], _WHO_PROCESS, 0))
    return found if found >= 0 else None


def _set_io_priority(value: int) -> None:
    calls = _CALLS.get(platform.machine())
    if calls is not None:
        _libc().syscall(calls[0], _WHO_PROCESS, 0, value)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
