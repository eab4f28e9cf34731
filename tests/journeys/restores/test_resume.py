"""A restore that stopped after its files were back goes on from there, where that is safe."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.operations.settings.resolve import Settings, resolve_settings
from pryv_tui.operations.site import Site, open_site
from pryv_tui.runs.left import left_behind
from pryv_tui.runs.planning.request import plan_restore
from pryv_tui.runs.record.events import Note, Output, RunFinished, RunStarted, StepFinished
from pryv_tui.runs.record.history import RunRecord, all_runs
from pryv_tui.runs.record.journal import JournalReader
from pryv_tui.runs.recovery import start_recovery
from pryv_tui.runs.start import follow, start_run
from tests.helpers import copied


class Stopped:
    """A platform whose restore failed at MongoDB, after every file was back; the fault is gone."""

    def __init__(self, folder: Path) -> None:
        self.platform = copied.with_set(folder / "p", users=2, attachments=2)
        self.settings: Settings = resolve_settings(practice=str(folder / "p"), environment={})
        self.of_set = self.platform.contents()
        (backup,) = self.site.vault.sets()
        self.platform.grow(users=1, attachments=1)
        self.lived = self.platform.contents()
        self.platform.faults.set("mongorestore-failures")
        self.failed = start_run(self.settings, "restore", set_id=backup.id)
        assert self.ended(self.failed, "failed").exit == 1
        self.platform.faults.clear()

    @property
    def site(self) -> Site:
        return open_site(self.settings)

    @property
    def root(self) -> Path:
        return self.platform.folder / "hosts/single/root"

    def ended(self, record: RunRecord, outcome: str = "complete") -> RunFinished:
        *_, last = (event for _line, event in follow(record))
        assert isinstance(last, RunFinished), Path(record.folder, "worker.log").read_text()
        assert last.outcome == outcome, last
        return last

    def outcome(self, record: RunRecord) -> str:
        """How a run ends."""
        *_, last = (event for _line, event in follow(record))
        assert isinstance(last, RunFinished), Path(record.folder, "worker.log").read_text()
        assert last.outcome in ("complete", "warnings"), last
        return last.outcome

    def finish(self) -> RunRecord:
        site = self.site
        newest, *_ = left_behind(site, site.discover())
        record = start_recovery(site, newest, "finish")
        self.ended(record)
        assert not left_behind(site, site.discover()), "it settles what the earlier ones left too"
        return record

    def killed_after(self, kind: str) -> RunRecord:
        """Go on with the restore, in a worker that is killed as soon as a step has ended."""
        site = self.site
        plan = plan_restore(site, site.discover(), self.failed.set, continues=self.failed.id)
        at = next(n for n, step in enumerate(plan.steps, start=1) if f"-{kind}-" in step.id)
        killed = start_run(
            self.settings,
            "restore",
            set_id=self.failed.set,
            continues=self.failed.id,
            recovers=self.failed.id,
            worker=(sys.executable, "-m", "tests.kill.worker", str(at), "ended"),
        )
        last = [event for _line, event in follow(killed)][-1]
        assert isinstance(last, StepFinished), "it was killed"
        assert kind in last.step
        return killed

    def undo(self) -> Any:
        self.ended(start_run(self.settings, "undo", undone_run=all_runs(self.site.state)[-1].id))
        return self.platform.contents()


def kinds(record: RunRecord) -> list[str]:
    started = next(e for e in JournalReader(record.journal).read() if isinstance(e, RunStarted))
    return [view.step.partition("-")[2].removesuffix("-single") for view in started.plan]


@pytest.fixture
def stopped(tmp_path: Path) -> Stopped:
    return Stopped(tmp_path)


def test_the_files_are_not_copied_twice(stopped: Stopped) -> None:
    before = (stopped.root / "run-pryv").stat()
    again = stopped.finish()
    assert "keep-copied" in kinds(again)
    # Nothing says of them what is done to others.
    events = list(JournalReader(again.journal).read())
    said = " ".join(str(event) for event in events if "plan" not in getattr(event, "step", ""))
    assert "brought its files back, and they stay" in said
    assert "entries are moved aside" not in said and "is moved aside too" not in said
    assert not {"verify-set", "move-aside", "copy-back"} & set(kinds(again))
    after = (stopped.root / "run-pryv").stat()
    assert (after.st_ino, after.st_ctime_ns) == (before.st_ino, before.st_ctime_ns)
    assert stopped.platform.contents() == stopped.of_set
    assert stopped.undo() == stopped.lived, "what was there before the first one comes back"


def test_a_database_that_is_back_is_not_restored_twice(stopped: Stopped) -> None:
    """InfluxDB's files were in place when MongoDB failed; then MongoDB was back too."""
    data = stopped.root / "pryv/influxdb/data"
    placed = data.stat().st_ino, sorted(path.name for path in data.iterdir())
    killed = stopped.killed_after("restore-mongodb")
    assert {"keep-influxdb", "restore-mongodb"} <= set(kinds(killed))
    again = stopped.finish()
    assert {"keep-influxdb", "keep-mongodb"} <= set(kinds(again))
    assert not {"restore-mongodb", "restore-influxdb", "restore-offline-influxdb"} & set(
        kinds(again)
    )
    assert (data.stat().st_ino, sorted(path.name for path in data.iterdir())) == placed
    printed = b"".join(
        e.text.encode() for e in JournalReader(again.journal).read() if isinstance(e, Output)
    )
    assert b"restoring" not in printed
    checks = JournalReader(again.journal).read()[-1].checks  # type: ignore[union-attr]
    for store in ("MongoDB", "InfluxDB"):
        assert f"{store}: restored by an earlier run, and still as the set holds it" in checks
    assert stopped.platform.contents() == stopped.of_set
    assert stopped.undo() == stopped.lived


