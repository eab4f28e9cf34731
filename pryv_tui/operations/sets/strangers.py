"""Strangers: files in a set's folder that are in none of its lists.

They are reported, and hidden from code that reads the set. They don't make a set bad: only the
listed files decide whether it is good.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from pryv_tui.filesystem.deep_trees import walk
from pryv_tui.filesystem.paths import printable
from pryv_tui.operations.plan import quote
from pryv_tui.vault.set_files import FILES_NAME
from pryv_tui.vault.strangers import is_known

KEPT = 20_000
"""Most strangers that a run records; the copying step finds any others by itself."""
SHOWN = 20


def told(host: str, strange: Sequence[bytes]) -> list[str]:
    """A line for each stranger in a machine's part, with its probable origin, if known."""
    return [
        f"{host}: {printable(path)}"
        + (" (left by a file server, a disk or a desktop)" if is_known(path) else "")
        for path in strange
    ]


def looks(parts: Mapping[str, Sequence[bytes]]) -> dict[str, str]:
    """By line of `told`: the command with which a person can look at that stranger.

    Args:
        parts: the strangers, by the folder of each machine's part.
    """
    return {
        line: _look(Path(folder) / FILES_NAME, path)
        for folder, strange in parts.items()
        for line, path in zip(told(Path(folder).name, strange), strange, strict=True)
    }


def _look(files: Path, path: bytes) -> str:
    """The `ls` command for a path.

    For the folder above, if the name has unprintable characters and can't be pasted.
    """
    if printable(path) == os.fsdecode(path):
        return quote("ls", "-ld", files / os.fsdecode(path))
    above = Path(os.fsdecode(path)).parent
    plain = printable(os.fsencode(above)) == str(above)
    return quote("ls", "-lab", files / above if plain else files)


def packed(strange: Sequence[bytes]) -> list[str]:
    """Paths as text for the run's facts: one character for each byte (latin-1); at most `KEPT`."""
    return [path.decode("latin-1") for path in strange[:KEPT]]


def unpacked(kept: Sequence[str]) -> tuple[str, ...]:
    """The paths that `packed` has turned into text."""
    return tuple(os.fsdecode(path.encode("latin-1")) for path in kept)


@contextmanager
def without(files: Path, strange: Sequence[bytes], folders: Sequence[str]) -> Iterator[Path]:
    """Yield a view of a copied root, in which a store finds its folders without strangers.

    If these folders have no strangers, it is the root itself. Else it is a temporary folder with a
    link for each other file in them.

    Args:
        files: the copied root.
        strange: the strangers, relative to the root.
        folders: the folders that the store reads, relative to the root.
    """
    leads = tuple(folder.strip("/") + "/" for folder in folders if folder)
    paths = [os.fsdecode(path) for path in strange]
    gone = {files / path for path in paths if path.startswith(leads)}
    if not leads or not gone:
        yield files
        return
    with tempfile.TemporaryDirectory(prefix="pryv-tui-verify-") as folder:
        for lead in leads:
            for at, below, names in walk(files / lead):
                below[:] = [name for name in below if Path(at, name) not in gone]
                here = Path(folder) / Path(at).relative_to(files)
                here.mkdir(parents=True, exist_ok=True)
                for name in names:
                    if Path(at, name) not in gone:
                        (here / name).symlink_to(Path(at, name))
        yield Path(folder)
