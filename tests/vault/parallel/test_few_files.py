"""A copy of a few files takes what they need: one thread, and little of any buffer."""

from __future__ import annotations

import os
import resource
import threading
import tracemalloc
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from pryv_tui.vault.files.content import ContentCopier
from pryv_tui.vault.files.pieces import LIST_BYTES, CopyOptions
from pryv_tui.vault.native.library import load
from pryv_tui.vault.parallel.sizing import FEW_FILES
from pryv_tui.vault.parallel.worker import Worker
from tests.vault.descriptors import none_left_open
from tests.vault.engine import at_once, copy_tree, use, verify_sums
from tests.vault.trees import seen

SMALL = 2 * FEW_FILES
MANY = 8 * SMALL


@pytest.fixture
def threads(built: None, monkeypatch: pytest.MonkeyPatch) -> list[Worker]:
    """Those that were started, of two at most."""
    use(monkeypatch, workers=2, sync=at_once)
    started: list[Worker] = []
    start = Worker.start

    def seen_starting(self: Worker) -> None:
        start(self)
        started.append(self)

    monkeypatch.setattr(Worker, "start", seen_starting)
    return started


def tree(root: Path, files: int) -> Path:
    for number in range(files):
        folder = root / f"d{number % 5}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"file{number}").write_text("x" * number)
    return root


def copied(root: Path, part: Path) -> None:
    part.mkdir()
    copy_tree(root, part / "files", sums=part / "SHA256SUMS")


def restored(root: Path, part: Path) -> None:
    copy_tree(part / "files", part / "back", expected=part / "SHA256SUMS")


def verified(root: Path, part: Path) -> None:
    assert verify_sums(part).sound


@pytest.mark.parametrize("act", [copied, restored, verified])
def test_little_is_done_by_one_thread(
    tmp_path: Path, threads: list[Worker], act: Callable[[Path, Path], None]
) -> None:
    root, part = tree(tmp_path / "root", SMALL), tmp_path / "set"
    if act is not copied:
        copied(root, part)
    threads.clear()
    act(root, part)
    assert len(threads) == 1
    assert seen(part / "files") == seen(root)


@pytest.mark.parametrize("act", [copied, restored, verified])
def test_much_is_done_by_all_threads(
    tmp_path: Path,
    threads: list[Worker],
    monkeypatch: pytest.MonkeyPatch,
    act: Callable[[Path, Path], None],
) -> None:
    use(monkeypatch, batch_entries=20)
    root, part = tree(tmp_path / "root", MANY), tmp_path / "set"
    if act is not copied:
        copied(root, part)
    threads.clear()
    act(root, part)
    assert len(threads) == 2
    assert seen(part / "files") == seen(root)


def test_where_no_second_thread_can_be_made_one_does_it_all(
    tmp_path: Path, threads: list[Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, batch_entries=20)
    start, refused = Worker.start, []

    def one(self: Worker) -> None:
        if threads:
            refused.append(self)
            raise RuntimeError("can't start new thread")
        start(self)

    monkeypatch.setattr(Worker, "start", one)
    root = tree(tmp_path / "root", MANY)
    with none_left_open():
        copied(root, tmp_path / "set")
    assert len(threads) == len(refused) == 1
    assert seen(tmp_path / "set" / "files") == seen(root)


def faults() -> int:
    """Pages that this thread was the first to touch."""
    return resource.getrusage(resource.RUSAGE_THREAD).ru_minflt


def test_what_the_library_does_not_fill_is_not_touched(built: None) -> None:
    pages = LIST_BYTES // resource.getpagesize()
    for _ in range(3):
        before = faults()
        library = load(CopyOptions(links_tell=True, settled_ns=0))
        assert library is not None
        library.close()
    assert faults() - before < pages


def most_of_a_thread(act: Callable[[], None]) -> int:
    """The most memory that a thread takes which does nothing else than this."""
    thread = threading.Thread(target=act)
    tracemalloc.start()
    try:
        thread.start()
        thread.join()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("hashed", [False, True])
@pytest.mark.parametrize(
    ("sizes", "room"), [((1000, 0, 70_000), 300 << 10), ((1000, 3 << 20, 10), 1200 << 10)]
)
def test_the_buffer_is_as_large_as_the_largest_file_needs(
    tmp_path: Path,
    hashed: bool,
    sizes: tuple[int, ...],
    room: int,
) -> None:
    contents = [bytes([number]) * size for number, size in enumerate(sizes)]
    for number, content in enumerate(contents):
        (tmp_path / f"{number}").write_bytes(content)
    found: list[bytes] = []

    def act() -> None:
        content = ContentCopier(None, lambda _: None)
        for number, size in enumerate(sizes):
            name = tmp_path / f"{number}"
            source = os.open(name, os.O_RDONLY)
            if hashed:
                found.append(content.digest(source, b"", size if number else -1))
            else:
                target = os.open(name.with_suffix(".copy"), os.O_RDWR | os.O_CREAT)
                found.append(content.copy(source, target, size, sparse=False, path=b""))
                os.close(target)
            os.close(source)

    assert most_of_a_thread(act) < room

    assert found == [sha256(content).digest() for content in contents]
    if not hashed:
        for number, content in enumerate(contents):
            assert (tmp_path / f"{number}.copy").read_bytes() == content
