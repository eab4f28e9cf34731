"""Whether files of a root are still the very ones that a set was copied from.

`INDEX` says of each what it was at its source. Inode, size and both times in nanoseconds are those
of a copy, or of a file that was made anew, for no file: a copy gets another inode, and the time of
its last change can't be set.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from pryv_tui.filesystem.paths import printable
from pryv_tui.reading import LINE, open_file
from pryv_tui.vault.lists.sums import parse_line
from pryv_tui.vault.set_files import FILES_NAME, INDEX_NAME, SUMS_NAME

MOST = 2_000
"""Files that are looked at: a person may wait."""
_PREFIX = FILES_NAME.encode() + b"/"
_WALK = b"walk "


def still_there(part: Path, root: Path, most: int = MOST) -> str:
    """The path in a root of a file that is what it was when a set was copied; empty where none of
    those that were looked at is, or the set's lists can't be read.

    Args:
        part: a machine's part of the set.
        most: how many files are looked at.
    """
    try:
        with (
            open_file(part / INDEX_NAME, follow=False) as index,
            open_file(part / SUMS_NAME, follow=False) as sums,
        ):
            for _ in range(most):
                line = index.readline(LINE)
                if line.startswith(_WALK):
                    sums.seek(int(line[len(_WALK) :]))
                    line = index.readline(LINE)
                if not line:
                    break
                _, _, *known = line.split()
                path, _ = parse_line(sums.readline(LINE).removesuffix(b"\n"))
                path = path.removeprefix(_PREFIX)
                if _is(os.fsencode(root) + b"/" + path, list(map(int, known))):
                    return printable(path)
    except (OSError, ValueError):
        pass
    return ""


def _is(path: bytes, known: list[int]) -> bool:
    """Whether a file of one name has this inode, size and these times."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    now = [found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns]
    return stat.S_ISREG(found.st_mode) and found.st_nlink == 1 and now == known
