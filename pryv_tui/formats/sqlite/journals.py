"""What a copy's rollback journal names: a file of others, which SQLite would look for, and remove.

The journals of one transaction of several databases end with the name of a file that all of them
share (https://sqlite.org/atomiccommit.html, 5.0): while it is there, all are taken back; when it is
gone, all have been done. Whoever plays such a journal back removes that file, by the path that is
written there, whatever it is (pager.c, `pager_delsuper`); what the journal begins with does not
matter for that (`pager_playback`). So no journal that others made gets to SQLite with such an end.
"""

from __future__ import annotations

import os
import stat

_MAGIC = bytes.fromhex("d9d505f920a163d7")
"""Ends a journal that names another file (and begins each one that is to be played back)."""
_END = 16
"""Bytes behind the name: its length, a sum of its bytes, the magic."""


def take_shared_name(journal: int) -> bytes | None:
    """The path of the file that an open journal shares with others, which it names no more then;
    None where it named none.

    Without that end SQLite plays it back as one of a single database.

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
    """Whether the file of that path, which may be anything, lies in an open folder: its path is
    that of the writer's container."""
    name = path.rpartition(b"/")[2]
    try:
        return stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except (OSError, ValueError):
        return False
