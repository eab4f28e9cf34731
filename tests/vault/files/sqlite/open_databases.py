"""Databases that are open and written to, and copied as files: for the tests of that."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.formats.sqlite.files import quick_check
from pryv_tui.formats.sqlite.inside import Waits
from pryv_tui.vault.files import copier
from pryv_tui.vault.files.types import Selection
from tests.vault.engine import at_once, use

DATABASES = Selection(sqlite=("*.db",))
ROWS = 400
MODES = pytest.mark.parametrize("mode", ["delete", "truncate", "persist", "wal"])


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the disk, nor long for a writer; what was made a moment ago is old."""
    use(monkeypatch, sync=at_once, settled_ns=-(10**20), sqlite=Waits(by_itself=0.01))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "root" / "users").mkdir(parents=True)
    return tmp_path / "root"


@pytest.fixture
def path(source: Path) -> Path:
    return source / "users" / "x.db"


@pytest.fixture
def no_backup(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite's own way is not taken."""

    def refused(*_given: Any, **_more: Any) -> str:
        raise AssertionError("was left to SQLite")

    monkeypatch.setattr(copier, "take_database", refused)


def opened(path: Path, mode: str, *settings: str) -> sqlite3.Connection:
    """A database of several pages in which every row says how many changes there were."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=0, check_same_thread=False)
    for setting in (f"journal_mode={mode}", "cache_size=2", *settings):
        connection.execute(f"PRAGMA {setting}").fetchall()
    connection.execute("CREATE TABLE IF NOT EXISTS data (changes INTEGER, filling TEXT)")
    if not connection.execute("SELECT count(*) FROM data").fetchone()[0]:
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO data VALUES (0, ?)", [("x" * 100,)] * ROWS)
        connection.execute("COMMIT")
    return connection


def change(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE data SET changes = changes + 1")


def changes(path: Path) -> int:
    """How many changes a copy shows, and that it shows no half one."""
    quick_check(path)
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as database:
        found = database.execute("SELECT changes, count(*) FROM data GROUP BY 1").fetchall()
    assert len(found) == 1 and found[0][1] == ROWS, found
    return int(found[0][0])
