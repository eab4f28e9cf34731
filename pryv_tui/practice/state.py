"""What a practice engine knows: its containers and the programs running in them.

Kept in `engine.json`, read whole and replaced whole under a lock, since the interface, workers and
tools are different processes.
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
from pryv_tui.practice.locking import locked, write_atomically
from pryv_tui.sanitize import one_line

ENGINE_FILE = "engine.json"


def now() -> str:
    """RFC 3339, UTC, to the microsecond."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


class MountRecord(msgspec.Struct, kw_only=True):
    """A bind mount, and which folder it was when the container started."""

    source: str
    destination: str
    read_only: bool = False
    seen: Identity | None = None
    """The source's identity at start: the container keeps that folder, whatever lies there now."""


class NetworkRecord(msgspec.Struct, kw_only=True):
    """A network of a drill: nothing outside is reached from it."""

    name: str
    subnet: str
    labels: dict[str, str] = {}


class ContainerRecord(msgspec.Struct, kw_only=True):
    """One container."""

    name: str
    service: str
    image: str
    state: ContainerState
    since: str
    restarts: int = 0
    exit_code: int | None = None
    waits_for: str = ""
    """Why it restarts again and again; empty while it runs."""
    boots: int = 0
    """How often it was started, which tells one life from the next."""
    restart_policy: str = "always"
    """Every template's."""
    mounts: list[MountRecord] = []
    labels: dict[str, str] = {}
    environment: dict[str, str] = {}
    sandbox: str = ""
    """The folder of the drill that it is of, and all that it can have mounted; empty for one of
    the platform."""
    network: bool = True
    """Whether it reaches anything outside itself, and outside the networks of its drill."""
    joined: dict[str, str] = {}
    """By network of its drill that it is on, its address there."""
    hosts: dict[str, str] = {}
    """Names that it knows, and the addresses that they lead to."""
    idle: bool = False
    """It runs nothing of its image."""

    @property
    def digest(self) -> str:
        return "sha256:" + _sha256(f"practice {self.image}")

    @property
    def id(self) -> str:
        """A container id as an engine shows it."""
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
"""Tells a tool what it is called."""


class ProcessRecord(msgspec.Struct, kw_only=True, frozen=True):
    """A program that was started in a container."""

    pid: int
    born: str
    """When the kernel says it started: a pid alone may be somebody else's by now."""
    container: str
    argv: tuple[str, ...]
    called: str = ""
    """What no other program is; empty where somebody else than an engine started it."""

    @property
    def alive(self) -> bool:
        return birth_of(self.pid) == self.born


class EngineRecord(msgspec.Struct, kw_only=True):
    """The content of `engine.json`."""

    containers: dict[str, ContainerRecord] = {}
    processes: list[ProcessRecord] = []
    networks: dict[str, NetworkRecord] = {}
    """Those of drills."""


def birth_of(pid: int) -> str | None:
    """A process's start time as the kernel keeps it, or None when it is gone (or a zombie)."""
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
    """`engine.json` of one machine."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / ENGINE_FILE
        self._known: tuple[bytes | None, EngineRecord] = (None, EngineRecord())

    def read(self) -> EngineRecord:
        """The record as it is now, without waiting for anybody; not to be changed."""
        content, (known, record) = self.content(), self._known
        # A run asks some hundred times, and mostly nothing has happened meanwhile.
        if content != known:
            record = self.of_content(content)
            self._known = (content, record)
        return record

    def content(self) -> bytes | None:
        """The file as it is now; None where there is none yet."""
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return None

    @staticmethod
    def of_content(content: bytes | None) -> EngineRecord:
        """What the file tells when it holds that."""
        return EngineRecord() if content is None else decode_json(content, EngineRecord)

    @contextmanager
    def change(self) -> Iterator[EngineRecord]:
        """The record to change; saved when the block ends well. Not to be nested."""
        with locked(self.path.with_suffix(".lock")):
            record = self.of_content(self.content())
            yield record
            record.processes = [process for process in record.processes if process.alive]
            write_atomically(self.path, msgspec.json.format(msgspec.json.encode(record)))

    @contextmanager
    def still(self) -> Iterator[None]:
        """Nobody changes the record meanwhile: no container starts, stops or goes. It is read
        as usual; not to be nested, nor in `change`."""
        with locked(self.path.with_suffix(".lock")):
            yield

    def add_process(self, process: ProcessRecord) -> None:
        """Remember a program; a second time is none."""
        if process in self.read().processes:
            return
        with self.change() as record:
            if process not in record.processes:
                record.processes.append(process)

    def processes(self, container: str) -> list[ProcessRecord]:
        """What runs in a container now."""
        return [p for p in self.read().processes if p.container == container and p.alive]


def _sha256(text: str) -> str:
    # It brings OpenSSL, a sixth of a tool's start, and no tool needs it.
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()
