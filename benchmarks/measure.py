"""Running a program and seeing what it took."""

from __future__ import annotations

import mmap
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
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
    given back while it is needed. In use as page cache: memory that a program holds would make less
    of what may wait to be written (dirty_ratio, proc_sys_vm(5)), and who writes fast would wait.

    Args:
        folders: are read; what a run is to find in memory.
        touched: bytes of memory in use at least, so that the oldest of what others left in the page
            cache has to go now; as many as a run brings into it.
        cold: nothing is read, and all that can be is forgotten (`drop_caches`, proc(5); as root).
    """
    os.sync()
    if cold:
        Path("/proc/sys/vm/drop_caches").write_text("3")
    over = threading.Event()
    with _Held() as held:
        giving = threading.Thread(target=_give_back, args=(held, over))
        free = of_memory("MemFree")
        # Not what the system calls available: of a tmpfs it counts what can't be given up.
        most = free + of_memory("Active(file)") + of_memory("Inactive(file)") - ROOM
        wanted = max(min(touched, most), free - ROOM // 4)
        for _ in range(wanted // PIECE):
            held.take()
        if not cold:
            for folder in folders:
                _read(folder)
        os.sync()  # when a file was read is kept, too
        held.give_some()
        giving.start()
        try:
            yield
        finally:
            over.set()
            giving.join()


@contextmanager
def limited(most: int) -> Iterator[list[str]]:
    """Have commands run in a memory cgroup of their own: what they read and write is kept in memory
    up to so many bytes, their own memory among them. As root.

    Yields what goes before such a command.
    """
    own = dict(line.split(":")[1:] for line in Path("/proc/self/cgroup").read_text().splitlines())
    if "memory" in own:  # cgroups(7), version 1
        above, limit = Path("/sys/fs/cgroup/memory", own["memory"][1:]), "memory.limit_in_bytes"
    else:
        above, limit = Path("/sys/fs/cgroup"), "memory.max"
    group = above / f"pryv-tui-{os.getpid()}"
    group.mkdir()
    try:
        (group / limit).write_text(str(most))
        yield ["sh", "-c", 'echo $$ > "$0" && exec "$@"', str(group / "cgroup.procs")]
    finally:
        group.rmdir()


class _Held:
    """Memory in use: pages of a file that is one hole, and takes no place on the disk."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(dir="/var/tmp", buffering=0)  # noqa: SIM115
        self._pieces = 0

    def __enter__(self) -> _Held:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def take(self) -> None:
        """Have another piece in use."""
        at = self._pieces * PIECE
        self._pieces += 1
        self._file.truncate(at + PIECE)
        with mmap.mmap(self._file.fileno(), PIECE, prot=mmap.PROT_READ, offset=at) as piece:
            # In large pages, where the kernel has them: to give back small ones took 3 % of both
            # cores while a copy ran.
            with suppress(OSError):
                piece.madvise(mmap.MADV_HUGEPAGE)
            for page in range(0, PIECE, mmap.PAGESIZE):
                piece[page]

    def give_some(self) -> None:
        """Give back as many as it takes to have room."""
        while self._pieces and of_memory("MemFree") < ROOM:
            self._pieces -= 1
            os.posix_fadvise(
                self._file.fileno(), self._pieces * PIECE, PIECE, os.POSIX_FADV_DONTNEED
            )


def _give_back(held: _Held, over: threading.Event) -> None:
    while not over.wait(GIVE_SECONDS):
        held.give_some()


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


def run(
    commands: list[list[str]],
    environment: Mapping[str, str],
    *,
    memory: bool,
    well: Collection[int] = (0,),
) -> Taken:
    """Run programs one after the other, and `sync` after them.

    Args:
        commands: what to run.
        environment: what they get besides ours.
        memory: look at their memory on the way, which slows them down.
        well: exit codes with which they are done.
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
        if process.returncode not in well:
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
