"""The main job on the practice platform, by command line: everything comes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.program import Practice, pryv_tui

FORMS = ("single-node", "cluster")


@pytest.mark.parametrize("form", FORMS)
def test_backup_wipe_core_restore_brings_everything_back(tmp_path: Path, form: str) -> None:
    practice = Practice.create(tmp_path / "platform", "--form", form)
    before = practice.contents()
    assert before["mongodb"]["events"] > 0
    assert before["attachments"]["files"] > 0

    backup = practice.run("backup", "--json", "--label", "before the storm")
    assert backup.exit == 0, backup.out
    assert backup.end["outcome"] == "complete"
    assert practice.contents() == before, "a backup leaves the platform as it found it"

    practice.wipe("core")
    assert practice.contents() != before

    words = ["--role", "core"] if form == "cluster" else []
    restore = practice.restore(*words)
    assert restore.exit == 0, restore.out
    assert practice.contents() == before


@pytest.mark.parametrize("form", FORMS)
def test_a_machine_with_nothing_left_is_restored(tmp_path: Path, form: str) -> None:
    practice = Practice.create(tmp_path / "platform", "--form", form)
    before = practice.contents()
    assert practice.run("backup", "--json").exit == 0
    practice.wipe("all")
    assert practice.contents()["running"] == []

    restore = practice.restore()
    assert restore.exit == 0, restore.out
    assert practice.contents() == before


def test_previews_and_data_folders_do_not_travel_and_come_back_empty(tmp_path: Path) -> None:
    practice = Practice.create(tmp_path / "platform")
    root = practice.folder / "hosts/single/root"
    assert list((root / "pryv/core/data/previews").rglob("*"))
    owners = {
        path: (root / path).stat()
        for path in ("pryv/core/data/previews", "pryv/mongodb/data", "pryv/influxdb/data")
    }
    assert practice.run("backup", "--json").exit == 0
    (found,) = practice.sets()
    files = tmp_path / "platform-vault" / found["id"] / "single/files"
    assert (files / "pryv/mongodb/backup/pryv-node/events.bson").is_file()
    for path in owners:
        assert not (files / path).exists()
    practice.wipe("all")
    assert practice.restore().exit == 0
    for path, before in owners.items():
        now = (root / path).stat()
        assert (now.st_uid, now.st_gid, now.st_mode) == (
            before.st_uid,
            before.st_gid,
            before.st_mode,
        )
    assert not list((root / "pryv/core/data/previews").iterdir())


@pytest.mark.parametrize("form", FORMS)
def test_undo_puts_back_what_was_there(tmp_path: Path, form: str) -> None:
    practice = Practice.create(tmp_path / "platform", "--form", form)
    assert practice.run("backup", "--json").exit == 0
    grown = pryv_tui("practice", "grow", practice.folder, "--users", 2, "--attachments", 3)
    assert grown.exit == 0, grown.err
    lived = practice.contents()

    restore = practice.restore()
    assert restore.exit == 0, restore.out
    assert practice.contents() != lived
    run = restore.end["run"]

    undo = practice.run("undo", run, "--json")
    assert undo.exit == 0, undo.out
    assert practice.contents() == lived
    again = practice.run("undo", run)
    assert again.exit != 0, "there is nothing left to put back"
    assert practice.contents() == lived


def test_old_dumps_do_not_travel_and_are_given_back(tmp_path: Path) -> None:
    practice = Practice.create(tmp_path / "platform")
    folder = practice.folder / "hosts/single/root/pryv/mongodb/backup"
    (folder / "pryv-node").mkdir()
    (folder / "pryv-node/dropped-long-ago.bson").write_bytes(b"old")
    assert practice.run("backup", "--json").exit == 0
    assert (folder / "pryv-node/dropped-long-ago.bson").read_bytes() == b"old"
    (found,) = practice.sets()
    inside = tmp_path / "platform-vault" / found["id"] / "single/files/pryv/mongodb/backup"
    assert (inside / "pryv-node/events.bson").is_file()
    assert not (inside / "pryv-node/dropped-long-ago.bson").exists()


def test_status_list_verify_runs_and_plan_speak_json_and_words(tmp_path: Path) -> None:
    practice = Practice.create(tmp_path / "platform")
    status = practice.run("status", "--json").json
    assert status["platform"]["domain"] == "practice.pryv.example"
    assert status["last_backup"] is None
    roles = {role["role"] for host in status["hosts"] for role in host["roles"]}
    assert roles == {"core", "register", "static-web"}
    assert practice.run("list", "--json").json == []

    plan = practice.run("plan", "backup")
    assert "mongodump -d pryv-node -o /app/backup/" in plan.out
    assert practice.run("list", "--json").json == [], "a plan runs nothing"

    assert practice.run("backup").exit == 0
    (found,) = practice.sets()
    assert found["state"] == "complete"
    assert found["verified"] is None
    assert practice.run("verify", found["id"][:8], "--json").json["outcome"] == "good"
    assert practice.sets()[0]["verified"]
    run, check = practice.run("runs", "--json").json
    assert (check["kind"], check["outcome"], check["set"]) == ("verify", "complete", found["id"])
    assert (run["kind"], run["state"], run["exit"], run["set"]) == (
        "backup",
        "ended",
        0,
        found["id"],
    )
    shell = practice.run("plan", "restore", "latest", "--format", "shell")
    assert shell.out.startswith("#!/bin/sh")
    assert "/app/bin/mongodb/bin/mongorestore /app/backup/" in shell.out
    assert "/pryv/influxdb/data/meta/meta.db" in shell.out
    doctor = practice.run("doctor", "--json")
    assert doctor.exit == 0
    assert {line["outcome"] for line in doctor.json} == {"ok"}


def test_names_that_mean_nothing_are_errors_never_the_first(tmp_path: Path) -> None:
    practice = Practice.with_set(tmp_path / "platform")
    for name in ("", "nothing-like-it", "latest "):
        assert practice.run("verify", name).exit == 2
        assert practice.run("restore", name, "--confirm", "practice.pryv.example").exit == 2
    assert practice.run("attach", "").exit == 2
    assert practice.run("undo", "nothing-like-it").exit == 2


def test_a_restore_without_the_right_word_changes_nothing(tmp_path: Path) -> None:
    practice = Practice.with_set(tmp_path / "platform")
    before = practice.contents()
    missing = practice.run("restore", "latest")
    assert missing.exit == 2
    wrong = practice.run("restore", "latest", "--confirm", "yes")
    assert wrong.exit == 4
    assert "domain" in wrong.err
    assert practice.contents() == before
    assert [run["kind"] for run in practice.run("runs", "--json").json] == ["backup"]


def test_a_part_of_a_shared_root_is_refused(tmp_path: Path) -> None:
    practice = Practice.create(tmp_path / "platform")
    done = practice.run("backup", "--role", "core", "--json")
    assert done.exit == 4
    assert "share one root" in done.end["what"]
    assert practice.sets() == []


def test_one_role_of_a_cluster_is_backed_up_alone(tmp_path: Path) -> None:
    practice = Practice.create(tmp_path / "platform", "--form", "cluster")
    assert practice.run("backup", "--role", "register", "--json").exit == 0
    (found,) = practice.sets()
    assert found["roles"] == ["register"]
    assert found["gap_seconds"] is None, "a gap needs both sides"


def test_a_vault_inside_the_root_and_a_root_inside_the_vault_are_refused(tmp_path: Path) -> None:
    practice = Practice.create(tmp_path / "platform")
    root = practice.folder / "hosts/single/root"
    for vault in (root / "pryv/sets", root, practice.folder):
        done = practice.run("backup", "--json", "--vault", vault)
        assert done.exit == 4, vault
        assert "inside the" in done.end["what"]


def test_a_damaged_set_is_refused_and_nothing_is_touched(tmp_path: Path) -> None:
    practice = Practice.with_set(tmp_path / "platform")
    (found,) = practice.sets()
    files = tmp_path / "platform-vault" / found["id"] / "single/files"
    victim = files / "pryv/mongodb/backup/pryv-node/events.bson"
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.write_bytes(content)
    before = practice.contents()
    restore = practice.restore()
    assert restore.exit == 1
    assert "events.bson" in restore.end["what"]
    assert "nothing was changed" in restore.end["what"].lower()
    assert practice.contents() == before
    assert practice.run("verify", found["id"]).exit == 1
    assert practice.sets()[0]["state"] == "damaged"


def test_a_set_without_set_json_is_never_complete(tmp_path: Path) -> None:
    practice = Practice.with_set(tmp_path / "platform")
    (found,) = practice.sets()
    (tmp_path / "platform-vault" / found["id"] / "set.json").unlink()
    assert practice.sets()[0]["state"] == "damaged"
    done = practice.run("restore", found["id"], "--confirm", "practice.pryv.example")
    assert done.exit == 4


def test_a_practice_set_is_refused_by_a_real_platform(tmp_path: Path) -> None:
    Practice.with_set(tmp_path / "platform")
    done = pryv_tui(
        "restore",
        "latest",
        "--confirm",
        "practice.pryv.example",
        "--json",
        "--vault",
        tmp_path / "platform-vault",
        "--state",
        tmp_path / "state",
        "--root",
        tmp_path / "real",
        "--docker",
        f"unix://{tmp_path}/no-engine.sock",
    )
    assert done.exit == 4, done.out
    assert "practice" in done.end["what"]
    assert not (tmp_path / "real").exists()


def test_an_engine_that_does_not_answer_is_a_message_not_a_traceback(tmp_path: Path) -> None:
    done = pryv_tui("status", "--docker", f"unix://{tmp_path}/none.sock", "--root", tmp_path)
    assert done.exit == 1
    assert "Traceback" not in done.out + done.err
    assert "systemctl start docker" in done.out


def test_the_interface_without_a_terminal_says_so(tmp_path: Path) -> None:
    done = pryv_tui("--practice", tmp_path)
    assert done.exit == 2
    assert "terminal" in done.err
    assert "\x1b" not in done.out + done.err
