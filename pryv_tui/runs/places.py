"""Where on this machine runs keep what concerns all of them, and look at who runs it."""

from __future__ import annotations

from pathlib import Path

import msgspec


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Folders of the machine; the defaults are those of every Linux."""

    runtime: Path = Path("/run")
    """Files in memory, gone with the machine's next start at the latest; only root makes folders
    there (hier(7))."""
    systemd: Path = Path("/run/systemd/system")
    """Exists exactly where systemd runs the machine (sd_booted(3))."""


HERE = Places()
