"""Counting: folders of plain files at one go give the same as one by one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given

from pryv_tui.errors import Cancelled
from pryv_tui.vault import compiled, walk
from pryv_tui.vault.compiled import CompiledCount, load_to_count
from pryv_tui.vault.copy import Selection, TreeCount, count_tree
from pryv_tui.vault.folders import listing
from tests.vault.descriptors import none_left_open
from tests.vault.trees import Entry, make, make_socket, trees

CHOSEN = Selection(leave_out=("c.log", "a/b"), sqlite=("*.log",))
NEVER = 10**9


@pytest.fixture(autouse=True)
def from_the_first_folder_on(
    built: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[pytest.MonkeyPatch]:
    monkeypatch.setattr(walk, "FEW", -1)
    with none_left_open():
        yield monkeypatch


@given(tree=trees())
def test_all_is_counted_as_python_counts_it(tree: dict[bytes, Entry]) -> None:
    with tempfile.TemporaryDirectory() as work:
        make(tree, os.fsencode(work))
        for selection in (Selection(), CHOSEN, Selection(only=("a",))):
            at_once = count_tree(Path(work), selection)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(walk, "FEW", NEVER)
                assert at_once == count_tree(Path(work), selection)


def folder_of(root: Path, *names: str) -> Path:
    root.mkdir(parents=True)
    for name in names:
        (root / name).write_text(name)
    return root


def test_a_folder_of_plain_files_is_not_walked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(700):
        folder_of(tmp_path / "root" / f"event{number}", "file")
    walked: list[int] = []

    def seen(fd: int) -> tuple[list[bytes], list[bytes]]:
        walked.append(fd)
        return listing(fd)

    monkeypatch.setattr(walk, "listing", seen)
    assert count_tree(tmp_path, Selection()) == TreeCount(700, 2800, 701)
    assert len(walked) == 2, "the root, and the folder that holds them"


def test_it_is_loaded_only_where_there_is_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The overview counts the trees of a platform when it opens: most are small."""
    monkeypatch.setattr(walk, "FEW", 5)
    loaded: list[tuple[str, ...]] = []

    def load(sqlite: tuple[str, ...]) -> CompiledCount | None:
        loaded.append(sqlite)
        return load_to_count(sqlite)

    monkeypatch.setattr(compiled, "load_to_count", load)
    for number in range(5):
        folder_of(tmp_path / f"{number}" / "below", "file")
    assert count_tree(tmp_path / "0", Selection()).folders == 1
    assert not loaded
    assert count_tree(tmp_path, Selection()).folders == 10
    assert len(loaded) == 1


def test_without_the_library_all_is_walked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []
    monkeypatch.setattr(compiled, "load_to_count", lambda _: tried.append(1))
    for number in range(5):
        folder_of(tmp_path / f"{number}" / "below", "file")
    assert count_tree(tmp_path, Selection()) == TreeCount(5, 20, 10)
    assert tried == [1]


def test_what_is_more_than_plain_files_is_left(tmp_path: Path) -> None:
    plain = folder_of(tmp_path / "plain", "a", "bc")
    (tmp_path / "empty").mkdir()
    (folder_of(tmp_path / "linked", "a") / "to").symlink_to("a")
    (folder_of(tmp_path / "deep", "a") / "folder").mkdir()
    make_socket(folder_of(tmp_path / "socket", "a") / "s")
    os.mkfifo(folder_of(tmp_path / "fifo", "a") / "f")
    (folder_of(tmp_path / "named", "a") / "again").hardlink_to(plain / "a")
    folder_of(tmp_path / "database", "a.db")
    folder_of(tmp_path / "companion", "a.db-wal")
    folder_of(tmp_path / "huge", *map(str, range(compiled.FILES + 1)))
    (tmp_path / "pointing").symlink_to("plain")
    (tmp_path / "file").write_text("x")
    left = ["linked", "deep", "socket", "fifo", "named", "database", "companion", "huge"]
    left += ["pointing", "file", "gone"]
    names = ["full", "empty", *left]
    folder_of(tmp_path / "full", *map(str, range(compiled.FILES)))
    counter = load_to_count(("*.db",))
    assert counter is not None
    holder = os.open(tmp_path, os.O_RDONLY)
    try:
        found = counter.count(holder, list(map(os.fsencode, names)))
        counted = counter.counted
        assert [os.fsdecode(name) for name in found] == left
        assert (counted.folders, counted.files) == (2, compiled.FILES)
        assert counted.bytes == sum(len(str(number)) for number in range(compiled.FILES))
        assert counter.count(holder, [b"plain"]) == [b"plain"], "one of its files has two names"
        (tmp_path / "named" / "again").unlink()
        assert counter.count(holder, [b"plain"]) == []
        assert (counted.folders, counted.files) == (3, compiled.FILES + 2)
    finally:
        counter.close()
        os.close(holder)


def test_a_glob_that_may_mean_any_name_has_all_walked(tmp_path: Path) -> None:
    assert load_to_count(("a*",)) is None
    folder_of(tmp_path / "one" / "below", "a", "a-wal")
    # What is told of a database's companion is Python's to say.
    assert count_tree(tmp_path, Selection(sqlite=("*/a*",))) == TreeCount(1, 1, 2)


def test_a_count_ends_between_two_runs_of_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "AT_A_TIME", 10)
    for number in range(100):
        folder_of(tmp_path / f"event{number}", "file")
    asked: list[int] = []

    class After:
        def is_set(self) -> bool:
            asked.append(1)
            return len(asked) == 5

    with pytest.raises(Cancelled):
        count_tree(tmp_path, Selection(), cancel=After())
    assert len(asked) == 5
