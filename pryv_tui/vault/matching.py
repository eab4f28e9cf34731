"""Find the files of a set that match the patterns of a person."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.folders import FOLDER_FLAGS, folder_beneath, open_quietly
from pryv_tui.reading import lines_of, need_word, open_file
from pryv_tui.vault.files.selection import globs
from pryv_tui.vault.lists.sums import parse_line
from pryv_tui.vault.set_files import FILES_NAME, SUMS_NAME


class Matched(NamedTuple):
    """The files found in a host's part of a set."""

    paths: tuple[str, ...]
    """Paths relative to the root, for `Selection.only`."""
    bytes: int


def match(folder: Path, patterns: Sequence[str]) -> Matched:
    """Find the files that match patterns, in the list of hashes. Memory: only the names that match.

    Args:
        folder: a host's part of a set.
        patterns: paths relative to the root, of files or of folders with everything below them; or
            globs like those of `find -path`, where `*` matches `/` too.

    Raises:
        PryvTuiError: `set-damaged`: the list, or a listed file, can't be read.
    """
    plain = tuple(pattern.strip("/") for pattern in patterns)
    wanted = globs((*plain, *(f"{pattern}/*" for pattern in plain)))
    literal = {os.fsencode(pattern) for pattern in plain}
    below = tuple(path + b"/" for path in literal)
    prefix = FILES_NAME.encode() + b"/"
    paths: list[str] = []
    size = 0
    try:
        root = open_quietly(os.fsencode(folder / FILES_NAME), FOLDER_FLAGS)
        try:
            with open_file(folder / SUMS_NAME, follow=False) as lines:
                for line in lines_of(lines):
                    path = parse_line(line.rstrip(b"\n"))[0].removeprefix(prefix)
                    if path in literal or path.startswith(below) or (wanted and wanted.match(path)):
                        paths.append(os.fsdecode(path))
                        size += _size(root, path)
        finally:
            os.close(root)
    except (OSError, ValueError) as error:
        if isinstance(error, OSError):
            need_word(error, folder)
        raise PryvTuiError("set-damaged", f"{folder}: {error}") from error
    return Matched(tuple(paths), size)


def _size(root: int, path: bytes) -> int:
    with folder_beneath(root, path) as holder:
        status = os.stat(path.rpartition(b"/")[2], dir_fd=holder, follow_symlinks=False)
    if not stat.S_ISREG(status.st_mode):
        raise ValueError(f"{os.fsdecode(path)} is not a file")
    return status.st_size
