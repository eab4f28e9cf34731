"""Pieces of a tree handed out: the same copy, whatever the workers leave to the walk."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from pryv_tui.errors import PryvTuiError
from pryv_tui.vault.copying.parent import Parent
from pryv_tui.vault.files.pieces import Piece
from pryv_tui.vault.files.types import Selection
from pryv_tui.vault.lists import index as indexing
from pryv_tui.vault.lists.index import digest_of_list
from pryv_tui.vault.lists.tree import write_tree
from pryv_tui.vault.native.library import NativeFolders
from tests.helpers.examples import tries
from tests.vault.copying.faulty import Hooks
from tests.vault.copying.pieces.handing_out import (
    _own_names,
    backup,
    by_python,
    engine,
    piecemeal,
    source,
)
from tests.vault.descriptors import none_left_open
from tests.vault.engine import copy_tree, use
from tests.vault.trees import Entry, make, seen, trees

__all__ = ["engine", "source"]


ANY = settings(
    max_examples=tries(20),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def crumbs(patch: pytest.MonkeyPatch) -> None:
    """Each entry comes back by itself, and few results may wait."""
    use(patch, batch_entries=1, most_pending=2)


def left_by_all(patch: pytest.MonkeyPatch) -> None:
    """Whoever is asked to copy a piece has no library: all of it is left to the walk."""
    patch.setattr("pryv_tui.vault.native.library.load", lambda *_: None)


@pytest.fixture
def scratch() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp())
    yield path
    subprocess.run(["rm", "-rf", str(path)], check=True)


@pytest.mark.parametrize("way", [by_python, piecemeal, crumbs, left_by_all])
@given(tree=trees())
@ANY
def test_any_tree_comes_through_twice_and_back(
    scratch: Path, way: Callable[[pytest.MonkeyPatch], None], tree: dict[bytes, Entry]
) -> None:
    """As one thread copies it, to the byte of every list; and again, linked to the first."""
    work = Path(tempfile.mkdtemp(dir=scratch))
    (work / "root").mkdir()
    make(tree, os.fsencode(work / "root"))
    alone = backup(work / "root", work / "alone", hooks=Hooks())
    with pytest.MonkeyPatch.context() as patch:
        way(patch)
        first = backup(work / "root", work / "first")
        second = backup(work / "root", work / "second", work / "first")
        names = indexing.names_with_others(work / "second", b"files/")
        copy_tree(
            work / "second" / "files",
            work / "back",
            expected=work / "second" / "SHA256SUMS",
            names=names,
        )
    assert first == alone
    for copy in ("first", "second"):
        assert _lines(work / copy / "TREE") == _lines(work / "alone" / "TREE")
        sums = (work / copy / "SHA256SUMS").read_bytes()
        assert sums == (work / "alone" / "SHA256SUMS").read_bytes()
    assert first.tree == digest_of_list(work / "first" / "TREE")
    assert (second.files, second.bytes, second.links) == (first.files, first.bytes, first.links)
    there = seen(work / "root")
    for copy in ("first/files", "second/files", "back"):
        assert _own_names(seen(work / copy)) == _own_names(there)
    assert seen(work / "back") == there


@pytest.mark.parametrize("way", [None, by_python, piecemeal, crumbs, left_by_all])
@given(tree=trees(), later=trees())
@settings(ANY, max_examples=tries(15))
def test_any_tree_comes_through_beside_a_former_one_of_any_other_tree(
    scratch: Path,
    way: Callable[[pytest.MonkeyPatch], None] | None,
    tree: dict[bytes, Entry],
    later: dict[bytes, Entry],
) -> None:
    """Folders that the former set does not have, or has as something else."""
    work = Path(tempfile.mkdtemp(dir=scratch))
    for name, content in (("before", tree), ("root", later)):
        (work / name).mkdir()
        make(content, os.fsencode(work / name))
    backup(work / "before", work / "first", hooks=Hooks())
    alone = backup(work / "root", work / "alone", hooks=Hooks())
    with pytest.MonkeyPatch.context() as patch:
        if way is not None:
            way(patch)
        second = backup(work / "root", work / "second", work / "first")
    assert (second.files, second.bytes, second.notes) == (alone.files, alone.bytes, alone.notes)
    assert _own_names(seen(work / "second/files")) == _own_names(seen(work / "root"))


@pytest.mark.parametrize("between", [1, 9, 30])
def test_a_log_far_from_its_database_is_never_copied_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, between: int
) -> None:
    """Whatever is called as if it belonged to it lies between them, wherever a piece ends."""
    holder = tmp_path / "root" / "holder"
    holder.mkdir(parents=True)
    for number in range(between):
        (holder / f"x.db-{number:02}").write_text("x" * 30)
    piecemeal(monkeypatch)
    with closing(sqlite3.connect(holder / "x.db")) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE t(x)")
        database.execute("INSERT INTO t VALUES (7)")
        database.commit()
        result = backup(tmp_path / "root", tmp_path / "set", selection=Selection(sqlite=("*.db",)))
    made = tmp_path / "set" / "files" / "holder"
    assert len(list(made.iterdir())) == between + 1 and not list(made.glob("x.db-[ws]*"))
    with closing(sqlite3.connect(made / "x.db")) as database:
        assert database.execute("SELECT x FROM t").fetchall() == [(7,)]
    assert result.notes == ()


@pytest.mark.parametrize("number", [0, 4])
def test_a_new_folder_with_a_rest_loses_nothing_of_it(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """A link, a large file, and folders that come back unbegun, all new since the former set."""
    backup(source, tmp_path / "1")
    new = source / "new" / "holder"
    for name in range(9):
        (new / f"f{name}").mkdir(parents=True)
        for file in ("a", "b"):
            (new / f"f{name}" / file).write_text(file * 50)
    (new / f"f{number}" / "link").symlink_to("a")
    piecemeal(monkeypatch)
    with none_left_open():
        second = backup(source, tmp_path / "2", tmp_path / "1")
    assert second.notes == ()
    assert second.files == 19 + 18
    assert _own_names(seen(tmp_path / "2/files")) == _own_names(seen(source))


def _lines(tree: Path) -> list[bytes]:
    return sorted(tree.read_bytes().split(b"\0"))


@pytest.mark.parametrize("way", [None, by_python, piecemeal, crumbs, left_by_all])
def test_the_list_written_on_the_way_is_the_list_of_what_is_there(
    source: Path, tmp_path: Path, way: Callable[[pytest.MonkeyPatch], None] | None
) -> None:
    (source / "users" / "u3" / "link").symlink_to("a")
    os.mkfifo(source / "users" / "u3" / "fifo", 0o640)
    (source / "users" / "u8" / "deep" / "er").mkdir(parents=True)
    (source / "users" / "u8" / "deep" / "er" / "file").write_text("x")
    with pytest.MonkeyPatch.context() as patch:
        if way is not None:
            way(patch)
        result = backup(source, tmp_path / "set")
    on_the_way = _lines(tmp_path / "set" / "TREE")
    write_tree(tmp_path / "set")
    assert on_the_way == _lines(tmp_path / "set" / "TREE")
    assert len(on_the_way) == result.folders + result.links + 3  # the root, the fifo, the end


def test_a_batch_that_became_large_is_handed_out_again(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Folders not begun go to whoever is free, each to one; files that are too much one by one."""
    piecemeal(monkeypatch)
    begun: list[bytes] = []
    copy = NativeFolders.do

    def watched(self: NativeFolders, *given: Any, **more: Any) -> Piece:
        piece = copy(self, *given, **more)
        begun.extend(given[3] + name[1:] for name in given[2][: piece.begun])
        return piece

    monkeypatch.setattr(NativeFolders, "do", watched)
    with none_left_open():
        result = backup(source, tmp_path / "set")
    users = [path for path in begun if path.count(b"/") == 2]
    assert len(users) == len(set(users)) >= 7, "but for what came with the folder that holds them"
    assert (result.files, result.folders) == (19, 10)
    assert seen(tmp_path / "set" / "files") == seen(source)


