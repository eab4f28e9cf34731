"""Our folder in a root, and at the top of each disk below one: its name, and what lies where in it.
It never travels with a set. Pure.

The practice platform alone spells it by itself: it stands for other machines.
"""

from __future__ import annotations

from pathlib import Path

NAME = ".pryv-tui"
ASIDE = "aside"
"""What restores moved out of their way, a folder each."""
UNDONE = "undone"
"""What undos, and restores that began again, moved out of theirs."""
KEPT = (ASIDE, UNDONE)
"""What is kept until it is let go."""
DUMPS = "dumps"
"""What lay in the dump folders while a backup made its own dumps."""
DISKS = "disks"
"""Which other disks hold a part of what is kept."""
_FILES = "files"
MARKER = "restoring.json"
"""Says of a root that it is half restored, or half put back."""


def of(root: Path) -> Path:
    """Our folder in a root, or at the top of a disk."""
    return root / NAME


def aside(root: Path, run: str) -> Path:
    """Where a restore moves what it finds in a root."""
    return of(root) / ASIDE / run


def undone(root: Path, run: str) -> Path:
    """Where a run moves what an earlier restore had put into a root."""
    return of(root) / UNDONE / run


def rescued(root: Path, run: str) -> Path:
    """What a run saved of a server's memory before it stopped it."""
    return of(root) / UNDONE / f"{run}.rescued"


def redis_files(root: Path, run: str) -> Path:
    """The folder for files of Redis that a run took away, to put a snapshot in their place."""
    return of(root) / UNDONE / f"{run}.redis"


def is_undone(kept: Path) -> bool:
    """Whether a folder that is kept was made by `undone`, and not by `aside`."""
    return kept.parent.name == UNDONE


def run_of(kept: Path) -> str:
    """The run that made a folder that is kept; a tail tells what it is, or how far it came."""
    return kept.name.partition(".")[0]


def dumps(place: Path, run: str, store: str) -> Path:
    """Where a backup moves what it finds in a store's dump folder.

    Args:
        place: the top of the disk that the dump folder lies on.
    """
    return of(place) / DUMPS / run / store


def files(root: Path) -> Path:
    """Where single files of a set are brought to, a folder for each run."""
    return of(root) / _FILES


def marker(root: Path) -> Path:
    return of(root) / MARKER
