"""Databases that are closed and opened again while their folder is copied: no log of a later moment
comes to lie beside a copy."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import struct
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.filesystem import folders
from pryv_tui.formats.sqlite.copy import NotByBackup
from pryv_tui.vault.copying import walk
from pryv_tui.vault.files import copier
from pryv_tui.vault.files.content import ContentCopier
from pryv_tui.vault.files.copier import FileCopier
from pryv_tui.vault.files.pieces import FILE_KIND, CopyOptions, Kind, Left
from pryv_tui.vault.files.types import CopyResult, Selection
from pryv_tui.vault.native import library as native
from pryv_tui.vault.native.library import NativeFolders
from tests.vault.copying.previous.increments import backup
from tests.vault.engine import at_once, use, verify_sums
from tests.vault.files.sqlite.open_databases import change, changes, opened

DATABASES = Selection(sqlite=("*.db",))
LINKED = pytest.mark.parametrize("linked", [False, True], ids=["copied", "linked"])


class Writer:
    """Whoever has the database open when its folder is listed, and again when it was copied."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.database: sqlite3.Connection | None = None

    def begin(self) -> None:
        """Have it open, with nothing to say."""
        self.database = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        self.database.execute("SELECT count(*) FROM data").fetchone()
        assert self.log.exists()

    def end(self) -> None:
        """Close it."""
        if self.database is not None:
            self.database.close()
            self.database = None
            assert not self.log.exists()

    def go_on(self) -> None:
        """Change the file itself, and have what comes then in a log of a later generation."""
        with closing(sqlite3.connect(self.path, isolation_level=None)) as database:
            change(database)
        self.database = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        change(self.database)
        assert self.log.stat().st_size

    @property
    def log(self) -> Path:
        return self.path.with_name(f"{self.path.name}-wal")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "root" / "users").mkdir(parents=True)
    (tmp_path / "root" / "users" / "a").write_text("a")
    os.mkfifo(tmp_path / "root" / "users" / "z")
    return tmp_path / "root"


@pytest.fixture
def writer(source: Path, monkeypatch: pytest.MonkeyPatch) -> Writer:
    use(monkeypatch, sync=at_once, settled_ns=-(10**20))
    opened(source / "users" / "x.db", "wal").close()
    return Writer(source / "users" / "x.db")


def after(patch: pytest.MonkeyPatch, of: Any, call: str, do: Callable[..., object]) -> None:
    """Have something done after a call, if its arguments are such."""
    calling = getattr(of, call)

    def then(*given: Any, **more: Any) -> Any:
        result = calling(*given, **more)
        do(*given)
        return result

    patch.setattr(of, call, then)


def made(source: Path, writer: Writer, tmp_path: Path, linked: bool) -> CopyResult:
    """A copy, of which the database's is of the moment in which nobody had it open."""
    former = tmp_path / "1" if linked else None
    result = backup(source, tmp_path / "2", former, selection=DATABASES)
    assert writer.database is not None, "nobody opened it again"
    writer.database.close()
    folder = tmp_path / "2" / "files" / "users"
    assert sorted(path.name for path in folder.iterdir()) == ["a", "x.db", "z"]
    assert changes(folder / "x.db") == 0
    assert result.linked_files == (2 if linked else 0)
    assert result.notes == ()
    assert verify_sums(tmp_path / "2").sound
    return result


@LINKED
@pytest.mark.parametrize("others", [False, True], ids=["alone", "others"])
def test_a_log_that_comes_again_after_its_database_was_copied_stays_out(
    source: Path,
    writer: Writer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    others: bool,
    linked: bool,
) -> None:
    """It lay there when the folder was listed, but not when the database had its turn."""
    use(monkeypatch, native=False, workers=2 if others else 0, alone_files=-1)
    use(monkeypatch)
    backup(source, tmp_path / "1", selection=DATABASES)
    writer.begin()
    acts = [writer.go_on]

    def turn(*given: Any) -> None:
        if any(one == b"x.db" or getattr(one, "name", b"") == b"x.db" for one in given) and acts:
            acts.pop()()

    listing = folders.listing

    def listed(folder: int) -> Any:
        found = listing(folder)
        if b"x.db-wal" in found[0]:
            writer.end()
        return found

    monkeypatch.setattr(walk, "listing", listed)
    after(monkeypatch, FileCopier, "copy", turn)
    if linked:
        after(monkeypatch, walk.TreeCopy, "_entry", turn)
    made(source, writer, tmp_path, linked)


@LINKED
@pytest.mark.usefixtures("built")
def test_nor_does_one_that_the_library_leaves(
    source: Path, writer: Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, linked: bool
) -> None:
    """It had listed the log, and copied the database as one that nobody had open."""
    use(monkeypatch, workers=2, alone_files=-1)
    backup(source, tmp_path / "1", selection=DATABASES)
    do = NativeFolders.do
    left: list[bytes] = []

    def listed(self: NativeFolders, *given: Any, **more: Any) -> Any:
        piece = do(self, *given, **more)
        parts = list(piece.parts)
        at = next((at for at, one in enumerate(parts) if one[1] == b"users/z"), None)
        if at is not None and not left:
            left.extend(one[1] for one in parts if one[0] == Kind.FILE)
            parts.insert(at, Left(Kind.FILE, b"users/x.db-wal", b"", (0, 0)))
            writer.go_on()
        return piece._replace(parts=parts)

    monkeypatch.setattr(NativeFolders, "do", listed)
    made(source, writer, tmp_path, linked)
    assert left == [b"users/z"]


