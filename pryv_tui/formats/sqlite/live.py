"""Check a SQLite file that is in use, as a reader does; no files are left beside it."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from pryv_tui.filesystem.folders import open_quietly
from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.sqlite.copy import connect_at, wants_backup
from pryv_tui.formats.sqlite.files import Found, bound, examine, examined
from pryv_tui.formats.sqlite.inside import NotOpened, opened_inside
from pryv_tui.reading import open_regular
from pryv_tui.sanitize import one_line


def live_check(path: Path) -> Found:
    """Check a database in place, with its log and while others write to it.

    Returns:
        The damage; or, as `unchecked`, the reason why it could not be checked.
    """
    name = os.fsencode(path.name)
    try:
        folder = open_quietly(os.fsencode(path.parent), os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        return Found(unchecked=error.strerror or str(error))
    try:
        descriptor = open_regular(name, folder=folder, follow=False)
        try:
            in_use = wants_backup(descriptor, name, folder)
        finally:
            os.close(descriptor)
        if not in_use:
            return examine(path)
        return opened_inside(folder, name, _reading, examined, lambda: None)
    except FormatError as error:
        return Found(damage=one_line(str(error)))
    except (sqlite3.Error, OSError, NotOpened) as error:
        return Found(unchecked=one_line(str(error)))
    finally:
        os.close(folder)


def _reading(path: bytes) -> sqlite3.Connection:
    """Open a database within `BOUNDS`, and read from it once."""
    database = connect_at(path, "ro")
    try:
        bound(database, Path(os.fsdecode(path)).stat().st_size)
        # Errors are ignored here: the check reports what SQLite can't read.
        with contextlib.suppress(sqlite3.DatabaseError, UnicodeDecodeError):
            database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException:
        database.close()
        raise
    return database
