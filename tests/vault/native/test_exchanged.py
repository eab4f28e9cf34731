"""Logs that others write to while the C library reads them: what it reads a second time is judged
as what it read first."""

from __future__ import annotations

import ctypes
import shutil
import sqlite3
import struct
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from hatch_build import SOURCES, build
from tests.vault.native.logged import (
    ENDINGS,
    FRAME_HEAD,
    HEAD,
    Files,
    by_library,
    by_sqlite,
    frames,
    put,
    summed,
)

pytestmark = pytest.mark.usefixtures("built")

PAGE = 4096
FRAME = FRAME_HEAD + PAGE
HOOKED = """
#include <unistd.h>
void (*before_pread)(long size, long at);
static ssize_t hooked_pread(int fd, void *to, size_t size, off_t at)
{
    if (before_pread)
        before_pread(size, at);
    return pread(fd, to, size, at);
}
#define pread hooked_pread
"""
"""Goes before the library's source: whoever reads at a place is told of it first."""
Told = Callable[[int, int], None]
HOOK = ctypes.CFUNCTYPE(None, ctypes.c_long, ctypes.c_long)


@pytest.fixture(scope="module")
def hooked(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("hooked")
    (folder / SOURCES[0]).parent.mkdir(parents=True)
    for source in SOURCES:
        shutil.copy(Path(__file__).parents[3] / source, folder / source)
    header = folder / "hooked.h"
    header.write_text(HOOKED)
    return str(build(folder, "-D_GNU_SOURCE=", "-include", str(header)))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """A database whose log is read twice."""
    path = tmp_path_factory.mktemp("large") / "life.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for setting in (f"page_size={PAGE}", "journal_mode=wal", "wal_autocheckpoint=0"):
            database.execute(f"PRAGMA {setting}").fetchall()
        database.execute("CREATE TABLE t (x)")
        database.execute("INSERT INTO t VALUES (zeroblob(300000))")
        for _ in range(6):
            database.execute("UPDATE t SET x = randomblob(300000)")
        files = Files(*(path.with_name(f"life.db{end.decode()}").read_bytes() for end in ENDINGS))
    assert len(files.log) > 3 << 19
    return files


def copied(library: str, source: Path, to: Path, told: Told) -> bytes | None:
    """What is made of a database by a library that tells what it is about to read of it."""
    place = ctypes.c_void_p.in_dll(ctypes.CDLL(library), "before_pread")
    kept = HOOK(told)
    place.value = ctypes.cast(kept, ctypes.c_void_p).value
    try:
        return by_library(source, to, library)
    finally:
        place.value = None


def exchanging(log: Path, content: bytes) -> tuple[Told, list[int]]:
    """Has the log's frames exchanged before the first of them is read a second time."""
    readings: list[int] = []

    def told(size: int, at: int) -> None:
        if at == HEAD and size >= FRAME:
            readings.append(at)
            if len(readings) == 2:
                log.write_bytes(content)

    return told, readings


def patched(log: bytes, frame: int, at: int, content: bytes) -> bytes:
    place = HEAD + frame * FRAME + at
    return log[:place] + content + log[place + len(content) :]


def last(log: bytes) -> int:
    return len(frames(log, PAGE)) - 1


def again(log: bytes) -> bytes:
    """The same with sums that fit."""
    return summed(log, PAGE, big=False)


EXCHANGED: dict[str, Callable[[bytes], bytes]] = {
    "a page before the first": lambda log: patched(log, 5, 0, bytes(4)),
    "a page before the first, with sums that fit": lambda log: again(patched(log, 5, 0, bytes(4))),
    "the last frame's page before the first": lambda log: patched(log, last(log), 0, bytes(4)),
    "a page behind the last": lambda log: patched(log, 5, 0, b"\xff" * 4),
    "another page": lambda log: patched(log, 5, 0, struct.pack(">I", 7)),
    "another generation": lambda log: patched(log, 5, 8, b"12345678"),
    "other content": lambda log: patched(log, 5, FRAME_HEAD + 100, b"other"),
    "other content, with sums that fit": lambda log: again(patched(log, 5, FRAME_HEAD, b"other")),
    "another sum": lambda log: patched(log, 5, 16, b"12345678"),
    "no commit": lambda log: again(patched(log, last(log), 4, bytes(4))),
    "a longer database": lambda log: again(patched(log, last(log), 4, struct.pack(">I", 999))),
    "zeros": lambda log: log[:HEAD] + bytes(len(log) - HEAD),
    "less": lambda log: log[: HEAD + 2 * FRAME],
}


@pytest.mark.parametrize("what", EXCHANGED)
def test_a_log_that_is_another_when_it_is_read_again_is_left(
    what: str, large: Files, hooked: str, tmp_path: Path
) -> None:
    source = put(large, tmp_path / "source")
    told, readings = exchanging(source / "x.db-wal", EXCHANGED[what](large.log))
    assert copied(hooked, source, tmp_path / "target", told) is None
    assert len(readings) == 2


def test_one_that_is_the_same_is_brought_in(large: Files, hooked: str, tmp_path: Path) -> None:
    """So what is left above is left for what was exchanged."""
    source = put(large, tmp_path / "source")
    told, readings = exchanging(source / "x.db-wal", large.log)
    made = copied(hooked, source, tmp_path / "target", told)
    assert made is not None
    assert made == by_sqlite(large, tmp_path / "sqlite")
    assert len(readings) == 2


def test_a_log_that_got_its_head_after_it_was_looked_at_is_left(
    large: Files, hooked: str, tmp_path: Path
) -> None:
    """What its length was then says nothing of the frames that it has by now."""
    source = put(large._replace(log=large.log[:20]), tmp_path / "source")
    grown_to = large.log + bytes(2 * FRAME)  # as where a log was begun anew
    told: list[int] = []

    def grown(size: int, at: int) -> None:
        if (size, at) == (HEAD, 0) and not told:
            told.append(size)
            (source / "x.db-wal").write_bytes(grown_to)

    assert copied(hooked, source, tmp_path / "target", grown) is None
    assert told == [HEAD]
    assert (source / "x.db-wal").stat().st_size == len(grown_to)


@pytest.mark.parametrize("what", ["-shm", "-wal"])
def test_one_that_something_beside_it_was_taken_from_is_left(
    what: str, large: Files, hooked: str, tmp_path: Path
) -> None:
    """Nor is what is not there any more taken for what was."""
    source = put(large, tmp_path / "source")
    told: list[int] = []

    def taken(size: int, at: int) -> None:
        if (size, at) == (len(large.database), 0):
            told.append(size)
            (source / f"x.db{what}").unlink()

    assert copied(hooked, source, tmp_path / "target", taken) is None
    assert told
