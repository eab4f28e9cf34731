"""A check of a set looks at the SQLite files that are new in it: the others were looked at."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pryv_tui.operations.sets.parent import _databases_whole
from pryv_tui.operations.steps.taking.check_store import CheckStore
from pryv_tui.platform.layout import resolve_layout
from pryv_tui.vault.copying.parent import Parent
from tests.hosts.machines import StillHost
from tests.operations.kit import context

FOLDER = "files/pryv/core/data/users"


def checked(tmp_path: Path, *, whole: bool) -> str:
    """What is said of a set that is linked to another one, and what is warned of."""
    ctx, heard = context(tmp_path, StillHost("core"))
    CheckStore(
        host="core",
        store="sqlite",
        layout=resolve_layout(("core",), str(tmp_path / "root"), {}),
        destination=str(tmp_path / "2"),
        parent=Parent(
            set_id="SET1", folder=str(tmp_path / "1"), index="", sums="", databases_whole=whole
        ),
    ).perform(ctx)
    return f"{heard.printed.decode()}{heard.notes}{ctx.facts.warnings}"


@pytest.fixture
def sets(tmp_path: Path) -> tuple[Path, Path]:
    """Of two files of a set one is linked to an earlier set, and damaged there since."""
    first, second = tmp_path / "1" / FOLDER, tmp_path / "2" / FOLDER
    first.mkdir(parents=True)
    second.mkdir(parents=True)
    for path in (first / "a.db", second / "b.db"):
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.execute("CREATE TABLE names (name TEXT)")
    content = bytearray((first / "a.db").read_bytes())
    content[4096:4200] = b"?" * 104
    (first / "a.db").write_bytes(content)
    (second / "a.db").hardlink_to(first / "a.db")
    (first / "b.db").write_bytes((second / "b.db").read_bytes())
    return first, second


def test_what_is_linked_is_not_looked_at_again(sets: tuple[Path, Path], tmp_path: Path) -> None:
    said = checked(tmp_path, whole=True)
    linked = "2 files, 1 looked at and whole (1 file linked to the set SET1, and not checked again)"
    assert linked in said
    assert "damaged" not in said and "each whole" not in said, "one of them is not"


def test_each_is_whole_where_each_was_looked_at(sets: tuple[Path, Path], tmp_path: Path) -> None:
    _, second = sets
    (second / "a.db").unlink()
    (second / "a.db").write_bytes((second / "b.db").read_bytes())
    said = checked(tmp_path, whole=True)
    assert "2 files, each whole" in said and "not checked again" not in said


def test_what_is_no_link_is(sets: tuple[Path, Path], tmp_path: Path) -> None:
    """The same bytes under the same name are another file all the same."""
    first, second = sets
    content = (first / "a.db").read_bytes()
    (second / "a.db").unlink()
    (second / "a.db").write_bytes(content)
    assert "a.db is damaged" in checked(tmp_path, whole=True)


def test_so_is_all_where_the_former_set_was_not_whole(
    sets: tuple[Path, Path], tmp_path: Path
) -> None:
    assert "a.db is damaged" in checked(tmp_path, whole=False)


def test_which_sets_were() -> None:
    assert _databases_whole({"files": 3})
    assert not _databases_whole(None)
    assert not _databases_whole({})
    assert not _databases_whole({"files": 3, "damaged": {"a.db": "torn"}})
    assert not _databases_whole({"files": 3, "unchecked": {"a.db": "no such collation"}})
