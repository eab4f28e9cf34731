"""Names of the files that SQLite keeps beside a database (sqlite.org/tempfiles.html)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass


COMPANIONS = (b"-wal", b"-shm", b"-journal")
"""Suffixes of these files, appended to the database's name (https://sqlite.org/tempfiles.html)."""
