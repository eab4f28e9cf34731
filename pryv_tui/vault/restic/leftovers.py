"""Leftovers of interrupted fetches and removals, in the folder of working copies."""

from __future__ import annotations

import os
from pathlib import Path

from pryv_tui.filesystem.deep_trees import walk
from pryv_tui.vault.set_names import ID, REMOVING

FETCHING = ".fetching"
"""Folder for sets that are being fetched."""


def half_fetched(vault: Path) -> list[Path]:
    """Return the folders left by interrupted fetches. If something else has the name of the folder
    for fetches, return that."""
    folder = vault / FETCHING
    if folder.is_symlink() or not folder.is_dir():
        return [folder] if os.path.lexists(folder) else []
    return sorted(folder.iterdir())


def half_removed(vault: Path) -> list[Path]:
    """Return the folders left by interrupted removals, of sets or of their working copies."""
    found = vault.iterdir() if vault.is_dir() else ()
    return sorted(
        path
        for path in found
        if path.name.endswith(REMOVING) and ID.fullmatch(path.name.removesuffix(REMOVING))
    )


def freed_bytes(vault: Path) -> int:
    """Return the bytes that the disk gets back when all leftovers are removed; 0 if they can't be
    listed."""
    try:
        folders = [*half_fetched(vault), *half_removed(vault)]
    except OSError:
        return 0
    names: dict[tuple[int, int], int] = {}
    total = 0
    for top in folders:
        for folder, _folders, files in walk(top):
            for name in files:
                try:
                    found = os.lstat(Path(folder) / name)
                except OSError:
                    continue
                key = found.st_dev, found.st_ino
                names[key] = names.get(key, 0) + 1
                # A file that a set also links to stays, however many other names are removed.
                if names[key] == found.st_nlink:
                    total += found.st_blocks * 512
    return total
