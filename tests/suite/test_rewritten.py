"""The source is compiled and rewritten before the processes of xdist begin where that saves
anything, as Python and pytest do it."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import cache_from_source
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.suite import rewritten
from tests.suite.rewritten import keep, missing

TEST = "from {0}_loaded import SEVEN\n\ndef test_one() -> None:\n    assert SEVEN == 6 + {1}\n"
HEAD = 16
"""Bytes of a compiled file that say of which source it is."""


def ran(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_what_pytest_keeps_is_found_until_its_file_changes(tmp_path: Path) -> None:
    first, second = tmp_path / "test_first.py", tmp_path / "test_second.py"
    for file in (first, second):
        file.write_text("def test_one() -> None:\n    assert True\n")
    assert missing([first, second]) == [first, second]
    ran(tmp_path, "--collect-only", str(first)).check_returncode()
    assert missing([first, second]) == [second]
    later = Path(cache_from_source(str(first))).parent.stat().st_mtime_ns + 10**10
    os.utime(first, ns=(later, later))
    assert missing([first, second]) == [first, second]


def test_what_is_kept_is_what_they_use_and_would_have_made(
    tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """With an assertion that tells its values, and by nobody made once more."""
    kept: list[dict[str, bytes]] = []
    for name in ("by them", "before"):
        folder = tmp_path / name
        folder.mkdir()
        files = [folder / "test_it.py", folder / "conftest.py", folder / "it_loaded.py"]
        for file, text in zip(files, (TEST.format("it", 2), "", "SEVEN = 7\n"), strict=True):
            file.write_text(text)
            os.utime(file, (10**9, 10**9))
        if name == "before":
            keep(files, pytestconfig)
        before = {one.name: one.stat().st_ino for one in folder.glob("__pycache__/*")}
        told = ran(folder)
        assert told.returncode == 1 and "assert 7 == (6 + 2)" in told.stdout, told.stdout
        made = {one.name: one for one in folder.glob("__pycache__/*")}
        assert len(made) == 3 and missing(files) == []
        if name == "before":
            assert before == {one: made[one].stat().st_ino for one in made}, "made once"
        kept.append({one: made[one].read_bytes()[:HEAD] for one in made})
    assert kept[0] == kept[1]


def test_what_is_wrong_in_a_file_is_no_other_s(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    files = [tmp_path / name for name in ("test_a.py", "test_b.py", "c.py", "d.py", "test_e.py")]
    for file, text in zip(files, ("1 +", "\0", "1 +", "", "assert True\n"), strict=True):
        file.write_text(text)
    files.append(tmp_path / "test_gone.py")
    files[-1].symlink_to("nothing")
    keep(files, pytestconfig)
    assert missing(files[:5]) == files[:3]


def test_all_of_it_is_made_before_they_begin(
    tmp_path: Path, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    tests, program = tmp_path / "tests", tmp_path / "program"
    names = ("test_a.py", "test_b.py", "test_c.py", "conftest.py", "kit.py")
    files = [*(tests / name for name in names), program / "main.py"]
    for file in files:
        file.parent.mkdir(exist_ok=True)
        file.write_text("assert True\n")
    monkeypatch.setattr(rewritten, "TESTS", tests)
    monkeypatch.setattr(rewritten, "PROGRAM", program)
    monkeypatch.setattr(rewritten, "FEW", 1)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)

    def asked(word: str) -> Any:
        return SimpleNamespace(
            option=SimpleNamespace(numprocesses=2),
            args=[word],
            stash=pytestconfig.stash,
            getini=pytestconfig.getini,
            getoption=lambda _name, _default: "",
        )

    rewritten.at_once_for_all(asked(str(files[0])))
    assert missing(files) == files, "few are made by each"
    rewritten.at_once_for_all(asked(str(tests)))
    assert missing(files) == []
