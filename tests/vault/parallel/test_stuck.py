"""Whoever hangs in a disk is told of, with what it is at; in the end the process is given up."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.filesystem.standstill import Patient, Watch
from pryv_tui.vault.copying.count import Counting
from pryv_tui.vault.files.copier import FileCopier
from pryv_tui.vault.files.progress import Meter
from pryv_tui.vault.files.types import Progress, Selection
from pryv_tui.vault.parallel.engine import CopyEngine
from pryv_tui.vault.parallel.worker import Worker
from tests.helpers.waiting import until
from tests.vault.engine import at_once, copy_tree, use, verify_sums


class Disk:
    """One that does not answer: whoever comes to its file hangs until what is hoped for is said."""

    def __init__(
        self, patch: pytest.MonkeyPatch, hoped: Callable[[str], bool], **more: Any
    ) -> None:
        self.answers = threading.Event()
        self.hangs = threading.Event()
        self.noticed = threading.Event()
        self.told: list[str] = []
        self.left: list[str] = []
        self.workers: list[Worker] = []
        self._hoped = hoped
        start = Worker.start

        def started(worker: Worker) -> None:
            self.workers.append(worker)
            start(worker)

        patch.setattr(Worker, "start", started)
        patient = Patient(told_after=0, left_after=0, looks=0.01, leaves=self.leaves)
        use(patch, workers=2, alone_files=-1, sync=at_once, wait_seconds=0.01, patient=patient)
        use(patch, **more)

    def hang(self, *_: object) -> None:
        self.hangs.set()
        assert self.answers.wait(60)

    def is_set(self) -> bool:
        """Cancelled as soon as somebody hangs."""
        is_set = self.hangs.is_set()
        if is_set and threading.current_thread() is threading.main_thread():
            self.noticed.set()
        return is_set

    def progress(self, made: Progress) -> None:
        if made.waits_for:
            self._say(self.told, made.waits_for)

    def leaves(self, why: str) -> None:
        self._say(self.left, why)

    def _say(self, said: list[str], words: str) -> None:
        said.append(words)
        if self._hoped(words):
            self.answers.set()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    for number in range(10):
        (root / f"d{number}").mkdir(parents=True)
        (root / f"d{number}" / "file").write_text("x")
    return root


def hangs_at(
    disk: Disk, patch: pytest.MonkeyPatch, path: bytes, *, until_noticed: bool = False
) -> None:
    """In the middle of one file, where Python copies; if wanted until the cancel was noticed too,
    since the copy could be through before that."""
    create = FileCopier._create

    def created(self: FileCopier, place: Any, status: Any) -> int:
        if place.path == path:
            disk.hang()
            assert not until_noticed or disk.noticed.wait(60)
        return create(self, place, status)

    patch.setattr(FileCopier, "_create", created)


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("cancelled", [False, True])
def test_the_file_is_told_and_since_when(
    source: Path, monkeypatch: pytest.MonkeyPatch, workers: int, cancelled: bool
) -> None:
    """Whoever copies it; while the copy goes on, and when it is only to end."""
    copy = source.parent / "copy"
    begins = f"{source} or of {copy} to answer: no progress at d5/file since 2"
    disk = Disk(monkeypatch, lambda said: said.startswith(begins), workers=workers, native=False)
    hangs_at(disk, monkeypatch, b"d5/file", until_noticed=cancelled and workers > 0)
    if cancelled:
        with pytest.raises(Cancelled):
            copy_tree(source, copy, progress=disk.progress, cancel=disk)
    else:
        assert copy_tree(source, copy, progress=disk.progress).files == 10
    assert len([one for one in disk.told if one.startswith(begins)]) == 1, "once"
    assert not any(worker.is_alive() for worker in disk.workers), "and none of them lives on"


@pytest.mark.parametrize("workers", [0, 2])
def test_the_process_is_given_up_where_all_is_to_end(
    source: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    begins = "no progress at d5/file since 2"

    def hoped(said: str) -> bool:
        return said.startswith(begins)

    disk = Disk(monkeypatch, hoped, workers=workers, native=False)
    hangs_at(disk, monkeypatch, b"d5/file")
    with pytest.raises(Cancelled):
        copy_tree(source, source.parent / "copy", progress=disk.progress, cancel=disk)
    assert any(map(hoped, disk.left))


def test_the_process_is_given_up_after_a_fault_of_somebody_else_too(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begins = "no progress at d5/file since 2"
    disk = Disk(monkeypatch, lambda said: said.startswith(begins), native=False)
    create = FileCopier._create

    def created(self: FileCopier, place: Any, status: Any) -> int:
        if place.path == b"d5/file":
            disk.hang()
        elif disk.hangs.is_set() or place.path > b"d6":
            assert disk.hangs.wait(60)
            raise PryvTuiError("disk-full", "full")
        return create(self, place, status)

    monkeypatch.setattr(FileCopier, "_create", created)
    use(monkeypatch, batch_bytes=1)
    with pytest.raises(PryvTuiError, match="full"):
        copy_tree(source, source.parent / "copy", progress=disk.progress)
    assert disk.left


def test_nobody_is_given_up_while_it_may_go_on(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch, lambda said: "d5/file" in said, native=False)
    hangs_at(disk, monkeypatch, b"d5/file")
    copy_tree(source, source.parent / "copy", progress=disk.progress)
    assert disk.told and not [one for one in disk.left if "d5" in one]


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("cancelled", [False, True])
def test_a_disk_that_has_much_to_write_at_the_end_is_no_thread_that_stands_still(
    source: Path, monkeypatch: pytest.MonkeyPatch, workers: int, cancelled: bool
) -> None:
    """However long that takes: it answers, and what was copied is whole."""
    disk = Disk(monkeypatch, lambda _: False, workers=workers, native=False)
    looks, during = [0], list[int]()

    class Cancel:
        def is_set(self) -> bool:
            looks[0] += 1
            return cancelled and bool(during)

    def said() -> int:
        return len(disk.told) + len(disk.left)

    def sync(*_: object) -> None:
        during.append(said())
        least = looks[0] + 10
        until(lambda: looks[0] > least, "some looks")
        during.append(said())

    use(monkeypatch, sync=sync)
    result = copy_tree(source, source.parent / "copy", progress=disk.progress, cancel=Cancel())
    assert result.files == 10
    assert during[0] == during[1]


def test_a_cancelled_check_says_whose_disk_it_waits_for(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, built: None
) -> None:
    part = tmp_path / "set"
    part.mkdir()
    tree = copy_tree(source, part / "files", sums=part / "SHA256SUMS", tree=part / "TREE").tree
    begins = f"{part} to answer: no progress at the root since 2"
    disk = Disk(monkeypatch, lambda said: said.startswith(begins))
    piece = Worker._piece

    def hanging(self: Worker, *given: Any) -> Any:
        disk.hang()
        return piece(self, *given)

    monkeypatch.setattr(Worker, "_piece", hanging)
    with pytest.raises(Cancelled):
        verify_sums(part, tree=tree, progress=disk.progress, cancel=disk)
    assert any(one.startswith(begins) for one in disk.told)


def test_it_is_waited_for_also_where_nobody_can_be_told(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch, lambda said: "d5/file" in said, native=False)
    hangs_at(disk, monkeypatch, b"d5/file")

    def fails(made: Progress) -> None:
        disk.progress(made)
        if made.waits_for:
            raise OSError("the journal's disk is full")

    with pytest.raises(Cancelled):
        copy_tree(source, source.parent / "copy", progress=fails, cancel=disk)
    assert not any(worker.is_alive() for worker in disk.workers)


class _Mover:
    def __init__(self, at: bytes | None) -> None:
        self.moves, self.at = 0, at


@pytest.mark.parametrize("still", [True, False])
def test_only_who_has_something_to_do_and_does_not_get_on_stands_still(still: bool) -> None:
    told: list[str] = []
    rests, works = _Mover(None), _Mover(b"works")
    looked = threading.Event()

    class Counted(_Mover):
        """Gets on at each look, and lets the others be looked at often enough."""

        looks = 0

        def __getattribute__(self, name: str) -> Any:
            if name == "moves":
                type(self).looks += 1
                if not still:
                    works.moves += 1
                if type(self).looks > 20:
                    looked.set()
                return type(self).looks
            return super().__getattribute__(name)

    watch = Watch(lambda: False, told.append, Patient(told_after=0, looks=0.001))
    watch.movers = [Counted(b"moves"), works, rests]
    with watch:
        assert looked.wait(60)
    assert [one.rpartition(" since ")[0] for one in told] == ["no progress at works"] * still


def test_who_is_told_may_hang_in_that_disk_too() -> None:
    """A journal may lie on it: the process is given up all the same, when its time is over."""
    answers, asked = threading.Event(), threading.Event()
    left = list[str]()

    def told(_words: str) -> None:
        asked.set()
        assert answers.wait(60)

    def leaves(why: str) -> None:
        left.append(why)
        answers.set()

    patient = Patient(told_after=0, left_after=0.01, looks=0.001, leaves=leaves)
    with Watch(lambda: asked.is_set(), told, patient):
        assert answers.wait(60), "nobody gave it up"
    assert left[0].startswith("no progress at the root since 2")


def test_each_is_told_once_however_long_the_one_before_is_being_told() -> None:
    told: list[str] = []
    looked = threading.Event()

    class Counted(_Mover):
        looks = 0

        def __getattribute__(self, name: str) -> Any:
            if name == "moves":
                type(self).looks += 1
                if type(self).looks > 50:
                    looked.set()
                return type(self).looks
            return super().__getattribute__(name)

    def slowly(words: str) -> None:
        before = Counted.looks
        until(lambda: Counted.looks > before + 3, "some looks")
        told.append(words)

    watch = Watch(lambda: False, slowly, Patient(told_after=0, looks=0.001))
    watch.movers = [Counted(b"moves"), *(_Mover(b"%d" % number) for number in range(3))]
    with watch:
        assert looked.wait(60)
        until(lambda: len(told) == 3, "all are told")
    assert sorted(one.partition(" since ")[0][-1] for one in told) == ["0", "1", "2"]


def test_a_count_that_hangs_is_not_waited_for(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It writes nothing."""
    joined: list[float | None] = []

    class Hung:
        def join(self, timeout: float | None = None) -> None:
            joined.append(timeout)

    counting = Counting(source, Selection(), Meter(None), CopyEngine(count_after=1e6))
    real = counting._thread
    monkeypatch.setattr(counting, "_thread", Hung())
    counting.end()
    real.join()
    assert len(joined) == 1 and joined[0] is not None


