"""Find a folder that was moved and replaced while a container had it mounted."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from pryv_tui.reading import read_whole


def former_place(pid: int, destination: str) -> str:
    """The present path, on this machine, of a folder that a container has mounted.

    Empty if the folder was removed, or if its path can't be found.

    Args:
        pid: a process of the container, by its number on this machine.
        destination: the path of the mount inside the container.
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
    """Paths on this machine where the mounted folder may be.

    For each mount the kernel gives its device and the path on that, which follows a rename
    (proc_pid_mountinfo(5)). The same device is mounted somewhere on this machine.
    """
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
    """A path of `mountinfo` with its octal escapes decoded."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), path)
