"""SQLite files at rest: read as they lie there, without leaving anything beside them."""

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
    """What a database may have computed: its schema may hold expressions (generated columns,
    checks) of which a row of some bytes becomes gigabytes."""

    longest: int = 32 << 20
    """Bytes of the largest value; MongoDB's documents, which came before, have 16 MB at most."""
    heap: int = 192 << 20
    """Bytes of memory, of all that SQLite holds in this process."""
    seconds: float = 60.0
    bytes_a_second: int = 2 << 20
    """How long reading a database may take: any disk is faster."""


BOUNDS = Bounds()


def is_sqlite(path: Path) -> bool:
    """Whether a file carries SQLite's magic; an empty file, which SQLite would take, does not."""
    try:
        with open_file(path) as file:
            return file.read(len(SQLITE_MAGIC)) == SQLITE_MAGIC
    except OSError as error:
        raise unread(path, error) from error


class Found(NamedTuple):
    """What SQLite says of a file."""

    damage: str = ""
    """Its first complaint; empty: none."""
    unchecked: str = ""
    """Why it could not look at all of it; empty: it could."""
    known: bool = False
    """It has looked at this very file before, and found it whole."""


def examine(path: Path, bounds: Bounds = BOUNDS) -> Found:
    """Run SQLite's own check (https://sqlite.org/pragma.html#pragma_quick_check).

    A collation, a function or a module that a service brings along and we lack says nothing of the
    file: then what needs none is checked, table by table, and of the rest the pages are read.

    Raises:
        FormatError: it can't be read, or is no database.
    """
    with _opened(path, bounds) as database:
        return examined(database)


def examined(database: sqlite3.Connection) -> Found:
    """As `examine`, of one that is open."""
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
        # To read the list of tables needs nothing that a service brings along.
        return Found(damage=_unreadable(error))
    unchecked = []
    for (name,) in names:
        quoted = '"' + name.replace('"', '""') + '"'
        complaint, lacked = _asked(database, f"PRAGMA quick_check({quoted})")
        if lacked and not complaint:
            unchecked.append(one_line(f"{name}: {lacked}"))
            # Not by an index, which SQLite would count by: the pages of the table itself.
            count = f"SELECT count(*) FROM {quoted} NOT INDEXED"
            complaint, _ = _asked(database, f"SELECT 'ok' FROM ({count})")
        if complaint:
            return Found(damage=complaint)
    return Found(unchecked="; ".join(unchecked) or lacking)


def quick_check(path: Path) -> None:
    """See that SQLite finds no damage; what it can't look at is passed over.

    Raises:
        FormatError: with SQLite's first complaint.
    """
    found = examine(path)
    if found.damage:
        raise FormatError(path, path.name, found.damage)


def _asked(database: sqlite3.Connection, question: str) -> tuple[str, str]:
    """What is damaged, and what SQLite lacks to tell; of one of them as a rule."""
    try:
        (answer,) = database.execute(question).fetchone()
    except MemoryError:
        return "", "what it computes takes too much memory"
    except sqlite3.Error as error:
        words = one_line(str(error))
        return ("", words) if _lacks(error) else (words, "")
    except UnicodeDecodeError as error:
        return "", _unreadable(error)
    # Its complaints come on lines of their own, below one that says which database.
    return ("" if answer == "ok" else one_line(str(answer).rpartition("***\n")[2]), "")


def _unreadable(error: UnicodeDecodeError) -> str:
    """What SQLite said in words that hold a name of the file which is no text. The error that
    Python would have made of them, and its code with it, is lost."""
    return one_line(error.object.decode("utf-8", "replace"))


def _lacks(error: sqlite3.Error) -> bool:
    """Whether an error is SQLite's lack of something, or of time that we give it, and not the
    file's.

    Damage, and what can't be read, have codes of their own (https://sqlite.org/rescode.html).

    Raises:
        ShortOfMeans: there is no memory, or nothing can be opened, which says nothing of the file.
    """
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_CANTOPEN):
        raise ShortOfMeans(f"SQLite can't go on: {error}") from error
    return code in (0, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_TOOBIG)


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
        except UnicodeDecodeError as error:
            raise FormatError(path, path.name, _unreadable(error)) from error


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
        except UnicodeDecodeError as error:
            raise FormatError(path, path.name, _unreadable(error)) from error


def newest_row(path: Path, table: str, columns: tuple[str, ...]) -> float | None:
    """The largest number in any of these columns; none where no such table, column or number is.

    Raises:
        FormatError: it is no database, or damaged.
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
    """The rows of a table, one at a time; none where the table is missing. Of a text that is none,
    the bytes are written out: it costs no other row.

    Raises:
        FormatError: it is no database, or damaged.
    """
    wanted = ", ".join('"' + name.replace('"', '""') + '"' for name in columns)
    quoted = table.replace('"', '""')
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
    """What lies beside a database and belongs to its content."""
    found = []
    for ending in ("-wal", "-journal"):
        beside = path.with_name(path.name + ending)
        with contextlib.suppress(OSError):
            if beside.lstat().st_size and not beside.is_symlink():
                found.append(beside)
    return found


@contextmanager
def _settled(path: Path, beside: list[Path], bounds: Bounds) -> Iterator[sqlite3.Connection]:
    """A copy of a database, brought together by SQLite with what lay beside it."""
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
            raise FormatError(path, path.name, "what it computes takes too much memory") from error


_NO_PLACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
"""Of these none is said of a file that is read."""
_NO_MEANS = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
)


def _need_place(path: Path, error: OSError | sqlite3.Error | NotOpened) -> None:
    """See that an error is not one of the place that a database is brought together in.

    Raises:
        ShortOfMeans: there is no room, no such folder, or too few means.
        ShortOfRights: this user may not read it.
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
            f"{path} could not be brought together in {place} with what lies beside it: {error}",
            f"Make room in {place}, or name another folder for that: export TMPDIR=/…",
        ) from error


def _take_names(path: Path, copies: int) -> None:
    """See that a copy's journal names no file; where the one that it shared with other databases is
    not beside it any more, what they did together was done, and it mends nothing."""
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
    """A database opened as unchangeable: no locks, no journal, no `-wal` (sqlite.org/uri.html).

    Without that, opening a copy made in write-ahead mode would leave files in the backup set.
    Copies made through SQLite's backup have no `-wal` or `-journal` beside them; where one has (a
    copy that was made by hand), it is read in a folder of its own, together with that.
    """
    if not is_sqlite(path):
        raise FormatError(path, path.name, "is no SQLite database")
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
        raise FormatError(path, path.name, "what it computes takes too much memory") from error
    finally:
        database.close()


def bound(database: sqlite3.Connection, size: int, bounds: Bounds = BOUNDS) -> None:
    """Bound what a database can have computed.

    Args:
        size: bytes of the file; to read them is what may take long.
    """
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, bounds.longest)
    database.execute("PRAGMA trusted_schema = OFF")
    # Of all that SQLite holds in this process (sqlite.org/pragma.html#pragma_hard_heap_limit).
    database.execute(f"PRAGMA hard_heap_limit = {bounds.heap}")
    end = time.monotonic() + bounds.seconds + size / bounds.bytes_a_second
    database.set_progress_handler(lambda: time.monotonic() > end, 1000)
