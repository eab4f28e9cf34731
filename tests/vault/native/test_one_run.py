"""One run of `subtrees.c` over folders beside each other: where it ends, and what it leaves."""

from __future__ import annotations

import ctypes
import os
import shutil

import pytest

from pryv_tui.vault.files.pieces import (
    FILE_KIND,
    Kind,
    Lines,
)
from pryv_tui.vault.parallel.messages import SHARE, SHARES, STOP
from tests.vault.native.bench import FIVE, Bench, FormerFiles, bench, five
from tests.vault.trees import seen

__all__ = ["bench", "five"]

pytestmark = pytest.mark.usefixtures("built")


def test_folders_beside_each_other_are_copied_in_one_run(five: Bench) -> None:
    lines = five.copy(*FIVE)
    assert lines is not None
    assert (five.run.begun, five.run.folders, five.run.read, five.run.size) == (5, 5, 150, 150)
    assert (lines.files, five.run.entries) == (5, 10)
    assert [line.partition(b"  ")[2] for line in lines.of_sums.splitlines()] == [
        b"files/%s/file" % name for name in FIVE
    ]
    assert [record.split(b" ")[-1] for record in lines.of_tree.split(b"\0")] == [
        *(b"files/%s" % name for name in FIVE),
        b"",
    ]
    assert len(lines.of_index.splitlines()) == 5
    shutil.rmtree(five.leaf)
    assert {**seen(five.target), b".": None} == {**seen(five.source), b".": None}


def test_what_is_odd_is_left_and_nothing_else(five: Bench) -> None:
    """The folder that holds it is to be finished by whoever copies it, in its turn."""
    (five.source / "2" / "odd").symlink_to("file")
    (five.source / "2" / "more").write_text("more")
    assert five.copy(*FIVE) is None
    assert (five.run.begun, five.run.folders) == (5, 4)
    assert five.left == [(Kind.FILE, b"2/odd", b""), (Kind.BEGUN, b"2", b"")]
    first = five.run.parts[0]
    assert isinstance(first, Lines)
    assert first.of_sums.endswith(b"files/2/more\n")
    assert (five.lines.of_index.count(b"\n"), five.lines.of_tree.count(b"\0")) == (6, 4)
    assert sorted(path.name for path in five.target.iterdir()) == ["0", "1", "2", "3", "4"]
    assert sorted(path.name for path in (five.target / "2").iterdir()) == ["file", "more"]
    assert five.lines.of_tree.split(b"\0")[1].endswith(b" files/1")
    assert five.lines.of_tree.split(b"\0")[2].endswith(b" files/3")


