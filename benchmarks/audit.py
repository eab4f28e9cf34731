"""Time and memory of an audit's reading and joins: `python -m benchmarks.audit --events 1000000`.

Measured are the dump of events, the list of hashes and the two joins of attachments, as
`operations/audit/from_set.py` runs them for each core; not Redis, core's index, nor InfluxDB.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from pryv_tui.operations.audit.evidence import Evidence

EVERY = 20
"""One event in so many has an attachment."""
LOST = 7
"""Attachments whose file is missing, and as many files without an event."""
USERS = 1_000


def make(folder: Path, events: int) -> None:
    """Write `events.bson` and `SHA256SUMS`, always the same for the same count."""
    from bson import encode

    digest = "0" * 64
    with (folder / "events.bson").open("wb") as dump, (folder / "SHA256SUMS").open("w") as sums:
        for number in range(events):
            user, event = f"cuser{number % USERS:020d}", f"cevent{number:019d}"
            document: dict[str, object] = {
                "_id": event,
                "userId": user,
                "streamIds": [f"stream-{number % 50}"],
                "type": "note/txt",
                "time": 1.6e9 + number,
                "content": f"{number:0160d}",
                "created": 1.6e9 + number,
                "modifiedBy": "caccess0000000000000000001",
            }
            if number % EVERY == 0:
                file = f"cfile{number:020d}"
                document["attachments"] = [{"id": file, "fileName": "a.pdf", "size": 9}]
                if number // EVERY >= LOST:
                    sums.write(_line(digest, user, event, file))
            dump.write(encode(document))
        for number in range(LOST):
            sums.write(_line(digest, f"cuser{number:020d}", "cgone", f"cgone{number}"))


def _line(digest: str, user: str, event: str, file: str) -> str:
    return f"{digest}  files/pryv/core/data/attachments/{user}/{event}/{file}\n"


def read(folder: Path) -> None:
    """What is measured; ends with an error if the joins find anything but what was lost."""
    with Evidence() as evidence:
        evidence.read_events(folder / "events.bson")
        evidence.read_files(folder / "SHA256SUMS")
        found = (
            sum(1 for _ in evidence.missing_files()),
            sum(1 for _ in evidence.files_without_event()),
        )
    if found != (LOST, LOST):
        raise SystemExit(f"found {found}, not {(LOST, LOST)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.read is not None:
        read(asked.read)
        return
    if asked.events < LOST * EVERY:
        parser.error(f"at least {LOST * EVERY} events")
    with tempfile.TemporaryDirectory(prefix="pryv-tui-bench-") as name:
        folder = Path(name)
        make(folder, asked.events)
        size = (folder / "events.bson").stat().st_size
        words = [sys.executable, "-m", "benchmarks.audit", "--read", name]
        child = subprocess.Popen(words)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(child.returncode)
    print(
        f"{asked.events} events, {size / 1e6:.0f} MB:"
        f" {used.ru_utime + used.ru_stime:.1f} s of processor time,"
        f" peak {used.ru_maxrss / 1024:.0f} MiB resident"
    )


if __name__ == "__main__":
    main()
