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
    """The identity of a vault's mark file in its file system; a copy of the file has another
    stamp."""

    inode: str
    """Decimal digits, since the number may need all 64 bits."""
    changed: int
    """The file's ctime, in UTC nanoseconds."""


def read_mark(folder: Path) -> Mark | None:
    """Read the mark of a folder; None if there is none, or it can't be read."""
    try:
        return read_json(folder / MARK, Mark)
    except (OSError, Undecodable):
        return None


def stamp_of(folder: Path) -> Stamp | None:
    """Return the stamp of a folder's mark; None if there is none."""
    try:
        found = os.lstat(folder / MARK)
    except OSError:
        return None
    return Stamp(str(found.st_ino), found.st_ctime_ns)


def make_mark(folder: Path, made: str) -> Mark:
    """Mark a folder as a new vault, and return the mark.

    Raises:
        OSError: the mark can't be written.
    """
    mark = Mark(id=secrets.token_hex(16), made=made, tool=__version__)
    write_durably(folder / MARK, msgspec.json.encode(mark) + b"\n")
    return mark
