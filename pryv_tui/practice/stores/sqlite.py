"""The SQLite files that core and the config leader keep, written the way those services leave them.

Core's files are in WAL mode and never closed while it runs, so what was written last lies in the
`-wal` file: a copy of the `.db` file alone loses it. Here they are left like that although nothing
runs.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

Statement = tuple[str, Sequence[object]]


def write_wal(path: Path, schema: str, statements: Iterable[Statement]) -> None:
    """Write to a file in WAL mode and leave the write-ahead log beside it."""
    connection = sqlite3.connect(path, timeout=60)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")
    connection.executescript(schema)
    with connection:
        for text, values in statements:
            connection.execute(text, values)
    # SQLite folds the log into the file when the last connection closes, unless that one may
    # only read.
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
    """What a file holds, table by table, independent of how its pages lie; changes nothing."""
    lines: list[str] = []
    # Without a log beside it, reading would make one: immutable says that nobody writes.
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
