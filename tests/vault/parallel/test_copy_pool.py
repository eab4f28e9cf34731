"""A copy by several processes: the same result as by one, and who gets what to do."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.vault.copying import dispatch as copy_hands
from pryv_tui.vault.files.pieces import FILE_KIND
from pryv_tui.vault.files.types import CopyNote
from pryv_tui.vault.parallel import pool as copy_pool
from pryv_tui.vault.parallel.messages import (
    BATCH_FILES,
    MESSAGE_BYTES,
    Board,
    Task,
    WorkFolder,
)
from pryv_tui.vault.parallel.pool import Pool
from pryv_tui.vault.parallel.results import Pending
from pryv_tui.vault.parallel.sizing import FEW_FILES, processes_here
from pryv_tui.vault.parallel.worker import Worker
from tests.vault.copying.faulty import Hooks
from tests.vault.descriptors import none_left_open
from tests.vault.engine import GIVEN, copy_tree, use
from tests.vault.parallel.by_several import copied, host, source
from tests.vault.trees import make_socket, seen
from tests.waiting import until

__all__ = ["source"]


def test_processes_do_what_one_does(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There and back, to the byte of the list, the count and the notes."""
    monkeypatch.chdir(source / "odd")
    make_socket(Path("sock"))
    alone, others = host(tmp_path, "alone"), host(tmp_path, "others")
    first = copied(source, alone, hooks=Hooks())
    with monkeypatch.context() as patch:
        use(patch, alone_files=-1, processes=3)
        assert copied(source, others) == first
        back = copy_tree(others / "files", tmp_path / "back", expected=others / "SHA256SUMS")
    assert first.notes == (CopyNote("odd/sock", "is a socket: not copied"),)
    assert (back.files, back.bytes, back.notes) == (first.files, first.bytes, ())
    assert (others / "SHA256SUMS").read_bytes() == (alone / "SHA256SUMS").read_bytes()
    assert seen(others / "files") == seen(alone / "files") == seen(tmp_path / "back")


