"""Whether a name still leads to the file that was seen before: inode numbers are reused.

A new file may get the number of a removed one, and an open file stays open when it is renamed. The
time of the last change (`st_ctime`) shows both, since nobody can set it, but only to some
milliseconds. A file that changed last before the copy began is trusted by that time alone, which
costs nothing; where it changed later, the name is looked up again.
"""

from __future__ import annotations

import os
import time

RECENT_NS = 2 * 10**9
"""Of what changed so long before a copy began, and later, the time of the last change is no proof:
file systems tell it in steps, of two seconds at worst (FAT)."""

MOVED = "was moved while it was copied: the copy may hold what came into it at its new place"
"""What is noted of a folder that is not where the walk had found it."""

State = tuple[int, int, int, int, int, int, int, int]


def calm_before() -> int:
    """For a copy that begins now: what changed last before this, in nanoseconds, has its time of
    the last change as proof that it is still the same."""
    return time.time_ns() - RECENT_NS


def state_of(status: os.stat_result) -> State:
    """What has to be equal for two looks to have seen one file, unchanged."""
    return (
        status.st_dev,
        status.st_ino,
        status.st_mode,
        status.st_uid,
        status.st_gid,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
    )


def leads_to(folder: int, name: bytes, status: os.stat_result) -> bool:
    """Whether a name in an open folder leads to a file that is held open, whose status this is.

    While it is open, nothing else gets its number.
    """
    try:
        return os.path.samestat(os.stat(name, dir_fd=folder, follow_symlinks=False), status)
    except OSError:
        return False


def was_moved(holder: int, name: bytes, status: os.stat_result, calm_ns: int) -> bool:
    """Whether a folder whose content was copied is elsewhere by now, and goes on there.

    What it holds was reached through it, wherever it is. One that was removed holds nothing more.

    Args:
        holder: the folder that held it, open.
        name: the name by which it was found there.
        status: the folder's, from after its content was copied; it is still open.
        calm_ns: see `calm_before`.
    """
    recent = status.st_ctime_ns >= calm_ns and status.st_nlink > 0
    return recent and not leads_to(holder, name, status)
