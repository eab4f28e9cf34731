"""The folder that this program keeps in a platform's root, and at the top of each disk mounted
below it: its name, and the paths in it. Pure.

No backup set holds that folder. The practice platform alone writes the name as a text of its own,
since it plays other machines.
"""

from __future__ import annotations

from pathlib import Path

NAME = ".pryv-tui"
ASIDE = "aside"
"""What restores moved aside, one folder for each restore."""
UNDONE = "undone"
"""What undos moved aside, and what restores did that began again."""
KEPT = (ASIDE, UNDONE)
"""The folders whose content is kept until an operator releases it."""
DUMPS = "dumps"
"""The content of the dump folders, kept here while a backup made its own dumps."""
DISKS = "disks"
"""Which other disks hold a part of what is kept."""
_FILES = "files"
MARKER = "restoring.json"
"""The mark of a root that is half restored, or half put back."""


def of(root: Path) -> Path:
    """Our folder in a root, or at the top of a disk."""
    return root / NAME


def aside(root: Path, run: str) -> Path:
    """The folder to which a restore moves what it finds in a root."""
    return of(root) / ASIDE / run


def undone(root: Path, run: str) -> Path:
    """The folder to which a run moves what an earlier restore had put into a root."""
    return of(root) / UNDONE / run


def rescued(root: Path, run: str) -> Path:
    """The file of what a run saved of a server's memory before it stopped it."""
    return of(root) / UNDONE / f"{run}.rescued"


def redis_files(root: Path, run: str) -> Path:
    """The folder for files of Redis that a run replaced by a snapshot."""
    return of(root) / UNDONE / f"{run}.redis"


def is_undone(kept: Path) -> bool:
    """Whether a kept folder has a path of `undone`, rather than of `aside`."""
    return kept.parent.name == UNDONE


def run_of(kept: Path) -> str:
    """The run that made a kept folder; the suffix after it tells its content or its state."""
    return kept.name.partition(".")[0]


def dumps(place: Path, run: str, store: str) -> Path:
    """The folder to which a backup moves what it finds in a store's dump folder.

    Args:
        place: the top of the disk that the dump folder lies on.
    """
    return of(place) / DUMPS / run / store


def files(root: Path) -> Path:
    """The parent of the folders, one for each run, into which single files of a set are
    restored."""
    return of(root) / _FILES


def marker(root: Path) -> Path:
    return of(root) / MARKER
