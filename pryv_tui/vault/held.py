"""A mapping that moves to the disk when it grows: for list entries that are read before their turn.

A list from another program may be in any order, and the program that reads it along with a walk has
to keep the entries that come too early. Usually there are few, and a dictionary is enough. Larger
amounts go to a database that SQLite keeps in an unnamed temporary file, removed when it is closed
(https://sqlite.org/inmemorydb.html, "Temporary Databases").
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pryv_tui.errors import PryvTuiError

if TYPE_CHECKING:  # imported where it is used: that is seldom, and the import is slow
    import sqlite3

MEMORY = 64 << 20
"""Bytes of keys and values kept in memory, with Python's overhead for each."""
_EACH = 200


class Held:
    """A mapping of bytes to bytes."""

    def __init__(self, memory: int = MEMORY) -> None:
        """Make an empty mapping; `memory`: most bytes kept in memory."""
        self._memory = memory
        self._here: dict[bytes, bytes] = {}
        self._bytes = 0
        self._elsewhere: sqlite3.Connection | None = None
        self._count = 0

    def __bool__(self) -> bool:
        return bool(self._here) or self._count > 0

    def __len__(self) -> int:
        return len(self._here) + self._count

    def put(self, key: bytes, value: bytes) -> None:
        """Store a value; an earlier value of the same key is replaced.

        Raises:
            PryvTuiError: `disk-full`: the temporary file can't grow.
        """
        self._here[key] = value
        self._bytes += len(key) + len(value) + _EACH
        if self._bytes > self._memory:
            self._spill()

    def pop(self, key: bytes) -> bytes | None:
        """Remove a key, and return its value; None if the key is not there."""
        found = self._here.pop(key, None)
        if found is not None:
            self._bytes -= len(key) + len(found) + _EACH
        if self._count:  # also removes an older value of the key on the disk
            row = self._ask("DELETE FROM held WHERE key = ? RETURNING value", key).fetchone()
            if row is not None:
                self._count -= 1
                found = bytes(row[0]) if found is None else found
        return found

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield everything left, sorted by key; don't call `put` or `pop` while it runs."""
        if self._count:
            self._spill()
            for key, value in self._ask("SELECT key, value FROM held ORDER BY key"):
                yield bytes(key), bytes(value)
        else:
            yield from sorted(self._here.items())

    def close(self) -> None:
        """Drop everything, and remove the temporary file."""
        self._here.clear()
        self._bytes = self._count = 0
        if self._elsewhere is not None:
            self._elsewhere.close()
            self._elsewhere = None

    def _spill(self) -> None:
        import sqlite3

        try:
            if self._elsewhere is None:
                self._elsewhere = sqlite3.connect("", isolation_level=None)
                self._elsewhere.execute("PRAGMA journal_mode = OFF")
                self._elsewhere.execute("PRAGMA cache_size = -16384")
                self._elsewhere.execute(
                    "CREATE TABLE held (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID"
                )
            self._elsewhere.execute("BEGIN")
            self._elsewhere.executemany(
                "INSERT OR REPLACE INTO held VALUES (?, ?)", sorted(self._here.items())
            )
            self._elsewhere.execute("COMMIT")
            self._count = int(self._elsewhere.execute("SELECT count(*) FROM held").fetchone()[0])
        except sqlite3.Error as error:
            raise _no_room(error) from error
        self._here.clear()
        self._bytes = 0

    def _ask(self, words: str, *values: bytes) -> sqlite3.Cursor:
        import sqlite3

        assert self._elsewhere is not None
        try:
            return self._elsewhere.execute(words, values)
        except sqlite3.Error as error:
            raise _no_room(error) from error


def _no_room(error: sqlite3.Error) -> PryvTuiError:
    return PryvTuiError(
        "disk-full",
        f"a temporary file to sort a set's list could not be written: {error}",
        "Free space where temporary files go (/var/tmp, or TMPDIR), then try again.",
    )
