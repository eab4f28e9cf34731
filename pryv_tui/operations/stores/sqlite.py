"""SQLite files: copied through SQLite's own backup, so that a live one does not tear.

From 1.8 the username index, password hashes and platform-unique fields are SQLite files under
`core/data/users` (write-ahead log); the leader keeps its own under `config-leader/database`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.stores.base import Holds
from pryv_tui.platform.layout import Layout
from pryv_tui.vault.formats.errors import FormatError
from pryv_tui.vault.formats.sqlite_files import is_sqlite, quick_check


class SQLite:
    name = "sqlite"
    title = "SQLite"
    dump_programs: tuple[str, ...] = ()

    def dump_command(self, layout: Layout) -> list[list[str]]:
        return []

    def restore_command(self, layout: Layout) -> list[list[str]]:
        return []

    def compare_command(self) -> list[list[str]]:
        return []

    def dump(self, ctx: RunContext, host: str) -> Holds:
        """Nothing to do ahead: the copy takes each file through SQLite's backup."""
        return {}

    def check(self, files: Path, layout: Layout, holds: Holds) -> Holds:
        count = 0
        for path in sqlite_files(files, layout):
            try:
                quick_check(path)
            except FormatError as error:
                raise PryvTuiError(
                    "check-failed", f"a SQLite file in the set is damaged: {error}"
                ) from error
            count += 1
        if holds.get("files", count) != count:
            raise PryvTuiError(
                "check-failed",
                f"the set should hold {holds['files']} SQLite files, it holds {count}",
            )
        return {"files": count}

    def restore(self, ctx: RunContext, host: str, layout: Layout, holds: Holds) -> None:
        """Nothing: the files came back with the folders, checked by their hashes."""

    def compare(self, ctx: RunContext, host: str, holds: Holds, data: Path | None = None) -> None:
        """Nothing: their hashes were compared while they were copied back."""

    def wait(self, ctx: RunContext, host: str) -> None:
        """Nothing answers: SQLite is a file."""


def sqlite_files(files: Path, layout: Layout) -> Iterator[Path]:
    """The SQLite files of a copied root; symbolic links are not followed."""
    for folder, _names, names in os.walk(files):
        for name in names:
            path = Path(folder, name)
            relative = path.relative_to(files).as_posix()
            if (
                any(fnmatch(relative, glob) for glob in layout.sqlite)
                and not path.is_symlink()
                and path.is_file()
                and is_sqlite(path)
            ):
                yield path
