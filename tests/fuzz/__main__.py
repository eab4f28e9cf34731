"""Fuzz every parser: `python -m tests.fuzz [--seconds N] [--inputs N] [--keep] [TARGET…]`.

Needs the extra `fuzz` (atheris, which is libFuzzer for Python), and says so and does nothing where
that is not to be had. An input that ends a parser with an error that it does not promise, takes
longer than `SECONDS_AN_INPUT` or more memory than `MEMORY_MB` beyond what the process began with is
a finding: it is kept in `.fuzz/`, how to try it again is printed, and the exit code is 1. Before
that it is seen that such findings are found: `planted.py`.
"""

from __future__ import annotations

import argparse
import base64
import ctypes
import importlib.util
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from tests.fuzz.one import Try, fuzz_here, instrumented
from tests.fuzz.planted import PLANTED, try_planted

CORPUS = Path(__file__).parent / "corpus"
FOUND = Path(".fuzz")
MEMORY_MB = 256
BEFORE_MB = 64
"""What a process with the program and the fuzzer in it has before the first input."""
SECONDS_AN_INPUT = 5
SECONDS_TO_END = 30
"""So long after its time a fuzzer that has not ended stands still; each input has its own limit."""
LONGEST = 4096
"""Bytes of an input: what the fuzzer learns, it learns from small ones."""
KEPT_BYTES = 2048
KEPT_FILES = 24
"""The corpus in the repository stays small: so many inputs a parser, so large at most."""


class Job(NamedTuple):
    """One parser to fuzz."""

    name: str
    seconds: int
    try_one: Try
    limit: int = SECONDS_AN_INPUT
    """Seconds that an input may take."""
    inputs: int = 0
    """So many, and the same ones each time; 0: whatever comes until its time is up."""


class Child(NamedTuple):
    """A process that fuzzes one parser."""

    job: Job
    pid: int
    deadline: float


