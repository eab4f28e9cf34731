"""Append-only files for what containers print, and for the events that the engine reports about
them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import BinaryIO, TypeVar

import msgspec

from pryv_tui.decoding import decode_json
from pryv_tui.hosts.engine import EngineEvent
from pryv_tui.practice.home import Machine
from pryv_tui.practice.state import ContainerRecord, now

T = TypeVar("T")

_POLL = 0.1
_PART = 1 << 16
"""The number of bytes of a log that are read at a time."""


def _append(path: Path, line: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    try:
        os.write(descriptor, line)
    finally:
        os.close(descriptor)


class Followed(Iterator[T]):
    """An iterator that waits for more items until it is closed. Another thread may close it, which
    is impossible for a generator that is waiting."""

    def __init__(self, make: Callable[[Event], Iterator[T]]) -> None:
        """Create the iterator; nothing is read yet.

        Args:
            make: creates the inner iterator; its argument is an event that is set when it has to
                end.
        """
        self._closed = Event()
        self._items = make(self._closed)

    def __next__(self) -> T:
        return next(self._items)

    def close(self) -> None:
        """Ask the iterator to end; it ends at its next poll."""
        self._closed.set()


def log_path(machine: Machine, container: str) -> Path:
    return machine.log_folder / f"{container}.log"


def log(machine: Machine, container: ContainerRecord, text: str) -> None:
    """Print a line as a container does: into the engine's log and into the service's own log
    folder."""
    line = f"{now()} [{container.service}] {text}\n".encode()
    _append(log_path(machine, container.name), line)
    for mount in container.mounts:
        folder = Path(mount.source)
        if mount.destination == "/app/log" and folder.is_dir():
            _append(folder / f"{container.service}.log", line)


def read_log(
    machine: Machine,
    container: str,
    *,
    tail: int | None,
    follow: Callable[[], bool] | None,
    since: float | None = None,
) -> Iterator[bytes]:
    """Return a container's log in chunks, followed by what is added while `follow` returns True."""
    path = log_path(machine, container)
    return Followed(lambda closed: _read_log(path, tail, follow, since, closed))


def _read_log(
    path: Path,
    tail: int | None,
    follow: Callable[[], bool] | None,
    since: float | None,
    closed: Event,
) -> Iterator[bytes]:
    position = path.stat().st_size if path.exists() else 0
    yield from _kept(path, position, tail, since)
    alive = follow is not None
    while alive and follow is not None and not closed.is_set():
        alive = follow()
        for chunk in _new(path, position):
            position += len(chunk)
            yield chunk
        if alive:
            closed.wait(_POLL)


def _kept(
    path: Path, end: int, tail: int | None, since: float | None, *, part: int = _PART
) -> Iterator[bytes]:
    """Yield the content of a log up to the position `end`, at most `part` bytes at a time."""
    if not end:
        return
    with path.open("rb") as file:
        file.seek(_start_of(file, end, tail, part) if tail is not None else 0)
        if since is not None:
            place = file.tell()
            while (line := file.readline()) and not _printed_since(line, since):
                place = file.tell()
            file.seek(place)
        while (left := end - file.tell()) > 0 and (chunk := file.read(min(part, left))):
            yield chunk


def _start_of(file: BinaryIO, end: int, tail: int, size: int) -> int:
    """Return the position of the last `tail` lines, searched from the end, one part at a time."""
    if not tail:
        return end
    # The newline at the end of the last line does not begin another line.
    wanted, at = tail + 1, end
    while at > 0:
        start = max(0, at - size)
        file.seek(start)
        part = file.read(at - start)
        if at == end and not part.endswith(b"\n"):
            wanted -= 1
        ends = part.count(b"\n")
        if ends >= wanted:
            for _ in range(ends - wanted):
                part = part[part.index(b"\n") + 1 :]
                start = at - len(part)
            return start + part.index(b"\n") + 1
        wanted -= ends
        at = start
    return 0


def _printed_since(line: bytes, since: float) -> bool:
    """Whether a line was printed at or after that time; each line begins with its own time."""
    try:
        when = datetime.fromisoformat(line.split(b" ", 1)[0].decode())
    except ValueError:
        return False
    return when.timestamp() >= since


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
    """Report an event to those who watch the engine."""
    event = EngineEvent(container=container, action=action, time=time.time())
    _append(_events_path(machine), msgspec.json.encode(event) + b"\n")


def events(machine: Machine) -> Iterator[EngineEvent]:
    """Yield events from now on, until the iterator is closed."""
    path = _events_path(machine)
    start = path.stat().st_size if path.exists() else 0
    return Followed(lambda closed: _follow_events(path, start, closed))


def _follow_events(path: Path, position: int, closed: Event) -> Iterator[EngineEvent]:
    rest = b""
    while not closed.is_set():
        for chunk in _new(path, position):
            position += len(chunk)
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                yield decode_json(line, EngineEvent)
        closed.wait(_POLL)
