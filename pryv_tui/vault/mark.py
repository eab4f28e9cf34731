"""The mark of a vault: a file in its folder that says which vault it is, wherever it lies."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import msgspec

from pryv_tui import __version__
from pryv_tui.decoding import Undecodable, read_json
from pryv_tui.filesystem.durable import write_durably

MARK = "vault.json"


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Which vault this is."""

    format: int = 1
    id: str
    made: str = ""
    """RFC 3339 UTC."""
    tool: str = ""


class Stamp(msgspec.Struct, frozen=True):
    """What the file system says of the mark: a copy of it has another one."""

    inode: str
    """In digits: it may need all of 64 bits."""
    changed: int
    """Nanoseconds (ctime)."""


def read_mark(folder: Path) -> Mark | None:
    """The mark of a folder; None where there is none that can be read."""
    try:
        return read_json(folder / MARK, Mark)
    except (OSError, Undecodable):
        return None


def stamp_of(folder: Path) -> Stamp | None:
    """The mark's stamp; None where there is no mark."""
    try:
        found = os.lstat(folder / MARK)
    except OSError:
        return None
    return Stamp(str(found.st_ino), found.st_ctime_ns)


def make_mark(folder: Path, made: str) -> Mark:
    """Mark a folder as a vault of its own.

    Raises:
        OSError: it can't be written.
    """
    mark = Mark(id=secrets.token_hex(16), made=made, tool=__version__)
    write_durably(folder / MARK, msgspec.json.encode(mark) + b"\n")
    return mark
