"""Folders read ahead by several threads: only where the disk is waited for, and nothing changes."""

from __future__ import annotations

import os
import random
import resource
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.priority import lowered_priority
from pryv_tui.vault.files.content import ContentCopier, digest_of
from pryv_tui.vault.files.linking import Proof
from pryv_tui.vault.files.pieces import (
    FOLDER_KIND,
    UNREAD,
    Ahead,
    CopyOptions,
    FormerList,
    Left,
    Piece,
    Work,
    in_part,
)
from pryv_tui.vault.lists.sums import sums_line
from pryv_tui.vault.native.library import NativeFolders, load
from pryv_tui.vault.parallel.sizing import ahead_here
from tests.helpers.alone import alone
from tests.helpers.examples import tries
from tests.vault.descriptors import none_left_open
from tests.vault.native.bench import sums_of

FOLDERS = 60
SIZE = 60_000
BUSY = 20
"""Files of nearly 2 MB: tens of milliseconds."""
DAY_NS = 86_400 * 10**9
AT_DISK = "this file system does not tell what is read from its disk"

pytestmark = pytest.mark.usefixtures("built")


class Tree:
    """Folders of one file each, at the disk."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.source = root / "source"
        chance = random.Random(7)
        for number in range(FOLDERS):
            folder = self.source / f"{number:03}"
            folder.mkdir(parents=True)
            (folder / "file").write_bytes(chance.randbytes(SIZE))
        self.names = sorted(os.fsencode(path.name) for path in self.source.iterdir())
        self.paths = sorted(self.source.rglob("*"))
        self._copies = 0

    def copy(
        self,
        engine: NativeFolders,
        former: Path | None = None,
        most: int = 1 << 30,
        *,
        by_one_name: bool = False,
    ) -> tuple[Piece, Path]:
        """Copy all of it, or link to a former copy; what is not begun after so many bytes is
        left. It is handed out by the names in it, or by its own."""
        names, source = self.names, self.source
        if by_one_name:
            names, source = [os.fsencode(source.name)], self.root
        target = self.root / f"copy{self._copies}"
        self._copies += 1
        target.mkdir()
        ends = [os.open(folder, os.O_RDONLY) for folder in (source, target, former or target)]
        try:
            run = engine.do(
                (ends[0], ends[1]),
                {0: ends[2]} if former is not None else {},
                [FOLDER_KIND + name for name in names],
                b"files/",
                (0, 0, FOLDERS),
                linkable=True,
                most=most,
                entries=1 << 30,
            )
            return run, target
        finally:
            for end in ends:
                os.close(end)

    @property
    def lists(self) -> tuple[FormerList, ...]:
        """Those of a set that holds all of it."""
        index, sums = [], []
        for name in self.names:
            now = (self.source / os.fsdecode(name) / "file").stat()
            seen = (now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns, now.st_ctime_ns)
            index.append(b"s %d %d %d %d %d\n" % seen)
            sums.append(sums_line(bytes(32), b"files/" + name + b"/file"))
        paths = []
        for kind, lines in (("sums", sums), ("index", index)):
            (self.root / kind).write_bytes(b"".join(lines))
            paths.append(os.fsencode(self.root / kind))
        return (FormerList(0, paths[0], paths[1], len(b"files/"), ()),)

    def read(self, engine: NativeFolders, folder: Path, most: int = 1 << 30) -> Piece:
        """Read a copy of it where it is."""
        holder = os.open(folder, os.O_RDONLY)
        try:
            return engine.do(
                (holder, -1),
                {},
                [FOLDER_KIND + name for name in self.names],
                b"files/",
                (),
                most=most,
                entries=1 << 30,
                work=Work.READ,
            )
        finally:
            os.close(holder)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def is_cold(engine: NativeFolders) -> bool:
    """Whether the last folders had to come from the disk."""
    return bool(engine._library.subtrees_cold(engine._handle))


@pytest.fixture
def engine_of(tree: Tree) -> Iterator[Callable[..., NativeFolders]]:
    made: list[NativeFolders] = []

    def make(
        ahead: Ahead, proof: Proof = Proof.TIMES, part: tuple[int, int] = (1, 1)
    ) -> NativeFolders:
        lead = len(b"files/")
        options = CopyOptions(
            True, 2**63, (proof,), ahead, lists=tree.lists, prefix=lead, part=part
        )
        engine = load(options)
        assert engine is not None
        made.append(engine)
        return engine

    yield make
    for engine in made:
        engine.close()


def forget(folder: Path, name: str = "file") -> None:
    """Have what files hold come from the disk the next time."""
    for path in folder.rglob(name):
        fd = os.open(path, os.O_RDONLY)
        os.fsync(fd)
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(fd)


def from_disk() -> int:
    """Bytes that this process, all threads of it, had to read from disks."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_inblock * 512