def test_a_run_ends_where_there_is_no_more_room_in_its_bytes(five: Bench) -> None:
    assert five.copy(*FIVE, most=80) is None
    assert (five.run.begun, five.run.folders, five.run.read, five.left) == (3, 3, 90, [])
    assert sorted(path.name for path in five.target.iterdir()) == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("entries", "begun", "left"),
    [
        (1, 1, [(Kind.BEGUN, b"0", b"file")]),
        (2, 1, []),
        (5, 3, [(Kind.BEGUN, b"2", b"file")]),
        (10, 5, []),
    ],
)
def test_a_run_ends_after_so_many_entries(
    five: Bench, entries: int, begun: int, left: list[tuple[Kind, bytes, bytes]]
) -> None:
    """And tells where to go on in each folder that it is in."""
    five.copy(*FIVE, entries=entries)
    assert (five.run.begun, five.left, five.run.entries) == (begun, left, entries)
    assert (five.lines.files, five.run.folders) == (entries // 2, entries // 2)


def test_it_goes_on_in_each_folder_above(bench: Bench) -> None:
    (bench.leaf / "d1" / "d2").mkdir(parents=True)
    (bench.leaf / "e").mkdir()
    for name in ("d1/d2/x", "d1/d2/y", "d1/z"):
        (bench.leaf / name).write_text(name)
    bench.copy(entries=7)
    assert bench.left == [
        (Kind.BEGUN, b"leaf/d1/d2", b"x"),
        (Kind.BEGUN, b"leaf", b"e"),
    ] or bench.left == [
        (Kind.BEGUN, b"leaf/d1/d2", b"y"),
        (Kind.BEGUN, b"leaf", b"e"),
    ]
    assert bench.lines.of_tree.endswith(b" files/leaf/d1\0")


@pytest.mark.parametrize("room", [90, 30_000, 40_000, 50_000])
def test_a_run_ends_where_there_is_no_more_room_in_its_lists(five: Bench, room: int) -> None:
    """And nothing is written beyond them."""
    for number in range(200):
        (five.source / "1" / f"{number:03}{'n' * 200}").touch()
    five.copy(*FIVE, list_bytes=room)
    done = five.lines
    assert five.run.begun < 5
    assert max(map(len, done[:3])) <= room
    assert done.of_sums.count(b"\n") == done.of_index.count(b"\n") == done.files
    assert done.of_tree.count(b"\0") == five.run.folders
    if room > 90:
        assert 5 < done.files < 201
        ((kind, path, since),) = five.left
        assert (kind, path) == (Kind.BEGUN, b"1")
        assert since == b"%03d%s" % (done.files - 1, b"n" * 200)


@pytest.mark.parametrize("kind", ["mkdir", "touch"])
def test_what_is_named_after_a_database_has_no_room_of_its_own_in_the_lists(
    five: Bench, kind: str
) -> None:
    """Of folders there may be any number, with anything in them."""
    room = 7400
    for number in range(30):
        (five.source / "1" / f"{number:03}{'n' * 200}").mkdir()
    (five.source / "2" / "x.db").touch()
    (five.source / "2" / "x.db-wal").touch()
    for number in range(20):
        getattr(five.source / "2" / f"x.db-{number:03}{'n' * 240}", kind)()
    five.copy(*FIVE, list_bytes=room)
    assert max(map(len, five.lines[:3])) <= room
    assert five.lines.of_tree.count(b"\0") == five.run.folders


def test_what_a_former_set_says_wrong_is_no_match(five: Bench) -> None:
    """Times that are too far, lines that are none: files are copied."""
    far: FormerFiles = [(b"file", (bytes(32), (1, 1, 30, 2**70, 0)))]
    assert five.copy(*FIVE, former=far) is not None
    assert (five.run.linked_files, five.lines.files) == (0, 5)


@pytest.mark.parametrize("entries", [1, SHARES - 1, 10 * SHARES])
def test_whoever_has_much_leaves_a_part_to_those_who_have_nothing(
    bench: Bench, entries: int
) -> None:
    """At least one entry is done, however little a batch is: else nobody would ever do it."""
    names = [b"%03d" % number for number in range(60)]
    for name in names:
        (bench.source / os.fsdecode(name)).write_bytes(name)
    board = ctypes.c_int64(0)
    stop = ctypes.addressof(board)
    bench.copy(*names, kind=FILE_KIND, entries=entries, stop=stop)
    assert bench.run.begun == min(60, entries)
    for path in bench.target.iterdir():
        path.unlink()
    board.value = SHARE
    bench.copy(*names, kind=FILE_KIND, entries=entries, stop=stop)
    assert bench.run.begun == max(1, -(-entries // SHARES))
    assert len(list(bench.target.iterdir())) == bench.run.begun
    board.value = STOP
    bench.copy(*names[30:], kind=FILE_KIND, entries=entries, stop=stop)
    assert bench.run.begun == 0


def test_what_lies_far_down_is_ended_before_others_get_their_part(bench: Bench) -> None:
    """Each folder that is not ended has to be gone on with: a little more is done to end it."""
    for user in range(40):
        for number in range(3):
            (bench.source / f"all/{user:02}/{number}/x/y").mkdir(parents=True)
    board = ctypes.c_int64(SHARE)
    # The share is 40 entries: the fourth user has its last, and that is no more than a few later.
    bench.copy(b"all", entries=40 * SHARES, stop=ctypes.addressof(board))
    assert bench.left == [(Kind.BEGUN, b"all", b"05")]
