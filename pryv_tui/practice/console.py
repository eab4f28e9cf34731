"""What containers print, and what the engine reports of them: files that are only appended to."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from pryv_tui.hosts.engine import EngineEvent
from pryv_tui.practice.home import Machine
from pryv_tui.practice.state import ContainerRecord, now

_POLL = 0.1


def _append(path: Path, line: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    try:
        os.write(descriptor, line)
    finally:
        os.close(descriptor)


def log_path(machine: Machine, container: str) -> Path:
    return machine.log_folder / f"{container}.log"


def log(machine: Machine, container: ContainerRecord, text: str) -> None:
    """A container prints a line: the engine keeps it, and so does the service's own log folder."""
    line = f"{now()} [{container.service}] {text}\n".encode()
    _append(log_path(machine, container.name), line)
    for mount in container.mounts:
        folder = Path(mount.source)
        if mount.destination == "/app/log" and folder.is_dir():
            _append(folder / f"{container.service}.log", line)


def read_log(
    machine: Machine, container: str, *, tail: int | None, follow: Callable[[], bool] | None
) -> Iterator[bytes]:
    """A container's log in chunks, and what is added while `follow` says that it lives."""
    path = log_path(machine, container)
    data = path.read_bytes() if path.exists() else b""
    position = len(data)
    lines = data.splitlines(keepends=True)
    if tail is not None:
        lines = lines[max(0, len(lines) - tail) :]
    if lines:
        yield b"".join(lines)
    alive = follow is not None
    while alive and follow is not None:
        alive = follow()
        for chunk in _new(path, position):
            position += len(chunk)
            yield chunk
        if alive:
            time.sleep(_POLL)


def _new(path: Path, position: int) -> list[bytes]:
    try:
        with path.open("rb") as file:
            file.seek(position)
            data = file.read()
    except FileNotFoundError:
        return []
    return [data] if data else []


def _events_path(machine: Machine) -> Path:
    return machine.log_folder / "events.jsonl"


def report(machine: Machine, container: str, action: str) -> None:
    """Tell whoever watches the engine's events."""
    event = EngineEvent(container=container, action=action, time=time.time())
    _append(_events_path(machine), msgspec.json.encode(event) + b"\n")


def events(machine: Machine) -> Iterator[EngineEvent]:
    """Events from now on, until the iterator is closed."""
    path = _events_path(machine)
    return _follow_events(path, path.stat().st_size if path.exists() else 0)


def _follow_events(path: Path, position: int) -> Iterator[EngineEvent]:
    rest = b""
    while True:
        for chunk in _new(path, position):
            position += len(chunk)
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                yield msgspec.json.decode(line, type=EngineEvent)
        time.sleep(_POLL)
