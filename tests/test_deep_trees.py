"""A tree that is deeper than Python calls itself ends nothing: whoever can make a folder can make
it so."""

from __future__ import annotations

import ast
import os
import resource
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.filesystem import deep_trees
from pryv_tui.filesystem.deep_trees import holds_file, remove_tree, walk
from pryv_tui.hosts.discovery import discover
from pryv_tui.operations.root.trial import held_inside
from pryv_tui.operations.stores.sqlite import sqlite_files
from pryv_tui.platform.layout import Layout
from pryv_tui.vault.restic.leftovers import freed_bytes
from tests.helpers.parsed import PACKAGE, searches, trees, walked
from tests.hosts.machines import StillHost
from tests.vault.descriptors import none_left_open

DEPTH = 1500
"""More than `sys.getrecursionlimit()`, and less than a path may have (PATH_MAX)."""


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Path]:
    assert sys.getrecursionlimit() < DEPTH
    top = tmp_path / "deep"
    top.mkdir()
    at = os.open(top, os.O_RDONLY)
    for _ in range(DEPTH):
        os.mkdir("d", dir_fd=at)
        below = os.open("d", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=at))
    os.symlink("/etc", "link", dir_fd=at)
    os.close(at)
    yield top
    if top.exists():
        remove_tree(top)


def test_it_is_walked_to_its_end(deep: Path) -> None:
    found = list(walk(deep))
    assert len(found) == DEPTH + 1
    assert found[-1][1:] == (["link"], ["file"])


def test_the_one_file_of_a_deep_tree_is_found(deep: Path) -> None:
    """A link to a folder is one, too; what does not count is not entered."""
    assert holds_file(str(deep), "top")
    assert not holds_file(str(deep), "top", without={"top/d/d"})
    assert not holds_file(str(deep), "top", names=("d",))
    assert not holds_file(str(deep / "none"), "none")
    remove_tree(deep / "d")
    assert not holds_file(str(deep), "top")
    (deep / "link").symlink_to("/etc")
    assert holds_file(str(deep), "top")


def test_a_walk_is_that_of_python(tmp_path: Path) -> None:
    for path in ("a/b/c", "a/d", "e"):
        (tmp_path / path).mkdir(parents=True)
    (tmp_path / "a/file").touch()
    (tmp_path / "a/loop").symlink_to(tmp_path)
    told = [(at, sorted(below), names) for at, below, names in walk(tmp_path)]
    assert sorted(told) == sorted(
        (at, sorted(below), names) for at, below, names in os.walk(tmp_path)
    )
    chosen = []
    for at, below, _ in walk(tmp_path):
        chosen.append(Path(at).name)
        below[:] = [name for name in below if name != "a"]
    assert chosen == [tmp_path.name, "e"]


ONE_AND_SEVERAL = pytest.mark.parametrize("at_once", [1, 4])


@ONE_AND_SEVERAL
def test_it_is_removed_and_nothing_else(deep: Path, tmp_path: Path, at_once: int) -> None:
    beside = tmp_path / "beside"
    beside.mkdir()
    (beside / "file").touch()
    (deep / "out").symlink_to(beside)
    (deep / "d/out").symlink_to(beside)
    for number in range(100):
        (deep / f"file {number}").touch()
    open_ones = len(list(Path("/proc/self/fd").iterdir()))
    remove_tree(deep, at_once=at_once)
    assert len(list(Path("/proc/self/fd").iterdir())) == open_ones
    assert [path.name for path in tmp_path.iterdir()] == ["beside"]
    assert (beside / "file").exists() and Path("/etc").is_dir()


@ONE_AND_SEVERAL
def test_also_with_few_descriptors(deep: Path, at_once: int) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Other tests of this process may have left some open: the limit is of numbers, not of how many.
    in_use = max(int(path.name) for path in Path("/proc/self/fd").iterdir())
    resource.setrlimit(resource.RLIMIT_NOFILE, (in_use + 200, before[1]))
    try:
        remove_tree(deep, at_once=at_once)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert not deep.exists()


@ONE_AND_SEVERAL
def test_a_file_that_can_not_be_removed_is_told_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    (tmp_path / "top/below").mkdir(parents=True)
    for name in ("kept", "other"):
        (tmp_path / "top/below" / name).touch()
    really = os.unlink

    def unlink(path: Any, **more: Any) -> None:
        if os.fspath(path).endswith("kept"):
            raise PermissionError(1, "Operation not permitted", path)
        really(path, **more)

    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", unlink)
        with pytest.raises(PermissionError) as told:
            remove_tree(tmp_path / "top", at_once=at_once)
    assert str(told.value.filename).endswith("kept")
    assert (tmp_path / "top/below/kept").exists()


