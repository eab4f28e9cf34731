"""What lies in a set and is in none of its lists: told, and kept from all that reads the set.

What the lists say must be there, and whole, decides whether a set is good.
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
"""Paths that a run keeps at most; what is beyond is found out by who copies."""
SHOWN = 20


def told(host: str, strange: Sequence[bytes]) -> list[str]:
    """Strangers of a machine's part in words, with what each is taken for."""
    return [
        f"{host}: {printable(path)}"
        + (" (left by a file server, a disk or a desktop)" if is_known(path) else "")
        for path in strange
    ]


def looks(parts: Mapping[str, Sequence[bytes]]) -> dict[str, str]:
    """How a person sees what each line of `told` means, by the line.

    Args:
        parts: strangers, by the folder of each machine's part.
    """
    return {
        line: _look(Path(folder) / FILES_NAME, path)
        for folder, strange in parts.items()
        for line, path in zip(told(Path(folder).name, strange), strange, strict=True)
    }


def _look(files: Path, path: bytes) -> str:
    """A name that can't be printed can't be pasted: its folder shows it."""
    if printable(path) == os.fsdecode(path):
        return quote("ls", "-ld", files / os.fsdecode(path))
    above = Path(os.fsdecode(path)).parent
    plain = printable(os.fsencode(above)) == str(above)
    return quote("ls", "-lab", files / above if plain else files)


def packed(strange: Sequence[bytes]) -> list[str]:
    """Paths as a run keeps them, whatever bytes they hold."""
    return [path.decode("latin-1") for path in strange[:KEPT]]


def unpacked(kept: Sequence[str]) -> tuple[str, ...]:
    """The same as paths again."""
    return tuple(os.fsdecode(path.encode("latin-1")) for path in kept)


@contextmanager
def without(files: Path, strange: Sequence[bytes], folders: Sequence[str]) -> Iterator[Path]:
    """A copied root as its stores are to see it: these folders of it, without strangers.

    Where there are none among them it is the root itself; else a folder of links to what is left.

    Args:
        files: the root.
        strange: what is none of it, by its paths there.
        folders: what a store looks at, relative to it.
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