@pytest.mark.parametrize("way", [None, by_python, piecemeal])
def test_chains_and_wide_folders_come_through(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    way: Callable[[pytest.MonkeyPatch], None] | None,
) -> None:
    """Each file below folders of its own, and many in one; in a set and linked to it."""
    root = tmp_path / "root"
    for number in range(60):
        folder = root / "users" / f"{number % 3}" / f"{number % 7}" / f"u{number}" / "attachments"
        folder.mkdir(parents=True)
        (folder / "file").write_text(f"{number}" * 9)
        (root / "users" / f"wide{number}").write_text(f"{number}")
    deep = root / "deep"
    for _ in range(70):
        deep = deep / "d"
    deep.mkdir(parents=True)
    (deep / "file").write_text("deep")
    alone = backup(root, tmp_path / "alone", hooks=Hooks())
    if way is not None:
        way(monkeypatch)
    with none_left_open():
        assert backup(root, tmp_path / "1") == alone
        assert backup(root, tmp_path / "2", tmp_path / "1").linked_files == alone.files
    for name in ("SHA256SUMS", "INDEX", "TREE"):
        for part in ("1", "2"):
            assert (tmp_path / part / name).read_bytes() == (tmp_path / "alone" / name).read_bytes()
    assert seen(tmp_path / "1/files") == {**seen(root), **_names_of(tmp_path / "1/files")}


