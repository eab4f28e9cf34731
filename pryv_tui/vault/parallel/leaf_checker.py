"""Comparing leaf folders of a set as a whole: most of a set is such.

One message hands out dozens of them, with what the lists say of them and their files.
"""

from __future__ import annotations

import os
from contextlib import suppress

from pryv_tui.filesystem.folders import FOLDER_FLAGS, kinds_in, open_quietly, record_head
from pryv_tui.vault.files.content import ContentCopier, digest_of
from pryv_tui.vault.files.leaf import UNREAD, ListedFiles
from pryv_tui.vault.lists.sums import DIGITS


def check_leaf(
    content: ContentCopier,
    holder: int,
    name: bytes,
    listed: ListedFiles,
    head: bytes | None,
    *,
    path: bytes,
    most: int,
) -> list[int] | None:
    """Read the files of a folder, and compare each with its hash.

    Args:
        content: reads.
        holder: the folder that holds it, open.
        name: its own name.
        listed: what is listed of its files.
        head: what is listed of itself; None: nothing.
        path: its path in the tree, for errors.
        most: bytes that its files may have together: more are for several to read, one by one.

    Returns:
        the numbers, in `listed`, of those whose content is not what was copied, or that can't be
        read; None, with nothing read, where it is not what is listed, does not hold just these
        files, in this order, or more than `most`.

    Raises:
        Cancelled: between two chunks.
        ShortOfMeans, ShortOfRights: as `content.digest_of`.
    """
    files = [_parsed(line) for line in listed.splitlines(keepends=True)]
    try:
        folder = open_quietly(name, FOLDER_FLAGS, holder)
    except OSError:
        return None
    try:
        try:
            if head is not None and record_head(os.fstat(folder)) != head:
                return None
            others, folders = kinds_in(folder)
        except OSError:
            return None
        if folders or others != [(file, True) for file, _ in files] or _bytes(folder, files) > most:
            return None
        return [
            at
            for at, (file, digest) in enumerate(files)
            if digest is not None and digest_of(content, folder, file, path + b"/" + file) != digest
        ]
    finally:
        os.close(folder)


def _bytes(folder: int, files: list[tuple[bytes, bytes | None]]) -> int:
    """Bytes of the files that are to be read."""
    size = 0
    for file, digest in files:
        if digest is not None:
            with suppress(OSError):  # reading it says so
                size += os.stat(file, dir_fd=folder, follow_symlinks=False).st_size
    return size


def _parsed(line: bytes) -> tuple[bytes, bytes | None]:
    """Name of the file in a line, and its digest; None if it is not to be read."""
    name = line[DIGITS + 2 : -1].rpartition(b"/")[2]
    return name, None if line.startswith(UNREAD) else bytes.fromhex(line[:DIGITS].decode())
