"""Whoever hangs in a disk is waited for when it is over, and the operator is told of what."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from pryv_tui.errors import Cancelled
from pryv_tui.operations.context import RunContext
from pryv_tui.vault.copying.count import Counting
from pryv_tui.vault.files.progress import Meter
from pryv_tui.vault.files.types import Progress, Selection
from pryv_tui.vault.parallel.engine import CopyEngine
from pryv_tui.vault.parallel.worker import Worker
from tests.vault.engine import at_once, copy_tree, use, verify_sums


class Disk:
    """One that does not answer: each worker hangs in its first batch until it is told that the disk
    answers; nobody has to wait until patience is over."""

    def __init__(self, patch: pytest.MonkeyPatch, *, answers_at_the_end: bool = False) -> None:
        self.answers = threading.Event()
        self.hangs = threading.Event()
        self.told: list[str] = []
        self.workers: list[Worker] = []
        do, start, join = Worker._batch, Worker.start, Worker.join

        def hanging(*given: object) -> object:
            self.hangs.set()
            self.answers.wait()
            return do(*given)  # type: ignore[arg-type]

        def started(worker: Worker) -> None:
            self.workers.append(worker)
            start(worker)

        def joined(worker: Worker, timeout: float | None = None) -> None:
            if answers_at_the_end:
                self.answers.set()
            if timeout is None or self.answers.is_set():
                join(worker)

        patch.setattr(Worker, "_batch", hanging)
        patch.setattr(Worker, "start", started)
        patch.setattr(Worker, "join", joined)
        use(patch, processes=2, alone_files=-1, sync=at_once)

    def is_set(self) -> bool:
        """Cancelled as soon as somebody hangs."""
        return self.hangs.is_set()

    def progress(self, made: Progress) -> None:
        if made.waits_for:
            self.told.append(made.waits_for)
            self.answers.set()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    for number in range(10):
        (root / f"d{number}").mkdir(parents=True)
        (root / f"d{number}" / "file").write_text("x")
    return root


def copied(source: Path, disk: Disk) -> None:
    copy_tree(source, source.parent / "copy", progress=disk.progress, cancel=disk)


def test_a_cancelled_copy_says_whose_disk_it_waits_for(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch)
    with pytest.raises(Cancelled):
        copied(source, disk)
    assert disk.told == [f"{source} or of {source.parent / 'copy'}"], "once"
    assert not any(worker.is_alive() for worker in disk.workers), "and none of them lives on"


def test_a_cancelled_check_says_whose_disk_it_waits_for(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = tmp_path / "set"
    part.mkdir()
    tree = copy_tree(source, part / "files", sums=part / "SHA256SUMS", tree=part / "TREE").tree
    disk = Disk(monkeypatch)
    with pytest.raises(Cancelled):
        verify_sums(part, tree=tree, progress=disk.progress, cancel=disk)
    assert disk.told == [str(part)]


def test_who_ends_in_time_hung_in_no_disk(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Disk(monkeypatch, answers_at_the_end=True)
    with pytest.raises(Cancelled):
        copied(source, disk)
    assert disk.told == []


def test_it_is_waited_for_also_where_nobody_can_be_told(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch)

    def fails(made: Progress) -> None:
        disk.progress(made)
        if made.waits_for:
            raise OSError("the journal's disk is full")

    with pytest.raises(Cancelled):
        copy_tree(source, source.parent / "copy", progress=fails, cancel=disk)
    assert not any(worker.is_alive() for worker in disk.workers)


def test_a_count_beside_a_copy_that_hangs_is_told_too(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    joined: list[float | None] = []

    class Hung:
        def join(self, timeout: float | None = None) -> None:
            joined.append(timeout)

        def is_alive(self) -> bool:
            return None not in joined

    meter = Meter(None, lambda made: told.append(made.waits_for), where="/data")
    counting = Counting(source, Selection(), meter, None, CopyEngine(count_after=1e6))
    real = counting._thread
    monkeypatch.setattr(counting, "_thread", Hung())
    counting.end()
    real.join()
    assert told == ["/data"]
    assert joined[-1] is None


class _Reporter:
    def __init__(self) -> None:
        self.notes: list[tuple[str, str]] = []

    def progress(self, *_: object) -> None: ...

    def note(self, text: str, level: str = "info") -> None:
        self.notes.append((text, level))


def test_the_runs_journal_has_it() -> None:
    ctx = RunContext.__new__(RunContext)
    ctx.report = reporter = _Reporter()  # type: ignore[assignment]
    tell: Callable[[Progress], None] = ctx.on_progress()
    tell(Progress(1, 2, 3, 4))
    assert reporter.notes == []
    tell(Progress(1, 2, 3, 4, "/var/pryv or of /backup"))
    assert reporter.notes == [
        ("waits for the disk of /var/pryv or of /backup to answer", "warning")
    ]
