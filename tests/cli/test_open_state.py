"""A state folder that others can write is not believed: what it tells is acted on."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from pryv_tui.ownership import strangers_in
from tests.journeys.program import Practice, pryv_tui

DOMAIN = "practice.pryv.example"


@pytest.fixture
def practice(tmp_path: Path) -> Practice:
    return Practice.create(tmp_path / "p", "--users", 1, "--attachments", 1)


COMMANDS = (
    ("status",),
    ("doctor",),
    ("list",),
    ("runs",),
    ("recover",),
    ("backup",),
    ("restore", "latest", "--confirm", DOMAIN),
    ("undo", "latest"),
    ("release", "x", "--confirm", DOMAIN),
    ("attach",),
    ("cancel",),
    ("containers", "stop", "nginx"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_every_command_refuses_one_that_everybody_can_write(
    practice: Practice, tmp_path: Path, command: tuple[str, ...]
) -> None:
    state = tmp_path / "open"
    state.mkdir()
    state.chmod(0o777)
    done = practice.run("--state", state, *command)
    assert done.exit == 4, done.out + done.err
    assert f"everybody can write to {state}" in done.err
    assert f"chmod go-w {state}" in done.err
    assert list(state.iterdir()) == []


def test_its_own_remedy_ends_it(practice: Practice, tmp_path: Path) -> None:
    state = tmp_path / "open"
    state.mkdir()
    state.chmod(0o777)
    assert practice.run("--state", state, "backup").exit == 4
    state.chmod(0o755)
    assert practice.run("--state", state, "backup").exit == 0


def test_the_folder_of_runs_too(practice: Practice, tmp_path: Path) -> None:
    """An older release made it with what the umask left."""
    state = tmp_path / "state"
    assert practice.run("--state", state, "backup").exit == 0
    (state / "runs").chmod(0o777)
    done = practice.run("--state", state, "recover")
    assert done.exit == 4
    assert f"everybody can write to {state / 'runs'}" in done.err


@pytest.mark.skipif(os.geteuid() != 0, reason="gives folders to other users: needs root")
def test_what_was_put_there_while_it_was_open(practice: Practice, tmp_path: Path) -> None:
    """To close the folder makes it neither ours nor closed, and its owner can go on writing."""
    state = tmp_path / "state"
    assert practice.run("--state", state, "backup").exit == 0
    state.chmod(0o755)
    (run,) = (state / "runs").iterdir()
    planted = state / "runs/20250101T000000Z-restore-beef"

    def folder_of_a_run() -> Path:
        planted.mkdir()
        return planted

    def journal() -> Path:
        return run / "journal.jsonl"

    def known_vaults() -> Path:
        return state / "vaults.json"

    def a_link() -> Path:
        (state / "accepted").symlink_to(tmp_path)
        return state / "accepted"

    def ended(why: str) -> None:
        found = strangers_in(state, 3)
        assert found is not None and found.why == why
        subprocess.run(found.closes, shell=True, check=True)
        assert strangers_in(state, 3) is None

    for make in (folder_of_a_run, journal, known_vaults, a_link):
        path = make()
        os.lchown(path, 4711, 4711)
        told = practice.run("--state", state, "recover") if path == planted else None
        assert told is None or (told.exit, f"Rh root: {path};" in told.err) == (4, True), told
        ended(f"{path} belongs to the user 4711")
    for path in (planted, run, run / "journal.jsonl", run / "request.json"):
        path.chmod(path.stat().st_mode | 0o002)
        ended(f"everybody can write to {path}")
    assert practice.run("--state", state, "runs").exit == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="gives folders to other users: needs root")
def test_a_strangers(practice: Practice, tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert practice.run("--state", state, "backup").exit == 0
    os.chown(state, 4711, 4711)
    done = practice.run("--state", state, "status")
    assert done.exit == 4
    assert "belongs to the user 4711" in done.err
    assert "--state" in done.err and "chmod" not in done.err


@pytest.mark.skipif(os.geteuid() != 0, reason="gives folders to other users: needs root")
def test_a_practice_platform_is_its_owners_also_for_root(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    made = pryv_tui("practice", "create", home / "p", "--users", 1, "--attachments", 1)
    assert made.exit == 0, made.err
    for path in (home, home / "p"):
        os.chown(path, 4711, 4711)
    assert pryv_tui("--practice", home / "p", "backup").exit == 0


def test_what_a_run_makes_is_closed_whatever_the_umask(practice: Practice, tmp_path: Path) -> None:
    state, vault = tmp_path / "s/t/state", tmp_path / "v/a/vault"
    before = os.umask(0)
    try:
        assert practice.run("--state", state, "--vault", vault, "backup").exit == 0
    finally:
        os.umask(before)
    (run,) = (state / "runs").iterdir()
    (made,) = (path for path in vault.iterdir() if path.is_dir())
    for folder in (tmp_path / "s", state.parent, state, state / "runs", run, vault, made):
        assert folder.stat().st_mode & 0o077 == 0, folder
    for path in (*run.iterdir(), *made.iterdir()):
        assert path.stat().st_mode & 0o022 == 0, path
