"""What a second look lets pass, and what it doesn't."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.second_look import CACHE, ENDED, MOST, look_again

HERE = Path(__file__).parents[1]
SUITE = """
from pathlib import Path
import pytest

@pytest.mark.xdist_group("some-group")
@pytest.mark.parametrize("number", range({count}))
def test_it(number):
    mark = Path(f"mark{{number}}")
    ran_before = mark.exists()
    mark.touch()
    assert ran_before and {mends}

def test_steady():
    assert True
"""


def suite(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    # Not beside ours: each run clears away the folders of those before it, which may take minutes.
    monkeypatch.setenv("PYTEST_DEBUG_TEMPROOT", str(folder))
    (folder / "pytest.ini").touch()
    (folder / "conftest.py").write_text("from tests.second_look import *\n")


@pytest.mark.parametrize(
    ("count", "mends", "code"), [(1, True, 0), (MOST, True, 0), (1, False, 1), (MOST + 1, True, 1)]
)
def test_only_what_passes_alone_is_let_pass(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    count: int,
    mends: bool,
    code: int,
) -> None:
    suite(tmp_path, monkeypatch)
    (tmp_path / "test_it.py").write_text(SUITE.format(count=count, mends=mends))
    first = [sys.executable, "-m", "pytest", "-q", "-n", "1", "--dist", "loadgroup"]
    assert subprocess.run(first, cwd=tmp_path, check=False).returncode == 1
    capfd.readouterr()
    assert look_again(tmp_path) == code
    out = capfd.readouterr().out
    assert ("unsteady" in out) == (code == 0)
    assert (f"{count} passed" in out) == (code == 0), "those alone"


def test_a_run_that_ended_before_its_tests_gets_none(tmp_path: Path) -> None:
    assert look_again(tmp_path) == 1


def test_a_run_that_broke_off_gets_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One failure and an interrupt: what came after was not run."""
    suite(tmp_path, monkeypatch)
    after = "\ndef test_then():\n    raise KeyboardInterrupt\n"
    (tmp_path / "test_it.py").write_text(SUITE.format(count=1, mends=True) + after)
    first = [sys.executable, "-m", "pytest", "-q", "-n", "0"]
    assert subprocess.run(first, cwd=tmp_path, check=False).returncode == 2
    assert (tmp_path / CACHE / "cache" / "lastfailed").exists()
    assert (tmp_path / CACHE / ENDED).read_text() == "2"
    assert look_again(tmp_path) == 1
