"""A container that somebody else starts on the same machine in the middle of a restore.

The container's name is written down beforehand. It is started once, when the engine starts MongoDB
to fill it, so that it happens at the same moment on every machine.
"""

from __future__ import annotations

from pathlib import Path

from pryv_tui.practice import simulated

_FILE = "meanwhile"
MOMENT = "mongodb"
"""The service whose start triggers the start of the container."""


def start_meanwhile(folder: Path, container: str) -> None:
    """Arrange that a container is started the next time that MongoDB is started.

    Raises:
        OSError: the container's name can't be written down.
    """
    simulated.note(folder, "container_started", container)
    (folder / _FILE).write_text(container, encoding="utf-8")


def due(folder: Path, service: str) -> str:
    """Return the container that somebody starts now; empty if none. Each is returned only once."""
    if service != MOMENT:
        return ""
    try:
        container = (folder / _FILE).read_text(encoding="utf-8")
        (folder / _FILE).unlink()
    except FileNotFoundError:
        return ""
    return container
