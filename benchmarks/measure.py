"""Running a program and seeing what it took."""

from __future__ import annotations

import mmap
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

TOUCHED = 3 << 30
"""Bytes of memory in use until a run needs them, at least."""
PIECE = 64 << 20
"""Bytes that are given back at a time."""
ROOM = 1 << 30
"""Bytes that lie free while there is any in use that can be given back."""
GIVE_SECONDS = 0.02
"""Between two looks at how much lies free."""
SAMPLE_SECONDS = 0.02


class Taken(NamedTuple):
    """What one run took; seconds, and bytes of memory where it was looked at."""

    wall: float
    cpu: float
    sync: float
    memory: int = 0


@contextmanager
def ready(*folders: Path, touched: int = TOUCHED, cold: bool = False) -> Iterator[None]:
    """Bring the machine into the same state before each run: memory, page cache, disk.

    What lies free for some seconds the host of a virtual machine takes back, and whoever uses it
    next pays for that, the more the longer a run is. So all that lies free is in use before, and
    given back while it is needed.

    Args:
        folders: are read; what a run is to find in memory.
        touched: bytes of memory in use at least, so that the oldest of what others left in the page
            cache has to go now; as many as a run brings into it.
        cold: nothing is read, and all that can be is forgotten (`drop_caches`, proc(5); as root).
    """
    pieces: list[mmap.mmap] = []
    over = threading.Event()
    giving = threading.Thread(target=_give_back, args=(pieces, over))
    try:
        free = of_memory("MemFree")
        # Not what the system calls available: of a tmpfs it counts what can't be given up.
        most = free + of_memory("Active(file)") + of_memory("Inactive(file)") - ROOM
        wanted = max(min(touched, most), free - ROOM // 4)
        pieces += (_piece() for _ in range(wanted // PIECE))
        if not cold:
            for folder in folders:
                _read(folder)
        os.sync()
        if cold:
            Path("/proc/sys/vm/drop_caches").write_text("3")
        _give_some(pieces)
        giving.start()
        yield
    finally:
        over.set()
        if giving.ident is not None:
            giving.join()
        for piece in pieces:
            piece.close()


def _piece() -> mmap.mmap:
    """Memory in use, in pages as large as can be: what is given back is not in shreds then."""
    piece = mmap.mmap(-1, PIECE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    piece.madvise(mmap.MADV_HUGEPAGE)
    piece[:: mmap.PAGESIZE] = bytes(PIECE // mmap.PAGESIZE)
    return piece


def _give_back(pieces: list[mmap.mmap], over: threading.Event) -> None:
    while pieces and not over.wait(GIVE_SECONDS):
        _give_some(pieces)


def _give_some(pieces: list[mmap.mmap]) -> None:
    while pieces and of_memory("MemFree") < ROOM:
        pieces.pop().close()


def _read(folder: Path) -> None:
    """Twice: what was read once goes as if it had not been, when memory is wanted for something."""
    buffer = bytearray(1 << 20)
    for root, _, names in (*os.walk(folder), *os.walk(folder)):
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
