"""What lies in the folder where an operator stands is no part of the program."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.guardian import COMMAND
from pryv_tui.runs.start import WORKER_COMMAND

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


def test_nothing_there_is_imported(tmp_path: Path, trap: Path) -> None:
    platform = PracticePlatform.create(tmp_path / "platform", users=1, attachments=1)
    env = {k: v for k, v in os.environ.items() if k != "PYTHONSAFEPATH"}
    for words in (("--version",), ("doctor",), ("backup",), ("list",)):
        more = () if words == ("--version",) else ("--practice", str(platform.folder))
        done = subprocess.run(
            [sys.executable, "-m", "pryv_tui", *words, *more],
            cwd=trap, env=env, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode in (0, 3), done
        assert done.stdout
    assert not [name for name in NAMES if (tmp_path / name).exists()]


def test_what_we_start_looks_nowhere_else_either() -> None:
    assert WORKER_COMMAND[1] == "-P"
    assert COMMAND[1] == "-P"
