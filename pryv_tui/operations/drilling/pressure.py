"""Under how much pressure a machine is, as its kernel tells: a drill must not add to it.

The load (proc(5), loadavg) is how many tasks run or wait for a processor or a disk. Where the
kernel keeps it, /proc/pressure (PSI) tells for how much of the last minute every task stood still
for want of memory, or of a disk.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

from pryv_tui.reading import read_whole


class Pressure(NamedTuple):
    """What the kernel tells."""

    load: float | None = None
    """In percent of the processors, over the last minute; None where it does not tell."""
    memory: float | None = None
    """Percent of the last minute in which every task waited for memory."""
    disk: float | None = None
    """The same for a disk."""


def pressure_now(proc: Path = Path("/proc"), processors: int | None = None) -> Pressure:
    """Ask the kernel of this machine.

    Args:
        processors: how many there are; as many as there are.
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
