"""The hashes of `subtrees.c`, two at a time where the processor can: those of each file."""

from __future__ import annotations

import ctypes
import hashlib
import os
import random
import shutil
from pathlib import Path

import pytest

from pryv_tui.vault.files.pieces import (
    FOLDER_KIND,
    Ahead,
    CopyOptions,
    Kind,
    Lines,
    Work,
)
from pryv_tui.vault.lists.sums import sums_line
from pryv_tui.vault.native.library import load
from tests.vault.native.bench import FIVE, Bench, _acl, bench, five
from tests.vault.trees import seen

__all__ = ["bench", "five"]

pytestmark = pytest.mark.usefixtures("built")


SIZES = [*range(130), 4095, 4096, (1 << 20) - 9, (1 << 20), (1 << 21), (1 << 21) + 1, 3 << 20]
"""Bytes: all lengths of padding, and what is hashed while it is read beside what waits."""


@pytest.fixture(
    params=[
        "two at a time",
        pytest.param("one by one", marks=pytest.mark.xdist_group("one-by-one")),
    ]
)
def pairs(request: pytest.FixtureRequest, bench: Bench) -> bool:
    """Both ways of hashing; whether it is the first."""
    if request.param == "one by one":
        bench.library = request.getfixturevalue("one_by_one")
    return bool(request.param == "two at a time")


def test_files_are_hashed_two_at_a_time_where_the_processor_can(pairs: bool, bench: Bench) -> None:
    library = ctypes.CDLL(bench.library)
    library.subtrees_open.restype = ctypes.c_void_p
    handle = ctypes.c_void_p(library.subtrees_open(b"", 0, Ahead.NEVER))
    flags = Path("/proc/cpuinfo").read_text()
    assert bool(library.subtrees_pairs(handle)) == (pairs and " sha_ni" in flags)
    library.subtrees_close(handle)


@pytest.mark.usefixtures("pairs")
@pytest.mark.parametrize("together", [1, 7, 200])
def test_hashes_are_those_of_each_file_whatever_its_length(bench: Bench, together: int) -> None:
    """And of its neighbours'; a change of any is found."""
    chance = random.Random(together)
    sizes = chance.sample(SIZES, len(SIZES))
    shutil.rmtree(bench.leaf)
    for number, size in enumerate(sizes):
        folder = bench.source / f"{number // together:03}"
        folder.mkdir(exist_ok=True)
        (folder / f"{number:03}").write_bytes(chance.randbytes(size))
    names = sorted(os.fsencode(path.name) for path in bench.source.iterdir())
    files = sorted(path for path in bench.source.rglob("*") if path.is_file())
    lines = bench.copy(*names, most=1 << 30)
    assert lines is not None
    assert bench.run.folders == len(names)
    digests = [hashlib.sha256(path.read_bytes()).hexdigest().encode() for path in files]
    assert [line[:64] for line in lines.of_sums.splitlines()] == digests
    assert {**seen(bench.target), b".": None} == {**seen(bench.source), b".": None}

    engine = load(CopyOptions(ahead=Ahead.ALWAYS, prefix=6), library=bench.library)
    assert engine is not None
    holder = os.open(bench.target, os.O_RDONLY)

    def wrong() -> list[bytes]:
        found = engine.do(
            (holder, -1),
            {},
            [FOLDER_KIND + name for name in names],
            b"files/",
            (),
            most=1 << 30,
            entries=1 << 30,
            work=Work.READ,
        )
        (read,) = found.parts
        assert isinstance(read, Lines)
        sums, index, tree, _ = read
        assert (found.size, index, tree) == (sum(SIZES), b"", lines.of_tree)
        pairs = zip(lines.of_sums.splitlines(), sums.splitlines(), strict=True)
        return [one[66 + len(b"files/") :] for one, other in pairs if one != other]

    try:
        assert wrong() == []
        changed = [path for path in chance.sample(files, 20) if path.stat().st_size]
        for path in changed:
            copy = bench.target / path.relative_to(bench.source)
            content = bytearray(copy.read_bytes())
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
            copy.write_bytes(content)
        expected = sorted(os.fsencode(path.relative_to(bench.source)) for path in changed)
        assert wrong() == expected
    finally:
        os.close(holder)
        engine.close()


@pytest.mark.usefixtures("pairs")
@pytest.mark.parametrize("size", [100, 1_500_000])
def test_what_waits_of_a_file_that_is_left_is_forgotten(five: Bench, size: int) -> None:
    """Also after some hashes were taken with those before it."""
    for number in range(4):
        (five.source / "2" / f"{number}").write_bytes(bytes([number]) * size)
    _acl(five.source / "2" / "2")
    assert five.copy(*FIVE, most=1 << 30) is None
    assert five.left == [(Kind.FILE, b"2/2", b""), (Kind.BEGUN, b"2", b"")]
    listed = [
        path for path in sorted(five.source.rglob("*")) if path.is_file() and path.name != "2"
    ]
    expected = [
        sums_line(
            hashlib.sha256(path.read_bytes()).digest(),
            b"files/" + os.fsencode(path.relative_to(five.source)),
        )
        for path in listed
        if not path.is_relative_to(five.leaf)
    ]
    assert five.lines.of_sums == b"".join(expected)
