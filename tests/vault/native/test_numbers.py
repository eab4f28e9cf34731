"""Numbers come from the C library to Python as Python's own `os.stat` tells them: an inode may have
its highest bit set, as on file systems that hash paths to them."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from pryv_tui.vault.files.pieces import CopyOptions, Kind, Left
from pryv_tui.vault.native.library import NativeFolders

COMPILER = shutil.which("cc") or shutil.which("gcc")
PRELOADED = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/stat.h>
#define BITS (BITS_OF_INODE)
#define ONE(name, from, type) int name(from at, struct type *told) { \
    static int (*real)(from, struct type *); \
    if (!real) real = dlsym(RTLD_NEXT, #name); \
    int got = real(at, told); if (!got) told->st_ino |= BITS; return got; }
ONE(fstat, int, stat) ONE(fstat64, int, stat64) ONE(stat, const char *, stat)
ONE(stat64, const char *, stat64) ONE(lstat, const char *, stat) ONE(lstat64, const char *, stat64)
#define IN(name, type) int name(int folder, const char *at, struct type *told, int how) { \
    static int (*real)(int, const char *, struct type *, int); \
    if (!real) real = dlsym(RTLD_NEXT, #name); \
    int got = real(folder, at, told, how); if (!got) told->st_ino |= BITS; return got; }
IN(fstatat, stat) IN(fstatat64, stat64)
"""
COPIED = """
import json, os, sys
from pathlib import Path
from pryv_tui.vault.copying.tree import copy_tree
from pryv_tui.vault.files.types import Selection
from pryv_tui.vault.parallel.engine import CopyEngine
from pryv_tui.vault.verify import verify_sums
at = Path(sys.argv[1])
told = {"inode": os.stat(at / "root").st_ino}
for native in (True, False):
    part = at / str(native)
    part.mkdir()
    engine = CopyEngine(alone_files=-1, workers=2, native=native, batch_entries=4,
                        sync=lambda *_: None)
    made = copy_tree(at / "root", part / "files", selection=Selection(), sums=part / "SHA256SUMS",
                     index=part / "INDEX", engine=engine)
    found = verify_sums(part, engine=engine)
    told[str(native)] = [made.files, [str(note) for note in made.notes], found.files,
                         sorted((part / "INDEX").read_text().splitlines())]
print(json.dumps(told))
"""


class Told(ctypes.Structure):
    """`struct told`, as subtree.h has it."""

    _fields_ = (
        *((name, ctypes.c_int64) for name in ("sums", "index", "tree", "files")),
        ("device", ctypes.c_int64),
        ("inode", ctypes.c_uint64),
        *((name, ctypes.c_uint32) for name in ("kind", "path", "since")),
    )


class Library:
    """One that tells what it was given, and copies nothing."""

    def __init__(self, **told: int) -> None:
        self.told = told

    def subtrees_do(self, *given: Any) -> int:
        lists = given[-1]._obj
        one = bytes(Told(kind=Kind.FOLDER, path=1, since=0, **self.told)) + b"a"
        ctypes.memmove(lists.told, one, len(one))
        lists.told_used, lists.begun = len(one), 1
        return 1

    def subtrees_close(self, _handle: object) -> None:
        """Nothing is open."""


@example(inode=2**63, device=2**32 - 1)
@example(inode=2**64 - 1, device=0)
@given(inode=some.integers(0, 2**64 - 1), device=some.integers(0, 2**32 - 1))
def test_whose_it_is_is_told_over_the_whole_range(inode: int, device: int) -> None:
    library: Any = Library(inode=inode, device=device)
    folders = NativeFolders(library, 1, CopyOptions())
    try:
        run = folders.do((-1, -1), {}, [b"\x04a"], b"", (), most=1, entries=1)
    finally:
        folders.close()
    assert [part.identity for part in run.parts if isinstance(part, Left)] == [(device, inode)]


@example(inode=2**63, device=2**32 - 1)
@example(inode=2**64 - 1, device=0)
@given(inode=some.integers(0, 2**64 - 1), device=some.integers(0, 2**32 - 1))
def test_the_folder_that_is_never_entered_is_told_so_too(inode: int, device: int) -> None:
    """The other way: as C reads what it is given."""
    library: Any = Library()
    folders = NativeFolders(library, 1, CopyOptions(never=(device, inode)))
    order = folders._order
    folders.close()
    told = [
        ctypes.c_uint64.from_buffer(order, getattr(type(order), name).offset).value
        for name in ("device", "inode")
    ]
    assert told == [device, inode]


@pytest.mark.skipif(COMPILER is None, reason="there is no C compiler")
@pytest.mark.parametrize("bits", [1 << 63, (1 << 64) - (1 << 48), 1 << 62])
@pytest.mark.usefixtures("built")
def test_both_ways_copy_and_check_where_inodes_have_high_bits(tmp_path: Path, bits: int) -> None:
    for name in range(8):
        folder = tmp_path / "root" / f"d{name}" / "in"
        folder.mkdir(parents=True)
        for file in range(12):
            (folder / f"{file}").write_bytes(b"x")
            os.utime(folder / f"{file}", ns=(0, -(10**18) * (file % 2)))  # some before 1970
    source, made = tmp_path / "bits.c", tmp_path / "bits.so"
    source.write_text(PRELOADED.replace("BITS_OF_INODE", f"{bits}ULL"))
    assert COMPILER is not None
    subprocess.run([COMPILER, "-shared", "-fPIC", "-o", made, source, "-ldl"], check=True)
    run = subprocess.run(
        [sys.executable, "-c", COPIED, tmp_path],
        env={**os.environ, "LD_PRELOAD": str(made)},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    assert told["inode"] & bits == bits, "it is seen by Python"
    assert told["True"] == told["False"]
    files, notes, checked, lines = told["True"]
    assert (files, notes, checked) == (96, [], 96)
    assert all(int(line.split()[2]) & bits == bits for line in lines if line[0] != "w")
