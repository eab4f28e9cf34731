"""Check that two paths lead to the same place, and that a name still leads to the file seen before:
inode numbers are reused.

A new file may get the inode of a removed one, and an open file stays open when it is renamed.
`st_ctime` shows both, since nobody can set it, but only to some milliseconds. So a ctime from
before the copy began is trusted, which costs nothing; after a later one the name is looked up
again.
"""

from __future__ import annotations

import os
import time

RECENT_NS = 2 * 10**9
"""A ctime later than this many nanoseconds before the copy began proves nothing: file systems round
times, to two seconds at worst (FAT)."""

MOVED = "was moved while it was copied: the copy may hold what was put into it at its new place"
"""The operator's note on a folder that is no longer where the walk found it."""

State = tuple[int, int, int, int, int, int, int, int]


def calm_before() -> int:
    """The limit for a copy that begins now, in UTC nanoseconds: an equal ctime before it proves
    that a file is unchanged."""
    return time.time_ns() - RECENT_NS


def state_of(status: os.stat_result) -> State:
    """The fields that two looks must find equal, if the file is the same and unchanged."""
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


def same_place(one: str | None, other: str | None) -> bool:
    """Whether two paths lead to the same place. Links are resolved only where the texts differ, as
    each look asks this for dozens of mounts. A path that is missing or empty leads nowhere."""
    if not one or not other:
        return False
    return one == other or os.path.realpath(one) == os.path.realpath(other)


def leads_to(folder: int, name: bytes, status: os.stat_result) -> bool:
    """Whether a name in an open folder leads to the open file with this status.

    As long as the file is open, no other file gets its inode number.
    """
    try:
        return os.path.samestat(os.stat(name, dir_fd=folder, follow_symlinks=False), status)
    except OSError:
        return False


def was_moved(holder: int, name: bytes, status: os.stat_result, calm_ns: int) -> bool:
    """Whether a folder was moved away while its content was copied.

    The copy may then hold what was added at the new place. A removed folder does not count: nothing
    can be added to it.

    Args:
        holder: the parent folder, open.
        name: the folder's name in there.
        status: the folder's status, taken after the copy; the folder is still open.
        calm_ns: see `calm_before`.
    """
    recent = status.st_ctime_ns >= calm_ns and status.st_nlink > 0
    return recent and not leads_to(holder, name, status)
