"""Old journals go by count and age; what runs, or is needed yet, stays."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.operations.debts import Owed
from pryv_tui.operations.kinds.backup import Backup
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.runs.record.events import RunFinished, RunStarted
from pryv_tui.runs.record.history import WORKER, all_runs, mark_of
from pryv_tui.runs.record.journal import JournalWriter
from pryv_tui.runs.record.request import NAME as REQUEST
from pryv_tui.runs.record.rotation import rotate

NOW = datetime(2026, 12, 1, tzinfo=UTC)
START = Owed(kind="start", host="core", what="pryvio_core")


def past(state: Path, day: str, *owed: Owed, how: str = "ended") -> str:
    """A run of a day: it ended, died, or still runs."""
    run = f"{day.replace('-', '')}T000000Z-backup-0000"
    folder = state / "runs" / run
    folder.mkdir(parents=True)
    settings = Settings(vault="/v", state=str(state))
    request = Backup(run=run, settings=settings, asked=f"{day}T00:00:00Z")
    (folder / REQUEST).write_bytes(msgspec.json.encode(request))
    mark: Any = mark_of(os.getpid())
    if how != "running":
        mark = msgspec.structs.replace(mark, boot="an earlier boot")
    (folder / WORKER).write_bytes(msgspec.json.encode(mark))
    journal = JournalWriter(folder, run)
    journal.write(RunStarted(kind="backup", roles=[], plan=[], pid=1))
    for one in owed:
        journal.owe(one)
    if how == "ended":
        journal.write(RunFinished(outcome="complete", exit=0))
    journal.close()
    return run


def left(state: Path, *, keep_runs: int = 1, keep_days: int = 30) -> list[str]:
    rotate(state, now=NOW, keep_runs=keep_runs, keep_days=keep_days)
    return [record.id for record in all_runs(state)]


def test_a_run_goes_when_it_is_neither_young_nor_among_the_newest(tmp_path: Path) -> None:
    runs = [past(tmp_path, day) for day in ("2025-01-01", "2026-09-01", "2026-11-20")]
    assert left(tmp_path, keep_runs=3) == runs
    assert left(tmp_path, keep_days=2000) == runs
    assert left(tmp_path, keep_runs=2) == runs[1:]
    assert left(tmp_path) == runs[2:]
    assert left(tmp_path, keep_runs=0) == runs[2:], "it is young"
    assert list(tmp_path.iterdir()) == [tmp_path / "runs"], "nothing of them is left"


def test_what_goes_on_or_is_needed_yet_stays(tmp_path: Path) -> None:
    aside = tmp_path / "root/.pryv-tui/aside/R"
    aside.mkdir(parents=True)
    moved = Owed(kind="aside", host="core", what=str(tmp_path / "root"), where=str(aside))
    running = past(tmp_path, "2025-01-01", how="running")
    died = past(tmp_path, "2025-01-02", START, how="died")
    kept = past(tmp_path, "2025-01-03", moved)
    past(tmp_path, "2025-01-04", how="died")
    past(tmp_path, "2025-01-05")
    newest = past(tmp_path, "2025-01-06")
    assert left(tmp_path) == [running, died, kept, newest]
    aside.rename(aside.with_name("R.releasing"))
    assert left(tmp_path) == [running, died, newest], "released: nothing can be undone"


def test_a_rotation_that_was_stopped_is_finished_by_the_next(tmp_path: Path) -> None:
    newest = past(tmp_path, "2026-11-20")
    half = tmp_path / ".rotated-20200101T000000Z-backup-0000"
    half.mkdir()
    (half / "journal.jsonl").write_text("{}")
    assert left(tmp_path) == [newest]
    assert not half.exists()


def test_a_folder_that_can_not_go_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [past(tmp_path, day) for day in ("2025-01-01", "2025-01-02")]

    def refuse(*_paths: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "rename", refuse)
    assert rotate(tmp_path, now=NOW, keep_runs=1, keep_days=30) == []
    assert left(tmp_path) == runs