@LINKED
@pytest.mark.usefixtures("built")
def test_nor_does_one_that_was_left_with_its_database(
    source: Path, writer: Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, linked: bool
) -> None:
    """Between the library's look and the walk's the database was closed."""
    use(monkeypatch, workers=2, alone_files=-1)
    backup(source, tmp_path / "1", selection=DATABASES)
    writer.begin()
    # Python sees that it means nothing; the library leaves it to Python.
    journal = writer.path.with_name("x.db-journal")
    journal.write_bytes(b"\0")
    do = NativeFolders.do
    left: list[bytes] = []
    acts = [writer.go_on]

    def done(self: NativeFolders, *given: Any, **more: Any) -> Any:
        piece = do(self, *given, **more)
        left.extend(one[1] for one in piece.parts if one[0] == Kind.FILE)
        if acts:
            writer.end()
            journal.unlink(missing_ok=True)
        return piece

    def turn(*given: Any) -> None:
        if any(one == b"x.db" or getattr(one, "name", b"") == b"x.db" for one in given) and acts:
            acts.pop()()

    monkeypatch.setattr(NativeFolders, "do", done)
    after(monkeypatch, FileCopier, "copy", turn)
    if linked:
        after(monkeypatch, walk.TreeCopy, "_entry", turn)
    made(source, writer, tmp_path, linked)
    assert b"users/x.db" in left


def test_what_sqlite_refuses_after_all_is_copied_again(
    source: Path, writer: Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was closed when it was read, and then somebody opened it whom SQLite can't get past."""
    use(monkeypatch, native=False, workers=0)

    def refused(*_given: Any, **_more: Any) -> str:
        raise NotByBackup("it is locked")

    monkeypatch.setattr(copier, "take_database", refused)
    monkeypatch.setattr(copier, "copy_held", lambda *_: None)
    acts = [writer.begin]
    after(monkeypatch, ContentCopier, "copy", lambda *_: acts.pop()() if len(given_dbs()) else None)

    def given_dbs() -> list[Any]:
        copy = tmp_path / "2" / "files" / "users" / "x.db"
        return acts if copy.exists() and copy.stat().st_size else []

    result = backup(source, tmp_path / "2", selection=DATABASES)
    writer.end()
    copy = tmp_path / "2" / "files" / "users" / "x.db"
    assert [note.what for note in result.notes] == [
        "SQLite could not back it up (it is locked): copied as a file, with its journal"
    ]
    assert copy.read_bytes() == writer.path.read_bytes()
    assert verify_sums(tmp_path / "2").sound


@pytest.mark.parametrize("others", [False, True], ids=["alone", "others"])
def test_a_clock_that_is_too_coarse_hides_no_writer(
    source: Path, writer: Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, others: bool
) -> None:
    """Somebody opens, changes and closes a database between two reads of it, within one tick."""
    use(monkeypatch, native=False, workers=2 if others else 0, alone_files=-1)
    use(monkeypatch)
    monkeypatch.setattr(copier, "_unchanged", lambda *_: True)
    acts: list[Callable[[], None]] = []

    def once() -> None:
        with closing(sqlite3.connect(writer.path, isolation_level=None)) as database:
            change(database)

    def came() -> bool:
        copy = tmp_path / "2" / "files" / "users" / "x.db"
        return copy.exists() and copy.stat().st_size > 0

    acts.append(once)
    after(monkeypatch, ContentCopier, "copy", lambda *_: acts.pop()() if acts and came() else None)
    backup(source, tmp_path / "2", selection=DATABASES)
    assert not acts
    folder = tmp_path / "2" / "files" / "users"
    assert sorted(path.name for path in folder.iterdir()) == ["a", "x.db", "z"]
    assert changes(folder / "x.db") == 1
    assert verify_sums(tmp_path / "2").sound


@pytest.mark.usefixtures("built")
def test_the_library_leaves_a_database_that_somebody_has_alone(
    source: Path, writer: Writer, tmp_path: Path
) -> None:
    """It could be changed and closed again while it is read, and nothing would tell."""
    library = native.load(CopyOptions(), DATABASES.sqlite)
    assert library is not None
    ends = (os.open(writer.path.parent, os.O_RDONLY), os.open(tmp_path, os.O_RDONLY))
    found = []
    with writer.path.open("r+b") as file:
        for kind in (fcntl.F_WRLCK, fcntl.F_UNLCK):
            lock = struct.pack("@hhqqi4x", kind, os.SEEK_SET, 0x40000002, 510, 0)
            fcntl.fcntl(file, fcntl.F_OFD_SETLK, lock)
            names = [FILE_KIND + b"x.db"]
            found.append(library.do(ends, {}, names, b"", (), most=1 << 30, entries=9).files)
    for end in ends:
        os.close(end)
    library.close()
    assert found == [0, 1]
