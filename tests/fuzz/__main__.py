"""Fuzz every parser: `python -m tests.fuzz [--seconds N] [--keep] [TARGET…]`.

Needs the extra `fuzz` (atheris, which is libFuzzer for Python). An input that ends a parser with
an error that it does not promise, takes longer than five seconds or more memory than `MEMORY_MB`
beyond what the process began with is a finding: it is kept in `.fuzz/`, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"
FOUND = Path(".fuzz")
MEMORY_MB = 256
BEFORE_MB = 200
"""What a process with the program and the fuzzer in it has before the first input."""
SECONDS_AN_INPUT = 5
LONGEST = 4096
"""Bytes of an input: what the fuzzer learns, it learns from small ones."""
KEPT_BYTES = 2048
KEPT_FILES = 24
"""The corpus in the repository stays small: so many inputs a parser, so large at most."""


def fuzz(name: str, seconds: int, keep: bool) -> str:
    """Fuzz one parser; what was found, or an empty text."""
    found = FOUND / name
    found.mkdir(parents=True, exist_ok=True)
    seeds = CORPUS / name
    # In memory where that can be: each input is a file, or several.
    memory = Path("/dev/shm")
    base = memory if os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="pryv-tui-fuzz-", dir=base) as scratch:
        grown = Path(scratch, "corpus")
        grown.mkdir()
        command = [
            *(sys.executable, "-m", "tests.fuzz.one", name, f"{scratch}/files"),
            f"-max_total_time={seconds}",
            f"-timeout={SECONDS_AN_INPUT}",
            f"-rss_limit_mb={MEMORY_MB + BEFORE_MB}",
            f"-max_len={LONGEST}",
            f"-artifact_prefix={found}/",
            "-verbosity=0",
            "-print_final_stats=1",
            str(grown),
            *([str(seeds)] if seeds.is_dir() else []),
        ]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace")
        (found / "log").write_text(done.stdout + done.stderr)
        if keep and done.returncode == 0:
            _keep(name, grown, Path(scratch))
    if done.returncode == 0:
        return ""
    return f"{name}: ended with {done.returncode}; see {found}/log\n{done.stderr[-2000:]}"


def _keep(name: str, grown: Path, scratch: Path) -> None:
    """Put into the repository's corpus what reaches parts that it does not reach yet, the smallest
    inputs first."""
    seeds = CORPUS / name
    seeds.mkdir(parents=True, exist_ok=True)
    merged = scratch / "merged"
    merged.mkdir()
    command = [*(sys.executable, "-m", "tests.fuzz.one", name, f"{scratch}/files", "-merge=1")]
    subprocess.run([*command, str(merged), str(seeds), str(grown)], capture_output=True)
    small = sorted(merged.iterdir(), key=lambda path: path.stat().st_size)
    for path in [path for path in small if path.stat().st_size <= KEPT_BYTES][:KEPT_FILES]:
        if len(list(seeds.iterdir())) < KEPT_FILES:
            shutil.copy(path, seeds / path.name[:12])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", help="parsers; all of them where none is named")
    parser.add_argument("--seconds", type=int, default=60, help="for each parser")
    parser.add_argument("--keep", action="store_true", help="add what is new to the corpus")
    given = parser.parse_args()
    unknown = set(given.targets) - set(TARGETS)
    if unknown:
        parser.error(f"no such parser: {', '.join(sorted(unknown))}; {', '.join(TARGETS)}")
    if importlib.util.find_spec("atheris") is None:
        print("there is no atheris here: pip install -e '.[fuzz]'", file=sys.stderr)
        return 1
    names = given.targets or list(TARGETS)
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as crowd:
        findings = [
            text for text in crowd.map(lambda n: fuzz(n, given.seconds, given.keep), names) if text
        ]
    print(f"{len(names)} parsers, {given.seconds} s each: {len(findings)} findings")
    for text in findings:
        print(f"\n{text}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
