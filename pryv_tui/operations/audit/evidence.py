"""What the files of a set tell about accounts, attachments and series, read in a stream.

Ids are kept in a temporary SQLite database on disk and joined there: memory stays flat however many
there are.
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
"""1.6 to 1.8: `attachments/<userId>/<eventId>/<fileId>`; from 1.9
`users/<c>/<b>/<a>/<userId>/attachments/<eventId>/<fileId>`."""
_OLD = _FILES + b"pryv/core/data/attachments/"
_Parts = tuple[bytes, bytes, bytes]
_Stored = tuple[str | bytes, str | bytes, bytes]
_EVENT = "event."
_BATCH = 5_000
_HELD = 200_000
"""Ids held in memory at most, about 100 bytes each."""


class Evidence:
    """Ids met in a set, on disk."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="pryv-tui-audit-")
        self._uncounted: frozenset[str] = frozenset()
        # What an engine prints comes in a thread of its own, while this one waits for its end.
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
        """Take in `events.bson`: attachments, and the ids that series are named after.

        After `read_series`: ids that no series asks for are not kept, unless the series themselves
        are too many to be held.

        Args:
            beside: is given each event too: they are read once.

        Raises:
            FormatError: the dump is damaged.
        """
        with self.taking_events() as take:
            for document in iterate_documents(path):
                take(document)
                beside(document)

    @contextmanager
    def taking_events(self) -> Iterator[Callable[[Mapping[str, Any]], None]]:
        """What takes in the documents of events one by one; after `read_series`."""
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
        """Take in which attached files a set holds, from its list of hashes.

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
        """Take in every series of a portable InfluxDB backup.

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
        """How many points each of these has, as its server counts them: of a measurement as many as
        its fullest field. One whose files do not tell it is not there."""
        found = self._database.execute(
            "SELECT base, SUM(most) FROM (SELECT base, MAX(many) AS most FROM points"
            " GROUP BY base, name) GROUP BY base"
        )
        counted = dict.fromkeys(databases, 0) | {str(base): int(many) for base, many in found}
        return {base: many for base, many in counted.items() if base not in self._uncounted}

    def read_root(self, root: Path, between: Callable[[], None] = lambda: None) -> None:
        """Take in which attached files lie under a root now, as a set's list would name them.

        Args:
            between: called for each file; may raise to end it.

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
        """Take in the measurements of a live database."""
        events = (name.removeprefix(_EVENT) for name in measurements if name.startswith(_EVENT))
        self._many("INSERT OR IGNORE INTO series VALUES (?, ?)", [(e, database) for e in events])

    def _asked(self) -> set[str] | None:
        """The ids of the events that series are named after; None for more than fit in memory."""
        found = self._database.execute("SELECT DISTINCT event FROM series LIMIT ?", (_HELD + 1,))
        ids = {str(event) for (event,) in found}
        return ids if len(ids) <= _HELD else None

    @property
    def files(self) -> int:
        """Attached files that were taken in."""
        (count,) = self._database.execute("SELECT COUNT(*) FROM stored").fetchone()
        return int(count)

    def files_without_event(self) -> Iterator[str]:
        """Attached files that no event names, by their paths under the root as they are told."""
        yield from map(written_out, self.paths_without_event())

    def paths_without_event(self) -> Iterator[bytes]:
        """The same paths as they are: by these alone the files are found again."""
        for (path,) in self._database.execute(
            "SELECT path FROM stored s WHERE NOT EXISTS"
            " (SELECT 1 FROM named n WHERE n.user = s.user AND n.file = s.file) ORDER BY path"
        ):
            yield bytes(path)

    def missing_files(self) -> Iterator[str]:
        """`<userId>/<eventId>/<fileId>` of attachments that are named and not there."""
        yield from self._names(
            "SELECT user || '/' || event || '/' || file FROM named n WHERE NOT EXISTS"
            " (SELECT 1 FROM stored s WHERE n.user = s.user AND n.file = s.file) ORDER BY 1"
        )

    def series_without_event(self) -> Iterator[str]:
        """`<database>/event.<id>`."""
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
    """User id, file id and path under the root of an attached file, from its line of hashes, as
    they are told: no file is found again by what has bytes that are no text."""
    return _told(_parts_of_line(line))


def place_of(path: bytes) -> tuple[str, str, str] | None:
    """The same from a file's path below its host's folder in a set."""
    return _told(_parts_of(path))


def written_out(name: bytes) -> str:
    r"""A name as it is told; bytes that are no text are written out (`\xff`)."""
    return name.decode("utf-8", "backslashreplace")


def _told(parts: _Parts | None) -> tuple[str, str, str] | None:
    if parts is None:
        return None
    user, file, place = map(written_out, parts)
    return user, file, place


def _stored(parts: _Parts) -> _Stored:
    """A row of what is stored. Events name files in text: what is none stays bytes, which SQLite
    takes for the same as no text, whatever they are written out as."""
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
    """User id, file id and path under the root, as they are."""
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
    """Every file below a folder, none where there is no such folder; links are not followed."""
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
            continue  # it vanished meanwhile, or never was


def named_ids(index: Path, *, most: int = HELD) -> dict[str, str]:
    """The names of the accounts that core knows, by the ids that their files are kept under; none
    where the index does not tell them, or they are too many."""
    found: dict[str, str] = {}
    held = 0
    try:
        for name, user in rows(index, "id4name", ("username", "userId")):
            if name is None or user is None:
                continue
            found[str(user)] = str(name)
            held += len(str(user)) + len(str(name)) + KEY_BYTES
            if held > most:
                return {}
    except FormatError:
        return {}
    return found


def usernames(index: Path, *, most: int = HELD) -> set[str]:
    """The accounts that core knows, by the names in its index (`id4name`, from 1.8).

    Args:
        most: bytes of memory that they may take.

    Raises:
        FormatError: it is no database, damaged, or larger than any platform's.
    """
    names: set[str] = set()
    held = 0
    for (name,) in rows(index, "id4name", ("username",)):
        if name is None:
            continue  # it is nobody's
        text = str(name)
        held += len(text) + KEY_BYTES
        if held > most:
            what = f"holds more names than {most >> 20} MB of memory do"
            raise FormatError(index, "id4name", what)
        names.add(text)
    return names
