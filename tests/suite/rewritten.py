"""What Python and pytest make of the source, made once for all processes of xdist.

Python compiles each module as it imports it, pytest rewrites each assertion of a test, and both
keep what they made beside the file. In a fresh clone nothing is kept, and each process would make
all of it at the same time as the others: half a minute of processor time more.
"""

from __future__ import annotations

import os
import py_compile
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path

import pytest
from _pytest.assertion import rewrite

import pryv_tui
from tests.suite import slow

TESTS = Path(__file__).parents[1]
PROGRAM = Path(pryv_tui.__file__).parent
FEW = 40
"""So many files are rewritten by each process as quickly as by others before it."""
AT_ONCE = 2


def at_once_for_all(config: pytest.Config) -> None:
    """Have it made before the processes begin, if there is much to be made."""
    several = getattr(config.option, "numprocesses", None)
    if not several or hasattr(config, "workerinput") or sys.dont_write_bytecode:
        return
    asked = [Path(word.partition("::")[0]).resolve() for word in config.args]
    every = [file for file in TESTS.rglob("test_*.py") if any(map(file.is_relative_to, asked))]
    files = missing(file for file in every if not slow.is_left_out(file, config))
    if len(files) <= FEW:
        return
    # What the tests load: which of it each needs, only Python knows that runs them.
    folders = (TESTS, PROGRAM)
    loaded = [file for folder in folders for file in folder.rglob("*.py") if not _is_test(file)]
    files = sorted([*files, *missing(loaded)], key=lambda file: file.stat().st_size)
    begun = [_beside(files[number::AT_ONCE], config) for number in range(AT_ONCE)]
    for process in begun:
        os.waitpid(process, 0)


def _beside(files: Sequence[Path], config: pytest.Config) -> int:
    """Have a process of its own do it; its id."""
    process = os.fork()
    if process == 0:
        try:
            keep(files, config)
        finally:
            os._exit(0)
    return process


def keep(files: Iterable[Path], config: pytest.Config) -> None:
    """Make of each file what is kept of it, as it would be where it is imported.

    What is wrong in a file is told by the process that imports it.
    """
    for file in files:
        with suppress(SyntaxError, ValueError, OSError, py_compile.PyCompileError):
            if _is_rewritten(file):
                kept = _kept_of(file)
                kept.parent.mkdir(exist_ok=True)
                status, code = rewrite._rewrite_test(file, config)
                rewrite._write_pyc(config.stash[rewrite.assertstate_key], code, status, kept)
            else:
                py_compile.compile(str(file), doraise=True)


def missing(files: Iterable[Path]) -> list[Path]:
    """The files of which nothing is kept, or what an older one was made into."""
    return [file for file in files if not _is_kept(file)]


def _is_kept(file: Path) -> bool:
    try:
        return _kept_of(file).stat().st_mtime_ns >= file.stat().st_mtime_ns
    except FileNotFoundError:
        return False


def _kept_of(file: Path) -> Path:
    usual = Path(cache_from_source(str(file)))
    if not _is_rewritten(file):
        return usual
    return usual.with_name(f"{usual.stem}-pytest-{pytest.__version__}.pyc")


def _is_test(file: Path) -> bool:
    return file.name.startswith("test_")


def _is_rewritten(file: Path) -> bool:
    return _is_test(file) or file.name == "conftest.py"
