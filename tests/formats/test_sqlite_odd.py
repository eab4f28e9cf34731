"""What SQLite can't look at is told apart from what is damaged."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.sqlite.files import Bounds, count_rows, examine, row_counts, rows


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "x.db"
    with closing(sqlite3.connect(found, isolation_level=None)) as database:
        database.create_collation("own", lambda one, other: (one > other) - (one < other))
        database.execute("CREATE TABLE plain (a)")
        database.executemany("INSERT INTO plain VALUES (?)", [("x" * 200,)] * 500)
        database.execute("CREATE TABLE odd (a COLLATE own)")
        database.execute("CREATE INDEX by_a ON odd (a)")
        database.executemany("INSERT INTO odd VALUES (?)", [(f"{n:0200}",) for n in range(500)])
        pages = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'odd'")
        assert pages.fetchone()[0] < database.execute("PRAGMA page_count").fetchone()[0]
    return found


def test_what_it_lacks_is_no_damage(path: Path) -> None:
    found = examine(path)
    assert found.damage == ""
    assert found.unchecked == "odd: no such collation sequence: own"


@pytest.mark.parametrize(
    "schema",
    [
        "CREATE TABLE own (a, b AS (mine(a)) VIRTUAL NOT NULL)",
        "CREATE TABLE own (a PRIMARY KEY, CHECK (mine(a) <> 'z')); CREATE INDEX i ON own (mine(a))",
        "CREATE TABLE own (a, b AS (1) VIRTUAL, c COLLATE mine); CREATE INDEX i ON own (c)",
    ],
    ids=["computed", "index", "small index"],
)
@pytest.mark.parametrize("damaged", [False, True])
def test_a_function_that_we_lack_is_no_damage_and_hides_none(
    tmp_path: Path, schema: str, damaged: bool
) -> None:
    path = tmp_path / "x.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.create_function("mine", 1, lambda it: it, deterministic=True)
        database.create_collation("mine", lambda one, other: (one > other) - (one < other))
        database.executescript(schema)
        texts = [(f"own {n:02000}",) for n in range(200)]
        database.executemany("INSERT INTO own (a) VALUES (?)", texts)
    if damaged:
        content = bytearray(path.read_bytes())
        at = content.index(texts[100][0].encode())
        page = at - at % 4096
        content[page : page + 4096] = b"\xff" * 4096
        path.write_bytes(content)
    assert bool(examine(path).damage) is damaged


def renamed(path: Path, old: bytes) -> None:
    """Make a name in the schema none that is text."""
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, b"\xff" * len(old)))


def test_what_it_lacks_may_have_a_name_that_is_no_text(path: Path) -> None:
    renamed(path, b"own")
    found = examine(path)
    assert found.damage == ""
    assert found.unchecked == "odd: no such collation sequence: \ufffd\ufffd\ufffd"


def test_a_damaged_schema_is_damage_also_where_a_name_in_it_is_no_text(path: Path) -> None:
    """SQLite says so with that name in its words."""
    for name in (b"plain", b"odd"):
        renamed(path, name)
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE", b"BREAKS TABLE"))
    assert "malformed" in examine(path).damage
    for read in (
        row_counts,
        lambda it: count_rows(it, "odd"),
        lambda it: [*rows(it, "odd", ("a",))],
    ):
        with pytest.raises(FormatError, match="malformed"):
            read(path)


def test_damage_of_a_table_that_needs_what_it_lacks_is_found(path: Path) -> None:
    content = bytearray(path.read_bytes())
    at = content.rfind(b"0" * 150)
    page = at - at % 4096
    content[page : page + 4096] = b"\xff" * 4096
    path.write_bytes(content)
    assert examine(path).damage


def test_time_that_runs_out_is_no_damage(path: Path) -> None:
    found = examine(path, Bounds(seconds=-1000.0))
    assert (found.damage, "interrupt" in found.unchecked) == ("", True)
