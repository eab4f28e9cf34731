"""What is said of what a run moved, and of what a container would begin with. One story each."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pryv_tui.practice.home import Home
from tests.claims.test_of_platforms import flat
from tests.journeys.test_undo_sets_aside import DOMAIN, end_of
from tests.remedies.shell import Shell


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    made = Shell.on_new(tmp_path / "p", users=1, attachments=1)
    made.backup()
    return made


def test_that_a_run_moved_nothing_aside_is_said_of_none_that_did(shell: Shell) -> None:
    taken = end_of(shell)["run"]
    backup = flat(shell.type("undo", taken, "--confirm", DOMAIN))
    assert "it was no restore (backup), and moved nothing aside" in backup
    backup = flat(shell.type("release", taken, "--confirm", DOMAIN))
    assert "was no restore and no undo (backup): it moved nothing aside" in backup
    assert shell.type("restore", shell.latest, "--confirm", DOMAIN).exit == 0
    restore = end_of(shell)["run"]
    undone = shell.type("undo", restore, "--confirm", DOMAIN)
    assert undone.exit in (0, 3) and "moved nothing aside" not in flat(undone)
    gone = flat(shell.type("release", restore, "--confirm", DOMAIN))
    assert f"nothing that the run {restore} moved aside is there any more" in gone
    assert shell.type("restore", shell.latest, "--confirm", DOMAIN).exit == 0
    last = end_of(shell)["run"]
    there = shell.type("release", last, "--confirm", DOMAIN)
    assert there.exit == 0 and "is there any more" not in flat(there)


def test_that_a_database_begins_with_nothing_is_said_where_its_files_are_not_there(
    shell: Shell,
) -> None:
    data = Home(shell.platform.folder).home_of("core").root / "pryv/mongodb/data"
    assert shell.type("containers", "stop", "mongodb").exit == 0
    whole = flat(shell.type("containers", "start", "mongodb"))
    assert "so that it begins with" not in whole
    assert "What it keeps in its folders stays there." in whole and "deleted" not in whole
    assert shell.type("containers", "stop", "mongodb").exit == 0
    kept = data.with_name("kept")
    data.rename(kept)
    data.mkdir()
    bare = flat(shell.type("containers", "start", "mongodb"))
    assert f"nothing is in its data folder {data}, so that it begins with an empty database" in bare
    shutil.rmtree(data)
    kept.rename(data)


def test_nothing_was_left_half_done_is_not_said_where_a_run_left_something(shell: Shell) -> None:
    assert "Nothing was left half-done." in flat(shell.type("recover"))
    shell.platform.faults.set("mongorestore-failures")
    assert shell.type("restore", shell.latest, "--confirm", DOMAIN).exit == 1
    shell.platform.faults.clear(None)
    left = flat(shell.type("recover"))
    assert "Nothing was left half-done" not in left
    assert shell.type("recover", "--roll-back", "--confirm", DOMAIN).exit in (0, 3)
    assert "Nothing was left half-done." in flat(shell.type("recover"))
