"""Remove the name of a super-journal from a rollback journal: SQLite would delete that file.

In a transaction over several databases, each journal ends with the name of a file that all share
(https://sqlite.org/atomiccommit.html, 5.0). While that file exists, all are rolled back; once it is
gone, all are committed. A program that rolls such a journal back removes that file, by the path in
the journal, whatever file that is (pager.c, `pager_delsuper`), and however the journal begins
(`pager_playback`). So SQLite must never get a journal from others with such an end.
"""

from __future__ import annotations

import os
import stat

_MAGIC = bytes.fromhex("d9d505f920a163d7")
"""Last bytes of a journal that names another file (also the first of each journal to roll back)."""
_END = 16
"""Bytes after the name: its length, a checksum, the magic."""


def take_shared_name(journal: int) -> bytes | None:
    """Remove the name of the shared file (super-journal) from an open journal, and return its path.

    Afterwards SQLite treats the journal as that of a single database. None if it named no file.

    Raises:
        OSError: the journal can't be read or written.
    """
    size = os.fstat(journal).st_size
    end = os.pread(journal, _END, max(0, size - _END))
    if end[8:] != _MAGIC:
        return None
    os.pwrite(journal, bytes(len(_MAGIC)), size - len(_MAGIC))
    length = int.from_bytes(end[:4], "big")
    if not 0 < length <= size - _END:
        return None
    return os.pread(journal, length, size - _END - length)


def lies_in(path: bytes, folder: int) -> bool:
    """Whether an open folder has a file with the last name of this path.

    The rest of the path is valid only in the writer's container, and may be anything.
    """
    name = path.rpartition(b"/")[2]
    try:
        return stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except (OSError, ValueError):
        return False
