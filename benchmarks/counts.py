"""MongoDB counted by its server beside a dump of it: `python -m benchmarks.counts --python PYTHON`.

After a restore MongoDB is compared: by its server's own count, through the driver, as
`operations/stores/mongo_counts.py` asks for it; where it can't be asked, by reading all once more
through mongodump. Measured are both, in turn, on the stand-in of the real tests: nx-27017, which
speaks MongoDB's protocol over SQLite, and the stand-in of mongodump. Neither is MongoDB: how its
own server compares with its own tool is not told by this.

PYTHON has what `tests/real/images/mongodb/requirements.txt` names.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from pryv_tui.operations.stores.mongo_counts import PIPELINE
from pryv_tui.operations.stores.mongo_server import EVENTS, database_at
from pryv_tui.operations.stores.mongo_words import DATABASE

STANDIN = Path(__file__).parents[1] / "tests" / "real" / "images" / "mongodb"
AT_ONCE = 5_000
"""Documents that are put in at a time."""
BEGINS_SECONDS = 60.0
TICK = os.sysconf("SC_CLK_TCK")
_DUMP = "import sys; from standin_mongo.dump import main; sys.exit(main())"


class Took(NamedTuple):
    """What one comparison took, in seconds."""

    time: float
    asker: float
    """Processor time of whoever asks."""
    server: float
    """That of the server meanwhile."""

    def __str__(self) -> str:
        both = self.asker + self.server
        return (
            f"{self.time:.2f} s; processor {both:.2f} s ({self.asker:.2f} asks, {self.server:.2f}"
            " the server)"
        )


@contextmanager
def server(python: str, folder: Path) -> Iterator[tuple[str, int]]:
    """The stand-in on a port of its own; yields its address and process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [python, "-m", "nx_27017.nx_27017", "--data-dir", str(folder / "data")]
    words += ["--host", "127.0.0.1", "--port", str(port)]
    words += ["--log-file", str(folder / "log"), "--pid-file", str(folder / "pid")]
    (folder / "data").mkdir()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        limit = time.monotonic() + BEGINS_SECONDS
        while time.monotonic() < limit and process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.2)
        else:
            raise SystemExit(f"the server did not begin: see {words}")
        yield f"127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait()


def make(address: str, documents: int) -> None:
    """Put in so many events, always the same."""
    with database_at(address, 600) as database:
        for begin in range(0, documents, AT_ONCE):
            database[EVENTS].insert_many(
                {
                    "_id": f"cevent{number:019d}",
                    "userId": f"cuser{number % 1000:020d}",
                    "streamIds": [f"stream-{number % 50}"],
                    "type": "note/txt",
                    "time": 1.6e9 + number,
                    "content": f"{number:0160d}",
                    "created": 1.6e9 + number,
                }
                for number in range(begin, min(documents, begin + AT_ONCE))
            )


def processor_of(pid: int) -> float:
    """Seconds of processor time that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def counted(address: str, pid: int) -> tuple[int, Took]:
    """How many documents the server counts."""
    begun, mine, its = time.monotonic(), time.process_time(), processor_of(pid)
    found = 0
    with database_at(address, 600) as database:
        for entry in database.list_collections():
            asked = {"aggregate": str(entry["name"]), "pipeline": PIPELINE, "cursor": {}}
            rows = database.command(asked)["cursor"]["firstBatch"]
            found += int(rows[0]["n"]) if rows else 0
    took = time.monotonic() - begun, time.process_time() - mine, processor_of(pid) - its
    return found, Took(*took)


def dumped(python: str, address: str, pid: int, out: Path) -> tuple[int, Took]:
    """Bytes that the stand-in of mongodump writes."""
    host, _, port = address.partition(":")
    begun, its = time.monotonic(), processor_of(pid)
    words = [python, "-c", _DUMP, "--host", host, "--port", port, "-d", DATABASE]
    child = subprocess.Popen(
        [*words, "-o", str(out)],
        env={**os.environ, "PYTHONPATH": str(STANDIN)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"the dump ended with {child.returncode}")
    size = sum(path.stat().st_size for path in out.rglob("*.bson"))
    took = time.monotonic() - begun, used.ru_utime + used.ru_stime, processor_of(pid) - its
    return size, Took(*took)


def middle(taken: list[Took]) -> Took:
    """The median of each."""
    return Took(*(median(each) for each in zip(*taken, strict=True)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--python", required=True, help="one that has nx-27017 and PyMongo")
    asked = parser.parse_args()
    counts: list[Took] = []
    dumps: list[Took] = []
    size = 0
    with (
        tempfile.TemporaryDirectory(prefix="pryv-tui-bench-") as name,
        server(asked.python, Path(name)) as (address, pid),
    ):
        make(address, asked.documents)
        for number in range(asked.runs):
            found, took = counted(address, pid)
            if found != asked.documents:
                raise SystemExit(f"{found} counted, not {asked.documents}")
            counts.append(took)
            size, took = dumped(asked.python, address, pid, Path(name) / f"dump-{number}")
            dumps.append(took)
    count, dump = middle(counts), middle(dumps)
    print(f"{asked.documents} documents, {size / 1e6:.0f} MB, medians of {asked.runs}")
    print(f"counted by the server: {count}")
    print(f"dumped: {dump}")
    parts = count.time / dump.time, (count.asker + count.server) / (dump.asker + dump.server)
    print("the count takes {:.3f} of the dump's time, {:.3f} of its processor time".format(*parts))


if __name__ == "__main__":
    main()
