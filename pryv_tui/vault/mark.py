"""The mark of a vault: a file in its folder that identifies it, wherever it is mounted."""

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
    """The identity of a vault."""

    format: int = 1
    id: str
    made: str = ""
    """RFC 3339 UTC."""
    tool: str = ""


class Stamp(msgspec.Struct, frozen=True):
    """The mark file's identity in its file system; a copy of the file has another one."""

    inode: str
    """As digits: it may need all 64 bits."""
    changed: int
    """Its ctime, in UTC nanoseconds."""


def read_mark(folder: Path) -> Mark | None:
    """Read the mark of a folder; None if it has none, or none that can be read."""
    try:
        return read_json(folder / MARK, Mark)
    except (OSError, Undecodable):
        return None


def stamp_of(folder: Path) -> Stamp | None:
    """The stamp of a folder's mark; None if it has none."""
    try:
        found = os.lstat(folder / MARK)
    except OSError:
        return None
    return Stamp(str(found.st_ino), found.st_ctime_ns)


def make_mark(folder: Path, made: str) -> Mark:
    """Mark a folder as a new vault.

    Raises:
        OSError: it can't be written.
    """
    mark = Mark(id=secrets.token_hex(16), made=made, tool=__version__)
    write_durably(folder / MARK, msgspec.json.encode(mark) + b"\n")
    return mark
