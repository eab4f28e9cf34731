"""Counting: what is counted in one call is the same as one by one."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from pryv_tui.errors import Cancelled
from pryv_tui.filesystem.folders import listing
from pryv_tui.vault.copying import count as walk
from pryv_tui.vault.copying.parent import Parent
from pryv_tui.vault.files.pieces import CopyOptions, Piece
from pryv_tui.vault.files.types import Selection, TreeCount
from pryv_tui.vault.lists import index as indexing
from pryv_tui.vault.native import library as compiled
from pryv_tui.vault.native.library import NativeFolders, load
from pryv_tui.vault.parallel.engine import CopyEngine
from pryv_tui.vault.set_files import INDEX_NAME, SUMS_NAME
from tests.helpers.examples import tries
from tests.vault.descriptors import none_left_open
from tests.vault.engine import copy_tree, count_tree, use
from tests.vault.trees import Entry, make, make_socket, trees

CHOSEN = Selection(leave_out=("c.log", "a/b"), sqlite=("*.log",))
NEVER = 10**9
FEW = CopyEngine().native_count_from


@pytest.fixture(autouse=True)
def from_the_first_folder_on(built: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    use(monkeypatch, native_count_from=-1)
    with none_left_open():
        yield


@given(tree=trees())
@settings(deadline=None)
def test_all_is_counted_as_python_counts_it(tree: dict[bytes, Entry]) -> None:
    with tempfile.TemporaryDirectory() as work:
        make(tree, os.fsencode(work))
        for selection in (Selection(), CHOSEN, Selection(only=("a",))):
            at_once = count_tree(Path(work), selection)
            for together in (1, 3):
                with pytest.MonkeyPatch.context() as patch:
                    use(patch, count_together=together)
                    assert at_once == count_tree(Path(work), selection)
            with pytest.MonkeyPatch.context() as patch:
                use(patch, native_count_from=NEVER)
                assert at_once == count_tree(Path(work), selection)


def folder_of(root: Path, *names: str) -> Path:
    root.mkdir(parents=True)
    for name in names:
        (root / name).write_text(name)
    return root


@pytest.fixture
def walked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The descriptors of the folders that Python listed."""
    found: list[int] = []

    def seen(fd: int) -> tuple[list[bytes], list[bytes], set[bytes]]:
        found.append(fd)
        return listing(fd)

    monkeypatch.setattr(walk, "listing", seen)
    return found


def test_a_folder_of_plain_files_is_not_walked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, walked: list[int]
) -> None:
    """Also where they are all in one, the first that is met."""
    use(monkeypatch, native_count_from=FEW)
    for number in range(700):
        folder_of(tmp_path / "root" / f"event{number}", "file")
    assert count_tree(tmp_path, Selection()) == TreeCount(700, 2800, 701)
    assert len(walked) == 2, "the root, and the folder that holds them"


def test_what_is_left_out_of_a_folder_has_it_walked(tmp_path: Path, walked: list[int]) -> None:
    folder_of(tmp_path / "part", "in", "out")
    folder_of(tmp_path / "left", "a")
    folder_of(tmp_path / "plain", "bb")
    assert count_tree(tmp_path, Selection(leave_out=("part/out", "left"))) == TreeCount(2, 4, 2)
    assert len(walked) == 2, "the root and `part`"


