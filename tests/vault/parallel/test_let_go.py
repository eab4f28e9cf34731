"""What a copy, a check or a count has of memory is let go of at its end, however it ends.

A run's process looks for garbage rarely, and has many of them: so here nobody does.
"""

from __future__ import annotations

import gc
import tempfile
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.vault.files.types import CopyResult, Selection
from pryv_tui.vault.native.library import NativeFolders
from pryv_tui.vault.parallel.results import Pending
from pryv_tui.vault.parallel.worker import Worker
from tests.helpers.in_memory import MEMORY
from tests.vault.engine import at_once, copy_tree, count_tree, use, verify_sums

ROUNDS = 3
KEPT = 160 << 10
"""Bytes that one of them may leave: less than any buffer, and than the lines of a batch. Of a copy
that failed stay, until somebody looks for garbage, the names of what waited: up to a third of a
kilobyte for each of `FOLDERS` times `FILES`."""
FOLDERS, FILES = 6, 60


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Memory is what this is about, and no disk."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    for number in range(FOLDERS):
        (root / f"d{number:02}" / "attachments").mkdir(parents=True)
        for name in range(FILES):
            (root / f"d{number:02}" / "attachments" / f"{name:030}").write_text("x")
    return root


@pytest.fixture(params=["library", "python"], autouse=True)
def engine(
    request: pytest.FixtureRequest, together: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    if request.param == "library":
        request.getfixturevalue("built")
    use(
        monkeypatch,
        native=request.param == "library",
        native_count_from=0,
        sync=at_once,
        batch_entries=50,
    )
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def backup(source: Path, part: Path, **options: object) -> CopyResult:
    part.mkdir()
    lists = {"sums": part / "SHA256SUMS", "index": part / "INDEX", "tree": part / "TREE"}
    return copy_tree(source, part / "files", **lists, **options)  # type: ignore[arg-type]


class After:
    """Cancels once it was asked so often."""

    def __init__(self, times: int) -> None:
        self._left = times

    def is_set(self) -> bool:
        self._left -= 1
        return self._left < 0


def copied(source: Path, part: Path, _: str) -> None:
    backup(source, part)


def failed(source: Path, part: Path, _: str) -> None:
    in_the_way = part.with_name(f"{part.name} in the way") / "d05" / "attachments" / f"{7:030}"
    in_the_way.parent.mkdir(parents=True)
    in_the_way.write_text("somebody's")
    with pytest.raises(PryvTuiError, match="exists"):
        copy_tree(source, in_the_way.parents[2])


def cancelled(source: Path, part: Path, _: str) -> None:
    with pytest.raises(Cancelled):
        backup(source, part, cancel=After(3))


def checked(source: Path, part: Path, tree: str) -> None:
    assert verify_sums(source.parent / "set", tree=tree).sound


def check_cancelled(source: Path, part: Path, tree: str) -> None:
    with pytest.raises(Cancelled):
        verify_sums(source.parent / "set", tree=tree, cancel=After(2))


def counted(source: Path, part: Path, _: str) -> None:
    assert count_tree(source, Selection()).files == FOLDERS * FILES


def count_cancelled(source: Path, part: Path, _: str) -> None:
    with pytest.raises(Cancelled):
        count_tree(source, Selection(), cancel=After(1))


def restored(source: Path, part: Path, tree: str) -> None:
    kept = source.parent / "set"
    copy_tree(kept / "files", part, expected=kept / "SHA256SUMS", listed=(kept / "TREE", tree))


@pytest.mark.parametrize(
    "act",
    [
        copied,
        failed,
        cancelled,
        checked,
        check_cancelled,
        counted,
        count_cancelled,
        restored,
    ],
)
def test_nothing_large_is_left_until_somebody_looks_for_garbage(
    source: Path, tmp_path: Path, act: Callable[[Path, Path, str], None]
) -> None:
    tree = backup(source, tmp_path / "set").tree
    act(source, tmp_path / "first", tree)
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(ROUNDS):
            act(source, tmp_path / f"copy {number}", tree)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < ROUNDS * KEPT
    assert not [one for one in gc.get_objects() if isinstance(one, Pending) and one.piece]


def test_a_thread_that_ends_of_a_fault_gives_the_library_back(
    source: Path, tmp_path: Path, built: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, native=True)
    opened: list[NativeFolders] = []
    closed: list[NativeFolders] = []
    begin, close = NativeFolders.__init__, NativeFolders.close

    def begun(self: NativeFolders, *given: Any) -> None:
        opened.append(self)
        begin(self, *given)

    def seen(self: NativeFolders) -> None:
        closed.append(self)
        close(self)

    def fault(*_: object) -> None:
        raise KeyError("nobody thought of it")

    monkeypatch.setattr(NativeFolders, "__init__", begun)
    monkeypatch.setattr(NativeFolders, "close", seen)
    monkeypatch.setattr(Worker, "_batch", fault)
    with pytest.raises(PryvTuiError, match="nobody thought of it"):
        copy_tree(source, tmp_path / "copy")
    assert opened and sorted(map(id, closed)) == sorted(map(id, opened))
    assert not [one for one in threading.enumerate() if isinstance(one, Worker)]