def test_little_is_copied_alone_and_much_is_not(
    source: Path, tmp_path: Path, with_processes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Started in the middle of the walk, when it turns out to be much."""
    use(monkeypatch, alone_files=300)
    alone = copied(source, host(tmp_path, "alone"))
    assert with_processes == []
    use(monkeypatch, alone_files=20)
    assert copied(source, host(tmp_path, "others")) == alone
    assert len(with_processes) == 2
    for name in ("SHA256SUMS", "files/many/file0003"):
        content = (tmp_path / "alone" / name).read_bytes()
        assert (tmp_path / "others" / name).read_bytes() == content


def test_one_core_or_few_descriptors_mean_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    assert processes_here() == 2
    with monkeypatch.context() as patch:
        patch.setattr(resource, "getrlimit", lambda _: (256, 4096))
        assert processes_here() == 0
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    assert processes_here() == 0


def test_where_no_process_can_be_made_it_goes_on_alone(
    source: Path, tmp_path: Path, together: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: int) -> None:
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    use(monkeypatch, launch=refuse)
    with none_left_open():
        copied(source, host(tmp_path, "set"))
        assert seen(tmp_path / "set" / "files") == seen(source)


def test_hooks_are_asked_in_this_process(source: Path, tmp_path: Path, together: None) -> None:
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
    for number in range(3000):
        (root / f"file{number:04}").touch()
    use(monkeypatch, most_pending=500, native=native)
    held: list[int] = []
    batch = Worker._batch

    def slow(self: Worker, order: Any, fds: list[int]) -> Any:
        if order.batch == 1:
            until(lambda: bool(held) and held[-20:] == [held[-1]] * 20 and held[-1] > 400)
        return batch(self, order, fds)

    monkeypatch.setattr(Worker, "_batch", slow)
    look = copy_hands.Dispatcher._tick

    def watched(self: Any) -> None:
        held.append(self.results.held)
        look(self)

    monkeypatch.setattr(copy_hands.Dispatcher, "_tick", watched)
    use(monkeypatch, wait_seconds=0.005)
    result = copied(root, host(tmp_path, "set"))
    assert result.files == 3000
    in_work = (2 + copy_pool.AHEAD) * (BATCH_FILES + 1) if native else 2 * BATCH_FILES
    assert 500 < max(held) <= 500 + in_work


def test_paths_too_long_for_a_message_are_copied_all_the_same(
    tmp_path: Path, together: None
) -> None:
    root = host(tmp_path, "root")
    fd = os.open(root, os.O_RDONLY)
    for _ in range(MESSAGE_BYTES // 4 // 200 + 3):
        os.mkdir(b"d" * 200, dir_fd=fd)
        below = os.open(b"d" * 200, os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = below
        os.close(os.open(b"file", os.O_CREAT | os.O_WRONLY, dir_fd=fd))
    os.close(fd)
    folder = host(tmp_path, "set")
    result = copied(root, folder)
    assert result.files == MESSAGE_BYTES // 4 // 200 + 3
    assert len((folder / "SHA256SUMS").read_bytes().splitlines()) == result.files
    subprocess.run(["rm", "-rf", root, folder], check=True)


def test_whoever_has_nothing_to_do_gets_what_there_is_at_once(tmp_path: Path) -> None:
    """Not when a batch is full: of a few large pieces one would get all, and the other wait."""
    pool = Pool(2, lambda: None, lambda: 0, lambda: None)
    try:
        given = [Pending(b"%d" % number) for number in range(4)]
        for at, place in enumerate(given):
            ends = tuple(os.open(tmp_path, os.O_RDONLY) for _ in range(2))
            work = WorkFolder(b"", [(b"none", FILE_KIND[0])] * (FEW_FILES + 1), Task.PIECE)
            pool.give(work, [place], size=0, ends=ends, finished=partial(_done, place))
            assert len(pool._given) == min(2, at + 1)
        assert not pool.somebody_idle
        while pool.wait():
            pass
        assert all(place.done for place in given)
    finally:
        pool.close()


def _done(place: Pending) -> None:
    place.done = True


def test_the_board_counts_for_each_and_stops_all() -> None:
    fd = Board.create(2)
    one, other = Board(fd, 2), Board(fd, 2)
    os.close(fd)
    one.add(0, 5)
    other.add(1, 7)
    other.add(1, -2)
    assert one.total() == other.total() == 10
    assert not one.stopped
    other.share(True)
    assert one.shared and not one.stopped
    other.share(False)
    assert not one.shared
    other.stop()
    assert one.stopped
    assert one.total() == 10
    one.close()
    other.close()


def test_what_a_process_prints_is_for_a_log_alone(
    source: Path, tmp_path: Path, with_processes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never for the terminal, or whoever reads a pipe: it would lie across what is shown there."""
    launch: Any = GIVEN.engine.launch
    says = "import os; os.write(2, b'a word of its own\\n');"
    use(monkeypatch, launch=partial(launch, before=says))
    terminal, screen = os.openpty()
    reads, pipe = os.pipe()
    log = os.open(tmp_path / "worker.log", os.O_RDWR | os.O_CREAT)
    before = os.dup(2)
    try:
        for number, end in enumerate((screen, pipe, log)):
            os.dup2(end, 2)
            copied(source, tmp_path / f"copy{number}")
    finally:
        os.dup2(before, 2)
        for descriptor in (before, screen, pipe):
            os.close(descriptor)
    os.set_blocking(terminal, False)
    with pytest.raises(OSError):
        os.read(terminal, 1)
    assert os.read(reads, 1) == b""
    assert b"a word of its own\n" in (tmp_path / "worker.log").read_bytes()
    for descriptor in (terminal, reads, log):
        os.close(descriptor)
