"""Tests are rewritten before the processes of xdist begin where that saves anything."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import cache_from_source
from pathlib import Path

from tests.suite.rewritten import missing


def test_what_pytest_keeps_is_found_until_its_file_changes(tmp_path: Path) -> None:
    first, second = tmp_path / "test_first.py", tmp_path / "test_second.py"
    for file in (first, second):
        file.write_text("def test_one() -> None:\n    assert True\n")
    assert missing([first, second]) == [first, second]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--collect-only"]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    subprocess.run([*command, str(first)], cwd=tmp_path, env=environment, check=True)
    assert missing([first, second]) == [second]
    later = Path(cache_from_source(str(first))).parent.stat().st_mtime_ns + 10**10
    os.utime(first, ns=(later, later))
    assert missing([first, second]) == [first, second]
