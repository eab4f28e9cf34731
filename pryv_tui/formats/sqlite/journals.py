"""Remove the name of a super-journal from a rollback journal: SQLite would delete that file.

In a transaction over several databases, each journal ends with the name of a file that all share
(https://sqlite.org/atomiccommit.html, 5.0). While it exists, all are rolled back; once it is gone,
all are committed. Whoever rolls such a journal back removes that file, by the path in the journal,
whatever it is (pager.c, `pager_delsuper`), and whatever the journal begins with (`pager_playback`).
So SQLite never gets a journal from others with this end.
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

    Afterwards SQLite treats the journal as that of a single database. None where it named no file.

    Raises:
        OSError: it can't be read or written.
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
    """Whether a file with the last name of this path lies in an open folder.

    The rest of the path is that of the writer's container, and may be anything."""
    name = path.rpartition(b"/")[2]
    try:
        return stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except (OSError, ValueError):
        return False
