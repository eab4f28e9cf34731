"""Faults that can be set on a practice platform; each stays until it is cleared."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import msgspec

from pryv_tui.decoding import decode_json
from pryv_tui.errors import PryvTuiError
from pryv_tui.practice.locking import locked, write_atomically
from pryv_tui.practice.services import SERVICES


class FaultKind(msgspec.Struct, frozen=True):
    """One kind of fault: its name, what happens, and the operation in which it shows."""

    name: str
    what: str
    where: Literal["backup", "restore", "both"]


FAULTS: dict[str, FaultKind] = {
    kind.name: kind
    for kind in (
        FaultKind("mongodump-fails", "mongodump stops with an error, exit 1", "backup"),
        FaultKind("mongodump-empty", "mongodump writes nothing and exits 0", "backup"),
        FaultKind(
            "mongodump-short",
            "the dump holds fewer documents than mongodump says, exit 0",
            "backup",
        ),
        FaultKind(
            "mongorestore-failures", "mongorestore fails for some documents and exits 0", "restore"
        ),
        FaultKind("influxd-backup-fails", "influxd backup retries, then exits 1", "backup"),
        FaultKind(
            "influx-database-exists",
            "an InfluxDB database exists before influxd restore, which then aborts with exit 1",
            "restore",
        ),
        FaultKind(
            "container-dies", "the mongodb container stops in the middle of its tool", "both"
        ),
        FaultKind("disk-full", "no space left on the disk that is copied to", "both"),
        FaultKind("unreadable-file", "one attachment can't be read", "both"),
        FaultKind("changing-log", "a log grows while it is copied", "backup"),
        FaultKind(
            "changing-file",
            "a configuration file is written again each time it is read",
            "backup",
        ),
        FaultKind(
            "engine-gone",
            "the engine stops answering when the first dump or restore tool runs",
            "both",
        ),
        FaultKind("redis-rewrite-fails", "Redis can't rewrite its append-only file", "backup"),
        FaultKind("container-will-not-stop", "stopping a container fails", "both"),
        FaultKind("container-will-not-start", "starting a container fails", "both"),
        FaultKind(
            "container-loops", "a container ends as soon as it runs, again and again", "both"
        ),
    )
}

_FILE = "faults.json"


class Active(msgspec.Struct):
    """The content of `faults.json`."""

    active: dict[str, str] = {}
    """The faults that are set, each with the service that it is limited to (empty: all
    services)."""
    tripped: list[str] = []


class Faults:
    """The faults of one practice platform."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _FILE

    def _read(self) -> Active:
        # Each request to an engine looks here first, and most platforms have no such file: this
        # test takes half of the time of raising and catching an exception.
        if not os.access(self._path, os.F_OK):
            return Active()
        try:
            return decode_json(self._path.read_bytes(), Active)
        except FileNotFoundError:
            return Active()

    def _write(self, state: Active) -> None:
        write_atomically(self._path, msgspec.json.format(msgspec.json.encode(state)))

    def _note(self, event: str, name: str) -> None:
        # Loaded here: every tool of a store loads this module, but never sets faults.
        from pryv_tui.practice import simulated

        simulated.note(self._path.parent, event, name)

    def set(self, name: str) -> None:
        """Set a fault. `NAME:SERVICE` limits a container's fault to one service.

        Raises:
            PryvTuiError: `usage`, the name is not in `FAULTS`.
        """
        fault, _, service = name.partition(":")
        _known(fault)
        if service and service not in SERVICES:
            raise PryvTuiError(
                "usage", f"no service is called {service!r}", f"One of: {', '.join(SERVICES)}."
            )
        self._note("fault_set", name)
        with locked(self._path.with_suffix(".lock")):
            state = self._read()
            state.active[fault] = service
            state.tripped = [other for other in state.tripped if other != fault]
            self._write(state)

    def list(self) -> tuple[str, ...]:
        """Return the names of the faults that are set, in the form that `set` takes."""
        return tuple(
            f"{name}:{service}" if service else name
            for name, service in sorted(self._read().active.items())
        )

    def clear(self, name: str | None = None) -> None:
        """End a fault, or all faults.

        Raises:
            PryvTuiError: `usage`, the name is not in `FAULTS`.
        """
        if name is not None:
            _known(name.partition(":")[0])
        if self._read().active:
            self._note("fault_cleared", name or "")
        with locked(self._path.with_suffix(".lock")):
            state = self._read()
            if name is None:
                state = Active()
            else:
                fault = name.partition(":")[0]
                state.active.pop(fault, None)
                state.tripped = [other for other in state.tripped if other != fault]
            self._write(state)

    def active(self, name: str, service: str = "") -> bool:
        """Whether a fault is set (for this service)."""
        state = self._read()
        return name in state.active and state.active[name] in ("", service)

    def active_at_all(self, name: str) -> bool:
        """Whether a fault is set for any service."""
        return name in self._read().active

    def trip(self, name: str) -> None:
        """Record that a fault that waited for its moment has happened."""
        with locked(self._path.with_suffix(".lock")):
            state = self._read()
            if name in state.active and name not in state.tripped:
                state.tripped.append(name)
                self._write(state)

    def end_tripped(self, name: str) -> None:
        """End a fault that has happened; one that still waits for its moment stays."""
        with locked(self._path.with_suffix(".lock")):
            state = self._read()
            if name in state.tripped:
                state.tripped.remove(name)
                state.active.pop(name, None)
                self._write(state)

    def tripped(self, name: str) -> bool:
        return name in self._read().tripped


def _known(fault: str) -> None:
    if fault not in FAULTS:
        raise PryvTuiError(
            "usage", f"no fault is called {fault!r}", f"One of: {', '.join(FAULTS)}."
        )
