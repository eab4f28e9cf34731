"""Which series an InfluxDB file holds (TSM1, InfluxDB 1.x), read from its index alone.

Header `16 D1 16 D1`, version 1; blocks; the index: per key its length (big-endian uint16), the key,
a type (byte), the number of blocks (uint16) and 28 bytes for each; the last 8 bytes are the index's
offset (tsdb/engine/tsm1/DESIGN.md in InfluxDB's sources). A key is `measurement,tags#!~#field`.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from pryv_tui.formats.errors import FormatError

_MAGIC = bytes.fromhex("16d116d101")
_ENTRY = 28
_UNESCAPED = re.compile(rb"(?<!\\),")
_FIELD = b"#!~#"


def measurements(file: IO[bytes], path: Path) -> Iterator[str]:
    """The measurements of an open file, one a series: a name may come several times.

    Args:
        file: seekable.
        path: what the error calls it.

    Raises:
        FormatError: it is no such file, or damaged.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if size < len(_MAGIC) + 8 or file.read(len(_MAGIC)) != _MAGIC:
        raise FormatError(path, path.name, "is no TSM file")
    file.seek(size - 8)
    (at,) = struct.unpack(">q", file.read(8))
    if not len(_MAGIC) <= at <= size - 8:
        raise FormatError(path, path.name, f"its index can't lie at {at}")
    file.seek(at)
    end = size - 8
    while at < end:
        try:
            (length,) = struct.unpack(">H", file.read(2))
            key = file.read(length)
            _type, blocks = struct.unpack(">BH", file.read(3))
        except struct.error as error:
            raise FormatError(path, at, f"its index is cut off: {error}") from error
        at += 2 + length + 3 + blocks * _ENTRY
        if len(key) < length or at > end:
            raise FormatError(path, at, "its index is cut off")
        file.seek(at)
        name = _UNESCAPED.split(key.partition(_FIELD)[0], 1)[0]
        yield name.replace(b"\\,", b",").replace(b"\\ ", b" ").decode("utf-8", "replace")
