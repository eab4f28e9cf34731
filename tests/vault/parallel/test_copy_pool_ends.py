"""Threads that copy come to an end: cancelled, hanging, or with an error."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.vault.parallel import pool, worker
from pryv_tui.vault.parallel.worker import Worker
from tests.helpers.waiting import until
from tests.vault.copying.faulty import AS_ROOT, small_disk
from tests.vault.descriptors import none_left_open
from tests.vault.engine import use
from tests.vault.parallel.by_several import (
    LARGE,
    Cancel,
    copied,
    host,
    large,
    source,
)

__all__ = ["large", "small_disk", "source"]


# --- ends ---------------------------------------------------------------------------------------


def test_cancel_ends_the_workers_within_a_file(
    large: Path, tmp_path: Path, workers: list[Worker]
) -> None:
    cancel = Cancel()
    with pytest.raises(Cancelled):
        copied(large, host(tmp_path, "set"), progress=cancel, cancel=cancel)
    assert 0 < cancel.told[-1].bytes < LARGE
    assert workers


@AS_ROOT
@pytest.mark.parametrize("size", [5_000_000, 4096])
def test_a_full_disk_ends_it_in_the_workers(
    tmp_path: Path, small_disk: Path, workers: list[Worker], size: int
) -> None:
    root = host(tmp_path, "root")
    for number in range(2_000_000 // size + 1):
        (root / f"file{number}").write_bytes(os.urandom(size))
    with pytest.raises(PryvTuiError) as caught:
        copied(root, small_disk)
    assert caught.value.name == "disk-full"
    assert workers


def test_a_thread_that_hangs_is_waited_for_before_anybody_goes_on(
    source: Path, tmp_path: Path, together: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who goes on may remove what it would still write into."""
    cancel, released = threading.Event(), threading.Event()
    batch, join = Worker._batch, Worker.join
    hung: list[threading.Thread] = []
    waited: list[Worker] = []

    def hang(self: Worker, groups: Any) -> Any:
        hung.append(threading.current_thread())
        cancel.set()
        released.wait()
        return batch(self, groups)

    def joined(self: Worker, timeout: float | None = None) -> None:
        waited.append(self)
        if len(waited) > 5:
            released.set()
        join(self, timeout)

    use(monkeypatch, native=False, wait_seconds=0.01)
    monkeypatch.setattr(Worker, "_batch", hang)
    monkeypatch.setattr(Worker, "join", joined)
    try:
        with pytest.raises(Cancelled):
            copied(source, host(tmp_path, "set"), cancel=cancel)
        assert hung and not any(thread.is_alive() for thread in hung)
    finally:
        released.set()


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("begun", [True, False])
def test_an_interrupt_while_a_thread_is_started_ends_all(
    source: Path,
    tmp_path: Path,
    together: None,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    begun: bool,
) -> None:
    """Ctrl-C, where nothing but Python hears it; `begun`: that thread is at work already."""
    use(monkeypatch, native=False, batch_bytes=1)
    start = Worker.start
    started: list[Worker] = []
    ended: list[bool] = []

    def interrupted(self: Worker) -> None:
        started.append(self)
        if begun or len(started) != number:
            start(self)
        if len(started) == number:
            raise KeyboardInterrupt

    def copies() -> None:
        with none_left_open(), pytest.raises(KeyboardInterrupt):
            copied(source, host(tmp_path, "set"))
        ended.append(True)

    monkeypatch.setattr(Worker, "start", interrupted)
    copying = threading.Thread(target=copies, daemon=True)
    copying.start()
    copying.join(60)
    assert ended == [True]
    assert len(started) == number
    until(lambda: not any(worker.is_alive() for worker in started), "the end of all threads")


