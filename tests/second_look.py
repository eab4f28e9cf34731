"""A second look at tests that failed beside others: `python -m tests.second_look`.

The suite runs on all cores, next to engines at work. A test that fails there is run once more,
alone: what fails again is broken; what passes is unsteady, is named so at the end of the output,
and waits to be mended. More than `MOST` at once are no accident and get no second look.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

MOST = 2
CACHE = Path(".pytest_cache/v")
ENDED = "second_look/ended"
GROUP = re.compile(r"@[\w-]+$")
"""What xdist adds to the name of a test that belongs to a group (`--dist loadgroup`)."""


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Keep how a run ended: one that broke off says nothing of the tests that it did not reach."""
    cache = getattr(session.config, "cache", None)
    if cache is not None and not hasattr(session.config, "workerinput"):
        cache.set(ENDED, int(exitstatus))


def failed_tests(cache: Path) -> list[str]:
    """What failed in a run that came to its end; nothing of any other."""
    try:
        ended = json.loads((cache / ENDED).read_text())
        failed = json.loads((cache / "cache" / "lastfailed").read_text())
    except FileNotFoundError:
        return []
    if ended != pytest.ExitCode.TESTS_FAILED:
        return []
    return sorted(GROUP.sub("", name) for name in failed)


def look_again(folder: Path) -> int:
    """Run what failed once more; 0 only if that was little and all of it passed."""
    tests = failed_tests(folder / CACHE)
    if not 1 <= len(tests) <= MOST:
        return 1
    command = [sys.executable, "-m", "pytest", "-n", "0", *tests]
    code = subprocess.run(command, cwd=folder, check=False).returncode
    if code == 0:
        print("unsteady, failed beside others and passed alone:", *tests, sep="\n  ")
    return code


if __name__ == "__main__":
    sys.exit(look_again(Path.cwd()))
