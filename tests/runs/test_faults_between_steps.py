"""A fault of ours between two steps, or a journal without room: what is owed is put back."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.plan import Plan, PlanKind, Step, numbered
from pryv_tui.operations.root.marker import Marker, prepare_marker, read_marker, write_marker
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.runs import start
from pryv_tui.runs.record.events import AnyEvent, RunFinished, SettledNoted, StepStarted
from pryv_tui.runs.record.history import all_runs
from pryv_tui.runs.record.journal import (
    NAME,
    RESERVE,
    RESERVE_BYTES,
    JournalReader,
    JournalWriter,
    reserve_room,
)
from pryv_tui.runs.worker.executor import execute
from tests.hosts.machines import StillHost, machine
from tests.operations.kit import context
from tests.runs.test_executor import ASIDE, START, Does

FULL = OSError(28, "No space left on device")


class Breaking(JournalWriter):
    """A journal whose write fails as a step begins, and from then on, if that is wanted."""

    at = 2
    error: Exception = ZeroDivisionError("a bug")
    for_good = False
    broken = False

    def write(self, event: AnyEvent, *, durable: bool = False) -> None:
        if isinstance(event, StepStarted):
            self.at -= 1
        if (self.at == 0 and isinstance(event, StepStarted)) or (self.broken and self.for_good):
            self.broken = True
            raise self.error
        super().write(event, durable=durable)


def run(
    folder: Path, kind: PlanKind, *steps: Step, journal: JournalWriter, stubborn: bool = False
) -> tuple[RunFinished, list[str], RunContext, list[str]]:
    """Perform steps; how it ended, what was started, the context, the worker's log."""
    started: list[str] = []
    logged: list[str] = []

    def begin(container: str) -> None:
        if stubborn:
            raise PryvTuiError("step-failed", f"{container} will not start")
        started.append(container)

    host = StillHost("core", machine("core"), root=folder / "root")
    engine: Any = host.engine
    engine.start = begin
    ctx, _heard = context(folder, host)
    ctx.report = journal
    plan = Plan(
        kind=kind, roles=("core",), steps=numbered(steps), domain="pryv.example", set_id="SET"
    )
    return execute(plan, ctx, journal, log=logged.append), started, ctx, logged


@pytest.mark.parametrize("for_good", [False, True])
@pytest.mark.parametrize(
    ("error", "word"), [(ZeroDivisionError("a bug"), "ZeroDivisionError"), (FULL, "is full")]
)
def test_what_a_backup_stopped_is_started_again(
    tmp_path: Path, error: Exception, word: str, for_good: bool
) -> None:
    journal = Breaking(tmp_path, "RUN")
    journal.error, journal.for_good = error, for_good and isinstance(error, OSError)
    end, started, ctx, logged = run(
        tmp_path, "backup", Does(owes=(START,)), Does(), journal=journal
    )
    assert started == ["pryvio_core"]
    assert ctx.outstanding == []
    assert (end.outcome, end.exit) == ("failed", 1)
    assert word in end.what
    assert end.next
    assert "Traceback" in logged[0]


def test_what_can_not_be_put_back_is_left_to_recover(tmp_path: Path) -> None:
    """No last word: it would hide the debt that a dead run's journal shows."""
    with pytest.raises(ZeroDivisionError):
        run(
            tmp_path, "backup", Does(owes=(START,)), Does(),
            journal=Breaking(tmp_path, "RUN"), stubborn=True,
        )  # fmt: skip
    events = JournalReader(tmp_path / NAME).read()
    assert not any(isinstance(event, RunFinished | SettledNoted) for event in events)


def test_a_half_restored_root_is_named_and_nothing_is_started_on_it(tmp_path: Path) -> None:
    end, started, ctx, _logged = run(
        tmp_path, "restore", Does(owes=(START, ASIDE)), Does(), journal=Breaking(tmp_path, "RUN")
    )
    assert started == []
    assert ctx.outstanding == [START, ASIDE]
    assert any("pryv-tui undo RUN" in line for line in end.next)
    assert any(ASIDE.where in line for line in end.remains)


