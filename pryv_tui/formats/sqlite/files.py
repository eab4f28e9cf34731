"""Read a set's SQLite files in place, without creating files beside them."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from pryv_tui.formats.errors import FormatError, unread
from pryv_tui.formats.sqlite.copy import SQLITE_MAGIC
from pryv_tui.formats.sqlite.inside import NotOpened
from pryv_tui.formats.sqlite.journals import lies_in, take_shared_name
from pryv_tui.formats.sqlite.recover import mend
from pryv_tui.reading import ShortOfMeans, need_word, open_file
from pryv_tui.sanitize import one_line


class Bounds(NamedTuple):
    """Limits on what a database may compute. Expressions in its schema (generated columns, checks)
    can turn a row of a few bytes into gigabytes."""

    longest: int = 32 << 20
    """Bytes of the largest value; MongoDB's documents, used by older releases, have 16 MB at
    most."""
    heap: int = 192 << 20
    """Bytes of memory for all of SQLite in this process."""
    seconds: float = 60.0
    bytes_a_second: int = 2 << 20
    """The slowest rate of reading, in bytes per second; this time is added to `seconds`."""


BOUNDS = Bounds()


def is_sqlite(path: Path) -> bool:
    """Whether a file begins with SQLite's magic; SQLite would also accept an empty file.

    Raises:
        FormatError: it can't be read.
    """
    try:
        with open_file(path) as file:
            return file.read(len(SQLITE_MAGIC)) == SQLITE_MAGIC
    except OSError as error:
        raise unread(path, error) from error


class Found(NamedTuple):
    """The result of SQLite's check of a file."""

    damage: str = ""
    """SQLite's first complaint; empty if it has none."""
    unchecked: str = ""
    """Why parts could not be checked; empty if all were checked."""
    known: bool = False
    """Whether this very file was checked before, and found undamaged."""


def examine(path: Path, bounds: Bounds = BOUNDS) -> Found:
    """Run SQLite's own check (https://sqlite.org/pragma.html#pragma_quick_check).

    A service may use a collation, function or module that this program lacks; that is not damage.
    Then the tables are checked one by one; of a table that needs it only the pages are read.

    Raises:
        FormatError: the file can't be read, or is not a database.
    """
    with _opened(path, bounds) as database:
        return examined(database)


def examined(database: sqlite3.Connection) -> Found:
    """Run the check of `examine` on an open database."""
    database.text_factory = lambda text: text.decode("utf-8", "replace")
    complaint, lacking = _asked(database, "PRAGMA quick_check(1)")
    if complaint or not lacking:
        return Found(damage=complaint)
    try:
        names = database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0 ORDER BY name"
        ).fetchall()
    except sqlite3.Error as error:
        words = one_line(str(error))
        return Found(unchecked=words) if _lacks(error) else Found(damage=words)
    except UnicodeDecodeError as error:
        # Reading the list of tables needs none of a service's extensions, so this is damage.
        return Found(damage=_unreadable(error))
    unchecked = []
    for (name,) in names:
        quoted = '"' + name.replace('"', '""') + '"'
        complaint, lacked = _asked(database, f"PRAGMA quick_check({quoted})")
        if lacked and not complaint:
            unchecked.append(one_line(f"{name}: {lacked}"))
            # NOT INDEXED: otherwise SQLite would count by an index, and not read the table's own
            # pages.
            count = f"SELECT count(*) FROM {quoted} NOT INDEXED"
            complaint, _ = _asked(database, f"SELECT 'ok' FROM ({count})")
        if complaint:
            return Found(damage=complaint)
    return Found(unchecked="; ".join(unchecked) or lacking)


def quick_check(path: Path) -> None:
    """Check that SQLite finds no damage; parts that it can't check are ignored.

    Raises:
        FormatError: the file is damaged; the message is SQLite's first complaint.
    """
    found = examine(path)
    if found.damage:
        raise FormatError(path, path.name, found.damage)


def _asked(database: sqlite3.Connection, question: str) -> tuple[str, str]:
    """Run a check; return the damage, and why SQLite could not check; at least one is empty."""
    try:
        (answer,) = database.execute(question).fetchone()
    except MemoryError:
        return "", "its expressions need too much memory"
    except sqlite3.Error as error:
        words = one_line(str(error))
        return ("", words) if _lacks(error) else (words, "")
    except UnicodeDecodeError as error:
        return "", _unreadable(error)
    # A complaint is on a line of its own, after a line that names the database.
    return ("" if answer == "ok" else one_line(str(answer).rpartition("***\n")[2]), "")


