"""The C library under its sanitizers: `python -m tests.sanitized`.

It is compiled once with GCC's analyzer, whose every word is an error, and once with the address and
undefined-behaviour sanitizers; then its own tests run with that one, in a copy of the project. What
a sanitizer finds ends the process that it is in, so that the test fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from hatch_build import FLAGS, LIBRARY, SOURCE, build

HERE = Path(__file__).parents[1]
TESTS = ("compiled", "count", "ahead", "leaves", "leaf_checks", "same_file")
"""Files of `tests/vault` that copy, count or check by the library."""
SANITIZE = (
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
    "-fno-omit-frame-pointer",
    "-g",
    "-O1",
)
PRELOADED = ("libasan.so", "libubsan.so")


def analyzed() -> int:
    """What GCC's analyzer ends with: 0 where it has nothing to say."""
    command = ["gcc", *FLAGS, "-fanalyzer", "-Werror", '-DSOURCE="x"', "-o", os.devnull]
    return subprocess.run([*command, str(HERE / SOURCE), "-ldl"]).returncode


def instrumented(library: Path) -> bool:
    """Whether a library calls the sanitizers at all: without them every test passes."""
    names = subprocess.run(["nm", "-D", str(library)], capture_output=True, text=True).stdout
    return "__asan_" in names and "__ubsan_" in names


def main() -> int:
    if analyzed() != 0:
        print("sanitized: the analyzer has something to say", file=sys.stderr)
        return 1
    found = [_library(name) for name in PRELOADED]
    with tempfile.TemporaryDirectory(prefix="pryv-tui-sanitized-") as folder:
        copy = Path(folder, "project")
        leave_out = shutil.ignore_patterns(".*", "snapshots", "screenshots", "*.so", "__pycache__")
        shutil.copytree(HERE, copy, ignore=leave_out, symlinks=True)
        if build(copy, *SANITIZE) is None or not instrumented(copy / LIBRARY):
            print("sanitized: the library was not built with its sanitizers", file=sys.stderr)
            return 1
        environment = {
            **os.environ,
            "LD_PRELOAD": " ".join(found),
            # Python itself never gives all back.
            "ASAN_OPTIONS": "detect_leaks=0:abort_on_error=1",
            "UBSAN_OPTIONS": "print_stacktrace=1",
            "PYTHONMALLOC": "malloc",
            "PYTHONPATH": str(copy),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        names = [f"tests/vault/test_{name}.py" for name in TESTS]
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *names]
        return subprocess.run(command, cwd=copy, env=environment).returncode


def _library(name: str) -> str:
    asked = subprocess.run(
        ["gcc", f"-print-file-name={name}"], capture_output=True, text=True, check=True
    )
    path = asked.stdout.strip()
    if not Path(path).is_absolute():
        raise SystemExit(f"sanitized: gcc has no {name}")
    return path


if __name__ == "__main__":
    sys.exit(main())
