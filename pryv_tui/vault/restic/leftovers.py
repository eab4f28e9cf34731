"""What a broken-off fetch and a stopped removal left in the folder of working copies."""

from __future__ import annotations

import os
from pathlib import Path

from pryv_tui.filesystem.deep_trees import walk
from pryv_tui.vault.set_names import ID, REMOVING

FETCHING = ".fetching"
"""Where sets lie that are on their way back."""


def half_fetched(vault: Path) -> list[Path]:
    """What fetches that broke off have left; or what lies where a fetch needs its folder."""
    folder = vault / FETCHING
    if folder.is_symlink() or not folder.is_dir():
        return [folder] if os.path.lexists(folder) else []
    return sorted(folder.iterdir())


def half_removed(vault: Path) -> list[Path]:
    """Folders that were a set, or its working copy, until a removal that was stopped."""
    found = vault.iterdir() if vault.is_dir() else ()
    return sorted(
        path
        for path in found
        if path.name.endswith(REMOVING) and ID.fullmatch(path.name.removesuffix(REMOVING))
    )


def freed_bytes(vault: Path) -> int:
    """What the disk gets back when all of that is removed."""
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
                # A file that a set shares stays, whatever names of it go.
                if names[key] == found.st_nlink:
                    total += found.st_blocks * 512
    return total