def begin(job: Job, scratch: Path) -> Child:
    """Fuzz in a child of this process: the program is imported and instrumented once for all."""
    found = FOUND / job.name
    shutil.rmtree(found, ignore_errors=True)
    found.mkdir(parents=True)
    seeds = CORPUS / job.name
    grown = scratch / job.name / "corpus"
    grown.mkdir(parents=True)
    options = [
        f"-max_total_time={job.seconds}",
        *([f"-runs={job.inputs}", "-seed=1"] if job.inputs else []),
        f"-timeout={job.limit}",
        f"-rss_limit_mb={MEMORY_MB + BEFORE_MB}",
        f"-max_len={LONGEST}",
        f"-artifact_prefix={found}/",
        "-verbosity=0",
        "-print_final_stats=1",
        str(grown),
        *([str(seeds)] if seeds.is_dir() else []),
    ]
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        log = os.open(found / "log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for stream in (1, 2):
            os.dup2(log, stream)
        try:
            fuzz_here(job.name, scratch / job.name / "files", options, job.try_one)
        finally:
            # Not by Python's way out, which is the parent's; and by C's, where libFuzzer waits to
            # keep the input that it was at.
            ctypes.CDLL(None).exit(1)
    return Child(job, pid, time.monotonic() + job.seconds + SECONDS_TO_END)


def fuzz(jobs: list[Job], scratch: Path) -> dict[str, int]:
    """Fuzz parsers, one a processor at a time; the exit codes that are not 0, by name."""
    waiting = list(jobs)
    codes: dict[str, int] = {}
    with selectors.DefaultSelector() as running:
        while waiting or running.get_map():
            while waiting and len(running.get_map()) < (os.cpu_count() or 1):
                child = begin(waiting.pop(0), scratch)
                running.register(os.pidfd_open(child.pid), selectors.EVENT_READ, child)
            now = time.monotonic()
            children: list[Child] = [key.data for key in running.get_map().values()]
            for child in children:
                if child.deadline <= now:
                    os.kill(child.pid, signal.SIGKILL)
            first = min(child.deadline for child in children)
            for key, _ in running.select(max(first - now, 1)):
                running.unregister(key.fd)
                os.close(key.fd)
                code = os.waitstatus_to_exitcode(os.waitpid(key.data.pid, 0)[1])
                if code != 0:
                    codes[key.data.job.name] = code
    return codes


def told(name: str, code: int) -> str:
    """What was found of a parser, and how to see it again."""
    found = FOUND / name
    log = (found / "log").read_text(errors="replace")
    lines = [f"{name}: its fuzzer ended with {code}; the end of {found}/log:", log[-3000:]]
    for path in sorted(found.iterdir()):
        if path.name == "log":
            continue
        lines += [
            f"This input: {path}. To try it again, under the same limits:",
            f"  {sys.executable} -m tests.fuzz.one {name} {found}/files {path} "
            f"-timeout={SECONDS_AN_INPUT} -rss_limit_mb={MEMORY_MB + BEFORE_MB}",
            "or, in any clone and without the fuzzer, as a part of the corpus:",
            f"  echo {base64.b64encode(path.read_bytes()).decode()} | base64 -d "
            f">tests/fuzz/corpus/{name}/{path.name[:18]}",
            f"  python -m pytest tests/fuzz/test_corpus.py -k {name}",
        ]
    return "\n".join(lines)


def keep(name: str, scratch: Path) -> None:
    """Put into the repository's corpus what reaches parts that it does not reach yet, the smallest
    inputs first."""
    seeds = CORPUS / name
    seeds.mkdir(parents=True, exist_ok=True)
    merged = scratch / name / "merged"
    merged.mkdir()
    files = str(scratch / name / "files")
    command = [*(sys.executable, "-m", "tests.fuzz.one", name, files, "-merge=1")]
    grown = str(scratch / name / "corpus")
    subprocess.run([*command, str(merged), str(seeds), grown], capture_output=True)
    small = sorted(merged.iterdir(), key=lambda path: path.stat().st_size)
    for path in [path for path in small if path.stat().st_size <= KEPT_BYTES][:KEPT_FILES]:
        if len(list(seeds.iterdir())) < KEPT_FILES:
            shutil.copy(path, seeds / path.name[:12])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", help="parsers; all of them where none is named")
    parser.add_argument("--seconds", type=int, default=60, help="for each parser")
    parser.add_argument("--inputs", type=int, default=0, help="so many, the same ones each time")
    parser.add_argument("--keep", action="store_true", help="add what is new to the corpus")
    given = parser.parse_args()
    if importlib.util.find_spec("atheris") is None:
        print("fuzz: SKIPPED, nothing was fuzzed: there is no atheris for this Python or machine")
        return 0
    try_one = instrumented()
    from tests.fuzz.targets import TARGETS

    unknown = set(given.targets) - set(TARGETS)
    if unknown:
        parser.error(f"no such parser: {', '.join(sorted(unknown))}; {', '.join(TARGETS)}")
    names = given.targets or list(TARGETS)
    # In memory where that can be: each input is a file, or several.
    memory = Path("/dev/shm")
    base = memory if os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="pryv-tui-fuzz-", dir=base) as scratch:
        planted = fuzz([Job(name, 1, try_planted, limit=1) for name in PLANTED], Path(scratch))
        missed = [name for name in PLANTED if name not in planted]
        if missed:
            print(f"fuzz: what is planted was not found: {', '.join(missed)}", file=sys.stderr)
            return 1
        for name in PLANTED:
            shutil.rmtree(FOUND / name)
        jobs = [Job(name, given.seconds, try_one, inputs=given.inputs) for name in names]
        codes = fuzz(jobs, Path(scratch))
        if given.keep:
            for name in names:
                if name not in codes:
                    keep(name, Path(scratch))
    for name, code in codes.items():
        print(f"\n{told(name, code)}")
    each = f"{given.seconds} s" + (f" or {given.inputs} inputs" if given.inputs else "")
    print(f"fuzz: {len(names)} parsers, {each} each: {len(codes)} findings")
    return 1 if codes else 0


if __name__ == "__main__":
    sys.exit(main())
