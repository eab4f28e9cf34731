"""SQLite files: check the copies of them in a set.

They are copied while no process can change them, or by SQLite itself, so that no copy is a mixture
of two states. From 1.8 the username index, password hashes and platform-unique fields are SQLite
files under `core/data/users` (write-ahead log); the leader's are under `config-leader/database`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from fnmatch import translate
from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.deep_trees import walk
from pryv_tui.filesystem.paths import printable
from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.sqlite.files import Found, examine, is_sqlite
from pryv_tui.formats.sqlite.live import live_check
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.stores.base import Holds
from pryv_tui.platform.layout import Layout
from pryv_tui.sanitize import one_line


class SQLite:
    name = "sqlite"
    title = "SQLite"
    dump_programs: tuple[str, ...] = ()
    handed: tuple[str, ...] = ()

    def dump_command(self, layout: Layout) -> list[list[str]]:
        return []

    def restore_command(self, layout: Layout, workers: int = 0) -> list[list[str]]:
        return []

    def compare_command(self) -> list[list[str]]:
        return []

    def dump(self, ctx: RunContext, host: str) -> Holds:
        """Do nothing: the later copy of each file is its state at one moment."""
        return {}

    def check(self, files: Path, layout: Layout, holds: Holds) -> Holds:
        return judged(look(files, layout, frozenset(holds.get("damaged", {}))), holds)

    def restore(
        self, ctx: RunContext, host: str, layout: Layout, holds: Holds, workers: int = 0
    ) -> None:
        """Do nothing: the files were copied back with the folders, and their hashes compared."""

    def compare(self, ctx: RunContext, host: str, holds: Holds, data: Path | None = None) -> None:
        """Do nothing: the hashes were compared while the files were copied back."""

    def wait(self, ctx: RunContext, host: str) -> None:
        """Do nothing: SQLite has no server."""


def look(
    files: Path,
    layout: Layout,
    damaged: frozenset[str] = frozenset(),
    strange: tuple[bytes, ...] = (),
    known: Path | None = None,
) -> dict[str, Found]:
    """Let SQLite check each SQLite file in a copied root; return the results by path.

    Args:
        damaged: printable paths of files that are known to be damaged. They are not checked again:
            their hash proves that they are equal to their source.
        strange: paths of entries that do not belong to the set; they are skipped.
        known: the copied root of an earlier set in which all SQLite files were whole. A file that
            is a hard link to one of these is not checked again.
    """
    found = {}
    passed = tuple(path + b"/" for path in strange)
    for path in sqlite_files(files, layout):
        name = str(path.relative_to(files))
        if (os.fsencode(name) + b"/").startswith(passed):
            continue
        if _shown(name) in damaged:
            found[name] = Found()
            continue
        if known is not None and _same(path, known / name):
            found[name] = Found(known=True)
            continue
        try:
            found[name] = examine(path)
        except FormatError as error:
            found[name] = Found(damage=one_line(str(error)))
    return found


def _same(path: Path, other: Path) -> bool:
    """Whether two paths are the same file; symbolic links are not followed."""
    try:
        return os.path.samestat(path.lstat(), other.lstat())
    except OSError:
        return False


def judged(looked: Mapping[str, Found], holds: Holds) -> Holds:
    """Compare results of `look` with what the set recorded; return the new summary for the set.

    Raises:
        PryvTuiError: `check-failed`, a file is damaged that was not recorded as damaged, or the
            number of files differs.
    """
    damaged = dict(holds.get("damaged", {}))
    unchecked = {}
    for path, found in looked.items():
        name = _shown(path)
        if found.damage and name not in damaged:
            raise PryvTuiError(
                "check-failed", f"a SQLite file in the set is damaged: {name}: {found.damage}"
            )
        if found.unchecked:
            unchecked[name] = found.unchecked
    if holds.get("files", len(looked)) != len(looked):
        raise PryvTuiError(
            "check-failed",
            f"the set should hold {holds['files']} SQLite files, it holds {len(looked)}",
        )
    more = {"damaged": damaged, "unchecked": unchecked}
    return {"files": len(looked)} | {key: value for key, value in more.items() if value}


def damaged_at_source(looked: Mapping[str, Found], root: Path) -> dict[str, str]:
    """Return the damaged files of a copy whose source is damaged too, or can't be checked.

    A file that is damaged in the copy alone is left out.

    Args:
        root: the platform's root, which has the sources.

    Returns:
        by printable path, a description of the damage.
    """
    damaged = {}
    for name, copy in looked.items():
        if not copy.damage:
            continue
        source = live_check(root / name)
        if source.damage:
            damaged[_shown(name)] = source.damage
        elif source.unchecked:
            damaged[_shown(name)] = (
                f"{copy.damage}; the source itself could not be checked: {source.unchecked}"
            )
    return damaged


def _shown(name: str) -> str:
    return printable(os.fsencode(name))


def sqlite_files(files: Path, layout: Layout) -> Iterator[Path]:
    """Yield the SQLite files of a copied root; symbolic links are not followed."""
    top = os.fspath(files)
    # Test the name first, because few of the millions of files in a set are SQLite files.
    meant = re.compile("|".join(translate(glob) for glob in layout.sqlite) or r"(?!)").match
    for folder, _names, names in walk(top):
        lead = folder[len(top) :].lstrip("/")
        for name in names:
            if not meant(f"{lead}/{name}" if lead else name):
                continue
            path = Path(folder, name)
            if not path.is_symlink() and path.is_file() and is_sqlite(path):
                yield path