def test_what_is_chosen_of_many_folders_is_counted_alone(tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        folder_of(tmp_path / "data" / name, name)
    assert count_tree(tmp_path, Selection(leave_out=("data/two",))) == TreeCount(2, 8, 3)
    assert count_tree(tmp_path, Selection(only=("data/two",))) == TreeCount(1, 3, 2)
    assert count_tree(tmp_path, Selection()) == TreeCount(3, 11, 4)


def test_a_databases_companions_are_not_counted(tmp_path: Path) -> None:
    folder_of(tmp_path / "one", "x.db", "x.db-wal", "y.log-wal")
    assert count_tree(tmp_path, Selection(sqlite=("*.db",))) == TreeCount(2, 13, 1)


def parent_of(root: Path, folder: Path) -> Parent:
    """A copy of a tree to link to, as if all of it had been unchanged for long."""
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        use(patch, settled_ns=-(10**18))
        sums, index = folder / SUMS_NAME, folder / INDEX_NAME
        copy_tree(root, folder / "files", sums=sums, index=index)
    digests = [indexing.digest_of_list(path) for path in (index, sums)]
    return Parent(set_id=folder.name, folder=str(folder), index=digests[0], sums=digests[1])


def test_what_would_be_linked_is_not_counted(tmp_path: Path, walked: list[int]) -> None:
    """Where a former set is told, each file is looked at, in the order of that set's lists."""
    for number in range(4):
        folder_of(tmp_path / "root" / f"event{number}", "file")
    base = parent_of(tmp_path / "root", tmp_path / "one")
    (tmp_path / "root" / "event1" / "file").write_text("longer")
    walked.clear()
    assert count_tree(tmp_path / "root", Selection(), parent=base) == TreeCount(4, 6, 4)
    assert len(walked) == 5


@given(tree=trees())
@settings(deadline=None, max_examples=tries(30))
def test_what_is_counted_beside_a_former_set_is_what_is_copied(tree: dict[bytes, Entry]) -> None:
    with tempfile.TemporaryDirectory() as work:
        root = Path(work, "root")
        root.mkdir()
        make(tree, os.fsencode(root))
        base = parent_of(root, Path(work, "one"))
        counted = count_tree(root, Selection(), parent=base)
        copied = copy_tree(root, Path(work, "two"), parent=base)
        assert counted.bytes == copied.bytes - copied.linked_bytes


@pytest.mark.parametrize("cancelled", [False, True])
def test_the_library_is_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cancelled: bool
) -> None:
    closed: list[NativeFolders] = []
    close = NativeFolders.close

    def seen(self: NativeFolders) -> None:
        closed.append(self)
        close(self)

    monkeypatch.setattr(NativeFolders, "close", seen)
    folder_of(tmp_path / "one", "file")
    token = threading.Event()

    def count(*_: object, **__: object) -> Piece:
        token.set()
        return Piece(0, [])

    if cancelled:
        monkeypatch.setattr(NativeFolders, "do", count)
        with pytest.raises(Cancelled):
            count_tree(tmp_path, Selection(), cancel=token)
    else:
        count_tree(tmp_path, Selection(), cancel=token)
    assert len(closed) == 1


def test_it_is_not_loaded_with_the_program() -> None:
    """`ctypes` alone takes a tenth of what the first screen may."""
    library = "pryv_tui.vault.native.library"
    asked = f"import sys, pryv_tui.vault.copying.tree; print({library!r} in sys.modules)"
    told = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True)
    assert told.stdout == b"False\n"


def test_it_is_loaded_only_where_there_is_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The overview counts the trees of a platform when it opens: most are small."""
    use(monkeypatch, native_count_from=5)
    loaded: list[tuple[str, ...]] = []

    def seen(options: CopyOptions, sqlite: tuple[str, ...]) -> NativeFolders | None:
        loaded.append(sqlite)
        return load(options, sqlite)

    monkeypatch.setattr(compiled, "load", seen)
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
    monkeypatch.setattr(compiled, "load", lambda *_: tried.append(1))
    for number in range(5):
        folder_of(tmp_path / f"{number}" / "below", "file")
    assert count_tree(tmp_path, Selection()) == TreeCount(5, 20, 10)
    assert tried == [1]


def test_what_is_more_than_a_plain_file_is_left(
    tmp_path: Path, walked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each by itself, not what lies beside it."""
    root = tmp_path / "root"
    plain = folder_of(root / "plain", "a", "bc")
    (root / "empty").mkdir()
    (folder_of(root / "linked", "a") / "to").symlink_to("a")
    folder_of(folder_of(root / "deep", "a") / "folder", "b")
    make_socket(folder_of(root / "socket", "a") / "s")
    os.mkfifo(folder_of(root / "fifo", "a") / "f")
    (folder_of(root / "named", "a") / "again").hardlink_to(plain / "a")
    folder_of(root / "database", "a.db", "a.db-wal", "b")
    folder_of(root / "alone", "a.db-wal")
    folder_of(root / "wide", *map(str, range(700)))
    counted: list[bytes] = []
    count = walk._Counter._count

    def seen(counter: walk._Counter, fd: int, name: bytes, path: bytes, parent: None) -> None:
        counted.append(path)
        count(counter, fd, name, path, parent)

    monkeypatch.setattr(walk._Counter, "_count", seen)
    assert count_tree(tmp_path, Selection(sqlite=("*.db",))).files == 712
    left = ["linked/to", "socket/s", "fifo/f", "plain/a", "named/again"]
    left += ["database/a.db", "alone/a.db-wal"]
    found = [os.fsdecode(path) for path in counted if not path.startswith(b"root/wide/")]
    assert sorted(found) == sorted(f"root/{path}" for path in left)
    assert len(walked) <= 3, "the folders above, and where one piece ended"


