"""The state of a practice engine: its containers and the programs running in them.

It is stored in `engine.json`, which is read and replaced as a whole under a lock, since the
interface, workers and tools are different processes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from pryv_tui.decoding import decode_json
from pryv_tui.hosts.engine import Container, ContainerState, Mount
from pryv_tui.practice.inodes import Identity
from pryv_tui.practice.locking import content_of, locked, write_atomically
from pryv_tui.sanitize import one_line

ENGINE_FILE = "engine.json"


def now() -> str:
    """Return the present time, RFC 3339, UTC, to the microsecond."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


class MountRecord(msgspec.Struct, kw_only=True):
    """A bind mount, with the identity of its folder when the container started."""

    source: str
    destination: str
    read_only: bool = False
    seen: Identity | None = None
    """The source's identity when the container started. The container keeps using that folder, even
    if another one is there now."""


class NetworkRecord(msgspec.Struct, kw_only=True):
    """A network of a drill: it has no way out."""

    name: str
    subnet: str
    labels: dict[str, str] = {}


class ContainerRecord(msgspec.Struct, kw_only=True):
    """One container of a practice engine."""

    name: str
    service: str
    image: str
    state: ContainerState
    since: str
    restarts: int = 0
    exit_code: int | None = None
    waits_for: str = ""
    """Why the container keeps restarting; empty while it runs."""
    boots: int = 0
    """How often the container was started. The number distinguishes one start from the next."""
    restart_policy: str = "always"
    """The policy in all templates."""
    mounts: list[MountRecord] = []
    labels: dict[str, str] = {}
    environment: dict[str, str] = {}
    sandbox: str = ""
    """The folder of the drill's sandbox, the only folder that the container can mount; empty for a
    container that does not belong to a drill."""
    network: bool = True
    """Whether the container can reach anything outside itself and the networks of its drill."""
    joined: dict[str, str] = {}
    """The container's address in each network of its drill, by the network's name."""
    hosts: dict[str, str] = {}
    """The host names that the container can resolve, with their addresses."""
    idle: bool = False
    """Whether the container runs only the idle program instead of its image's program."""

    @property
    def digest(self) -> str:
        return "sha256:" + _sha256(f"practice {self.image}")

    @property
    def id(self) -> str:
        """The container id, in the format of a real engine."""
        place = self.mounts[0].source if self.mounts else ""
        return _sha256(f"practice {place} {self.name}")

    def to_container(self) -> Container:
        return Container(
            name=self.name,
            image=one_line(self.image),
            image_digest=one_line(self.digest),
            state=self.state,
            since=one_line(self.since),
            restarts=self.restarts,
            exit_code=self.exit_code,
            restart_policy=one_line(self.restart_policy),
            mounts=tuple(Mount(m.source, m.destination, m.read_only) for m in self.mounts),
            labels={key: one_line(text) for key, text in self.labels.items()},
            environment=dict(self.environment),
        )


CALLED = "PRYV_TUI_PRACTICE_CALLED"
"""The environment variable with a tool's id."""


class ProcessRecord(msgspec.Struct, kw_only=True, frozen=True):
    """A program that was started in a container."""

    pid: int
    born: str
    """The program's start time from the kernel: the pid alone may be reused by another process."""
    container: str
    argv: tuple[str, ...]
    called: str = ""
    """The program's unique id; empty if it was not started by an engine."""

    @property
    def alive(self) -> bool:
        return birth_of(self.pid) == self.born


class EngineRecord(msgspec.Struct, kw_only=True):
    """The content of `engine.json`."""

    containers: dict[str, ContainerRecord] = {}
    processes: list[ProcessRecord] = []
    networks: dict[str, NetworkRecord] = {}
    """The networks of drills."""


def birth_of(pid: int) -> str | None:
    """Return a process's start time from the kernel; None if the process is gone (or a zombie)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        if Path("/proc/self/stat").exists():
            return None
        return _without_proc(pid)
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in ("Z", "X") else fields[19]


def _without_proc(pid: int) -> str | None:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        pass
    return "alive"


class EngineStore:
    """The file `engine.json` of one machine."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / ENGINE_FILE
        self._known: tuple[bytes | None, EngineRecord] = (None, EngineRecord())

    def read(self) -> EngineRecord:
        """Return the present record, without waiting for a lock; do not change it."""
        content, (known, record) = self.content(), self._known
        # A run calls this some hundred times, and usually nothing has changed in between.
        if content != known:
            record = self.of_content(content)
            self._known = (content, record)
        return record

    def content(self) -> bytes | None:
        """Return the present content of the file; None if there is no file yet."""
        try:
            return content_of(self.path)
        except FileNotFoundError:
            return None

    @staticmethod
    def of_content(content: bytes | None) -> EngineRecord:
        """Return the record in a content of the file."""
        return EngineRecord() if content is None else decode_json(content, EngineRecord)

    @contextmanager
    def change(self) -> Iterator[EngineRecord]:
        """Give the record to the block, to be changed. It is saved when the block ends without an
        exception. Can't be nested."""
        with locked(self.path.with_suffix(".lock")):
            record = self.of_content(self.content())
            yield record
            record.processes = [process for process in record.processes if process.alive]
            write_atomically(self.path, msgspec.json.format(msgspec.json.encode(record)))

    @contextmanager
    def still(self) -> Iterator[None]:
        """Hold the lock: no container starts, stops or disappears during the block. The record can
        be read as usual. Can't be nested, nor used inside `change`."""
        with locked(self.path.with_suffix(".lock")):
            yield

    def add_process(self, process: ProcessRecord) -> None:
        """Record a program; do nothing if it is already recorded."""
        if process in self.read().processes:
            return
        with self.change() as record:
            if process not in record.processes:
                record.processes.append(process)

    def processes(self, container: str) -> list[ProcessRecord]:
        """Return the programs that run in a container now."""
        return [p for p in self.read().processes if p.container == container and p.alive]


def _sha256(text: str) -> str:
    # Loaded here: hashlib loads OpenSSL, which takes a sixth of a tool's start, and no tool needs
    # it.
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()
