"""Tombstone files: they list what was deleted from an InfluxDB data file but is still in it.

Formats 1 to 4 (tsdb/engine/tsm1/tombstone.go in InfluxDB's sources): format 1 has a key on each
line. The others begin with `00 00 15 0n`; then each deletion has the length of the key (big-endian
uint32), the key, and the first and last deleted time (int64 each). From format 3 this part is
packed by gzip, in format 4 in several pieces one after the other. A key is
`measurement,tags#!~#field`, as in the data file.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path
from typing import IO

from pryv_tui.formats.errors import FormatError
from pryv_tui.phrases import counted

MOST = 64 << 20
"""Most bytes that are read, unpacked: enough for some hundred thousand series."""
_HEADS = {0x1502: False, 0x1503: True, 0x1504: True}
"""The first four bytes of a file, and whether the rest is packed."""
_TIMES = 16


def deleted_keys(file: IO[bytes], path: Path, most: int = MOST) -> set[bytes]:
    """The keys of which points were deleted.

    Args:
        file: read from its current position.
        path: the file's name in errors.
        most: most bytes that are read, unpacked.

    Raises:
        FormatError: the file is not a tombstone file, is damaged, or is larger than `most`.
    """
    head = file.read(4)
    packed = _HEADS.get(int.from_bytes(head, "big")) if len(head) == 4 else None
    if packed is None:
        return _lines(head + file.read(most + 1 - len(head)), path, most)
    try:
        rest = gzip.GzipFile(fileobj=file).read(most + 1) if packed else file.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise FormatError(path, path.name, f"can't be unpacked: {error}") from error
    _fits(rest, path, most)
    found: set[bytes] = set()
    at = 0
    while at < len(rest):
        if len(rest) < at + 4:
            raise FormatError(path, at, "is cut off")
        (length,) = struct.unpack_from(">I", rest, at)
        end = at + 4 + length
        if len(rest) < end + _TIMES or not length:
            raise FormatError(path, at, "is cut off")
        found.add(rest[at + 4 : end])
        at = end + _TIMES
    return found


def _lines(content: bytes, path: Path, most: int) -> set[bytes]:
    _fits(content, path, most)
    found = {line for line in content.split(b"\n") if line}
    if any(b"\0" in line for line in found):
        raise FormatError(path, path.name, "is not a list of keys")
    return found


def _fits(content: bytes, path: Path, most: int) -> None:
    if len(content) > most:
        raise FormatError(path, path.name, f"holds more than {counted(most, 'byte')}")
