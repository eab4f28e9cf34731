"""A copy by several threads: the same result as by one, and who gets what to do."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.filesystem.folders import KEPT_OPEN
from pryv_tui.filesystem.priority import io_priority, lowered_priority
from pryv_tui.vault.copying.dispatch import UNFINISHED
from pryv_tui.vault.files.progress import Meter
from pryv_tui.vault.files.types import CopyNote
from pryv_tui.vault.parallel import pool as copy_pool
from pryv_tui.vault.parallel.engine import USUAL
from pryv_tui.vault.parallel.messages import BATCH_ENDS, BATCH_FILES, STOP, Board
from pryv_tui.vault.parallel.pool import Pool
from pryv_tui.vault.parallel.results import Pending
from pryv_tui.vault.parallel.sizing import workers_of
from pryv_tui.vault.parallel.worker import Worker
from tests.helpers.waiting import until
from tests.vault.copying.faulty import Hooks
from tests.vault.descriptors import none_left_open
from tests.vault.engine import copy_tree, use
from tests.vault.parallel.by_several import copied, give_piece, host, new_pool, source
from tests.vault.trees import make_socket, seen

__all__ = ["source"]
FOLDERS = 85
"""Of 200 letters each: four times as long as a path may be in a call (PATH_MAX, limits.h)."""


def test_workers_do_what_one_does(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There and back, to the byte of the list, the count and the notes."""
    monkeypatch.chdir(source / "odd")
    make_socket(Path("sock"))
    alone, others = host(tmp_path, "alone"), host(tmp_path, "others")
    first = copied(source, alone, hooks=Hooks())
    with monkeypatch.context() as patch:
        use(patch, alone_files=-1, workers=3)
        assert copied(source, others) == first
        back = copy_tree(others / "files", tmp_path / "back", expected=others / "SHA256SUMS")
    assert first.notes == (CopyNote("odd/sock", "is a socket: not copied"),)
    assert (back.files, back.bytes, back.notes) == (first.files, first.bytes, ())
    assert (others / "SHA256SUMS").read_bytes() == (alone / "SHA256SUMS").read_bytes()
    assert seen(others / "files") == seen(alone / "files") == seen(tmp_path / "back")


