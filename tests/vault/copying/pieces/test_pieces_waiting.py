"""What is handed out waits for its turn, is left to others, and is counted meanwhile."""

from __future__ import annotations

import os
import threading
from collections import deque
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.vault.copying import count as walk
from pryv_tui.vault.copying import pieces as copy_pieces
from pryv_tui.vault.files.types import Progress
from pryv_tui.vault.parallel import pool as copy_pool
from pryv_tui.vault.parallel.worker import Worker
from tests.vault.copying.faulty import Hooks
from tests.vault.copying.pieces.handing_out import backup, engine, source
from tests.vault.descriptors import none_left_open
from tests.vault.engine import copy_tree, use
from tests.vault.trees import seen

__all__ = ["engine", "source"]


@pytest.mark.parametrize("brings", ["_give_again", "_do_folder"])
def test_a_file_that_is_left_while_others_go_on_is_not_taken_for_a_folder(brings: str) -> None:
    """To hand something out, or to walk a folder, takes what came back meanwhile."""

    class Walk:
        def __init__(self) -> None:
            self._files_left: deque[SimpleNamespace] = deque()
            self._again = deque([()] if brings == "_give_again" else [])
            self.results = SimpleNamespace(first=SimpleNamespace(left=["folder"]))
            self.done: list[str] = []

        def _took(self, what: str, place: SimpleNamespace) -> None:
            place.left = None
            self.done.append(what)

        def _do_files(self, place: SimpleNamespace) -> None:
            self._took("files", place)

        def _brought(self) -> None:
            self.results.first = SimpleNamespace(left=["one", "two"])
            self._files_left.append(self.results.first)

        def _has_room(self) -> bool:
            return True

        def _give_again(self) -> None:
            self._brought()

        def _next_early(self) -> None:
            """Nobody has nothing to do."""

        def _do_folder(self, place: SimpleNamespace) -> None:
            assert place not in self._files_left
            self._took("folder", place)
            self._brought()

    walk: Any = Walk()
    assert copy_pieces.PieceDispatcher._pump(walk)
    assert walk.done == (["files"] if brings == "_give_again" else ["folder", "files"])
    assert not walk._files_left


def test_what_is_left_of_a_folder_is_for_others_before_its_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While somebody is at what comes before, the other has all that is left of the second folder;
    the set is what one thread makes."""
    use(monkeypatch, batch_entries=6)
    for folder in "ab":
        for number in range(20):
            path = tmp_path / "root" / folder / f"{number:02}"
            path.mkdir(parents=True)
            (path / "file").write_text(folder)
            path.chmod(0o751)
        os.utime(tmp_path / "root" / folder, ns=(1, 10**18))
    alone = backup(tmp_path / "root", tmp_path / "alone", hooks=Hooks())
    early = threading.Event()
    batch, hand_out = Worker._batch, copy_pieces.PieceDispatcher._hand_out_early
    handed: list[bytes] = []

    def waits(self: Any, groups: Any) -> Any:
        if any(group.path == b"a" for group in groups):
            assert early.wait(60)
        return batch(self, groups)

    def hands_out(self: Any, place: Any) -> None:
        handed.append(place.left[0].path)
        hand_out(self, place)
        assert place.left[0].since == copy_pieces.ALL_GIVEN
        if place.left[0].path == b"b":
            early.set()

    monkeypatch.setattr(Worker, "_batch", waits)
    monkeypatch.setattr(copy_pieces.PieceDispatcher, "_hand_out_early", hands_out)
    assert backup(tmp_path / "root", tmp_path / "set") == alone
    assert b"b" in handed
    for name in ("SHA256SUMS", "INDEX", "TREE"):
        assert (tmp_path / "set" / name).read_bytes() == (tmp_path / "alone" / name).read_bytes()
    assert seen(tmp_path / "set" / "files") == seen(tmp_path / "alone" / "files")


def test_the_copy_counts_while_it_copies(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Totals come when they are known, at the latest at the end."""
    told: list[Progress] = []
    counted = walk.count_tree
    use(monkeypatch, count_after=0.0)
    seen_by: list[str] = []

    def count(*given: Any, **options: Any) -> Any:
        seen_by.append("counted")
        return counted(*given, **options)

    monkeypatch.setattr(walk, "count_tree", count)
    monkeypatch.setattr(walk.Counting, "end", _joined)
    with none_left_open():
        result = copy_tree(source, tmp_path / "copy", count=True, progress=told.append)
    assert seen_by == ["counted"]
    assert (told[-1].total_files, told[-1].total_bytes) == (result.files, result.bytes)


def _joined(self: walk.Counting) -> None:
    """An end that waits for the count instead of stopping it."""
    self._thread.join()


def test_a_count_ends_with_its_copy(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Long before it would have begun: a copy of a few seconds has no use for it."""
    monkeypatch.setattr(walk, "count_tree", lambda *_, **__: pytest.fail("it is counted"))
    monkeypatch.setattr(threading, "excepthook", lambda told: failures.append(told.exc_value))
    failures: list[BaseException | None] = []
    with none_left_open():
        copy_tree(source, tmp_path / "copy", count=True)
        (tmp_path / "copy" / "file").write_text("in the way")
        with pytest.raises(PryvTuiError):
            copy_tree(source, tmp_path / "copy", count=True)
    assert not failures


@pytest.mark.parametrize("before", [False, True])
def test_no_more_results_wait_than_there_is_room_for(
    tmp_path: Path, built: None, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    """Folders of which each is half a batch, and what is left of them: the first of it is waited
    for by all that comes after."""
    root = tmp_path / "root"
    for folder in range(100):
        (root / f"{folder:03}").mkdir(parents=True)
        for name in range(10):
            (root / f"{folder:03}" / f"{name}").write_text("x")
        (root / f"{folder:03}" / "link").symlink_to("0")
    use(monkeypatch, batch_entries=15, most_pending=50, settled_ns=0)
    first = backup(root, tmp_path / "first")
    held: list[int] = []
    wait = copy_pool.Pool._wait

    def waited(self: copy_pool.Pool) -> None:
        wait(self)
        held.append(self._held())

    monkeypatch.setattr(copy_pool.Pool, "_wait", waited)
    result = backup(root, tmp_path / "second", tmp_path / "first" if before else None)
    assert result.files == first.files == 1000
    assert max(held) < 50 + 2 * (2 + copy_pool.AHEAD) * 15, "and what is in others' hands"
