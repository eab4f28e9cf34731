"""Links and pipes in the place of a database, or beside one: not followed, and not waited for."""

from __future__ import annotations

import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.formats.sqlite import inside as sqlite_inside
from pryv_tui.formats.sqlite import recover as sqlite_recover
from pryv_tui.formats.sqlite.files import count_rows
from pryv_tui.formats.sqlite.inside import Waits
from pryv_tui.formats.sqlite.live import live_check
from pryv_tui.vault.files import copier as file_copier
from tests.vault.engine import copy_tree, use
from tests.vault.files.sqlite.live_databases import DATABASES, by_sqlite, live, source

__all__ = ["by_sqlite", "source"]


def test_a_database_that_is_a_link_stays_one(source: Path, tmp_path: Path) -> None:
    """What it leads to is copied by its own name, or not at all."""
    connection = live(tmp_path / "elsewhere.db", "wal")
    (source / "users" / "x.db").symlink_to(tmp_path / "elsewhere.db")
    copy_tree(source, tmp_path / "copy", selection=DATABASES)
    connection.close()
    assert (tmp_path / "copy" / "users" / "x.db").is_symlink()
    assert len(list((tmp_path / "copy" / "users").iterdir())) == 1


@pytest.mark.usefixtures("by_sqlite")
def test_a_database_swapped_for_a_link_is_not_followed(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite opens it by its name: what it read then is not what was found there."""
    live(tmp_path / "secret.db", "delete").close()
    path = source / "users" / "x.db"
    live(path, "delete").close()
    taking = sqlite_recover.take_database

    def swapped(*given: Any, **more: Any) -> str:
        path.unlink()
        path.symlink_to(tmp_path / "secret.db")
        return taking(*given, **more)

    monkeypatch.setattr(file_copier, "take_database", swapped)
    (source / "z").write_text("kept")
    result = copy_tree(source, tmp_path / "copy", selection=DATABASES)
    assert not (tmp_path / "copy" / "users" / "x.db").exists()
    assert [note.path for note in result.notes] == ["users/x.db"]


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A database of root's that has the name of one of the platform's."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    with closing(live(folder / "x.db", "delete")) as database:
        database.execute("CREATE TABLE secret (x TEXT)")
    return folder / "x.db"


def exchanged_while_sqlite_opens(
    monkeypatch: pytest.MonkeyPatch, name: str, put: Any, back: Any
) -> list[str]:
    """Somebody has something else in its place while SQLite opens it, and no longer."""
    opening: Any = sqlite3.connect
    seen: list[str] = []
    # A thread that was there before: SQLite's own has another root folder.
    somebody = ThreadPoolExecutor(1)
    somebody.submit(int).result()

    def opened(database: str, *given: Any, **more: Any) -> Any:
        if not str(database).endswith(f"{name}?mode=ro"):
            return opening(database, *given, **more)
        seen.append(str(database))
        somebody.submit(put).result()
        try:
            connection = opening(database, *given, **more)
            try:
                connection.execute("SELECT count(*) FROM sqlite_master")
            except sqlite3.Error:
                connection.close()
                raise
            return connection
        finally:
            somebody.submit(back).result()

    monkeypatch.setattr(sqlite3, "connect", opened)
    return seen


ROOT_OR_NOT = pytest.mark.parametrize("root", [True, False], ids=["root", "anybody"])


def as_root_or_not(monkeypatch: pytest.MonkeyPatch, root: bool) -> None:
    """SQLite shut in, which takes root; or looked at afterwards, as for everybody else."""
    if root and os.geteuid() != 0:
        pytest.skip("only root may change a thread's root")
    if not root:
        monkeypatch.setattr(sqlite_inside, "_own_root", lambda _folder: False)


@ROOT_OR_NOT
@pytest.mark.parametrize("what", ["file", "folder", "folder above"])
@pytest.mark.usefixtures("by_sqlite")
def test_what_is_a_link_for_a_moment_is_not_read(
    source: Path,
    secret: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    root: bool,
) -> None:
    """What is there before and after is what was found: that tells nothing of what SQLite read."""
    as_root_or_not(monkeypatch, root)
    path = source / "users" / "x.db"
    live(path, "delete").close()
    swapped = {"file": path, "folder": path.parent, "folder above": path.parent.parent}[what]
    goal = {"file": secret, "folder": secret.parent, "folder above": tmp_path / "above"}[what]
    (tmp_path / "above").mkdir()
    (tmp_path / "above" / "users").symlink_to(secret.parent)
    kept = swapped.with_name("kept")

    def put() -> None:
        swapped.rename(kept)
        swapped.symlink_to(goal)

    def back() -> None:
        swapped.unlink()
        kept.rename(swapped)

    seen = exchanged_while_sqlite_opens(monkeypatch, "x.db", put, back)
    copy_tree(source, tmp_path / "copy", selection=DATABASES)
    monkeypatch.undo()
    assert len(seen) == 1
    copy = tmp_path / "copy" / "users" / "x.db"
    assert count_rows(copy, "secret") is None and count_rows(copy, "id4name") == 1000
    assert [left.name for left in secret.parent.iterdir()] == ["x.db"]


@pytest.mark.parametrize("ending", ["-journal", "-wal", "-shm"])
@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_pipe_beside_a_database_holds_nothing_up(
    source: Path, tmp_path: Path, mode: str, ending: str
) -> None:
    path = source / "users" / "x.db"
    live(path, mode).close()
    os.mkfifo(f"{path}{ending}")
    copy_tree(source, tmp_path / "copy", selection=DATABASES)
    assert count_rows(tmp_path / "copy" / "users" / "x.db", "id4name") == 1000
    assert not live_check(path).damage


@ROOT_OR_NOT
@pytest.mark.parametrize("ending", ["", "-journal"])
@pytest.mark.usefixtures("by_sqlite")
def test_nor_one_that_is_put_there_meanwhile(
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ending: str,
    root: bool,
) -> None:
    as_root_or_not(monkeypatch, root)
    path = source / "users" / "x.db"
    live(path, "delete").close()
    pipe, kept = Path(f"{path}{ending}"), path.with_name("kept")

    def put() -> None:
        if pipe.exists():
            pipe.rename(kept)
        os.mkfifo(pipe)

    def back() -> None:
        pipe.unlink()
        if kept.exists():
            kept.rename(pipe)

    seen = exchanged_while_sqlite_opens(monkeypatch, "x.db", put, back)
    copy_tree(source, tmp_path / "copy", selection=DATABASES)
    monkeypatch.undo()
    assert len(seen) == 1
    assert count_rows(tmp_path / "copy" / "users" / "x.db", "id4name") == 1000


@pytest.mark.usefixtures("by_sqlite")
def test_a_pipe_that_nobody_finds_is_not_waited_for(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what SQLite does once it comes out of it changes nothing."""
    use(monkeypatch, sqlite=Waits(opening=0.0))
    path, pipe = source / "users" / "x.db", tmp_path / "pipe"
    live(path, "delete").close()
    os.mkfifo(pipe)
    visits: list[Any] = []
    paying = sqlite_inside._Visit.pay

    def pay(visit: Any) -> None:
        visits.append(visit)
        # As SQLite waits where a pipe lay that was moved away since.
        with pipe.open("rb"):
            paying(visit)

    monkeypatch.setattr(sqlite_inside._Visit, "pay", pay)
    result = copy_tree(source, tmp_path / "copy", selection=DATABASES)
    assert "could not be opened in" in result.notes[0].what
    copy = tmp_path / "copy" / "users" / "x.db"
    before = copy.stat()
    with pipe.open("wb"):
        assert visits[0].over.wait(30)
    assert copy.stat() == before and count_rows(copy, "id4name") == 1000
