"""Comparing whole folders of a set that hold no folders: most of a set is such.

One message hands out dozens of them, with what the list of hashes says of their files.
"""

from __future__ import annotations

import os

from pryv_tui.vault.content import ContentCopier, digest_of
from pryv_tui.vault.copy_messages import ListedFiles
from pryv_tui.vault.folders import FOLDER_FLAGS, kinds_in, open_quietly


def check_leaf(
    content: ContentCopier, holder: int, name: bytes, listed: ListedFiles
) -> list[int] | None:
    """Read the files of a folder, and compare each with its hash.

    Args:
        content: reads.
        holder: the folder that holds it, open.
        name: its own name.
        listed: all that it should hold.

    Returns:
        the numbers, in `listed`, of those whose content is not what was copied, or that can't be
        read; None, with nothing read, where it does not hold just these files, in this order.

    Raises:
        Cancelled: between two chunks.
    """
    try:
        folder = open_quietly(name, FOLDER_FLAGS, holder)
    except OSError:
        return None
    try:
        try:
            others, folders = kinds_in(folder)
        except OSError:
            return None
        if folders or others != [(file, True) for file, _ in listed]:
            return None
        return [
            at
            for at, (file, digest) in enumerate(listed)
            if digest is not None and digest_of(content, folder, file, file) != digest
        ]
    finally:
        os.close(folder)