def test_little_is_copied_alone_and_much_is_not(
    source: Path, tmp_path: Path, workers: list[Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Started in the middle of the walk, when it turns out to be much."""
    use(monkeypatch, alone_files=300)
    alone = copied(source, host(tmp_path, "alone"))
    assert workers == []
    use(monkeypatch, alone_files=20)
    assert copied(source, host(tmp_path, "others")) == alone
    assert workers
    for name in ("SHA256SUMS", "files/many/file0003"):
        content = (tmp_path / "alone" / name).read_bytes()
        assert (tmp_path / "others" / name).read_bytes() == content


def test_one_core_or_few_descriptors_mean_no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    assert workers_of(USUAL) == 2
    with monkeypatch.context() as patch:
        patch.setattr(resource, "getrlimit", lambda _: (256, 4096))
        assert workers_of(USUAL) == 0
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    assert workers_of(USUAL) == 0


@pytest.mark.parametrize(("files", "workers"), [(1024, 2), (1200, 3), (4096, 4)])
def test_workers_have_room_for_what_they_open(
    monkeypatch: pytest.MonkeyPatch, files: int, workers: int
) -> None:
    """All of them, what waits for them and the walk share what one process may open."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    monkeypatch.setattr(resource, "getrlimit", lambda _: (files, files))
    assert workers_of(USUAL) == workers
    of_each = BATCH_ENDS + 32 * 4  # 32: `DEEPEST` in subtrees.c; each has two ends and two earlier
    of_all = 4 * KEPT_OPEN + 2 * UNFINISHED + (copy_pool.AHEAD + 1) * BATCH_ENDS
    assert of_all + workers * of_each < files


@pytest.mark.parametrize("native", [False, True])
def test_workers_give_way_where_the_copy_does_and_nobody_does_afterwards(
    source: Path,
    tmp_path: Path,
    together: None,
    monkeypatch: pytest.MonkeyPatch,
    native: bool,
) -> None:
    """Priorities are a thread's own: each has that of the one that started it."""
    use(monkeypatch, native=native)
    batch, seen_so = Worker._batch, set[tuple[int, int | None]]()

    def looks(self: Worker, groups: Any) -> Any:
        seen_so.add(priorities())
        return batch(self, groups)

    monkeypatch.setattr(Worker, "_batch", looks)
    before = priorities()
    with lowered_priority():
        lowered = priorities()
        copied(source, host(tmp_path, "set"))
    assert seen_so == {lowered} != {before}
    if os.geteuid() == 0:
        assert priorities() == before


def priorities() -> tuple[int, int | None]:
    return os.getpriority(os.PRIO_PROCESS, 0), io_priority()


def test_where_no_thread_can_be_made_it_goes_on_alone(
    source: Path, tmp_path: Path, together: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_worker: Worker) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(Worker, "start", refuse)
    with none_left_open():
        copied(source, host(tmp_path, "set"))
        assert seen(tmp_path / "set" / "files") == seen(source)


def test_hooks_are_asked_without_workers(source: Path, tmp_path: Path, together: None) -> None:
    hooks = Hooks()
    copied(source, host(tmp_path, "set"), hooks=hooks)
    assert source / "single" / "d1" / "e" / "file" in hooks.reads


# --- bounds --------------------------------------------------------------------------------------


@pytest.mark.parametrize("native", [False, True])
def test_results_that_wait_for_an_earlier_one_are_bounded(
    tmp_path: Path, together: None, monkeypatch: pytest.MonkeyPatch, native: bool
) -> None:
    """One file is held back until nothing else moves: no more than the bound is kept."""
    root = host(tmp_path, "root")
    files, bound = 1500, 300
    for number in range(files):
        (root / f"file{number:04}").touch()
    use(monkeypatch, most_pending=bound, native=native)
    held: list[int] = []
    batch = Worker._batch
    first = [True]

    def slow(self: Worker, groups: Any) -> Any:
        if first and first.pop():
            # Beyond the bound: a worker that gets no processor for a while stands still before it.
            until(lambda: bool(held) and held[-20:] == [held[-1]] * 20 and held[-1] > bound)
        return batch(self, groups)

    monkeypatch.setattr(Worker, "_batch", slow)
    look = Meter.report
    pools: list[Pool] = []
    wait = Pool._wait

    def waits(self: Pool) -> None:
        pools[:] = [self]
        wait(self)

    def watched(self: Meter, **more: Any) -> None:
        held.extend(pool._held() for pool in pools)
        look(self, **more)

    monkeypatch.setattr(Pool, "_wait", waits)
    monkeypatch.setattr(Meter, "report", watched)
    use(monkeypatch, wait_seconds=0.005)
    result = copied(root, host(tmp_path, "set"))
    assert result.files == files
    in_work = (2 + copy_pool.AHEAD) * (BATCH_FILES + 1) if native else 2 * BATCH_FILES
    assert bound < max(held) <= bound + in_work < files // 2


def test_paths_of_any_length_are_copied(tmp_path: Path, together: None) -> None:
    root = host(tmp_path, "root")
    fd = os.open(root, os.O_RDONLY)
    for _ in range(FOLDERS):
        os.mkdir(b"d" * 200, dir_fd=fd)
        below = os.open(b"d" * 200, os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = below
        os.close(os.open(b"file", os.O_CREAT | os.O_WRONLY, dir_fd=fd))
    os.close(fd)
    folder = host(tmp_path, "set")
    result = copied(root, folder)
    assert result.files == FOLDERS
    assert len((folder / "SHA256SUMS").read_bytes().splitlines()) == result.files
    subprocess.run(["rm", "-rf", root, folder], check=True)


def test_whoever_has_nothing_to_do_gets_what_there_is_at_once(tmp_path: Path) -> None:
    """Not when a batch is full: of a few large pieces one would get all, and the other wait."""
    pool = new_pool(2)
    try:
        given = [Pending(b"%d" % number) for number in range(4)]
        for at, place in enumerate(given):
            give_piece(pool, place, tmp_path)
            assert pool._given == min(2, at + 1)
        assert not pool.somebody_idle
        while pool.wait():
            pass
        assert all(place.done for place in given)
    finally:
        pool.close()


def test_the_board_stops_all() -> None:
    board = Board()
    assert not board.stopped
    board.share(True)
    assert board.shared and not board.stopped
    board.share(False)
    assert not board.shared
    board.stop()
    assert board.stopped
    assert ctypes.c_int64.from_address(board.address).value == STOP
