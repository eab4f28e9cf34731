"""A life of a database with a write-ahead log, and what SQLite and the C library make of it."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import struct
from pathlib import Path
from typing import NamedTuple

from pryv_tui.formats.sqlite.inside import NotOpened
from pryv_tui.formats.sqlite.recover import mend
from pryv_tui.vault.files.pieces import FILE_KIND, CopyOptions
from pryv_tui.vault.native import library as compiled
from tests.vault.descriptors import none_left_open
from tests.vault.files.sqlite.open_databases import DATABASES

HEAD, FRAME_HEAD = 32, 24


NAME = b"x.db"
ENDINGS = (b"", b"-shm", b"-wal")


class Files(NamedTuple):
    """A database as it lies there."""

    database: bytes
    shm: bytes
    log: bytes


def put(files: Files, folder: Path) -> Path:
    folder.mkdir()
    for end, content in zip(ENDINGS, files, strict=True):
        (folder / os.fsdecode(NAME + end)).write_bytes(content)
    return folder


def by_sqlite(files: Files, folder: Path) -> bytes | None:
    """What SQLite makes of a copy of them; None: it refuses."""
    put(files, folder)
    holder = os.open(folder, os.O_RDONLY)
    try:
        mend(NAME, holder)
    except (sqlite3.Error, NotOpened, UnicodeDecodeError):
        return None
    finally:
        os.close(holder)
    return (folder / "x.db").read_bytes()


def by_library(source: Path, to: Path, path: str = compiled.LIBRARY) -> bytes | None:
    """What the library makes of them; None: it leaves them, and nothing is there."""
    to.mkdir()
    library = compiled.load(CopyOptions(settled_ns=2**63), DATABASES.sqlite, path)
    assert library is not None
    with none_left_open():
        ends = (os.open(source, os.O_RDONLY), os.open(to, os.O_RDONLY))
        names = [FILE_KIND + name for name in sorted(map(os.fsencode, os.listdir(source)))]  # noqa: PTH208
        piece = library.do(ends, {}, names, b"", (), most=1 << 30, entries=99)
        for end in ends:
            os.close(end)
    library.close()
    if not piece.files:
        assert list(to.iterdir()) == []
        assert len(piece.parts) == len(names)
        return None
    assert [path.name for path in to.iterdir()] == ["x.db"]
    content = (to / "x.db").read_bytes()
    assert piece.begun == len(names)
    ((sums, *_),) = piece.parts
    assert sums == f"{hashlib.sha256(content).hexdigest()}  x.db\n".encode()
    assert (piece.size, piece.read) == (len(content), len(content))
    return content


def frames(log: bytes, page: int) -> list[bytes]:
    size = FRAME_HEAD + page
    return [log[at : at + size] for at in range(HEAD, len(log) - size + 1, size)]


def summed(log: bytes, page: int, *, big: bool, salt: bytes = b"") -> bytes:
    """The same log with its checksums made anew, in an order of bytes."""
    sums = (0, 0)

    def more(data: bytes) -> bytes:
        nonlocal sums
        one, other = sums
        words = struct.unpack(f"{'>' if big else '<'}{len(data) // 4}I", data)
        for a, b in zip(words[::2], words[1::2], strict=True):
            one = one + a + other & 0xFFFFFFFF
            other = other + b + one & 0xFFFFFFFF
        sums = one, other
        return struct.pack(">II", *sums)

    head = struct.pack(">I", 0x377F0682 | big) + log[4:16] + (salt or log[16:24])
    made = [head, more(head)]
    for frame in frames(log, page):
        told = frame[:8] + (salt or frame[8:16])
        more(frame[:8])
        made += [told, more(frame[FRAME_HEAD:]), frame[FRAME_HEAD:]]
    return b"".join(made)