@pytest.fixture
def at_disk(tree: Tree) -> None:
    """What is read is known to have come from a disk."""
    forget(tree.source)
    before = from_disk()
    for path in tree.source.rglob("file"):
        path.read_bytes()
    if from_disk() - before < FOLDERS * SIZE // 2:
        pytest.skip(AT_DISK)


@pytest.mark.usefixtures("at_disk")
def test_it_is_seen_whether_folders_come_from_the_disk(
    tree: Tree, engine_of: Callable[..., NativeFolders]
) -> None:
    engine = engine_of(Ahead.WHERE_COLD)
    assert not is_cold(engine)
    forget(tree.source)
    tree.copy(engine)
    assert is_cold(engine)

    def warm() -> bool:
        tree.copy(engine)  # its own folders may be the first of their part of the disk
        return not is_cold(engine)

    assert any(warm() for _ in range(10))
    forget(tree.source)
    tree.copy(engine)
    forget(tree.source)
    tree.copy(engine)  # with readers, who tell what they waited for
    assert is_cold(engine)


def readers_of(act: Callable[[], object]) -> int:
    """How many threads there were at most while it was done again and again, until there were."""
    before = threading.active_count() + len(os.listdir("/proc/self/task"))  # noqa: PTH208
    most = 0
    over = threading.Event()

    def look() -> None:
        nonlocal most
        while not over.wait(0.0005):
            now = len(os.listdir("/proc/self/task"))  # noqa: PTH208
            most = max(most, threading.active_count() + now - before - 2)

    watch = threading.Thread(target=look)
    watch.start()
    try:
        for _ in range(30):
            act()
            if most:
                break
    finally:
        over.set()
        watch.join()
    return most


@pytest.mark.parametrize("by_one_name", [False, True])
@pytest.mark.parametrize(("ahead", "readers"), [(Ahead.NEVER, False), (Ahead.ALWAYS, True)])
def test_several_read_where_that_is_wanted(
    tree: Tree,
    engine_of: Callable[..., NativeFolders],
    ahead: Ahead,
    readers: bool,
    by_one_name: bool,
) -> None:
    """Also in a folder that is all that is handed out: most of a platform lies in such."""
    engine = engine_of(ahead)
    copied = tree.copy(engine, by_one_name=by_one_name)[0]
    assert (copied.files, copied.begun) == (FOLDERS, 1 if by_one_name else FOLDERS)
    assert bool(readers_of(lambda: tree.copy(engine, by_one_name=by_one_name))) == readers


@pytest.mark.usefixtures("at_disk")
@pytest.mark.parametrize("part", [(1, 1), (2, 3), (1, 1000)])
def test_where_a_part_is_read_nothing_else_is(
    tree: Tree, engine_of: Callable[..., NativeFolders], part: tuple[int, int]
) -> None:
    """Files beside those of the part are looked at, not read."""
    run, target = tree.copy(engine_of(Ahead.ALWAYS))
    mine = [in_part(name + b"/file", part) for name in tree.names]
    lines = [
        line if is_mine else UNREAD + line[len(UNREAD) :]
        for line, is_mine in zip(sums_of(run).splitlines(keepends=True), mine, strict=True)
    ]
    engine = engine_of(Ahead.ALWAYS, part=part)
    forget(target)
    before = from_disk()
    assert sums_of(tree.read(engine, target)) == b"".join(lines)
    read, wanted = from_disk() - before, sum(mine) * SIZE
    assert wanted <= read <= wanted + FOLDERS * SIZE // 8


def busy_at_first(folder: Path) -> int:
    """Give much to do before the second folder is left; returns the bytes of it."""
    size = 1_900_000
    for number in range(BUSY):
        (folder / "000" / f"much{number}").write_bytes(os.urandom(size))
        forget(folder, f"much{number}")
    (folder / "001" / "link").symlink_to("file")
    return BUSY * size


