"""SQLite files at rest: read as they lie there, without leaving anything beside them."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from pryv_tui.reading import open_file
from pryv_tui.vault.formats.errors import FormatError, unread
from pryv_tui.vault.sqlite_copy import SQLITE_MAGIC


def is_sqlite(path: Path) -> bool:
    """Whether a file carries SQLite's magic; an empty file, which SQLite would take, does not."""
    try:
        with open_file(path) as file:
            return file.read(len(SQLITE_MAGIC)) == SQLITE_MAGIC
    except OSError as error:
        raise unread(path, error) from error


def quick_check(path: Path) -> None:
    """Run SQLite's own check (https://sqlite.org/pragma.html#pragma_quick_check).

    Raises:
        FormatError: with SQLite's first complaint.
    """
    with _opened(path) as database:
        try:
            (first,) = database.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.Error as error:
            raise FormatError(path, path.name, str(error)) from error
    if first != "ok":
        raise FormatError(path, path.name, str(first))


def row_counts(path: Path) -> dict[str, int]:
    """Rows of every table, SQLite's own left out.

    Raises:
        FormatError: it is no database, or damaged.
    """
    with _opened(path) as database:
        try:
            names = database.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*'"
                " ORDER BY name"
            ).fetchall()
            return {name: _rows(database, name) for (name,) in names}
        except sqlite3.Error as error:
            raise FormatError(path, path.name, str(error)) from error


def count_rows(path: Path, table: str) -> int | None:
    """Rows of one table; `None` if there is no such table.

    Raises:
        FormatError: it is no database, or damaged.
    """
    with _opened(path) as database:
        try:
            found = database.execute(
                "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)
            ).fetchone()
            return _rows(database, table) if found else None
        except sqlite3.Error as error:
            raise FormatError(path, path.name, str(error)) from error


def rows(path: Path, table: str, columns: tuple[str, ...]) -> Iterator[tuple[object, ...]]:
    """The rows of a table, one at a time; none where the table is missing.

    Raises:
        FormatError: it is no database, or damaged.
    """
    wanted = ", ".join('"' + name.replace('"', '""') + '"' for name in columns)
    quoted = table.replace('"', '""')
    with _opened(path) as database:
        try:
            known = database.execute(
                "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)
            ).fetchone()
            if known:
                yield from database.execute(f'SELECT {wanted} FROM "{quoted}"')
        except sqlite3.Error as error:
            raise FormatError(path, path.name, str(error)) from error


def _rows(database: sqlite3.Connection, table: str) -> int:
    quoted = table.replace('"', '""')
    return int(database.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()[0])


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A database opened as unchangeable: no locks, no journal, no `-wal` (sqlite.org/uri.html).

    Without that, opening a copy made in write-ahead mode would leave files in the backup set. What
    a `-wal` beside it holds is not seen: copies made through SQLite's backup have none.
    """
    if not is_sqlite(path):
        raise FormatError(path, path.name, "is no SQLite database")
    uri = f"file:{quote(os.fsencode(path.absolute()))}?mode=ro&immutable=1"
    try:
        database = sqlite3.connect(uri, uri=True)
    except sqlite3.Error as error:
        raise FormatError(path, path.name, str(error)) from error
    try:
        yield database
    finally:
        database.close()
