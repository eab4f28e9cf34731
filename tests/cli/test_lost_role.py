"""The disaster can't be backed up away, and an undo that brings it back says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.program import Practice

DOMAIN = "practice.pryv.example"


@pytest.fixture
def lost(tmp_path: Path) -> tuple[Practice, str]:
    """A platform without core, and the set that holds it."""
    practice = Practice.create(tmp_path / "p", "--users", 2, "--attachments", 2)
    assert practice.run("backup", "--json").exit == 0
    (only,) = practice.sets()
    practice.wipe("core")
    return practice, str(only["id"])


def levels(practice: Practice) -> dict[str, str]:
    items = practice.run("status", "--json").json["attention"]
    return {item["level"]: f"{item['text']} {item['remedy']}" for item in reversed(items)}


def test_a_backup_without_core_warns_and_hides_nothing(lost: tuple[Practice, str]) -> None:
    practice, holder = lost
    doctor = practice.run("doctor")
    assert doctor.exit == 3
    (line,) = [line for line in doctor.out.splitlines() if "missing roles" in line]
    assert line.startswith("WARNING")
    assert holder in line
    planned = practice.run("plan", "backup").out
    assert f"WITHOUT core, not found here now: the set {holder}" in planned
    assert "MongoDB" not in planned
    assert "This backup takes register without core" in planned

    for words in ((), ("--role", "register", "--role", "static-web")):
        taken = practice.run("backup", "--json", *words)
        assert taken.exit == 3, taken.out[-1500:]
        assert any("core" in text and holder in text for text in taken.end["warnings"])
    alarm = levels(practice)["failed"]
    assert alarm.startswith("Core is gone, and not in the last backup either")
    assert f"restore {holder}" in alarm


def test_a_restore_of_the_set_without_core_names_the_one_that_holds_it(
    lost: tuple[Practice, str],
) -> None:
    practice, holder = lost
    assert practice.run("backup", "--json").exit == 3
    newest = practice.sets()[-1]["id"]
    assert newest != holder
    planned = practice.run("plan", "restore", "latest").out
    assert f"not in {newest} either" in planned
    assert f"restore {holder}" in planned
    done = practice.restore()
    assert (done.exit, done.end["set"]) == (3, newest), "latest means the last one"
    assert any(holder in text for text in done.end["warnings"])
    assert practice.run("restore", holder, "--confirm", DOMAIN, "--json").exit == 0
    assert "failed" not in levels(practice)


def test_an_undo_that_takes_core_away_again_says_so(lost: tuple[Practice, str]) -> None:
    practice, holder = lost
    assert practice.restore().exit == 0
    told = practice.run("undo", "latest", "--detach")
    assert "core on single will be gone again" in told.err
    run = told.out.strip()
    practice.run("attach", run)
    end = practice.run("attach", run, "--json").end
    assert end["exit"] == 0
    assert "WITHOUT core on single" in end["what"]
    down, aside = end["remains"]
    assert "pryvio_mongodb" in down
    assert "pryvio_register" not in down
    assert f"lies aside in {practice.folder}/hosts/single/root/.pryv-tui/undone/{run}" in aside
    assert f"comes back by restoring the set {holder} again" in aside
    assert "release" not in aside, "what removes it stands last, by itself"
    assert any(f"release {run} --confirm <domain>" in line for line in end["removal"])
    assert any(f"restore {holder} --confirm {DOMAIN}" in line for line in end["next"])

    found = levels(practice)
    assert f"restore {holder}" in found["failed"]
    assert "none of the 7 containers of core runs" in found["warning"]
    doctor = practice.run("doctor").out
    assert "run-pryv" not in doctor
    assert f"Restore the set that holds core: pryv-tui --practice {practice.folder}" in doctor
    started = practice.run("containers", "start", "mongodb", "--detach")
    assert "It does NOT come back as it was" in started.err
    assert "It comes back:" not in started.err


def test_an_undo_that_takes_nothing_away_says_nothing_of_it(tmp_path: Path) -> None:
    practice = Practice.create(tmp_path / "p", "--users", 1, "--attachments", 0)
    assert practice.run("backup", "--json").exit == 0
    assert practice.restore().exit == 0
    end = practice.run("undo", "latest", "--json").end
    assert "WITHOUT" not in end["what"]
    assert len(end["remains"]) == 1
    assert end["next"] == []
