"""Databases that are open, or whose writer died: for the tests that copy them."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pryv_tui.vault.files import held
from pryv_tui.vault.files.types import Selection

DATABASES = Selection(sqlite=("*.db", "*.sqlite"))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "root" / "users").mkdir(parents=True)
    return tmp_path / "root"


def live(path: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA journal_mode={mode}")
    connection.execute("CREATE TABLE id4name (username TEXT, userId TEXT)")
    rows = [(f"user{n}", "x" * 100) for n in range(1000)]
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO id4name VALUES (?, ?)", rows)
    connection.execute("COMMIT")
    return connection


@pytest.fixture
def by_sqlite(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that can't be held is left to SQLite: here none can."""
    monkeypatch.setattr(held, "hold", lambda *_given: None)


def crashed(folder: Path, mode: str) -> Path:
    """A database whose writer died in a transaction, with what it left beside it."""
    work = folder.parent.parent / "work.db"
    connection = live(work, mode)
    connection.execute("PRAGMA cache_size=1")
    connection.execute("BEGIN")
    connection.execute("UPDATE id4name SET userId = 'torn'")
    shutil.copy(work, folder / "x.db")
    for ending in ("-journal", "-wal"):
        beside = work.with_name(f"work.db{ending}")
        if beside.exists():
            shutil.copy(beside, folder / f"x.db{ending}")
    connection.close()
    return folder / "x.db"


def torn(copy: Path) -> int:
    with closing(sqlite3.connect(copy)) as database:
        count = database.execute("SELECT count(*) FROM id4name WHERE userId = 'torn'").fetchone()
        return int(count[0])


def of_several(database: Path, shared: bytes) -> None:
    """Make its journal one of a transaction of several databases, as SQLite ends it then."""
    journal = database.with_name(f"{database.name}-journal")
    numbers = (len(shared), sum(shared))
    end = b"".join(number.to_bytes(4, "big") for number in numbers)
    page = ((1 << 30) // 4096 + 1).to_bytes(4, "big")
    magic = bytes.fromhex("d9d505f920a163d7")
    journal.write_bytes(journal.read_bytes() + page + shared + end + magic)
