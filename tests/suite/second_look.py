"""A second look at tests that failed beside others: `python -m tests.suite.second_look EXIT`.

The suite runs on all cores, next to engines at work. A test that fails there is run once more,
alone: what fails again is broken; what passes is unsteady, is named so at the end of the output,
and waits to be mended. What is skipped then, or not found, has not passed. More than `MOST` at once
are no accident and get no second look.

Each run that came to an end writes a line into a record: what was unsteady in it, which mostly is
nothing. A test that is named a second time within `RUNS` lines has not been mended in time: the run
fails. The record lies outside of the clone, since each check starts with a fresh one; a check on
machines that are new each time keeps the file that `PRYV_TUI_UNSTEADY` names, as it keeps caches.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

MOST = 4
"""In some seven thousand tests: each of them has to pass alone, and is on record."""
RUNS = 10
"""So many runs, the one that ended just now among them, may name a test once."""
CACHE = Path(".pytest_cache/v")
ENDED = "second_look/ended"
PASSED = "second_look/passed"
TURN = "second_look/turn"
"""What a run said of its turn: the second look, of named tests, has another one."""
GROUP = re.compile(r"@[\w-]+$")
"""What xdist adds to the name of a test that belongs to a group (`--dist loadgroup`)."""
VARIABLE = "PRYV_TUI_UNSTEADY"
RECORD = Path("/var/tmp/pryv-tui-tests/unsteady.jsonl")
"""Beside the engines' images, which survive from one check to the next as well."""

Again = Callable[[Path, Sequence[str]], None]
"""Runs these tests once more, each alone, in a folder whose cache tells then how they ended."""


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Keep how a run ended: one that broke off says nothing of the tests that it did not reach."""
    cache = getattr(session.config, "cache", None)
    if cache is not None and not hasattr(session.config, "workerinput"):
        cache.set(ENDED, int(exitstatus))
        told = session.config.pluginmanager.get_plugin("terminalreporter")
        passed = told.stats.get("passed", ()) if told is not None else ()
        cache.set(PASSED, [GROUP.sub("", report.nodeid) for report in passed])


def keep_turn(config: pytest.Config, line: str) -> None:
    """Keep what a run said of its turn."""
    cache = getattr(config, "cache", None)
    if cache is not None:
        cache.set(TURN, line)


def failed_tests(cache: Path) -> list[str] | None:
    """What failed in a run that came to its end; None of any other."""
    try:
        ended = json.loads((cache / ENDED).read_text())
        if ended == pytest.ExitCode.OK:
            return []
        failed = json.loads((cache / "cache" / "lastfailed").read_text())
    except FileNotFoundError:
        return None
    if ended != pytest.ExitCode.TESTS_FAILED:
        return None
    # What ends so without a test that failed is no matter of tests.
    return sorted(GROUP.sub("", name) for name in failed) or None


def passed_tests(cache: Path) -> set[str]:
    """What ran and passed: a test that was skipped is no longer among those that failed either."""
    try:
        return set(json.loads((cache / PASSED).read_text()))
    except FileNotFoundError:
        return set()


def _turn(cache: Path) -> str:
    try:
        return str(json.loads((cache / TURN).read_text()))
    except FileNotFoundError:
        return ""


def run_alone(folder: Path, tests: Sequence[str]) -> None:
    """Run these tests one after the other, with no other worker beside them."""
    command = [sys.executable, "-m", "pytest", "-n", "0", *tests]
    subprocess.run(command, cwd=folder, check=False)


def named_before(lines: Sequence[str]) -> set[str]:
    """The tests that these lines of the record name; a line that was cut off names none."""
    named: set[str] = set()
    for line in lines:
        try:
            told = json.loads(line)
        except ValueError:
            continue
        if isinstance(told, dict):
            named.update(str(name) for name in told.get("unsteady", ()))
    return named


def keep(record: Path, unsteady: Collection[str]) -> list[str]:
    """Write a run down; those of its unsteady tests that the runs before it named too.

    Raises:
        OSError: the record can't be written; a check that remembers nothing must not look steady.
    """
    record.parent.mkdir(parents=True, exist_ok=True)
    line = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "unsteady": sorted(unsteady)}
    with record.open("a+", encoding="utf-8") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)  # two checks on one machine may end at once
        stream.seek(0)
        lines = stream.read().splitlines()[1 - RUNS :]
        stream.write(json.dumps(line) + "\n")
    return sorted(named_before(lines).intersection(unsteady))


def look_again(folder: Path, record: Path, made: int, again: Again = run_alone) -> int:
    """Run what failed once more; 0 only if that was little, all of it passed, and none of it was
    unsteady lately.

    Args:
        made: the exit code of all that the tests were a part of.
    """
    tests = failed_tests(folder / CACHE)
    if tests is None or len(tests) > MOST or bool(made) != bool(tests):
        return made or 1
    unsteady: list[str] = []
    if tests:
        whole = _turn(folder / CACHE)
        again(folder, tests)
        broken = failed_tests(folder / CACHE)
        if whole:
            print(f"of all tests, before this second look: {whole}")
        if broken is None:  # it broke off
            return 1
        passed = passed_tests(folder / CACHE).difference(broken)
        unsteady = [name for name in tests if name in passed]
        skipped = [name for name in tests if name not in passed and name not in broken]
        if skipped:
            print("failed, and alone did not run: no pass:", *skipped, sep="\n  ")
    if unsteady:
        print("unsteady, failed beside others and passed alone:", *unsteady, sep="\n  ")
    twice = keep(record, unsteady)
    if twice:
        print(f"unsteady twice in {RUNS} runs ({record}), to be mended now:", *twice, sep="\n  ")
    return int(len(unsteady) < len(tests) or bool(twice))


if __name__ == "__main__":
    sys.exit(look_again(Path.cwd(), Path(os.environ.get(VARIABLE, RECORD)), int(sys.argv[1])))
