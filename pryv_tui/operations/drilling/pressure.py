"""Read how busy a machine is from its kernel: a drill must not begin on a busy one.

The load (proc(5), loadavg) is the number of tasks that run or wait for a processor or a disk. If
the kernel has it, /proc/pressure (PSI) gives the share of the last minute in which all tasks
waited for memory, or for a disk.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

from pryv_tui.reading import read_whole


class Pressure(NamedTuple):
    """The kernel's figures; a figure is None if the kernel does not have it."""

    load: float | None = None
    """Load over the last minute, in percent of the processors."""
    memory: float | None = None
    """Percent of the last minute in which all tasks waited for memory."""
    disk: float | None = None
    """Percent of the last minute in which all tasks waited for a disk."""


def pressure_now(proc: Path = Path("/proc"), processors: int | None = None) -> Pressure:
    """Read the figures of this machine's kernel.

    Args:
        processors: the number of processors; None: as many as this machine has.
    """
    many = processors or os.cpu_count() or 1
    load = _first(proc / "loadavg", r"([\d.]+) ")
    return Pressure(
        load=100 * load / many if load is not None else None,
        memory=_first(proc / "pressure/memory", _STALLED),
        disk=_first(proc / "pressure/io", _STALLED),
    )


_STALLED = r"full avg10=[\d.]+ avg60=([\d.]+)"


def _first(place: Path, pattern: str) -> float | None:
    try:
        found = re.search(pattern, read_whole(place).decode("ascii", "replace"))
    except OSError:
        return None
    return float(found[1]) if found is not None else None
