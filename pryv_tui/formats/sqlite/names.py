"""What SQLite calls the files beside a database (sqlite.org/tempfiles.html)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass


COMPANIONS = (b"-wal", b"-shm", b"-journal")
"""What SQLite keeps beside a database file (https://sqlite.org/tempfiles.html)."""