def test_a_thread_that_begins_after_the_copy_has_ended_ends_too(
    source: Path, tmp_path: Path, together: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its start was interrupted before it was known to live."""
    use(monkeypatch, native=False)
    start = Worker.start
    started: list[Worker] = []

    def interrupted(self: Worker) -> None:
        started.append(self)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Worker, "start", interrupted)
        with pytest.raises(KeyboardInterrupt):
            copied(source, host(tmp_path, "set"))
    (late,) = started
    start(late)
    late.join(60)
    assert not late.is_alive()


def test_a_thread_that_begins_while_the_copy_ends_takes_nothing_that_is_waited_for(
    source: Path, tmp_path: Path, together: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes to the queue between a look into it and what is taken out of it."""
    use(monkeypatch, native=False)
    start = Worker.start
    started: list[Worker] = []
    ended: list[bool] = []

    class Orders(SimpleQueue[Any]):
        def get(self, block: bool = True, timeout: float | None = None) -> Any:
            if threading.current_thread() is copying and started and started[0].ident is None:
                start(started[0])
                started[0].join(60)
            return super().get(block, timeout)

    def interrupted(self: Worker) -> None:
        started.append(self)
        raise KeyboardInterrupt

    def copies() -> None:
        with none_left_open(), pytest.raises(KeyboardInterrupt):
            copied(source, host(tmp_path, "set"))
        ended.append(True)

    monkeypatch.setattr(pool, "SimpleQueue", Orders)
    monkeypatch.setattr(Worker, "start", interrupted)
    copying = threading.Thread(target=copies, daemon=True)
    copying.start()
    copying.join(60)
    assert ended == [True]
    assert not started[0].is_alive()


@pytest.mark.parametrize("log", [True, False])
def test_what_a_thread_ended_of_is_told(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: bool
) -> None:
    """To whoever asked for the copy; where it was is for a log alone."""
    use(monkeypatch, alone_files=-1, workers=2)

    def boom(*_given: Any, **_more: Any) -> None:
        raise MemoryError("no room")

    monkeypatch.setattr(worker, "ContentCopier", boom)
    ends = (-1, os.open(tmp_path / "log", os.O_RDWR | os.O_CREAT)) if log else os.pipe()
    before = os.dup(2)
    os.dup2(ends[1], 2)
    try:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stderr", os.fdopen(os.dup(2), "w", buffering=1))
            with pytest.raises(PryvTuiError, match="MemoryError: no room") as caught:
                copied(source, host(tmp_path, "set"))
            sys.stderr.close()
    finally:
        os.dup2(before, 2)
        os.close(before)
        os.close(ends[1])
    assert caught.value.name == "copy-process-died"
    told = (tmp_path / "log").read_bytes() if log else os.read(ends[0], 1)
    assert (b"MemoryError: no room" in told) is log
    if not log:
        assert told == b""
        os.close(ends[0])


def test_a_thread_that_ends_without_a_word_is_missed(
    source: Path, tmp_path: Path, together: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where there was no memory left for a word: nobody waits for ever."""
    use(monkeypatch, wait_seconds=0.01)
    monkeypatch.setattr(Worker, "run", lambda _self: None)
    with none_left_open():
        with pytest.raises(PryvTuiError, match="a copying thread ended") as caught:
            copied(source, host(tmp_path, "set"))
        assert caught.value.name == "copy-process-died"


def test_no_program_inherits_what_an_order_brings(
    source: Path, tmp_path: Path, together: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = Worker._batch
    inherited: list[bool] = []

    def look(self: Worker, groups: Any) -> Any:
        inherited.extend(os.get_inheritable(fd) for group in groups for fd in group.ends)
        return batch(self, groups)

    monkeypatch.setattr(Worker, "_batch", look)
    copied(source, host(tmp_path, "set"))
    assert inherited and not any(inherited)


STARTER = """
import os, signal, sys
from pathlib import Path
from queue import SimpleQueue
from pryv_tui.vault.copying.tree import copy_tree
from pryv_tui.vault.parallel.engine import CopyEngine
from pryv_tui.vault.parallel.sizing import FEW_FILES
from pryv_tui.vault.parallel.worker import Worker
from pryv_tui.vault.verify import verify_sums
from tests.helpers.waiting import until

source, target, how, told = map(Path, sys.argv[1:])
engine = CopyEngine(workers=2, alone_files=-1, batch_entries=4, native=how.name != "python")
if how.name == "verify":
    copy_tree(source, target / "files", sums=target / "SHA256SUMS")
read_end, write_end = os.pipe()
starter = os.getpid()
if os.fork():
    os.read(read_end, 1)
    os._exit(0)
batch = Worker._batch

def begun(self, groups):
    os.write(write_end, b"x")
    until(lambda: os.getppid() != starter)
    return batch(self, groups)

Worker._batch = begun
try:
    if how.name == "verify":
        done = verify_sums(target, engine=engine).files
    else:
        done = copy_tree(source, target / "files", engine=engine).files
except BaseException as error:
    done = repr(error)
part = told.with_suffix(".part")
part.write_text(str(done))
part.rename(told)
"""


@pytest.mark.parametrize("how", ["library", "python", "verify"])
def test_who_started_the_process_may_end_while_its_threads_work(tmp_path: Path, how: str) -> None:
    root, target, told = host(tmp_path, "root"), host(tmp_path, "set"), tmp_path / "told"
    for number in range(30):
        (root / f"file{number}").write_text("x")
    subprocess.run([sys.executable, "-c", STARTER, root, target, how, told], check=True)
    until(told.exists)
    assert told.read_text() == "30"


def test_an_error_in_a_worker_is_the_copys_error(source: Path, tmp_path: Path) -> None:
    files = tmp_path / "set" / "files" / "many"
    files.mkdir(parents=True)
    (files / "file0070").write_text("precious")
    with pytest.MonkeyPatch.context() as patch:
        use(patch, alone_files=-1, workers=2)
        with pytest.raises(PryvTuiError, match="many/file0070 can't be written") as caught:
            copied(source, tmp_path / "set")
    assert caught.value.name == "step-failed"
    assert (files / "file0070").read_text() == "precious"
