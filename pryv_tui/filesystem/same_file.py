"""Check whether two paths lead to the same place, or a name still leads to the file seen before.

Inode numbers don't prove it: a new file may get the number of a removed one, and an open file stays
open when it is renamed. `st_ctime` shows both, since nobody can set it, but it may be some
milliseconds off. So a ctime from before the copy began is trusted, which costs nothing; after a
later ctime the name is looked up again.
"""

from __future__ import annotations

import os

from pryv_tui.clock import now_ns

RECENT_NS = 2 * 10**9
"""Nanoseconds. A ctime later than this long before the copy began proves nothing.

File systems round times, to two seconds at worst (FAT).
"""

MOVED = "was moved while it was copied: the copy may have files that were added at its new place"
"""The note for the operator on a folder that is no longer where the copy found it."""

State = tuple[int, int, int, int, int, int, int, int]


def calm_before() -> int:
    """The limit for a copy that begins now, in nanoseconds since 1970 (UTC).

    A file whose ctime is equal in two looks, and before this limit, is unchanged.
    """
    return now_ns() - RECENT_NS


def state_of(status: os.stat_result) -> State:
    """The fields that are equal in two looks if the file is the same and unchanged."""
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
    """Whether two paths lead to the same place; False if one is None or empty.

    Links are resolved only if the texts differ, since each look at the platform compares the paths
    of dozens of mounts.
    """
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

    The copy may then have files that were added at the new place. A removed folder does not count:
    nothing can be added to it.

    Args:
        holder: the parent folder, open.
        name: the folder's name in the parent.
        status: the folder's status, taken after the copy; the folder is still open.
        calm_ns: see `calm_before`.
    """
    recent = status.st_ctime_ns >= calm_ns and status.st_nlink > 0
    return recent and not leads_to(holder, name, status)
