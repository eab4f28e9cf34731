"""Check whether files of a root are the very files that a set was copied from.

`INDEX` records each file's state at its source. A copy, or a new file, never has the same inode,
size and both times in nanoseconds: a copy gets another inode, and ctime can't be set.
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
"""Most files to look at: a person may be waiting."""
_PREFIX = FILES_NAME.encode() + b"/"
_WALK = b"walk "


def still_there(part: Path, root: Path, most: int = MOST) -> str:
    """Return the path of the first file in a root that is still the one that a set was copied from.

    Empty if no file looked at is, or if the set's lists can't be read.

    Args:
        part: a machine's part of the set.
        most: most files to look at.
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
    """Whether a file has a single name and these values: inode, size, mtime, ctime."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    now = [found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns]
    return stat.S_ISREG(found.st_mode) and found.st_nlink == 1 and now == known
