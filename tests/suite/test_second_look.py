"""What a second look lets pass, and what it doesn't."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.suite.second_look import CACHE, ENDED, MOST, PASSED, RUNS, keep, look_again

HERE = Path(__file__).parents[2]
SUITE = """
from pathlib import Path
import pytest

@pytest.mark.xdist_group("some-group")
@pytest.mark.parametrize("number", range({count}))
def test_it(number):
    mark = Path(f"mark{{number}}")
    ran_before = mark.exists()
    mark.touch()
    if ran_before and {skips}:
        pytest.skip("alone it has nothing to do")
    assert ran_before and {mends}

def test_steady():
    assert True
"""
CONFTEST = """
from tests.suite.second_look import *

def pytest_terminal_summary(config):
    keep_turn(config, f"turn {sum('::' in word for word in config.args)}")
"""


class Check:
    """A folder in which runs of tests leave what pytest's cache says of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "clone"
        self.record = folder / "kept" / "unsteady.jsonl"
        self.asked: list[Sequence[str]] = []
        self.made = 1

    def ran(self, *failed: str, ended: int | None = None) -> None:
        """As pytest writes it: see the test that starts one."""
        cache, self.made = self.folder / CACHE, ended if ended is not None else bool(failed)
        for name in ("cache", "second_look"):
            (cache / name).mkdir(parents=True, exist_ok=True)
        (cache / ENDED).write_text(json.dumps(int(self.made)))
        (cache / "cache/lastfailed").write_text(json.dumps(dict.fromkeys(failed, True)))

    def look(self, *broken: str, ended: int | None = None, skipped: Sequence[str] = ()) -> int:
        """Look again; of the tests that are run once more these fail, or are skipped."""

        def again(_folder: Path, tests: Sequence[str]) -> None:
            self.asked.append(tests)
            self.ran(*broken, ended=ended)
            passed = [name for name in tests if name not in (*broken, *skipped)]
            (self.folder / CACHE / PASSED).write_text(json.dumps(passed))

        return look_again(self.folder, self.record, int(self.made), again)

    def unsteady(self) -> list[list[str]]:
        """What the record says of each run."""
        if not self.record.exists():
            return []
        return [json.loads(line)["unsteady"] for line in self.record.read_text().splitlines()]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    return Check(tmp_path)


@pytest.mark.parametrize(
    ("count", "mends", "code"), [(1, True, 0), (MOST, True, 0), (1, False, 1), (MOST + 1, True, 1)]
)
def test_only_what_passes_alone_is_let_pass(
    check: Check, capsys: pytest.CaptureFixture[str], count: int, mends: bool, code: int
) -> None:
    tests = [f"test_it.py::test_it[{number}]" for number in range(count)]
    check.ran(*(f"{name}@some-group" for name in tests))
    assert check.look(*([] if mends else tests)) == code
    assert ("unsteady" in capsys.readouterr().out) == (code == 0)
    assert check.asked == ([tests] if count <= MOST else []), "those alone"


def test_one_that_is_broken_hides_none_that_is_unsteady(check: Check) -> None:
    check.ran("a", "b")
    assert check.look("b") == 1
    assert check.unsteady() == [["a"]]


@pytest.mark.parametrize("skipped", ["a", "b"])
def test_one_that_is_skipped_alone_has_not_passed(
    check: Check, capsys: pytest.CaptureFixture[str], skipped: str
) -> None:
    """pytest no longer counts it among those that failed last."""
    check.ran("a", "b")
    assert check.look(skipped=[skipped]) == 1
    steady = {"a": "b", "b": "a"}[skipped]
    assert check.unsteady() == [[steady]]
    assert f"no pass:\n  {skipped}\n" in capsys.readouterr().out


def test_one_that_is_not_found_alone_has_not_passed(check: Check) -> None:
    """Or a run that tells nothing of what passed in it."""
    check.ran("a")
    assert check.look(skipped=["a"]) == 1
    assert look_again(check.folder, check.record, 1, lambda *_: check.ran()) == 1
    assert check.unsteady() == [[]]


