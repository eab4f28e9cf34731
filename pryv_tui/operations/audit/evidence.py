"""Collect what a set's files show of accounts, attachments and series, as a stream.

Ids are stored and joined in a temporary SQLite database on disk, so memory use stays flat.
"""

from __future__ import annotations

import os
import re
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from pryv_tui.formats.bson_files import iterate_documents
from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.influx.tsm_points import Points
from pryv_tui.formats.influx_backup import read_archives
from pryv_tui.formats.rdb import HELD, KEY_BYTES
from pryv_tui.formats.sqlite.files import rows
from pryv_tui.reading import lines_of, need_word, open_file
from pryv_tui.vault.lists.sums import parse_line
from pryv_tui.vault.set_files import FILES_NAME

_FILES = FILES_NAME.encode() + b"/"
_ATTACHMENT = re.compile(
    _FILES + rb"pryv/core/data/(?:attachments|users/[^/]+/[^/]+/[^/]+)/(?P<user>[^/]+)/"
    rb"(?P<rest>.+)",
    re.DOTALL,
)
"""Paths in 1.6 to 1.8: `attachments/<userId>/<eventId>/<fileId>`; from 1.9
`users/<c>/<b>/<a>/<userId>/attachments/<eventId>/<fileId>`."""
_OLD = _FILES + b"pryv/core/data/attachments/"
_Parts = tuple[bytes, bytes, bytes]
_Stored = tuple[str | bytes, str | bytes, bytes]
_EVENT = "event."
_BATCH = 5_000
_HELD = 200_000
"""Maximum number of ids kept in memory, about 100 bytes each."""


