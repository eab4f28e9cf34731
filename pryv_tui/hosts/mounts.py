"""Mount points of this machine, as the kernel tells them."""

from __future__ import annotations

import re
from pathlib import Path

from pryv_tui.reading import read_whole

_ESCAPE = re.compile(r"\\([0-7]{3})")


def mounts_below(folder: Path) -> list[Path]:
    """Mount points strictly below a folder; empty where the kernel tells none.

    Docker's own overlay mounts never lie under a platform's root, so each of these is a disk, a
    network share or a bind mount that a rename of its parent would carry along.
    """
    try:
        lines = read_whole("/proc/self/mountinfo").decode("utf-8", "surrogateescape").splitlines()
    except OSError:
        return []
    base = folder.resolve()
    found = []
    for line in lines:
        fields = line.split(" ")
        if len(fields) > 4:
            point = Path(_ESCAPE.sub(lambda m: chr(int(m[1], 8)), fields[4]))
            if base in point.parents:
                found.append(point)
    return sorted(set(found))
