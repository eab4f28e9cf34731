"""The folder of this program in a platform's root, and at the top of each disk mounted below the
root: its name, and the paths in it. Pure.

No backup set contains that folder. Only the practice platform writes the name as a text of its own,
since it simulates other machines.
"""

from __future__ import annotations

from pathlib import Path

NAME = ".pryv-tui"
ASIDE = "aside"
"""Name of the folder for what restores moved aside, with one folder for each restore."""
UNDONE = "undone"
"""Name of the folder for what undos moved aside, and for the results of restores that began
again."""
KEPT = (ASIDE, UNDONE)
"""The folders whose content is kept until an operator releases it."""
DUMPS = "dumps"
"""Name of the folder for the content of dump folders, kept here while a backup made its own
dumps."""
DISKS = "disks"
"""Name of the folder with the lists of other disks that have a part of what is kept."""
_FILES = "files"
MARKER = "restoring.json"
"""Name of the file that marks a root as half restored, or half put back."""


def of(root: Path) -> Path:
    """Return this program's folder in a root, or at the top of a disk."""
    return root / NAME


def aside(root: Path, run: str) -> Path:
    """Return the folder to which a restore moves what it finds in a root."""
    return of(root) / ASIDE / run


def undone(root: Path, run: str) -> Path:
    """Return the folder to which a run moves what an earlier restore had put into a root."""
    return of(root) / UNDONE / run


def rescued(root: Path, run: str) -> Path:
    """Return the file with what a run saved of a server's memory before it stopped the server."""
    return of(root) / UNDONE / f"{run}.rescued"


def redis_files(root: Path, run: str) -> Path:
    """Return the folder for files of Redis that a run replaced by a snapshot."""
    return of(root) / UNDONE / f"{run}.redis"


def is_undone(kept: Path) -> bool:
    """Whether the path of a kept folder is in `undone`, not in `aside`."""
    return kept.parent.name == UNDONE


def run_of(kept: Path) -> str:
    """Return the run that made a kept folder; the suffix of its name says its content or its
    state."""
    return kept.name.partition(".")[0]


def dumps(place: Path, run: str, store: str) -> Path:
    """Return the folder to which a backup moves what it finds in a store's dump folder.

    Args:
        place: the top of the disk with the dump folder.
    """
    return of(place) / DUMPS / run / store


def files(root: Path) -> Path:
    """Return the folder with one folder for each run, into which single files of a set are
    restored."""
    return of(root) / _FILES


def marker(root: Path) -> Path:
    return of(root) / MARKER