class Evidence:
    """The ids found in a set or on the live platform, in a database on disk."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="pryv-tui-audit-")
        self._uncounted: frozenset[str] = frozenset()
        # An engine's output arrives in another thread, while this thread waits for its end.
        self._database = sqlite3.connect(
            Path(self._folder.name) / "ids.db", isolation_level=None, check_same_thread=False
        )
        self._database.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-16000;"
            "CREATE TABLE named (user TEXT, file TEXT, event TEXT, PRIMARY KEY (user, file))"
            " WITHOUT ROWID;"
            "CREATE TABLE stored (user TEXT, file TEXT, path BLOB, PRIMARY KEY (user, file))"
            " WITHOUT ROWID;"
            "CREATE TABLE events (id TEXT PRIMARY KEY) WITHOUT ROWID;"
            "CREATE TABLE series (event TEXT, base TEXT, PRIMARY KEY (event, base)) WITHOUT ROWID;"
            "CREATE TABLE points (base TEXT, name TEXT, field TEXT, many INTEGER,"
            " PRIMARY KEY (base, name, field)) WITHOUT ROWID;"
        )

    def __enter__(self) -> Evidence:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()
        self._folder.cleanup()

    def read_events(
        self, path: Path, beside: Callable[[Mapping[str, Any]], None] = lambda _: None
    ) -> None:
        """Read `events.bson`: attachments, and the ids of events that series are named after.

        Call this after `read_series`: only ids that a series needs are kept, unless there are too
        many series for memory.

        Args:
            beside: called with each event too, so that the file is read only once.

        Raises:
            FormatError: the dump is damaged.
        """
        with self.taking_events() as take:
            for document in iterate_documents(path):
                take(document)
                beside(document)

    @contextmanager
    def taking_events(self) -> Iterator[Callable[[Mapping[str, Any]], None]]:
        """Give a function that takes events one by one, for a `with` block after `read_series`."""
        named: list[tuple[str, str, str]] = []
        events: list[tuple[str]] = []
        asked = self._asked()

        def write() -> None:
            self._many("INSERT OR IGNORE INTO named VALUES (?, ?, ?)", named)
            self._many("INSERT OR IGNORE INTO events VALUES (?)", events)
            named.clear()
            events.clear()

        def take(document: Mapping[str, Any]) -> None:
            user, event = str(document.get("userId", "")), str(document.get("_id", ""))
            if asked is None or event in asked:
                events.append((event,))
            attachments = document.get("attachments")
            if isinstance(attachments, list):
                named.extend(
                    (user, str(each["id"]), event)
                    for each in attachments
                    if isinstance(each, dict) and "id" in each
                )
            if len(named) + len(events) > _BATCH:
                write()

        yield take
        write()

    def read_files(self, sums: Path) -> None:
        """Read from a set's list of hashes which attached files it has.

        Raises:
            FormatError: the list can't be read.
        """
        found: list[_Stored] = []
        try:
            with open_file(sums, follow=False) as file:
                for line in lines_of(file):
                    place = _parts_of_line(line.rstrip(b"\n"))
                    if place is not None:
                        found.append(_stored(place))
                        if len(found) > _BATCH:
                            self._many("INSERT OR IGNORE INTO stored VALUES (?, ?, ?)", found)
                            found.clear()
        except (OSError, ValueError) as error:
            if isinstance(error, OSError):
                need_word(error, sums)
            raise FormatError(sums, sums.name, str(error)) from error
        self._many("INSERT OR IGNORE INTO stored VALUES (?, ?, ?)", found)

    def read_series(self, folder: Path) -> None:
        """Read all series of a portable InfluxDB backup.

        Raises:
            FormatError: the backup is damaged.
        """

        points = Points(self._count)

        def take(database: str, name: str, file: IO[bytes]) -> None:
            found = points.read(database, name, file, folder / name)
            events = {
                (measurement.removeprefix(_EVENT), database)
                for measurement in found
                if measurement.startswith(_EVENT)
            }
            self._many("INSERT OR IGNORE INTO series VALUES (?, ?)", sorted(events))

        read_archives(folder, take, points.deleted)
        self._uncounted = points.doubted

    def _count(self, database: str, found: Mapping[tuple[str, str], int]) -> None:
        rows = [(database, name, field, many) for (name, field), many in found.items()]
        self._database.execute("BEGIN")
        self._database.executemany(
            "INSERT INTO points VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET many = many + excluded.many",
            rows,
        )
        self._database.execute("COMMIT")

    def points(self, databases: Iterable[str]) -> dict[str, int]:
        """Return the number of points per database, counted as its server does. That is, for each
        measurement the points of its fullest field. A database whose count is doubtful is left
        out."""
        found = self._database.execute(
            "SELECT base, SUM(most) FROM (SELECT base, MAX(many) AS most FROM points"
            " GROUP BY base, name) GROUP BY base"
        )
        counted = dict.fromkeys(databases, 0) | {str(base): int(many) for base, many in found}
        return {base: many for base, many in counted.items() if base not in self._uncounted}

    def read_root(self, root: Path, between: Callable[[], None] = lambda: None) -> None:
        """Read which attached files are under a root now, with the same paths as in a set's list.

        Args:
            between: called for each file; may raise to end the reading.

        Raises:
            OSError: a folder can't be read.
        """
        found: list[_Stored] = []
        data = root / "pryv/core/data"
        for top in ("attachments", "users"):
            for path in files_below(data / top):
                between()
                place = _parts_of(_FILES + os.fsencode(path.relative_to(root)))
                if place is not None:
                    found.append(_stored(place))
                    if len(found) > _BATCH:
                        self._many("INSERT OR IGNORE INTO stored VALUES (?, ?, ?)", found)
                        found.clear()
        self._many("INSERT OR IGNORE INTO stored VALUES (?, ?, ?)", found)

    def take_series(self, database: str, measurements: Iterable[str]) -> None:
        """Add the measurements of a live database."""
        events = (name.removeprefix(_EVENT) for name in measurements if name.startswith(_EVENT))
        self._many("INSERT OR IGNORE INTO series VALUES (?, ?)", [(e, database) for e in events])

    def _asked(self) -> set[str] | None:
        """Return the event ids that series are named after; None if there are too many for
        memory."""
        found = self._database.execute("SELECT DISTINCT event FROM series LIMIT ?", (_HELD + 1,))
        ids = {str(event) for (event,) in found}
        return ids if len(ids) <= _HELD else None

    @property
    def files(self) -> int:
        """Number of attached files that were read."""
        (count,) = self._database.execute("SELECT COUNT(*) FROM stored").fetchone()
        return int(count)

    def files_without_event(self) -> Iterator[str]:
        """Yield attached files that no event names: paths under the root, as text for display."""
        yield from map(written_out, self.paths_without_event())

    def paths_without_event(self) -> Iterator[bytes]:
        """Yield the paths of attached files that no event names, as bytes. Only the bytes lead back
        to the files."""
        for (path,) in self._database.execute(
            "SELECT path FROM stored s WHERE NOT EXISTS"
            " (SELECT 1 FROM named n WHERE n.user = s.user AND n.file = s.file) ORDER BY path"
        ):
            yield bytes(path)

    def missing_files(self) -> Iterator[str]:
        """Yield the attachments that an event names and that are missing, as
        `<userId>/<eventId>/<fileId>`."""
        yield from self._names(
            "SELECT user || '/' || event || '/' || file FROM named n WHERE NOT EXISTS"
            " (SELECT 1 FROM stored s WHERE n.user = s.user AND n.file = s.file) ORDER BY 1"
        )

    def series_without_event(self) -> Iterator[str]:
        """Yield the series whose event is missing, as `<database>/event.<id>`."""
        yield from self._names(
            "SELECT base || '/event.' || event FROM series s WHERE NOT EXISTS"
            " (SELECT 1 FROM events e WHERE e.id = s.event) ORDER BY 1"
        )

    def _names(self, query: str) -> Iterator[str]:
        for (name,) in self._database.execute(query):
            yield str(name)

    def _many(self, statement: str, values: Iterable[tuple[str | bytes, ...]]) -> None:
        self._database.execute("BEGIN")
        self._database.executemany(statement, values)
        self._database.execute("COMMIT")


def attachment_place(line: bytes) -> tuple[str, str, str] | None:
    """Return the user id, the file id and the path under the root of an attached file, from the
    file's line in a list of hashes. The three texts are for display: if the path has bytes that are
    not text, they are escaped, and the file can't be opened by it."""
    return _told(_parts_of_line(line))