def test_nothing_is_told_after_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by a look either that was under way when it came: who is told by it is waited for."""
    looks, ended = threading.Event(), threading.Event()
    goes_on = threading.Event()
    asked: list[int] = []
    said: list[str] = []

    def stops() -> bool:
        asked.append(1)
        if len(asked) == 2:  # the first look tells nothing yet
            looks.set()
            assert watch._over.wait(60)
        return False

    def told(_words: str) -> None:
        assert goes_on.wait(60)
        said.append("late" if ended.is_set() else "in time")

    join = threading.Thread.join

    def joined(thread: threading.Thread, *given: Any) -> None:
        if thread is watch._teller:
            goes_on.set()  # it is waited for
        join(thread, *given)

    monkeypatch.setattr(threading.Thread, "join", joined)
    watch = Watch(stops, told, Patient(told_after=0, left_after=60, looks=0.001))
    with watch:
        assert looks.wait(60)
    ended.set()
    goes_on.set()
    until(lambda: said, "its words")
    assert said == ["in time"]


def test_where_no_thread_can_be_made_for_it_the_one_that_looks_tells_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start = threading.Thread.start
    said: list[str] = []
    spoken = threading.Event()

    def started(thread: threading.Thread) -> None:
        if thread.name != "who stands still":
            raise RuntimeError("can't start new thread")
        start(thread)

    def told(words: str) -> None:
        said.append(f"{threading.current_thread().name}: {words}")
        spoken.set()

    monkeypatch.setattr(threading.Thread, "start", started)
    with Watch(lambda: False, told, Patient(told_after=0, looks=0.001)):
        assert spoken.wait(60)
    (words,) = said
    assert words.startswith("who stands still: no progress at")
