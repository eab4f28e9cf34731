"""Every fault of the practice platform, in a backup and in a restore: named, and nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.practice.faults import FAULTS
from tests.journeys.program import Ended, Practice

# Fault: (exit of a backup, a word of its message), (exit of a restore, a word of its message).
BACKUP: dict[str, tuple[int, str]] = {
    "mongodump-fails": (1, "mongodump failed"),
    "mongodump-empty": (1, "dumped no collection"),
    "mongodump-short": (1, "differ"),
    "mongorestore-failures": (0, "complete"),
    "influxd-backup-fails": (1, "influxd backup failed"),
    "influx-database-exists": (0, "complete"),
    "container-dies": (1, "mongodb"),
    "disk-full": (1, "No space left"),
    "unreadable-file": (1, "attachments"),
    "changing-log": (0, "complete"),
    "changing-file": (3, "complete"),
    "engine-gone": (1, "Docker daemon"),
    "redis-rewrite-fails": (1, "Redis"),
    "container-will-not-stop": (1, "stop"),
    "container-will-not-start": (3, "complete"),
}
RESTORE: dict[str, tuple[int, str]] = {
    "mongodump-fails": (1, "MongoDB"),
    "mongodump-empty": (1, "differ"),
    "mongodump-short": (0, "restored"),
    "mongorestore-failures": (1, "were not restored"),
    "influxd-backup-fails": (0, "restored"),
    "influx-database-exists": (0, "restored"),
    "container-dies": (1, "mongodb"),
    "disk-full": (1, "No space left"),
    "unreadable-file": (1, "attachments"),
    "changing-log": (0, "restored"),
    "changing-file": (0, "restored"),
    "engine-gone": (1, "Docker daemon"),
    "redis-rewrite-fails": (0, "restored"),
    "container-will-not-stop": (1, "stop"),
    "container-will-not-start": (1, "start"),
}


def test_the_tables_name_every_fault() -> None:
    assert set(BACKUP) == set(RESTORE) == set(FAULTS)


def _says_what_and_what_next(done: Ended) -> None:
    assert "Traceback" not in done.out + done.err
    assert done.end["what"].strip(" .")
    assert all(line.strip() for line in done.end["next"])
    if done.end["outcome"] != "complete":
        assert done.end["next"]
    if done.exit == 3:
        assert done.end["warnings"]


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_fault_in_a_backup(tmp_path: Path, fault: str) -> None:
    practice = Practice.create(tmp_path / "platform", "--users", 4, "--attachments", 6)
    before = practice.contents()
    practice.fault(fault)
    done = practice.run("backup", "--json")
    practice.fault("--clear")
    code, word = BACKUP[fault]
    assert done.exit == code, done.out[-2000:]
    _says_what_and_what_next(done)
    assert word in done.end["what"]
    complete = [s for s in practice.sets() if s["state"] == "complete"]
    assert len(complete) == (1 if code in (0, 3) else 0)
    for found in complete:
        assert practice.run("verify", found["id"]).exit == 0

    after = practice.contents()
    stopped = set(before["running"]) - set(after["running"])
    said = " ".join(done.end["remains"]) + done.end["what"]
    assert all(name.split("/")[-1] in said for name in stopped), (stopped, said)
    assert {k: v for k, v in after.items() if k != "running"} == {
        k: v for k, v in before.items() if k != "running"
    } or fault == "changing-log"
    if not stopped:
        again = practice.run("backup", "--json")
        assert again.exit == 0, again.out[-2000:]


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_fault_in_a_restore(tmp_path: Path, fault: str) -> None:
    practice = Practice.create(tmp_path / "platform", "--users", 4, "--attachments", 6)
    at_backup = practice.contents()
    assert practice.run("backup", "--json").exit == 0
    practice.fault(fault)
    done = practice.restore()
    practice.fault("--clear")
    code, word = RESTORE[fault]
    assert done.exit == code, done.out[-3000:]
    _says_what_and_what_next(done)
    assert word in done.end["what"], done.end
    if code == 0:
        assert practice.contents() == at_backup
        return
    status = practice.run("status").out
    changed = any(e["event"] == "owed" and e["owed"]["kind"] == "aside" for e in done.events)
    if changed:
        assert "half-restored" in status
        refused = practice.run("backup", "--json")
        assert refused.exit == 4, "a half-restored root is no source of a backup"
        undo = practice.run("undo", done.end["run"], "--json")
        assert undo.exit == 0, undo.out[-2000:]
        assert practice.contents() == at_backup, "undo brings everything back"
    retry = practice.restore()
    assert retry.exit == 0, retry.out[-2000:]
    assert practice.contents() == at_backup


def test_a_failed_restore_can_simply_be_tried_again(tmp_path: Path) -> None:
    practice = Practice.create(tmp_path / "platform", "--users", 4, "--attachments", 6)
    before = practice.contents()
    assert practice.run("backup", "--json").exit == 0
    practice.fault("mongorestore-failures")
    assert practice.restore().exit == 1
    practice.fault("--clear")
    retry = practice.restore()
    assert retry.exit == 0, retry.out[-2000:]
    assert practice.contents() == before
    assert "half-restored" not in practice.run("status").out
