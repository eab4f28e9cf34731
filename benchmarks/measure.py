"""Running a program and seeing what it took."""

from __future__ import annotations

import mmap
import os
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

TOUCHED = 3 << 30
"""Bytes of memory used once before each run, at least: what was freed earlier costs system time
when it is touched again, and whoever comes first would pay."""
SAMPLE_SECONDS = 0.02


class Taken(NamedTuple):
    """What one run took; seconds, and bytes of memory where it was looked at."""

    wall: float
    cpu: float
    sync: float
    memory: int = 0


def make_ready(*folders: Path, touched: int = TOUCHED, cold: bool = False) -> None:
    """Bring the machine into the same state before each run: memory, page cache, disk.

    Args:
        folders: are read; what a run is to find in memory.
        touched: bytes of memory used; as many as a run brings into the page cache.
        cold: nothing is read, and all that can be is forgotten (`drop_caches`, proc(5); as root).
    """
    # In use meanwhile: what lies free for some seconds the host of a virtual machine takes back,
    # and so there is room for what the run writes, for which the oldest have to go.
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE
    with mmap.mmap(-1, touched, flags=flags):
        if not cold:
            for folder in folders:
                _read(folder)
        os.sync()
        if cold:
            Path("/proc/sys/vm/drop_caches").write_text("3")


def _read(folder: Path) -> None:
    buffer = bytearray(1 << 20)
    for root, _, names in os.walk(folder):
        for name in names:
            path = Path(root, name)
            if path.is_file() and not path.is_symlink():
                with path.open("rb", buffering=0) as file:
                    while file.readinto(buffer):
                        pass


def of_memory(name: str) -> int:
    """Bytes, as the system tells them (proc_meminfo(5))."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    return 0


def run(commands: list[list[str]], environment: Mapping[str, str], *, memory: bool) -> Taken:
    """Run programs one after the other, and `sync` after them.

    Args:
        commands: what to run.
        environment: what they get besides ours.
        memory: look at their memory on the way, which slows them down.
    """
    before = os.times()
    start = time.perf_counter()
    most = 0
    for command in commands:
        process = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        watch = _Watch(process.pid) if memory else None
        _, errors = process.communicate()
        if watch is not None:
            most = max(most, watch.end())
        if process.returncode != 0:
            raise SystemExit(f"{' '.join(command)}: exit {process.returncode}\n{errors.decode()}")
    wall = time.perf_counter() - start
    after = os.times()
    os.sync()
    sync = time.perf_counter() - start - wall
    cpu = after.children_user + after.children_system
    cpu -= before.children_user + before.children_system
    return Taken(wall, cpu, sync, most)


class _Watch(threading.Thread):
    """Looks at the memory of a process and all below it, again and again.

    The proportional set size (Pss, proc(5)) shares out what several processes hold together, so
    that the sum is what they cost the machine.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._most = 0
        self._over = threading.Event()
        self.start()

    def run(self) -> None:
        while not self._over.wait(SAMPLE_SECONDS):
            self._most = max(self._most, sum(_pss(pid) for pid in _family(self._pid)))

    def end(self) -> int:
        """The most that was seen, in bytes."""
        self._over.set()
        self.join()
        return self._most


def _family(pid: int) -> list[int]:
    found = [pid]
    try:
        for tasks in Path(f"/proc/{pid}/task").iterdir():
            for child in (tasks / "children").read_text().split():
                found += _family(int(child))
    except OSError:
        pass
    return found


def _pss(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0