def place_of(path: bytes) -> tuple[str, str, str] | None:
    """Return the same as `attachment_place`, from a file's path below its host's folder in a
    set."""
    return _told(_parts_of(path))


def written_out(name: bytes) -> str:
    r"""Return a name as text for display; bytes that are no text are written as `\xff`."""
    return name.decode("utf-8", "backslashreplace")


def _told(parts: _Parts | None) -> tuple[str, str, str] | None:
    if parts is None:
        return None
    user, file, place = map(written_out, parts)
    return user, file, place


def _stored(parts: _Parts) -> _Stored:
    """Return the database row of an attached file. Events name files in text, so a name that is not
    text stays bytes: in SQLite bytes never equal text."""
    user, file, path = parts
    return _text_or_bytes(user), _text_or_bytes(file), path


def _text_or_bytes(name: bytes) -> str | bytes:
    try:
        return name.decode()
    except UnicodeDecodeError:
        return name


def _parts_of_line(line: bytes) -> _Parts | None:
    if b"/attachments/" not in line:
        return None
    path, _digest = parse_line(line)
    return _parts_of(path)


def _parts_of(path: bytes) -> _Parts | None:
    """Return user id, file id and path under the root, as bytes; None if it is not an
    attachment."""
    found = _ATTACHMENT.fullmatch(path)
    if found is None:
        return None
    rest = found["rest"].split(b"/")
    if not path.startswith(_OLD):
        if rest[0] != b"attachments":
            return None
        rest = rest[1:]
    if len(rest) != 2:  # event and file
        return None
    return found["user"], rest[1], path.removeprefix(_FILES)


def files_below(top: Path) -> Iterator[Path]:
    """Yield all files below a folder; none if the folder does not exist. Links are not followed."""
    folders = [top]
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(Path(entry.path))
                    elif entry.is_file(follow_symlinks=False):
                        yield Path(entry.path)
        except FileNotFoundError:
            continue  # it was removed meanwhile, or never existed


def named_accounts(index: Path, *, most: int = HELD) -> tuple[set[str], dict[str, str]]:
    """Return the names of core's accounts, and these names by the ids of the accounts' files.

    There are no ids if the index does not have them, or has too many. The database is opened only
    once: opening takes far longer than reading a few names.

    Raises:
        FormatError: see `usernames`.
    """
    names: set[str] = set()
    ids: dict[str, str] = {}
    held = held_ids = 0
    try:
        for name, user in rows(index, "id4name", ("username", "userId")):
            if name is None:
                continue  # it is nobody's
            text = str(name)
            held += len(text) + KEY_BYTES
            if held > most:
                break
            names.add(text)
            if user is not None and held_ids <= most:
                ids[str(user)] = text
                held_ids += len(str(user)) + len(text) + KEY_BYTES
        else:
            return names, ids if held_ids <= most else {}
    except FormatError:
        pass
    # The index is damaged, or has too many entries: read only the names.
    return usernames(index, most=most), {}


def usernames(index: Path, *, most: int = HELD) -> set[str]:
    """Return the accounts in core's index, by name (`id4name`, from 1.8).

    Args:
        most: most bytes of memory for the names.

    Raises:
        FormatError: the index is not a database, is damaged, or has more names than that.
    """
    names: set[str] = set()
    held = 0
    for (name,) in rows(index, "id4name", ("username",)):
        if name is None:
            continue  # it is nobody's
        text = str(name)
        held += len(text) + KEY_BYTES
        if held > most:
            what = f"holds more names than fit into {most >> 20} MB of memory"
            raise FormatError(index, "id4name", what)
        names.add(text)
    return names
