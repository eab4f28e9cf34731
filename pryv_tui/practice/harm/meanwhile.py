"""Somebody else at work on the same machine: a container is started in the middle of a restore.

It is written down beforehand and happens once, when the engine starts MongoDB to fill it: so it
always comes at the same moment, on whichever machine the tests run.
"""

from __future__ import annotations

from pathlib import Path

from pryv_tui.practice import simulated

_FILE = "meanwhile"
MOMENT = "mongodb"
"""The service at whose start it happens."""


def start_meanwhile(folder: Path, container: str) -> None:
    """Have a container be started the next time that MongoDB is.

    Raises:
        OSError: it can't be written down.
    """
    simulated.note(folder, "container_started", container)
    (folder / _FILE).write_text(container, encoding="utf-8")


def due(folder: Path, service: str) -> str:
    """The container that somebody starts now; empty for none. It is told once."""
    if service != MOMENT:
        return ""
    try:
        container = (folder / _FILE).read_text(encoding="utf-8")
        (folder / _FILE).unlink()
    except FileNotFoundError:
        return ""
    return container