@pytest.mark.parametrize("between", [0, 1, RUNS - 2, RUNS - 1, RUNS])
def test_a_test_is_unsteady_once_in_ten_runs(
    check: Check, capsys: pytest.CaptureFixture[str], between: int
) -> None:
    check.ran("a", "b")
    assert check.look() == 0
    for _ in range(between):
        check.ran()
        assert check.look() == 0
    check.ran("b")
    soon = between < RUNS - 1
    assert check.look() == (1 if soon else 0)
    assert ("unsteady twice" in capsys.readouterr().out) == soon
    assert check.unsteady() == [["a", "b"], *[[]] * between, ["b"]], "each run is a line"
    check.ran("c")
    assert check.look() == 0, "another test pays for none"


def test_a_line_that_was_cut_off_is_none(check: Check) -> None:
    assert keep(check.record, ["a"]) == []
    with check.record.open("a") as stream:
        stream.write('{"at": "2026-\n[]\n7\n')
    assert keep(check.record, ["a", "b"]) == ["a"]


def test_a_record_that_can_t_be_kept_is_no_steady_run(check: Check) -> None:
    check.record.parent.parent.mkdir(parents=True, exist_ok=True)
    check.record.parent.touch()
    check.ran()
    with pytest.raises(OSError, match="kept"):
        check.look()


def test_a_run_that_ended_before_its_tests_gets_none(check: Check) -> None:
    assert check.look() == 1
    assert check.unsteady() == [] and check.asked == []


def test_what_went_wrong_beside_the_tests_stays_wrong(check: Check) -> None:
    """They all passed, and `make test` failed; or pytest did, over something that is no test."""
    check.ran()
    check.made = 2
    assert check.look() == 2
    check.ran(ended=1)
    assert check.look() == 1
    assert check.unsteady() == [] and check.asked == []


@pytest.mark.parametrize("first", [True, False])
def test_a_run_that_broke_off_gets_none(check: Check, first: bool) -> None:
    """One failure and an interrupt: what came after was not run."""
    check.ran("a", ended=2 if first else None)
    assert check.look("a", ended=2) == (2 if first else 1)
    assert check.unsteady() == [] and len(check.asked) == (0 if first else 1)


def started(folder: Path, *options: str) -> int:
    """The exit code of pytest in a folder; of its plugins it has xdist alone."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "xdist", *options]
    return subprocess.run(command, cwd=folder, check=False).returncode


def test_what_pytest_keeps_of_a_run_is_read(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real runs: one beside others, the second look at it, and one that breaks off."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p xdist")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    # Not beside ours: each run clears away the folders of those before it, which may take minutes.
    monkeypatch.setenv("PYTEST_DEBUG_TEMPROOT", str(tmp_path))
    (tmp_path / "pytest.ini").touch()
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_it.py").write_text(SUITE.format(count=MOST, mends=True, skips=False))
    record = tmp_path / "unsteady.jsonl"
    assert started(tmp_path, "-n", "1", "--dist", "loadgroup") == 1
    capfd.readouterr()
    assert look_again(tmp_path, record, 1) == 0
    out = capfd.readouterr().out
    assert "unsteady" in out and f"{MOST} passed" in out, "those alone"
    assert "this second look: turn 0\n" in out, "and what was run before"
    (line,) = record.read_text().splitlines()
    assert json.loads(line)["unsteady"] == [f"test_it.py::test_it[{n}]" for n in range(MOST)]

    after = "\ndef test_then():\n    raise KeyboardInterrupt\n"
    (tmp_path / "test_it.py").write_text(SUITE.format(count=1, mends=False, skips=False) + after)
    assert started(tmp_path, "-n", "0") == 2
    assert (tmp_path / CACHE / "cache" / "lastfailed").exists()
    assert (tmp_path / CACHE / ENDED).read_text() == "2"
    assert look_again(tmp_path, record, 2) == 2

    for file in tmp_path.glob("mark*"):
        file.unlink()
    shutil.rmtree(tmp_path / ".pytest_cache")  # as in the fresh clone of each check
    (tmp_path / "test_it.py").write_text(SUITE.format(count=2, mends=True, skips=True))
    assert started(tmp_path, "-n", "1", "--dist", "loadgroup") == 1
    capfd.readouterr()
    assert look_again(tmp_path, record, 1) == 1
    assert (
        "no pass:\n  test_it.py::test_it[0]\n  test_it.py::test_it[1]\n" in capfd.readouterr().out
    )
