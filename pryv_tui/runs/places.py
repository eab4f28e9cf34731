"""The folders of this machine that all runs use: where locks are, and where systemd can be
recognised."""

from __future__ import annotations

from pathlib import Path

import msgspec


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Folders of the machine; the defaults are those of every Linux."""

    runtime: Path = Path("/run")
    """A folder in memory, emptied at the next boot at the latest. Only root makes folders there
    (hier(7))."""
    systemd: Path = Path("/run/systemd/system")
    """Exists if and only if systemd runs the machine (sd_booted(3))."""


HERE = Places()
