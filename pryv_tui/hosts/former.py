"""Where a folder lies now that a container still sees, and whose place another one has taken."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from pryv_tui.reading import read_whole


def former_place(pid: int, destination: str) -> str:
    """Where on this machine it lies; empty where it is gone, or that can't be told.

    Args:
        pid: a process of the container, as this machine numbers it.
        destination: where it is mounted in there.
    """
    try:
        inside = Path(f"/proc/{pid}/root{destination}").stat()
        for path in _places(pid, destination):
            found = Path(path).stat()
            if (found.st_dev, found.st_ino) == (inside.st_dev, inside.st_ino):
                return path
    except OSError:
        pass
    return ""


def _places(pid: int, destination: str) -> Iterator[str]:
    """The kernel tells of each mount the device and the path within it, which follows a rename
    (proc_pid_mountinfo(5)); the same device is mounted here somewhere."""
    for device, root, point in _mounts(pid):
        if point != destination:
            continue
        for other, base, here in _mounts("self"):
            below = base.rstrip("/") + "/"
            if other == device and (root == base or root.startswith(below)):
                yield os.path.normpath(f"{here}/{root[len(base) :].lstrip('/')}")


def _mounts(of: int | str) -> Iterator[tuple[str, str, str]]:
    told = read_whole(f"/proc/{of}/mountinfo").decode("utf-8", "surrogateescape")
    for line in told.splitlines():
        words = line.split()
        yield words[2], _plain(words[3]), _plain(words[4])


def _plain(path: str) -> str:
    """A path of `mountinfo`, in which blanks are written in octal."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), path)
