"""What the interface costs a terminal: `python -m benchmarks.terminal`.

The program itself, in a process of its own, on a pseudo-terminal and on a practice platform; what
it prints is read and counted here. A run is shown whose journal this benchmark writes: 20 lines a
second, as a real one, and 5,000, as a failed mongorestore that prints one line a document. Times
depend on what else the machine does: the load is printed with them.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import random
import select
import signal
import statistics
import struct
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from pryv_tui.clock import timestamp
from pryv_tui.operations.kinds.backup import Backup
from pryv_tui.operations.plan import StepView
from pryv_tui.operations.settings.resolve import Settings, resolve_settings
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.record.events import Output, RunStarted, StepStarted
from pryv_tui.runs.record.history import WORKER, mark_of
from pryv_tui.runs.record.journal import JournalWriter
from pryv_tui.runs.record.request import NAME as REQUEST

QUIET = 0.4
"""Seconds without a byte after which a screen counts as complete."""
TICKS = os.sysconf("SC_CLK_TCK")
STEP = "01-dump-mongodb-core"
WORDS = ("events", "streams", "accesses", "followedSlices", "profile", "updates", "writing", "to")


class Size(NamedTuple):
    """Of a terminal, in cells."""

    columns: int
    rows: int

    @classmethod
    def of(cls, text: str) -> Size:
        """From `80x24`."""
        columns, _, rows = text.partition("x")
        return cls(int(columns), int(rows))


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, argv: list[str], size: Size) -> None:
        self.began = time.monotonic()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            # Before the program starts, as a terminal has its size: no signal of a change.
            cells = struct.pack("HHHH", size.rows, size.columns, 0, 0)
            fcntl.ioctl(0, termios.TIOCSWINSZ, cells)
            os.environ.update(TERM="xterm-256color", LANG="C.UTF-8", COLORTERM="truecolor")
            os.execv(argv[0], argv)
        self.bytes = 0

    def read(self, seconds: float) -> bytes:
        """What comes within so many seconds; all of it if there is more at once."""
        if not select.select([self.fd], [], [], max(0.0, seconds))[0]:
            return b""
        data = os.read(self.fd, 1 << 16)
        self.bytes += len(data)
        return data

    def settle(self, limit: float = 30.0) -> float:
        """Read until nothing comes any more; when the last byte came, in seconds from the start."""
        last, end = time.monotonic(), time.monotonic() + limit
        while time.monotonic() < min(last + QUIET, end):
            if self.read(QUIET):
                last = time.monotonic()
        return last - self.began

    def count(self, seconds: float) -> tuple[float, float]:
        """Bytes a second, and the share of a core, over some seconds."""
        bytes_before, processor, began = self.bytes, self.processor(), time.monotonic()
        while (left := began + seconds - time.monotonic()) > 0:
            self.read(left)
        took = time.monotonic() - began
        return (self.bytes - bytes_before) / took, (self.processor() - processor) / took

    def reaction(self, key: bytes, word: bytes, limit: float = 10.0) -> float:
        """Seconds from a key to a word on the screen.

        Raises:
            TimeoutError: it does not come.
        """
        began, seen = time.monotonic(), b""
        os.write(self.fd, key)
        while time.monotonic() < began + limit:
            seen = seen[-len(word) :] + self.read(0.05)
            if word in seen:
                return time.monotonic() - began
        raise TimeoutError(f"{key!r} did not bring {word!r}")

    def processor(self) -> float:
        """Seconds of processor time until now."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> float:
        """Resident megabytes at the peak."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024

    def close(self) -> None:
        os.kill(self.pid, signal.SIGTERM)
        end = time.monotonic() + 10
        while time.monotonic() < end:
            try:
                self.read(0.05)
            except OSError:
                break
        os.waitpid(self.pid, 0)
        os.close(self.fd)


@contextmanager
def interface(platform: Path, size: Size) -> Iterator[Terminal]:
    terminal = Terminal([sys.executable, "-m", "pryv_tui", "--practice", str(platform)], size)
    try:
        yield terminal
    finally:
        terminal.close()


class Journal:
    """A run that seems to go on: this very process is its worker."""

    def __init__(self, settings: Settings, run: str) -> None:
        folder = Path(settings.state) / "runs" / run
        folder.mkdir(parents=True)
        request = Backup(run=run, settings=settings, asked=timestamp())
        (folder / REQUEST).write_bytes(msgspec.json.encode(request))
        (folder / WORKER).write_bytes(msgspec.json.encode(mark_of(os.getpid())))
        self._writer = JournalWriter(folder, run)
        view = StepView(
            step=STEP, title="Dump MongoDB on core", host="core", command=("mongodump",),
            leaves="nothing", undone="nothing", destructive=False,
        )  # fmt: skip
        self._writer.write(
            RunStarted(kind="backup", roles=["core"], plan=[view], pid=os.getpid(), practice=True)
        )
        self._writer.write(StepStarted(step=STEP, title=view.title, command=["mongodump"]))
        self._ended = threading.Event()
        self._chance = random.Random(1)
        self.lines = 0

    @contextmanager
    def printing(self, lines: int) -> Iterator[None]:
        """Meanwhile the run prints so many lines a second."""
        self._ended.clear()
        thread = threading.Thread(target=self._print, args=(lines,))
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()

    def _line(self) -> str:
        """A line like none before it: what lines have in common costs less."""
        self.lines += 1
        words = [self._chance.choice(WORDS) for _ in range(self._chance.randint(2, 7))]
        return f"{timestamp()}\t{' '.join(words)} {self._chance.getrandbits(40):x}\n"

    def _print(self, lines: int) -> None:
        """In pieces as an engine hands them over: a line each, or what came within 20 ms."""
        at_once = max(1, lines // 50)
        due = time.monotonic()
        while not self._ended.wait(max(0.0, due - time.monotonic())):
            due += at_once / lines
            text = "".join(self._line() for _ in range(at_once))
            self._writer.write(Output(step=STEP, stream="stderr", text=text))


def start(platform: Path, size: Size, times: int) -> Iterator[str]:
    first, whole, sent = [], [], 0
    for _ in range(times):
        with interface(platform, size) as terminal:
            while not terminal.read(5):
                pass
            first.append(time.monotonic() - terminal.began)
            whole.append(terminal.settle())
            sent = terminal.bytes
    yield f"first screen: first byte {statistics.median(first):.2f} s,"
    yield f"  complete {statistics.median(whole):.2f} s (median of {times}), {sent / 1000:.1f} kB"


def idle(platform: Path, size: Size, seconds: float) -> Iterator[str]:
    with interface(platform, size) as terminal:
        terminal.settle()
        terminal.count(3.0)  # folders are counted, the first look at everything ends
        rate, share = terminal.count(seconds)
        yield f"idle overview: {rate:.0f} B/s, {share:.2%} of a core, {terminal.memory():.0f} MB"


def streaming(
    platform: Path, settings: Settings, size: Size, seconds: float, keys: int
) -> Iterator[str]:
    journal = Journal(settings, "20990101T000000Z-backup")
    with interface(platform, size) as terminal:
        terminal.settle()
        terminal.count(3.0)  # folders are counted, the first look at everything ends
        rate, share = terminal.count(seconds)
        yield f"idle run screen (a clock ticks): {rate:.0f} B/s, {share:.2%} of a core"
        with journal.printing(20):
            terminal.count(1.0)
            rate, share = terminal.count(seconds)
        yield f"20 lines a second: {rate / 1000:.1f} kB/s, {share:.1%} of a core"
        with journal.printing(5_000):
            terminal.count(1.0)
            took = []
            for number in range(keys):
                word = b"paused" if number % 2 == 0 else b"following"
                took.append(terminal.reaction(b" ", word))
                terminal.count(0.05)
            rate, share = terminal.count(seconds)
        took.sort()
        p99 = took[min(len(took) - 1, int(len(took) * 0.99))]
        yield f"5,000 lines a second: {rate / 1000:.1f} kB/s, {share:.0%} of a core,"
        yield f"  key to reaction: median {statistics.median(took) * 1000:.0f} ms,"
        yield f"  p99 {p99 * 1000:.0f} ms ({keys} keys); {journal.lines:,} lines printed,"
        yield f"  {terminal.memory():.0f} MB at the peak"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.terminal", description=__doc__)
    parser.add_argument("--size", type=Size.of, default="80x24", metavar="COLUMNSxROWS")
    parser.add_argument("--seconds", type=float, default=10.0, help="for each rate")
    parser.add_argument("--starts", type=int, default=7)
    parser.add_argument("--keys", type=int, default=100)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "practice"
        PracticePlatform.create(place)
        settings = resolve_settings(practice=str(place), environment={})
        print(f"load average before: {os.getloadavg()[0]:.1f}", flush=True)
        for line in start(place, given.size, given.starts):
            print(line, flush=True)
        for line in idle(place, given.size, given.seconds):
            print(line, flush=True)
        for line in streaming(place, settings, given.size, given.seconds, given.keys):
            print(line, flush=True)
        print(f"load average after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
