"""SQLite files as a live platform has them: nothing of one keeps the rest from being backed up."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pryv_tui.hosts.discovery import discover
from pryv_tui.practice.platform import PracticePlatform
from tests.helpers import copied
from tests.journeys.program import Practice

AUDIT = "pryv/core/data/users/z/y/x/someone/audit.sqlite"


@pytest.fixture
def practice(tmp_path: Path) -> Practice:
    copied.new(tmp_path / "platform", users=2, attachments=1)
    return Practice(tmp_path / "platform")


@pytest.fixture
def audit(practice: Practice) -> Path:
    """A person's database in the root."""
    (state,) = discover(tuple(PracticePlatform.open(practice.folder).hosts)).hosts
    found = Path(str(state.root)) / AUDIT
    found.parent.mkdir(parents=True)
    return found


def fill(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None)
    database.create_collation("a_services_own", lambda one, other: (one > other) - (one < other))
    database.execute("CREATE TABLE events (id TEXT, content TEXT)")
    database.execute("BEGIN")
    rows = [(f"e{number}", "x" * 100) for number in range(2000)]
    database.executemany("INSERT INTO events VALUES (?, ?)", rows)
    database.execute("COMMIT")
    return database


def spoil(path: Path, page: int) -> None:
    with path.open("r+b") as file:
        file.seek(4096 * (page - 1))
        file.write(b"\xff" * 4096)


def copy_of(practice: Practice) -> Path:
    newest = str(practice.sets()[-1]["id"])
    return practice.folder.with_name("platform-vault") / newest / "single/files" / AUDIT


@pytest.mark.parametrize("page", [1, 7])
@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_one_damaged_page_is_backed_up_as_it_is_and_named_by_its_source(
    practice: Practice, audit: Path, page: int, mode: str
) -> None:
    """Of the schema or of the rows: the set holds all else, is good, and can be restored."""
    with closing(fill(audit)) as database:
        database.execute(f"PRAGMA journal_mode={mode}")
    whole = audit.read_bytes()
    assert practice.run("backup").exit == 0
    earlier = practice.sets()[-1]["id"]
    if page == 1:  # the header stays: it is a database still
        audit.write_bytes(whole[:100] + b"\xff" * 3996 + whole[4096:])
    else:
        spoil(audit, page)
    damaged = audit.read_bytes()

    backup = practice.run("backup", "--json")

    assert backup.exit == 3, backup
    (warning,) = backup.end["warnings"]
    assert f"the SQLite file {audit} is damaged there" in warning
    assert ".partial" not in warning
    # What it advises works.
    command = f"pryv-tui --practice {practice.folder} restore SET --files {AUDIT}"
    assert warning.endswith(command)
    brought = practice.run("restore", earlier, "--files", AUDIT, "--to", audit.parent.parent / "to")
    assert brought.exit == 0, brought
    assert (audit.parent.parent / "to" / "single" / AUDIT).read_bytes()[100:] == whole[100:]
    shutil.rmtree(audit.parent.parent / "to")

    verified = practice.run("verify", "latest")
    assert verified.exit == 0, verified
    restored = practice.restore()
    assert restored.exit == 3, restored
    assert "is restored like that" in restored.out + restored.err
    # SQLite's backup counts a change in the header.
    assert audit.read_bytes()[100:] == damaged[100:]


def test_damage_of_the_copy_alone_is_no_damage_of_the_source(
    practice: Practice, audit: Path
) -> None:
    """A set that says that a file was damaged at its source does not excuse another one."""
    fill(audit).close()
    spoil(audit, 7)
    assert practice.run("backup").exit == 3
    copy_of(practice).write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    assert practice.run("verify", "latest").exit == 1


def test_a_collation_that_we_lack_is_a_note(practice: Practice, audit: Path) -> None:
    with closing(fill(audit)) as database:
        database.execute("CREATE TABLE names (name TEXT COLLATE a_services_own)")
        database.execute("CREATE INDEX by_name ON names (name)")
        database.executemany("INSERT INTO names VALUES (?)", [(f"n{n}",) for n in range(500)])
    backup = practice.run("backup", "--json")
    assert backup.exit == 0, backup
    notes = [event["text"] for event in backup.events if event["event"] == "note"]
    assert any(f"{AUDIT} could not be checked in full: names: no such" in text for text in notes)
    assert practice.run("verify", "latest").exit == 0
    assert practice.restore().exit == 0


def test_damage_beside_a_collation_that_we_lack_is_found(practice: Practice, audit: Path) -> None:
    with closing(fill(audit)) as database:
        database.execute("CREATE TABLE names (name TEXT COLLATE a_services_own)")
        database.execute("CREATE INDEX by_name ON names (name)")
    spoil(audit, 7)
    backup = practice.run("backup", "--json")
    assert backup.exit == 3, backup
    assert "is damaged there" in backup.end["warnings"][0]


def test_a_module_that_we_lack_is_none_of_our_business(practice: Practice, audit: Path) -> None:
    with closing(fill(audit)) as database:
        database.execute("PRAGMA writable_schema=1")
        words = "CREATE VIRTUAL TABLE places USING VirtualSpatialIndex()"
        database.execute(
            "INSERT INTO sqlite_master VALUES ('table', 'places', 'places', 0, ?)", (words,)
        )
    assert practice.run("backup").exit == 0
    assert practice.run("verify", "latest").exit == 0


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_what_a_crashed_writer_left_is_mended_in_the_copy(
    practice: Practice, audit: Path, tmp_path: Path, mode: str
) -> None:
    work = tmp_path / "work.sqlite"
    with closing(fill(work)) as database:
        database.execute(f"PRAGMA journal_mode={mode}")
        database.execute("PRAGMA cache_size=1")
        database.execute("UPDATE events SET content = 'kept'")
        database.execute("BEGIN")
        database.execute("UPDATE events SET content = 'torn'")
        ending = "-wal" if mode == "wal" else "-journal"
        shutil.copy(work, audit)
        shutil.copy(f"{work}{ending}", f"{audit}{ending}")
    backup = practice.run("backup", "--json")
    assert backup.exit == 0, backup
    assert practice.run("verify", "latest").exit == 0
    copy = copy_of(practice)
    assert [path.name for path in copy.parent.iterdir()] == [copy.name]
    shutil.copy(copy, tmp_path / "read")
    with closing(sqlite3.connect(tmp_path / "read")) as database:
        found = database.execute("SELECT content, count(*) FROM events GROUP BY 1").fetchall()
    assert found == [("kept", 2000)]
    assert practice.restore().exit == 0


@pytest.mark.parametrize(
    "content", [b"", b"\x91" * 8192, b"no database"], ids=["empty", "encrypted", "text"]
)
def test_what_is_only_called_so_is_a_file(practice: Practice, audit: Path, content: bytes) -> None:
    audit.write_bytes(content)
    audit.chmod(0o400)
    assert practice.run("backup").exit == 0
    assert copy_of(practice).read_bytes() == content