@pytest.mark.usefixtures("at_disk")
@pytest.mark.parametrize("what", ["a copy", "a check", "a paranoid copy"])
def test_folders_that_nobody_came_to_were_read(
    tree: Tree, engine_of: Callable[..., NativeFolders], what: str
) -> None:
    """What is left after the first folder can only have been read ahead."""
    engine = engine_of(Ahead.ALWAYS, Proof.BOTH_READ if what == "a paranoid copy" else Proof.TIMES)
    run, former = tree.copy(engine)
    much = busy_at_first(former if what == "a check" else tree.source)
    forget(tree.source)
    forget(former)
    before = from_disk()
    if what == "a check":
        run = tree.read(engine, former, much)
    else:
        run, _ = tree.copy(engine, former if what == "a paranoid copy" else None, much)
    assert (run.folders, run.begun) == (1, 1)
    trees = 2 if what == "a paranoid copy" else 1
    assert from_disk() - before - much > trees * (FOLDERS - 2) * SIZE * 3 // 4


@pytest.mark.usefixtures("at_disk")
def test_what_is_linked_is_not_read(tree: Tree, engine_of: Callable[..., NativeFolders]) -> None:
    engine = engine_of(Ahead.ALWAYS)
    _, former = tree.copy(engine)
    forget(tree.source)
    forget(former)
    before = from_disk()
    run, _ = tree.copy(engine, former)
    assert run.linked_files == FOLDERS
    assert from_disk() - before < FOLDERS * SIZE // 8


def test_nothing_of_the_source_changes(tree: Tree, engine_of: Callable[..., NativeFolders]) -> None:
    """Not even when it was read last, which a file system notes where that was before the day."""
    for path in reversed(tree.paths):
        now = path.stat()
        os.utime(path, ns=(now.st_mtime_ns - 2 * DAY_NS, now.st_mtime_ns))

    def times() -> list[tuple[int, int, int]]:
        found = map(os.lstat, tree.paths)
        return [(one.st_atime_ns, one.st_mtime_ns, one.st_ctime_ns) for one in found]

    before = times()

    def copies() -> None:
        first, second = engine_of(Ahead.ALWAYS), engine_of(Ahead.ALWAYS)
        with none_left_open():
            run, former = tree.copy(first)
            tree.copy(second, former)
        assert run.folders == FOLDERS

    alone(copies)
    assert times() == before


def test_what_is_no_plain_file_is_not_waited_for(
    tree: Tree, engine_of: Callable[..., NativeFolders]
) -> None:
    """A reader who opened a fifo would wait for somebody to write."""
    busy_at_first(tree.source)
    for number in range(1, FOLDERS):
        os.mkfifo(tree.source / f"{number:03}" / "fifo")
    engine = engine_of(Ahead.ALWAYS)
    copying = threading.Thread(target=tree.copy, args=(engine,), daemon=True)
    copying.start()
    copying.join(60)
    assert not copying.is_alive()


def test_who_gives_way_asks_for_one_thing_at_a_time() -> None:
    assert ahead_here(Ahead.ALWAYS) == Ahead.ALWAYS
    with lowered_priority():
        assert ahead_here(Ahead.ALWAYS) == Ahead.NEVER


@pytest.mark.parametrize("ahead", list(Ahead))
def test_nothing_is_called_damaged_for_want_of_descriptors(
    tree: Tree, engine_of: Callable[..., NativeFolders], ahead: Ahead
) -> None:
    """Readers take some: what can't be read for that is left."""

    def checks() -> None:
        engine = engine_of(ahead)
        run, target = tree.copy(engine)
        lines = sums_of(run).splitlines()
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        found = set()
        holder = os.open(target, os.O_RDONLY)
        free = os.dup(holder)
        os.close(free)
        os.close(holder)
        # What the process of the tests has open may be above the first that is free.
        above = sum(int(one.name) > free for one in Path("/proc/self/fd").iterdir())
        for more in tries(20) * list(range(24 + above)):
            resource.setrlimit(resource.RLIMIT_NOFILE, (free + more, hard))
            try:
                piece = tree.read(engine, target)
            except OSError:  # not even the folder that holds them
                continue
            assert set(sums_of(piece).splitlines()) <= set(lines)
            left = {part.path for part in piece.parts if isinstance(part, Left)}
            assert len(left) + len(sums_of(piece).splitlines()) == FOLDERS
            found.add(len(left))
        assert {0, FOLDERS} <= found

    alone(checks)


def test_nor_by_one_who_reads_file_by_file(tree: Tree) -> None:

    def digests() -> None:
        content = ContentCopier(None, lambda _: None)
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        holder = os.open(tree.source / "000", os.O_RDONLY)
        assert digest_of(content, holder, b"file", b"000/file") is not None
        assert digest_of(content, holder, b"gone", b"000/gone") is None
        # Below each that is open: the process of the tests may have let one go.
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
        with pytest.raises(PryvTuiError, match=r"000/file can't be read") as refused:
            digest_of(content, holder, b"file", b"000/file")
        assert refused.value.name == "means"

    alone(digests)
