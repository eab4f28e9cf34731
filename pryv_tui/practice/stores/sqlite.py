"""The SQLite files of core and the config leader, in the state in which those services leave them.

Core's files are in WAL mode and stay open while core runs, so the newest changes are in the `-wal`
file: a copy of the `.db` file alone loses them. Here the files are left in that state although no
service is running.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

Statement = tuple[str, Sequence[object]]


def write_wal(path: Path, schema: str, statements: Iterable[Statement]) -> None:
    """Write to a file in WAL mode and leave its write-ahead log beside it."""
    connection = sqlite3.connect(path, timeout=60)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")
    connection.executescript(schema)
    with connection:
        for text, values in statements:
            connection.execute(text, values)
    # SQLite moves the log into the file when the last connection closes, except if that connection
    # is read-only.
    reader = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
    connection.close()
    reader.close()


def write_plain(path: Path, schema: str, statements: Iterable[Statement]) -> None:
    """Write to a file with a rollback journal."""
    with closing(sqlite3.connect(path, timeout=60)) as connection, connection:
        connection.executescript(schema)
        for text, values in statements:
            connection.execute(text, values)


def content(path: Path) -> bytes:
    """Return the content of a file, table by table, independent of the order of its pages. Nothing
    is changed."""
    lines: list[str] = []
    # Without a log, reading would create one; `immutable` tells SQLite that nobody writes.
    live = path.with_name(f"{path.name}-wal").exists()
    address = f"{path.absolute().as_uri()}?mode=ro" + ("" if live else "&immutable=1")
    with closing(sqlite3.connect(address, uri=True)) as connection:
        names = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name"
        ).fetchall()
        for name, sql in names:
            lines.append(str(sql))
            rows = connection.execute(f'SELECT * FROM "{name}"').fetchall()
            lines.extend(sorted(repr(row) for row in rows))
    return "\n".join(lines).encode()