def _names_of(copy: Path) -> dict[bytes, tuple[Any, ...]]:
    """What two sets share has two names."""
    return {path: what for path, what in seen(copy).items() if what[1] != 1}


def test_only_what_is_whole_is_handed_out(source: Path, tmp_path: Path) -> None:
    """A file that stays, and one that SQLite copies, in folders that hold no folders."""
    chosen = Selection(leave_out=("users/u1/a",), sqlite=("users/u2/*",), may_change=("*/b",))
    result = backup(source, tmp_path / "set", selection=chosen)
    assert result.files == 18
    assert not (tmp_path / "set/files/users/u1/a").exists()
    only = backup(source, tmp_path / "only", selection=Selection(only=("users/u4", "users/u5/b")))
    assert only.files == 3
    assert sorted(p.name for p in (tmp_path / "only/files/users").iterdir()) == ["u4", "u5"]


def test_a_database_and_its_log_are_the_walks(source: Path, tmp_path: Path) -> None:
    """In a folder that holds no folders, open and with its last rows in the log."""
    with closing(sqlite3.connect(source / "users/u4/data.db")) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE t(x)")
        database.execute("INSERT INTO t VALUES (7)")
        database.commit()
        assert (source / "users/u4/data.db-wal").stat().st_size
        result = backup(source, tmp_path / "set", selection=Selection(sqlite=("*.db",)))
    copies = tmp_path / "set/files/users/u4"
    assert sorted(path.name for path in copies.iterdir()) == ["a", "b", "data.db"]
    assert result.notes == ()
    with closing(sqlite3.connect(copies / "data.db")) as database:
        assert database.execute("SELECT x FROM t").fetchall() == [(7,)]


@pytest.mark.parametrize("way", [by_python, piecemeal, crumbs, left_by_all])
def test_what_is_in_the_way_is_not_overwritten(
    source: Path, tmp_path: Path, way: Callable[[pytest.MonkeyPatch], None]
) -> None:
    files = tmp_path / "set" / "files"
    (files / "users" / "u6").mkdir(parents=True)
    (files / "users" / "u6" / "b").write_text("precious")
    with pytest.MonkeyPatch.context() as patch, none_left_open():
        way(patch)
        with pytest.raises(PryvTuiError, match="users/u6/b can't be written") as caught:
            copy_tree(source, files)
    assert caught.value.name == "step-failed"
    assert (files / "users" / "u6" / "b").read_text() == "precious"


def test_a_link_in_the_way_is_not_followed(source: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    files = tmp_path / "set" / "files"
    (files / "users").mkdir(parents=True)
    (files / "users" / "u6").symlink_to(outside)
    with none_left_open(), pytest.raises(PryvTuiError, match="users/u6"):
        copy_tree(source, files)
    assert list(outside.iterdir()) == []


# --- what a backup left that did not finish -------------------------------------------------------


@pytest.mark.parametrize("way", [None, by_python, piecemeal])
def test_lists_cut_anywhere_are_read_as_far_as_they_go(
    source: Path, tmp_path: Path, way: Callable[[pytest.MonkeyPatch], None] | None
) -> None:
    """At every byte of either: the copy is whole, and more is linked the further they go."""
    part = tmp_path / "part"
    whole = backup(source, part)
    lists = {name: (part / name).read_bytes() for name in ("INDEX", "SHA256SUMS")}
    base = Parent(set_id="part", folder=str(part), index="", sums="", verified=False)
    linked = []
    for step in range(0, 100, 4):
        for name, content in lists.items():
            (part / name).write_bytes(content[: len(content) * (step + len(name) % 3) // 100])
        with pytest.MonkeyPatch.context() as patch, none_left_open():
            if way is not None:
                way(patch)
            again = copy_tree(source, tmp_path / f"again{step}", parent=base)
        assert (again.files, again.bytes, again.folders) == (whole.files, whole.bytes, 10)
        linked.append(again.linked_files)
        copied = seen(tmp_path / f"again{step}")
        assert _own_names(copied) == _own_names(seen(source))
    assert linked == sorted(linked)
    assert linked[0] == 0 and linked[-1] >= 15
