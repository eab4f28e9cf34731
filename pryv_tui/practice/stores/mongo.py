"""A miniature MongoDB: one SQLite file for each database; documents are stored as the BSON
received.

`_id` is unique in a collection: that is enough to make a restore onto existing documents fail as
the real one does. Indexes are stored only as definitions.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import bson
from bson.raw_bson import RawBSONDocument

_SUFFIX = ".practice"
_VERSION = 1
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS collections (name TEXT PRIMARY KEY, uuid TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS documents (
    collection TEXT NOT NULL, id BLOB NOT NULL, body BLOB NOT NULL, PRIMARY KEY (collection, id)
);
CREATE TABLE IF NOT EXISTS views (name TEXT PRIMARY KEY, options TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS indexes (
    collection TEXT NOT NULL, name TEXT NOT NULL, definition BLOB NOT NULL,
    PRIMARY KEY (collection, name)
);
PRAGMA user_version = {_VERSION};
"""

Index = dict[str, Any]


class MongoStore:
    """The databases in one data folder."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self._kept: tuple[str, sqlite3.Connection] | None = None
        self._looked: tuple[str, sqlite3.Connection] | None = None

    def ensure(self) -> None:
        """Set up an empty store in an empty folder, as mongod does."""
        marker = self.data / "practice-mongod"
        if not marker.exists():
            marker.write_text("a practice MongoDB's data folder\n", encoding="ascii")

    def databases(self) -> list[str]:
        return sorted(path.name.removesuffix(_SUFFIX) for path in self.data.glob(f"*{_SUFFIX}"))

    def _open(self, database: str) -> sqlite3.Connection:
        connection = sqlite3.connect(self.data / f"{database}{_SUFFIX}", timeout=60)
        # WAL mode: readers do not block writers, so others can write while a dump is made.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = OFF")  # No real data: a power cut may destroy it.
        if connection.execute("PRAGMA user_version").fetchone() != (_VERSION,):
            connection.executescript(_SCHEMA)
        return connection

    @contextmanager
    def at_once(self, database: str) -> Iterator[None]:
        """Do everything that the block creates and inserts in one transaction on one connection.
        Nobody sees a part of it, and if the block fails nothing is written. Opening a database
        costs more than most inserts. Other databases are written as usual. Can't be nested."""
        with self._writing(database) as connection:
            self._kept = (database, connection)
            try:
                yield
            finally:
                self._kept = None

    @contextmanager
    def _writing(self, database: str) -> Iterator[sqlite3.Connection]:
        """Yield a connection whose transaction ends with the block."""
        if self._kept is not None and self._kept[0] == database:
            yield self._kept[1]
            return
        with closing(self._open(database)) as connection, connection:
            yield connection

    @contextmanager
    def looking(self, database: str) -> Iterator[None]:
        """Use one connection for all that the block reads from a database: opening it costs more
        than most answers. Can't be nested."""
        if database not in self.databases():
            yield  # Opening it would create it.
            return
        with closing(self._open(database)) as connection:
            self._looked = (database, connection)
            try:
                yield
            finally:
                self._looked = None

    @contextmanager
    def _reading(self, database: str) -> Iterator[sqlite3.Connection]:
        if self._looked is not None and self._looked[0] == database:
            yield self._looked[1]
            return
        with closing(self._open(database)) as connection:
            yield connection

    def collections(self, database: str) -> list[str]:
        """Return the names of a database's collections; empty if the database does not exist."""
        if database not in self.databases():
            return []
        with self._reading(database) as connection:
            rows = connection.execute("SELECT name FROM collections ORDER BY name").fetchall()
        return [str(row[0]) for row in rows]

    def views(self, database: str) -> dict[str, str]:
        """Return the options of each view as JSON, by the view's name: its collection and its
        pipeline."""
        if database not in self.databases():
            return {}
        with self._reading(database) as connection:
            rows = connection.execute("SELECT name, options FROM views ORDER BY name").fetchall()
        return {str(name): str(options) for name, options in rows}

    def create_view(self, database: str, name: str, options: str) -> None:
        with closing(self._open(database)) as connection, connection:
            connection.execute("INSERT OR REPLACE INTO views VALUES (?, ?)", (name, options))

    def uuid(self, database: str, collection: str) -> str:
        with self._reading(database) as connection:
            row = connection.execute(
                "SELECT uuid FROM collections WHERE name = ?", (collection,)
            ).fetchone()
        return str(row[0])

    def create(
        self, database: str, collection: str, uuid: str, indexes: Iterable[Index] = ()
    ) -> None:
        """Create a collection, unless it exists, and its indexes."""
        with self._writing(database) as connection:
            connection.execute(
                "INSERT OR IGNORE INTO collections VALUES (?, ?)", (collection, uuid)
            )
            connection.executemany(
                "INSERT OR REPLACE INTO indexes VALUES (?, ?, ?)",
                [(collection, index["name"], bson.encode(index)) for index in indexes],
            )

    def drop(self, database: str, collection: str) -> None:
        with closing(self._open(database)) as connection, connection:
            connection.execute("DELETE FROM documents WHERE collection = ?", (collection,))
            connection.execute("DELETE FROM indexes WHERE collection = ?", (collection,))
            connection.execute("DELETE FROM collections WHERE name = ?", (collection,))

    def clear(self, database: str, collection: str) -> None:
        """Delete every document of a collection; the collection and its indexes stay."""
        with closing(self._open(database)) as connection, connection:
            connection.execute("DELETE FROM documents WHERE collection = ?", (collection,))

    def count(self, database: str, collection: str) -> int:
        with self._reading(database) as connection:
            row = connection.execute(
                "SELECT count(*) FROM documents WHERE collection = ?", (collection,)
            ).fetchone()
        return int(row[0])

    def counts(self, database: str) -> dict[str, int]:
        """Return the number of documents in each collection."""
        if database not in self.databases():
            return {}
        with self._reading(database) as connection:
            rows = connection.execute(
                "SELECT name, (SELECT count(*) FROM documents WHERE collection = name)"
                " FROM collections ORDER BY name"
            ).fetchall()
        return {str(name): int(count) for name, count in rows}

    def bytes_of(self, database: str) -> int:
        """Return the total size in bytes, as BSON, of all documents in a database's collections."""
        if database not in self.databases():
            return 0
        with self._reading(database) as connection:
            row = connection.execute(
                "SELECT coalesce(sum(length(body)), 0) FROM documents"
                " WHERE collection IN (SELECT name FROM collections)"
            ).fetchone()
        return int(row[0])

    def documents(self, database: str, collection: str) -> Iterator[bytes]:
        """Yield every document as BSON, in the order of insertion."""
        with self._reading(database) as connection:
            for (body,) in connection.execute(
                "SELECT body FROM documents WHERE collection = ? ORDER BY rowid", (collection,)
            ):
                yield bytes(body)

    def insert(self, database: str, collection: str, documents: Iterable[bytes]) -> tuple[int, int]:
        """Insert BSON documents. Return how many were inserted, and how many were not because their
        `_id` exists."""
        done = failed = 0
        with self._writing(database) as connection:
            for body in documents:
                key = bson.encode({"_id": RawBSONDocument(body)["_id"]})
                row = (collection, key, body)
                cursor = connection.execute("INSERT OR IGNORE INTO documents VALUES (?, ?, ?)", row)
                if cursor.rowcount:
                    done += 1
                else:
                    failed += 1
        return done, failed

    def indexes(self, database: str, collection: str) -> list[Index]:
        """Return the definitions of a collection's indexes, `_id_` first."""
        with self._reading(database) as connection:
            rows = connection.execute(
                "SELECT definition FROM indexes WHERE collection = ? ORDER BY rowid", (collection,)
            ).fetchall()
        found: list[Index] = [dict(bson.decode(bytes(row[0]))) for row in rows]
        own: Index = {"v": 2, "key": {"_id": 1}, "name": "_id_"}
        return [own, *(index for index in found if index["name"] != "_id_")]
