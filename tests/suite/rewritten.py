"""What pytest makes of the tests' own files, made once for all processes of xdist.

pytest rewrites each assertion as it imports a test, and keeps what it made beside the file. In a
fresh clone nothing is kept, and each process would rewrite all of it at the same time as the
others: half a minute of processor time more.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from importlib.util import cache_from_source
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
FEW = 40
"""So many files are rewritten by each process as quickly as by others before it."""
AT_ONCE = 2


def at_once_for_all(config: pytest.Config) -> None:
    """Have them rewritten before the processes begin, if many are to be."""
    several = getattr(config.option, "numprocesses", None)
    if not several or hasattr(config, "workerinput") or sys.dont_write_bytecode:
        return
    asked = [Path(word.partition("::")[0]).resolve() for word in config.args]
    every = [file for file in TESTS.rglob("test_*.py") if any(map(file.is_relative_to, asked))]
    files = sorted(missing(every))
    if len(files) <= FEW:
        return
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--collect-only")
    null = subprocess.DEVNULL
    # What is wrong in a file is told by the process that runs its tests.
    for process in [
        subprocess.Popen([*command, *map(str, files[n::AT_ONCE])], stdout=null, stderr=null)
        for n in range(AT_ONCE)
    ]:
        process.wait()


def missing(files: Iterable[Path]) -> list[Path]:
    """The files of which nothing is kept, or what an older one was made into."""
    return [file for file in files if not _is_kept(file)]


def _is_kept(file: Path) -> bool:
    usual = Path(cache_from_source(str(file)))
    kept = usual.with_name(f"{usual.stem}-pytest-{pytest.__version__}.pyc")
    try:
        return kept.stat().st_mtime_ns >= file.stat().st_mtime_ns
    except FileNotFoundError:
        return False