def _unreadable(error: UnicodeDecodeError) -> str:
    """SQLite's message, if it contains a name that is not UTF-8. Python then raises
    `UnicodeDecodeError` instead of SQLite's error, and the error's code is lost."""
    return one_line(error.object.decode("utf-8", "replace"))


def _lacks(error: sqlite3.Error) -> bool:
    """Whether SQLite only lacked an extension, or exceeded one of this program's limits.

    Damage and unreadable files have other codes (https://sqlite.org/rescode.html).

    Raises:
        ShortOfMeans: out of memory, or no file can be opened: nothing is known about this one.
    """
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_CANTOPEN):
        raise ShortOfMeans(f"SQLite can't continue: {error}") from error
    return code in (0, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_TOOBIG)


def row_counts(path: Path) -> dict[str, int]:
    """The number of rows of each table, except SQLite's own tables.

    Raises:
        FormatError: the file is not a database, or is damaged.
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
        except UnicodeDecodeError as error:
            raise FormatError(path, path.name, _unreadable(error)) from error


def count_rows(path: Path, table: str) -> int | None:
    """The number of rows of one table; None if the table does not exist.

    Raises:
        FormatError: the file is not a database, or is damaged.
    """
    with _opened(path) as database:
        try:
            found = database.execute(
                "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)
            ).fetchone()
            return _rows(database, table) if found else None
        except sqlite3.Error as error:
            raise FormatError(path, path.name, str(error)) from error
        except UnicodeDecodeError as error:
            raise FormatError(path, path.name, _unreadable(error)) from error


def newest_row(path: Path, table: str, columns: tuple[str, ...]) -> float | None:
    """The largest number in any of these columns; None if there is no such table, column or number.

    Raises:
        FormatError: the file is not a database, or is damaged.
    """
    quoted = table.replace('"', '""')
    with _opened(path) as database:
        try:
            told = database.execute(f'PRAGMA table_info("{quoted}")').fetchall()
            there = [name for name in columns if name in {row[1] for row in told}]
            if not there:
                return None
            wanted = ", ".join(f'max("{name}")' for name in there)
            row = database.execute(f'SELECT {wanted} FROM "{quoted}"').fetchone()
        except sqlite3.Error as error:
            raise FormatError(path, path.name, str(error)) from error
        except UnicodeDecodeError as error:
            raise FormatError(path, path.name, _unreadable(error)) from error
    return max((float(one) for one in row if isinstance(one, int | float)), default=None)


def rows(
    path: Path, table: str, columns: tuple[str, ...], bounds: Bounds = BOUNDS
) -> Iterator[tuple[object, ...]]:
    """Yield the rows of a table; none if the table is missing.

    Text that is not UTF-8 is escaped, so that other rows can still be read.

    Raises:
        FormatError: the file is not a database or is damaged, or the table lacks one of the
            columns.
    """
    quoted = table.replace('"', '""')
    # With the table's name: SQLite takes a quoted name that is no column for a text, and would
    # return that text for each row.
    wanted = ", ".join(f'"{quoted}"."' + name.replace('"', '""') + '"' for name in columns)
    with _opened(path, bounds) as database:
        try:
            known = database.execute(
                "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)
            ).fetchone()
            if known:
                database.text_factory = _text
                yield from database.execute(f'SELECT {wanted} FROM "{quoted}"')
        except sqlite3.Error as error:
            raise FormatError(path, path.name, str(error)) from error
        except UnicodeDecodeError as error:
            raise FormatError(path, path.name, _unreadable(error)) from error


def _text(content: bytes) -> str:
    return content.decode("utf-8", "backslashreplace")


def _rows(database: sqlite3.Connection, table: str) -> int:
    quoted = table.replace('"', '""')
    return int(database.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()[0])


def _unsettled(path: Path) -> list[Path]:
    """The journal or write-ahead log beside a database, if not empty: it belongs to the content."""
    found = []
    for ending in ("-wal", "-journal"):
        beside = path.with_name(path.name + ending)
        with contextlib.suppress(OSError):
            if beside.lstat().st_size and not beside.is_symlink():
                found.append(beside)
    return found


@contextmanager
def _settled(path: Path, beside: list[Path], bounds: Bounds) -> Iterator[sqlite3.Connection]:
    """Open a temporary copy of a database, after SQLite has merged the journal or log into it."""
    with contextlib.ExitStack() as opened:
        try:
            name = opened.enter_context(tempfile.TemporaryDirectory(prefix="pryv-tui-sqlite-"))
            folder = Path(name)
            for file in (path, *beside):
                shutil.copyfile(file, folder / file.name, follow_symlinks=False)
            with _open_folder(folder) as copies:
                _take_names(path, copies)
                mend(os.fsencode(path.name), copies)
            database = sqlite3.connect(_unchangeable(folder / path.name), uri=True)
        except (OSError, sqlite3.Error, NotOpened) as error:
            _need_place(path, error)
            raise FormatError(path, path.name, str(error)) from error
        except UnicodeDecodeError as error:
            raise FormatError(path, path.name, _unreadable(error)) from error
        opened.callback(database.close)
        try:
            bound(database, path.stat().st_size, bounds)
            yield database
        except MemoryError as error:
            raise FormatError(path, path.name, "its expressions need too much memory") from error


_NO_PLACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
"""Errors of a place that is written to; reading never causes them."""
_NO_MEANS = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
)


def _need_place(path: Path, error: OSError | sqlite3.Error | NotOpened) -> None:
    """Raise another error if the temporary folder, not the database, caused this one.

    Raises:
        ShortOfMeans: the folder is missing or has no room, or memory or descriptors ran out.
        ShortOfRights: this user may not read the database.
    """
    place = os.environ.get("TMPDIR") or "/tmp"
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    lacking = isinstance(error, NotOpened) or code in _NO_MEANS
    if isinstance(error, OSError):
        need_word(error, path)
        missing = isinstance(error, FileNotFoundError) and path.exists()
        lacking = error.errno in _NO_PLACE or missing
    if lacking:
        raise ShortOfMeans(
            f"{path} and its journal or log could not be merged in {place}: {error}",
            f"Make room in {place}, or use another folder for this: export TMPDIR=/…",
        ) from error


def _take_names(path: Path, copies: int) -> None:
    """Remove the name of a super-journal from a copy's journal: SQLite would delete that file.

    If the super-journal is no longer beside the original, the transaction was committed. Then the
    copy's journal is removed, since it must not be rolled back.
    """
    name = os.fsencode(path.name) + b"-journal"
    try:
        journal = os.open(name, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=copies)
    except FileNotFoundError:
        return
    try:
        shared = take_shared_name(journal)
    finally:
        os.close(journal)
    if shared is None:
        return
    with _open_folder(path.parent) as holder:
        if not lies_in(shared, holder):
            os.unlink(name, dir_fd=copies)


@contextmanager
def _open_folder(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _unchangeable(path: Path) -> str:
    return f"file:{quote(os.fsencode(path.absolute()))}?mode=ro&immutable=1"


@contextmanager
def _opened(path: Path, bounds: Bounds = BOUNDS) -> Iterator[sqlite3.Connection]:
    """Open a database as immutable: no locks, no journal, no `-wal` (sqlite.org/uri.html).

    Opened normally, a copy in write-ahead mode would get new files beside it in the backup set.
    Copies by SQLite's backup have no `-wal` or `-journal`. A copy that has one was made by hand: it
    is read from a temporary copy, with the log or journal merged in.
    """
    if not is_sqlite(path):
        raise FormatError(path, path.name, "is not a SQLite database")
    beside = _unsettled(path)
    if beside:
        with _settled(path, beside, bounds) as database:
            yield database
        return
    try:
        database = sqlite3.connect(_unchangeable(path), uri=True)
    except sqlite3.Error as error:
        raise FormatError(path, path.name, str(error)) from error
    try:
        bound(database, path.stat().st_size, bounds)
        yield database
    except MemoryError as error:
        raise FormatError(path, path.name, "its expressions need too much memory") from error
    finally:
        database.close()


def bound(database: sqlite3.Connection, size: int, bounds: Bounds = BOUNDS) -> None:
    """Limit the memory and the time that reading a database may use.

    Args:
        size: bytes of the file; the time allowed grows with them.
    """
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, bounds.longest)
    database.execute("PRAGMA trusted_schema = OFF")
    # This limit is for all of SQLite in this process
    # (sqlite.org/pragma.html#pragma_hard_heap_limit).
    database.execute(f"PRAGMA hard_heap_limit = {bounds.heap}")
    end = time.monotonic() + bounds.seconds + size / bounds.bytes_a_second
    database.set_progress_handler(lambda: time.monotonic() > end, 1000)