@pytest.mark.parametrize("store", ["mongodb", "influxdb"])
def test_a_database_that_lost_something_meanwhile_begins_anew(stopped: Stopped, store: str) -> None:
    stopped.killed_after("restore-mongodb")
    data = stopped.root / "pryv" / store / "data"
    lost = max((path for path in data.rglob("*") if path.is_file()), key=lambda p: p.stat().st_size)
    lost.unlink()
    again = stopped.finish()
    notes = [e.text for e in JournalReader(again.journal).read() if isinstance(e, Note)]
    (told,) = [text for text in notes if "from the beginning" in text]
    assert told.startswith({"mongodb": "MongoDB", "influxdb": "InfluxDB"}[store])
    assert stopped.platform.contents() == stopped.of_set
    assert stopped.undo() == stopped.lived


def test_a_root_in_which_something_ran_meanwhile_is_copied_again(stopped: Stopped) -> None:
    engine = stopped.platform.hosts[0].engine
    engine.start("pryvio_register")
    (stopped.root / "pryv/register/conf/register.json").write_text("{}")
    engine.stop("pryvio_register")
    again = stopped.finish()
    assert "copy-back" in kinds(again)
    assert "keep-copied" not in kinds(again)
    assert stopped.platform.contents() == stopped.of_set
    assert stopped.undo() == stopped.lived


def test_a_plain_restore_starts_from_the_beginning(stopped: Stopped) -> None:
    record = start_run(stopped.settings, "restore", set_id=stopped.failed.set)
    stopped.ended(record)
    assert {"verify-set", "copy-back"} <= set(kinds(record))
    assert stopped.platform.contents() == stopped.of_set
    assert stopped.undo() == stopped.lived


@pytest.mark.parametrize("at", [9, 16, 24])
def test_killed_while_it_goes_on_it_goes_on_again(stopped: Stopped, at: int) -> None:
    killed = start_run(
        stopped.settings,
        "restore",
        set_id=stopped.failed.set,
        continues=stopped.failed.id,
        recovers=stopped.failed.id,
        worker=(sys.executable, "-m", "tests.kill.worker", str(at), "after"),
    )
    events = [event for _line, event in follow(killed)]
    assert not isinstance(events[-1], RunFinished), "it was killed"
    assert "keep-copied" in kinds(killed)
    stopped.finish()
    assert stopped.platform.contents() == stopped.of_set
    assert stopped.undo() == stopped.lived