class TestRoom:
    """The journal's reserve, with a system call that says the disk is full (a stand-in)."""

    @pytest.fixture
    def disk(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
        """Full for as long as the reserve is there."""
        import os

        real = os.write

        def write(descriptor: int, data: bytes) -> int:
            if (tmp_path / RESERVE).exists() and len(data) > 10:
                if len(data) > 300:
                    return real(descriptor, bytes(data)[:7])
                raise FULL
            return real(descriptor, data)

        monkeypatch.setattr("pryv_tui.runs.record.journal.os.write", write)
        return tmp_path

    def test_the_last_words_have_room_and_output_is_not_kept(self, disk: Path) -> None:
        reserve_room(disk)
        assert (disk / RESERVE).stat().st_blocks * 512 >= RESERVE_BYTES
        journal = JournalWriter(disk, "RUN")
        journal.note("x" * 400)
        assert journal.full
        assert not (disk / RESERVE).exists()
        journal.output("stdout", b"a lot of words")
        journal.progress(1, 1, "bytes")
        journal.write(RunFinished(outcome="failed", exit=1, what="the last word"))
        journal.close()
        found = JournalReader(disk / NAME).read()
        assert [type(event).__name__ for event in found] == ["Note", "RunFinished"]

    def test_a_run_that_changed_nothing_stops(self, disk: Path) -> None:
        reserve_room(disk)
        journal = JournalWriter(disk, "RUN")
        end, started, _ctx, _log = run(
            disk, "backup", Does(owes=(START,)), Does(warns="never"), journal=journal
        )
        assert started == ["pryvio_core"]
        assert (end.outcome, end.exit, end.warnings) == ("failed", 1, [])
        assert "is full" in end.what

    def test_a_run_that_changed_a_root_goes_on_and_says_so(self, disk: Path) -> None:
        reserve_room(disk)
        journal = JournalWriter(disk, "RUN")
        end, _started, _ctx, _log = run(
            disk, "restore", Does(owes=(ASIDE,)), Does(), Does(), journal=journal
        )
        assert (end.outcome, end.exit) == ("warnings", 3)
        assert len(end.warnings) == 1

    def test_the_reserve_goes_with_the_run(self, tmp_path: Path) -> None:
        reserve_room(tmp_path)
        JournalWriter(tmp_path, "RUN").close()
        assert [path.name for path in tmp_path.iterdir()] == [NAME]


class TestMark:
    """A mark on a full disk (a stand-in: the real one is in tests/faults)."""

    def test_one_that_is_there_is_written_over(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / ".pryv-tui").mkdir()
        first = Marker(run="first" * 20, set_id="SET", started="then", aside="/a")
        second = Marker(run="second", set_id="SET", started="now", undoes="first")
        write_marker(tmp_path, first)

        def full(_descriptor: int) -> None:
            raise FULL

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            commit = prepare_marker(tmp_path, second)
        assert read_marker(tmp_path) == first, "prepared is not written"
        commit()
        assert read_marker(tmp_path) == second
        assert [path.name for path in (tmp_path / ".pryv-tui").iterdir()] == ["restoring.json"]

    def test_where_there_is_none_the_root_stays_unmarked(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / ".pryv-tui").mkdir()

        def full(_descriptor: int) -> None:
            raise FULL

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OSError):
            prepare_marker(tmp_path, Marker(run="r", set_id="SET", started="now"))
        assert read_marker(tmp_path) is None


class TestOrder:
    def test_runs_keep_their_order_when_the_clock_goes_back(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(start, "launch", lambda *_words, **_more: None)
        settings = Settings(vault=str(tmp_path), state=str(tmp_path), practice=str(tmp_path))
        times = ["2026-01-02T00:00:00.000Z", "2026-01-01T00:00:00.000Z", "2025-01-01T00:00:00.000Z"]

        def told(moment: datetime | None = None) -> str:
            if moment is None:
                return times.pop(0)
            return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

        monkeypatch.setattr(start, "timestamp", told)
        ids = [start.start_run(settings, "backup").id for _ in range(3)]
        known = all_runs(tmp_path)
        assert [record.id for record in known] == ids
        assert known[-1].asked == "2026-01-02T00:00:00.002Z"

    def test_a_state_folder_without_room_is_told_before_the_run(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(_folder: Path) -> None:
            raise FULL

        monkeypatch.setattr(start, "reserve_room", full)
        settings = Settings(vault=str(tmp_path), state=str(tmp_path), practice=str(tmp_path))
        with pytest.raises(PryvTuiError, match="is full") as caught:
            start.start_run(settings, "backup")
        assert caught.value.name == "disk-full"
        assert all_runs(tmp_path) == []
        assert list((tmp_path / "runs").iterdir()) == []


def test_a_moment_is_written_as_now_is() -> None:
    from pryv_tui.clock import timestamp

    assert timestamp(datetime(2026, 1, 2, 3, 4, 5, 6000, UTC)) == "2026-01-02T03:04:05.006Z"
    assert msgspec.json.encode(timestamp())
