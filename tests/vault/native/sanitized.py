"""The C library under its sanitizers: `python -m tests.vault.native.sanitized`.

It is compiled once with GCC's analyzer, whose every word is an error, and once with the address and
undefined-behaviour sanitizers; then its own tests run with that one, in a copy of the project. What
a sanitizer finds ends the process that it is in, so that the test fails. Before that it is seen
that both of them find what is planted.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

from hatch_build import FLAGS, LIBRARY, SOURCE, build

HERE = Path(__file__).parents[3]
WORK = HERE / ".sanitized"
"""Its copy of the project; what a killed run left there goes when the next one begins."""
TESTS = (
    "native/test_compiled.py", "native/test_one_run.py", "native/test_left.py",
    "native/test_linked.py", "native/test_used.py", "native/test_hashes.py",
    "native/test_ahead.py", "native/test_logs.py", "native/test_copied_logs.py",
    "native/test_exchanged.py",
    "copying/test_count.py", "copying/pieces/test_pieces.py",
    "copying/pieces/test_pieces_linked.py", "copying/pieces/test_pieces_meanwhile.py",
    "copying/pieces/test_pieces_waiting.py",
    "copying/test_meanwhile.py", "copying/test_inode_flags.py", "parallel/test_checks.py",
)  # fmt: skip
"""Files of `tests/vault` that copy, count or check by the library."""
LEFT_OUT = ("by_python", "left_by_all")
"""The ways that do without the library."""
SANITIZE = (
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
    "-fno-omit-frame-pointer",
    "-g",
    "-O1",
)
PRELOADED = ("libasan.so", "libubsan.so")
AT_MOST_SECONDS = 600
"""Many times what the tests take: by then they stand still."""
SILENT_SECONDS = 120
"""After so long in one test it is printed where it is."""

PLANTED = """
#include <stdlib.h>
int heap(int n) { char *some = calloc(n, 1); int got = some[n]; free(some); return got; }
int sum(int n) { return n + 0x7fffffff; }
"""
TELLS = {"heap": "heap-buffer-overflow", "sum": "signed integer overflow"}
"""What is planted, and what has to be said of it."""


def analyzed() -> int:
    """What GCC's analyzer ends with: 0 where it has nothing to say."""
    command = ["gcc", *FLAGS, "-fanalyzer", "-Werror", '-DSOURCE="x"', "-o", os.devnull]
    return subprocess.run([*command, str(HERE / SOURCE), "-ldl"]).returncode


def instrumented(library: Path) -> bool:
    """Whether a library calls the sanitizers at all: without them every test passes."""
    names = subprocess.run(["nm", "-D", str(library)], capture_output=True, text=True).stdout
    return "__asan_" in names and "__ubsan_" in names


def surroundings(copy: Path) -> dict[str, str]:
    """The environment in which the sanitizers work, also in what a test itself compiles."""
    return {
        **os.environ,
        "CC": " ".join(["env", "-u", "LD_PRELOAD", "gcc", *SANITIZE]),
        "LD_PRELOAD": " ".join(_library(name) for name in PRELOADED),
        # Python itself never gives all back.
        "ASAN_OPTIONS": "detect_leaks=0:abort_on_error=1",
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "PYTHONMALLOC": "malloc",
        "PYTHONPATH": str(copy),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def missed(folder: Path, environment: dict[str, str]) -> list[str]:
    """What is planted and is not found, or ends nothing."""
    source, library = folder / "planted.c", folder / "planted.so"
    source.write_text(PLANTED)
    subprocess.run(["gcc", *FLAGS, *SANITIZE, "-o", str(library), str(source)], check=True)
    names = []
    for name, word in TELLS.items():
        call = f"import ctypes; ctypes.CDLL({str(library)!r}).{name}(8)"
        done = subprocess.run(
            [sys.executable, "-c", call], env=environment, capture_output=True, text=True
        )
        if done.returncode == 0 or word not in done.stderr:
            names.append(name)
    return names


def tested(copy: Path, environment: dict[str, str]) -> int:
    """What the library's own tests end with."""
    names = [f"tests/vault/{name}" for name in TESTS]
    options = ["-q", "-n", "2", "-p", "no:cacheprovider"]
    # Or pytest would keep what a sanitizer says before it ends the process.
    options += ["--capture=sys", "-o", f"faulthandler_timeout={SILENT_SECONDS}"]
    chosen = " and ".join(f"not {name}" for name in LEFT_OUT)
    command = [sys.executable, "-m", "pytest", *options, "-k", chosen, *names]
    log = WORK / "log"
    with log.open("w") as out:
        try:
            code = subprocess.run(
                command, cwd=copy, env=environment, timeout=AT_MOST_SECONDS, stdout=out, stderr=out
            ).returncode
        except subprocess.TimeoutExpired:
            code = failed(f"the tests did not end within {AT_MOST_SECONDS} s")
    # In a good run the last line is enough, so that the suite's own stays in sight.
    lines = log.read_text(errors="replace").splitlines()
    print("\n".join(lines if code else [f"sanitized: {lines[-1]}"]))
    return code


def failed(why: str) -> int:
    """Say it; the exit code."""
    print(f"sanitized: {why}", file=sys.stderr)
    return 1


def main() -> int:
    def end(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, end)
    if analyzed() != 0:
        return failed("the analyzer has something to say")
    shutil.rmtree(WORK, ignore_errors=True)
    try:
        copy = WORK / "project"
        leave_out = shutil.ignore_patterns(".*", "snapshots", "screenshots", "*.so", "__pycache__")
        shutil.copytree(HERE, copy, ignore=leave_out, symlinks=True)
        if build(copy, *SANITIZE) is None or not instrumented(copy / LIBRARY):
            return failed("the library was not built with its sanitizers")
        environment = surroundings(copy)
        if names := missed(WORK, environment):
            return failed(f"what is planted was not found: {', '.join(names)}")
        return tested(copy, environment)
    finally:
        shutil.rmtree(WORK, ignore_errors=True)


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
