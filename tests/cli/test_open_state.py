"""A state folder that others can write is not believed: what it tells is acted on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

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