@pytest.mark.parametrize("most", [0, 1, 2])
def test_where_no_further_thread_can_be_made_it_is_removed_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """And no descriptor stays open, nor is one closed that is another's by then."""
    top = tmp_path / "top"
    for number in range(200):
        folder = top / f"{number % 3}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"file {number}").touch()
    start, started = threading.Thread.start, list[threading.Thread]()

    def few(thread: threading.Thread) -> None:
        if len(started) == most:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    removed: list[str] = []
    really = shutil.rmtree

    def rest(folder: Path) -> None:
        removed.extend(name for _, _, names in os.walk(folder) for name in names)
        really(folder)

    with none_left_open(), monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", few)
        patch.setattr(shutil, "rmtree", rest)
        remove_tree(top, at_once=4)
    assert not top.exists()
    assert removed == [], "all files were gone before"
    assert len(started) == most


def test_several_threads_are_led_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link to another's folder, in the moment before a folder is entered; and links to files."""
    victim, top = tmp_path / "victim", tmp_path / "top"
    (top / "inner").mkdir(parents=True)
    victim.mkdir()
    for number in range(40):
        (victim / f"file {number}").touch()
        (top / "inner" / f"file {number}").symlink_to(victim / f"file {number}")
    really, place = os.open, top / "inner"

    def exchanging(path: Any, *words: Any, **more: Any) -> int:
        if Path(os.fsdecode(path)).name == "inner" and not place.is_symlink():
            place.rename(tmp_path / "moved")
            place.symlink_to(victim)
        return really(path, *words, **more)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", exchanging)
        remove_tree(top, at_once=4)
    assert len(list(victim.iterdir())) == len(list((tmp_path / "moved").iterdir())) == 40


def test_what_can_not_be_removed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_folder: Path) -> None:
        raise PermissionError("no")

    monkeypatch.setattr(shutil, "rmtree", refused)
    with pytest.raises(PermissionError):
        deep_trees.remove_tree(tmp_path)


def test_no_reader_of_trees_ends_by_it(deep: Path, tmp_path: Path) -> None:
    assert list(sqlite_files(deep, Layout())) == []
    assert held_inside([deep]) == []
    root = tmp_path / "root"
    (root / "pryv/nginx").mkdir(parents=True)
    deep.rename(root / "pryv/nginx/conf")
    try:
        discover([StillHost("vm", root=root)])
    finally:
        (root / "pryv/nginx/conf").rename(deep)
    removing = tmp_path / "vault/20260101T000000Z.removing"
    removing.parent.mkdir()
    deep.rename(removing)
    try:
        assert freed_bytes(removing.parent) == 0
    finally:
        removing.rename(deep)


@pytest.mark.parametrize("name", ["gone", "inner"])
def test_what_is_put_in_a_folders_place_is_not_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A link to another's folder, in the moment before it is entered."""
    victim, top = tmp_path / "victim", tmp_path / "gone"
    for folder in (victim, top / "inner"):
        folder.mkdir(parents=True)
        (folder / "file").touch()
    place = top if name == "gone" else top / "inner"
    really = os.open

    def exchanging(path: Any, *words: Any, **more: Any) -> int:
        if Path(os.fsdecode(path)).name == name and not place.is_symlink():
            place.rename(tmp_path / "moved")
            place.symlink_to(victim)
        return really(path, *words, **more)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", exchanging)
        with pytest.raises(OSError):
            remove_tree(top)
    assert (victim / "file").exists()
    assert place.is_symlink()


REMOVERS = {
    "filesystem/deep_trees.py": "all others that remove a tree ask it to",
    "vault/restic/forget.py": "what is known of a snapshot, in the folder of working copies",
    "formats/influx_offline.py": "what the very call has unpacked, by the descriptor of its folder",
    "operations/steps/taking/prepare_dump.py": "the run's own dump, moved into our folder",
    "operations/steps/taking/adopt_set.py": "what the very call has unpacked, in an unfinished set",
    "runs/start.py": "the folder of a run that could not be started, in the state folder",
    "runs/record/rotation.py": "the folder of an old run, in the state folder",
    "drills/playing/ground.py": "the practice platform of a played drill, in that drill's folder",
    "drills/playing/deeds.py": "a file that was brought back beside it, in the drill's folder",
    "practice/": "a practice platform's own",
}
"""Who calls Python's `rmtree`, and on what: each lies in a folder of ours, closed to others."""


@searches
def test_who_removes_trees() -> None:
    found = {
        str(path.relative_to(PACKAGE))
        for path, tree in trees().items()
        for node in walked(tree)
        if isinstance(node, ast.Attribute) and node.attr == "rmtree"
    }
    assert {one if not one.startswith("practice/") else "practice/" for one in found} <= set(
        REMOVERS
    )
    assert shutil.rmtree.avoids_symlink_attacks
