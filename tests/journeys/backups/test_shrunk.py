"""A backup that shrank, and one whose files are missing: a warning until a person accepts it."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from pryv_tui.practice.platform import PracticePlatform
from tests.journeys.program import Practice


def lose_attachments(platform: Path) -> int:
    """What an unmounted data disk looks like: events name files that are not there."""
    (host,) = PracticePlatform.open(platform).hosts
    assert host.root_hint is not None
    users = host.root_hint / "pryv/core/data/users"
    lost = [path for path in users.rglob("attachments") if path.is_dir()]
    before = time.time() - 3600
    for path in lost:
        shutil.rmtree(path)
        # Long ago, not as the dump began: that would be the gap's.
        os.utime(path.parent, (before, before))
    return len(lost)


def test_a_backup_that_lost_its_attachments_is_named_until_it_is_accepted(tmp_path: Path) -> None:
    practice = Practice.with_set(tmp_path / "platform", users=3, attachments=60)
    assert lose_attachments(practice.folder)
    backup = practice.run("backup", "--json", "--suspicious-below", "files=90")
    assert backup.exit == 3, backup
    set_id = backup.end["set"]
    warnings = " ".join(backup.end["warnings"])
    assert f"the set {set_id} is suspicious" in warnings and "files instead of" in warnings
    assert "attachments are missing, but the dump has the events" in warnings

    # It stands: on the overview, in the doctor, for prune.
    def levels() -> dict[str, str]:
        items = practice.run("status", "--json").json["attention"]
        return {item["key"]: item["level"] for item in items if "key" in item}

    assert levels()["missing-attachments"] == "warning"
    doctor = practice.run("doctor")
    assert doctor.exit == 3 and "pryv-tui" in doctor.out and "missing-attachments" in doctor.out
    again = practice.run("backup", "--json")
    assert again.exit == 3, "the same files are still missing"

    accepted = practice.run("accept", "missing-attachments", "--why", "deleted by hand", "--json")
    assert accepted.exit == 0, accepted
    assert accepted.json[0]["event"] == "accepted" and accepted.json[0]["by"]
    offered = [item["key"] for item in practice.run("accept", "--json").json["acceptable"]]
    for key in offered:
        assert practice.run("accept", key).exit == 0
    note = practice.run("backup", "--json")
    assert note.exit == 0, note.end
    assert any("accepted by" in event.get("text", "") for event in note.events)
    doctor = practice.run("doctor")
    assert doctor.exit == 0 and "accepted by" in doctor.out
    assert "warning" not in levels().values()

    # Withdrawn, it is a warning again.
    assert practice.run("accept", "--withdraw", "missing-attachments").exit == 0
    assert practice.run("doctor").exit == 3
