"""What lies in the folder where an operator stands is no part of the program."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.programs import look_in_named_folders
from pryv_tui.runs.start import WORKER_COMMAND
from pryv_tui.runs.worker.guardian import COMMAND

NAMES = ("yaml", "docker", "click", "msgspec", "json", "typing", "secrets", "humanize", "sqlite3")


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A folder of another user's, with modules of the names that ours have."""
    folder = tmp_path / "trap"
    folder.mkdir()
    for name in NAMES:
        words = f"open({str(tmp_path / name)!r}, 'w')\nraise SystemExit\n"
        (folder / f"{name}.py").write_text(words)
    return folder


PROGRAMS = ("docker-compose", "docker", "restic", "systemd-run", "ssh")


def test_nothing_there_is_imported_or_run(tmp_path: Path, trap: Path) -> None:
    """Also where the operator's PATH has an empty part, which means that folder."""
    for name in PROGRAMS:
        (trap / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/{name}\n")
        (trap / name).chmod(0o755)
    platform = PracticePlatform.create(tmp_path / "platform", users=1, attachments=1)
    env = {k: v for k, v in os.environ.items() if k != "PYTHONSAFEPATH"}
    env["PATH"] = f":{env['PATH']}:."
    for words in (
        ("--version",),
        ("doctor",),
        ("backup",),
        ("list",),
        ("--vault", "restic:r", "list"),
    ):
        more = () if words == ("--version",) else ("--practice", str(platform.folder))
        done = subprocess.run(
            [sys.executable, "-m", "pryv_tui", *words, *more],
            cwd=trap, env=env, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode in (0, 3) or "restic:r" in words, done
        assert done.stdout or "restic:r" in words
    assert not [name for name in (*NAMES, *PROGRAMS) if (tmp_path / name).exists()]


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("/usr/bin:/bin", "/usr/bin:/bin"),
        (":/usr/bin", "/usr/bin"),
        ("/usr/bin:", "/usr/bin"),
        ("/a::/b", "/a:/b"),
        (".:/a:bin:./c:../d:~/e", "/a"),
        ("", os.defpath),
        (".", os.defpath),
    ],
)
def test_programs_are_looked_for_in_whole_paths(told: str, kept: str) -> None:
    environment = {"PATH": told}
    look_in_named_folders(environment)
    assert environment["PATH"] == kept


def test_no_path_at_all_is_the_systems() -> None:
    environment: dict[str, str] = {}
    look_in_named_folders(environment)
    assert environment == {}


def test_what_we_start_looks_nowhere_else_either() -> None:
    assert WORKER_COMMAND[1] == "-P"
    assert COMMAND[1] == "-P"