def test_a_folder_that_is_gone_on_with_is_counted_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(7):
        folder_of(tmp_path / "root" / f"event{number}", "file", "other")
        folder_of(tmp_path / "root" / f"event{number}" / "deep" / "er", "file")
    expected = TreeCount(21, 7 * 13, 22)
    for together in range(1, 12):
        use(monkeypatch, count_together=together)
        assert count_tree(tmp_path, Selection()) == expected


def test_a_glob_that_may_mean_any_name_has_all_walked(tmp_path: Path) -> None:
    assert load(CopyOptions(), ("a*",)) is None
    folder_of(tmp_path / "one" / "below", "a", "a-wal")
    # What is told of a database's companion is Python's to say.
    assert count_tree(tmp_path, Selection(sqlite=("*/a*",))) == TreeCount(1, 1, 2)


def test_a_count_ends_between_two_runs_of_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, walked: list[int]
) -> None:
    use(monkeypatch, count_together=10)
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
    assert len(walked) == 1, "the rest was the library's"


@pytest.fixture
def many_names(tmp_path: Path) -> Path:
    """Folders of what the library leaves: symbolic links, and files whose other names are
    elsewhere."""
    root = tmp_path / "root"
    (tmp_path / "elsewhere").mkdir()
    for folder in range(20):
        (root / "below" / f"{folder:02}").mkdir(parents=True)
        for name in range(50):
            (root / "below" / f"{folder:02}" / f"{name:0150} link").symlink_to("nowhere")
            file = root / "below" / f"{folder:02}" / f"{name:03} file"
            file.write_text("four")
            if name % 2:
                os.link(file, tmp_path / "elsewhere" / f"{folder} {name}")
    return root


@pytest.mark.parametrize("memory", [0, CopyEngine().links_memory])
def test_of_links_no_more_is_kept_than_has_room(
    many_names: Path, monkeypatch: pytest.MonkeyPatch, memory: int
) -> None:
    """Nothing of a symbolic link, and no more of files with other names than is said."""
    use(monkeypatch, links_memory=memory)
    left: list[int] = []
    here: list[int] = []
    count = walk._Counter._count

    def seen(counter: walk._Counter, *given: Any) -> None:
        count(counter, *given)
        left.append(len(counter._left))
        here.append(len(counter._linked._here))

    monkeypatch.setattr(walk._Counter, "_count", seen)
    assert count_tree(many_names, Selection()) == TreeCount(1000, 4000, 21)
    assert max(left) < 50
    assert max(here) == (500 if memory else 0)


def test_each_file_counts_once_however_many_names_are_kept_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, links_memory=300)
    for number in range(10):
        file = folder_of(tmp_path / "a" / f"{number}", "file") / "file"
        for other in range(number):
            (tmp_path / "b" / f"{other}").mkdir(parents=True, exist_ok=True)
            os.link(file, tmp_path / "b" / f"{other}" / f"{number}")
    assert count_tree(tmp_path, Selection()) == TreeCount(10 + 45, 10 * 4, 2 + 10 + 9)


@pytest.mark.parametrize("native", [True, False])
def test_a_count_ends_between_two_links(
    many_names: Path, monkeypatch: pytest.MonkeyPatch, native: bool
) -> None:
    use(monkeypatch, native=native)
    over: list[int] = []
    counted: list[bytes] = []
    count = walk._Counter._count

    class After:
        def is_set(self) -> bool:
            return bool(over)

    def seen(counter: walk._Counter, fd: int, name: bytes, path: bytes, parent: None) -> None:
        counted.append(path)
        if path.endswith(b"5 link"):
            over.append(1)
        count(counter, fd, name, path, parent)

    monkeypatch.setattr(walk._Counter, "_count", seen)
    with pytest.raises(Cancelled):
        count_tree(many_names, Selection(), cancel=After())
    assert counted[-1].endswith(b"5 link"), "nothing was looked at after it"
