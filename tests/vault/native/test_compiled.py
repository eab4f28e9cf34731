"""`subtrees.c`: each entry is done as a whole, or left with nothing changed, and told."""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import random
import shutil
import sqlite3
import stat
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from hatch_build import SOURCES, build
from pryv_tui.errors import PryvTuiError
from pryv_tui.formats.sqlite.copy import SQLITE_MAGIC as MAGIC
from pryv_tui.formats.sqlite.names import COMPANIONS
from pryv_tui.vault import verify
from pryv_tui.vault.files.copier import FileCopier
from pryv_tui.vault.files.linking import Entry, Proof
from pryv_tui.vault.files.pieces import (
    BATCH_BYTES,
    BATCH_ENTRIES,
    FILE_KIND,
    FOLDER_KIND,
    Ahead,
    FormerList,
    Kind,
    Left,
    Lines,
    Piece,
    Work,
)
from pryv_tui.vault.lists.sums import sums_line
from pryv_tui.vault.native import library as compiled
from pryv_tui.vault.native.library import CopyOptions, NativeFolders, load
from pryv_tui.vault.parallel import worker as copy_worker
from pryv_tui.vault.parallel.messages import SHARE, SHARES, STOP
from tests.vault.descriptors import none_left_open
from tests.vault.engine import at_once, copy_tree, use, verify_sums
from tests.vault.trees import make_socket, seen

ROOT = os.geteuid() == 0
FAR_NS = 10**10 * 10**9


pytestmark = pytest.mark.usefixtures("built")


def test_it_is_built_of_the_source_that_is_here() -> None:
    """A library of yesterday's source would be what is tested."""
    library = ctypes.CDLL(compiled.LIBRARY)
    library.subtrees_source.restype = ctypes.c_char_p
    folder = Path(compiled.LIBRARY).parent
    source = b"".join((folder / name).read_bytes() for name in compiled.SOURCES)
    assert [Path(path).name for path in SOURCES] == list(compiled.SOURCES)
    told = library.subtrees_source().decode()
    assert told == hashlib.sha256(source).hexdigest(), "install the project again"


FormerFiles = list[tuple[bytes, Entry]]
"""Names of files, and what a set says of each."""


class Bench:
    """A folder that holds one of plain files, a destination, and a former set's."""

    def __init__(self, root: Path) -> None:
        self.source, self.target, self.former = root / "source", root / "target", root / "former"
        for folder in (self.source, self.target, self.former):
            folder.mkdir()
        self.leaf = self.source / "leaf"
        self.library = compiled.LIBRARY
        self.run = Piece(0, [])
        """What the last call gave."""
        self.leaf.mkdir()
        for name in ("a", "b", "c"):
            (self.leaf / name).write_text(name * 30)
            os.utime(self.leaf / name, ns=(5, 1_600_000_000_000_000_007))
        self.leaf.chmod(0o2750)
        os.utime(self.leaf, ns=(9, 1_600_000_000_000_000_001))

    @property
    def lines(self) -> Lines:
        """All lines that it gave."""
        found = [Lines._make(part) for part in self.run.parts if not isinstance(part[0], int)]
        return Lines(
            b"".join(lines.of_sums for lines in found),
            b"".join(lines.of_index for lines in found),
            b"".join(lines.of_tree for lines in found),
            sum(lines.files for lines in found),
        )

    @property
    def left(self) -> list[tuple[Kind, bytes, bytes]]:
        """What it left: kind, path, and where to go on."""
        found = [Left._make(part) for part in self.run.parts if isinstance(part[0], int)]
        return [(Kind(one.kind), one.path, one.since[1:]) for one in found]

    def copy(
        self,
        name: bytes = b"leaf",
        *more: bytes,
        kind: bytes = FOLDER_KIND,
        former: FormerFiles | None = None,
        sqlite: tuple[str, ...] = ("*.db",),
        proof: Proof = Proof.TIMES,
        ahead: Ahead = Ahead.ALWAYS,
        list_bytes: int = compiled.LIST_BYTES,
        **options: Any,
    ) -> Lines | None:
        """One call of the library, after which nothing is open that was not; None if anything was
        left."""
        lists = self._lists(former or [])
        with none_left_open():
            ends = [
                os.open(folder, os.O_RDONLY) for folder in (self.source, self.target, self.former)
            ]
            engine = load(
                CopyOptions(
                    True,
                    2**63,
                    (proof,),
                    ahead,
                    list_bytes=list_bytes,
                    lists=lists if former is not None else (),
                    prefix=len(b"files/"),
                ),
                sqlite,
                self.library,
            )
            assert engine is not None
            try:
                names = [kind + one for one in (name, *more)]
                self.run = engine.do(
                    (ends[0], ends[1]),
                    {0: ends[2]} if former is not None else {},
                    names,
                    b"files/",
                    (0, 0, len(former or [])),
                    **{
                        "linkable": True,
                        "most": BATCH_BYTES,
                        "entries": BATCH_ENTRIES,
                        **options,
                    },
                )
                whole = self.run.begun == len(names) and not self.left
                return self.lines if whole else None
            finally:
                engine.close()
                for fd in ends:
                    os.close(fd)

    def _lists(self, former: FormerFiles) -> tuple[FormerList, ...]:
        """The lists of a set that holds such files of the folder."""
        sums, index = self.former / "SHA256SUMS", self.former / "INDEX"
        lines = [b"s %d %d %d %d %d\n" % at_source for _, (_, at_source) in former]
        index.write_bytes(b"".join(lines))
        sums.write_bytes(
            b"".join(sums_line(digest, b"files/leaf/" + name) for name, (digest, _) in former)
        )
        return (FormerList(0, os.fsencode(sums), os.fsencode(index), len(b"files/"), ()),)

    def kept(self) -> FormerFiles:
        """What a set says that holds a copy of the folder."""
        subprocess.run(["cp", "-a", self.leaf, self.former], check=True)
        found: FormerFiles = []
        for path in sorted(self.leaf.iterdir()):
            now = path.stat()
            at_source = (now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns, now.st_ctime_ns)
            digest = hashlib.sha256(path.read_bytes()).digest()
            found.append((os.fsencode(path.name), (digest, at_source)))
        return found


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_folder_of_plain_files_is_copied_with_all_that_it_is(bench: Bench) -> None:
    (bench.leaf / "a").chmod(0o1711)
    if ROOT:
        os.chown(bench.leaf / "b", 1234, 4321)
        os.chown(bench.leaf, 77, 78)
        bench.leaf.chmod(0o2750)
    lines = bench.copy()
    assert lines is not None
    assert seen(bench.target) == {**seen(bench.source), b".": seen(bench.target)[b"."]}
    assert (lines.files, bench.run.size, bench.run.linked_files, bench.run.linked_size) == (
        3,
        90,
        0,
        0,
    )
    expected = [
        sums_line(hashlib.sha256(name * 30).digest(), b"files/leaf/" + name)
        for name in (b"a", b"b", b"c")
    ]
    assert lines.of_sums == b"".join(expected)
    owner = bench.leaf.stat()
    assert lines.of_tree == b"d 2750 %d %d files/leaf\0" % (owner.st_uid, owner.st_gid)
    assert [line.split()[0] for line in lines.of_index.splitlines()] == [b"s"] * 3


@pytest.mark.parametrize("umask", [0, 0o022, 0o077, 0o777], ids=oct)
@pytest.mark.parametrize("owner", [(0, 0), (0, 78), (77, 0), (77, 78)], ids=str)
def test_modes_and_owners_are_kept_whatever_new_files_get(
    bench: Bench, umask: int, owner: tuple[int, int]
) -> None:
    """And where a setgid folder gives all that is made in it its own group."""
    if not ROOT:
        pytest.skip("only root gives files away")
    modes = [0, 0o400, 0o444, 0o600, 0o644, 0o664, 0o666, 0o755, 0o777, 0o1644, 0o2755, 0o4755]
    of_files = [*(mode for mode in modes if not mode & 0o6000), 0o2644]
    for mode in modes:
        folder = bench.source / f"d{mode:o}"
        folder.mkdir()
        for each in of_files:
            (folder / f"f{each:o}").touch()
            os.chown(folder / f"f{each:o}", *owner)
            (folder / f"f{each:o}").chmod(each)
        os.chown(folder, *owner)
        folder.chmod(mode)
    os.chown(bench.target, 0, 4321)
    bench.target.chmod(0o2770)
    names = [b"d%o" % mode for mode in modes]
    former = os.umask(umask)
    try:
        lines = bench.copy(*names)
    finally:
        os.umask(former)
    assert lines is not None
    assert lines.files == len(modes) * len(of_files)
    shutil.rmtree(bench.leaf)
    assert seen(bench.target) == {**seen(bench.source), b".": seen(bench.target)[b"."]}


class Watch:
    """Looks at what is being made: a folder, and a file in it that takes its time."""

    def __init__(self, folder: Path, whole: int) -> None:
        self._folder, self._whole = folder, whole
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.met: dict[str, set[tuple[int, int, int]]] = {"file": set(), "folder": set()}
        """Mode, owner and group of each, as they were before the file was whole."""

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.is_set():
            try:
                folder = self._folder.stat()
                file = (self._folder / "b").stat()
                still = self._folder.stat()
            except FileNotFoundError:
                continue
            # The folder of one copy says nothing of a file of the next one.
            if still.st_ctime_ns != folder.st_ctime_ns or still.st_ino != folder.st_ino:
                continue
            if file.st_size < self._whole:
                for kind, status in (("folder", folder), ("file", file)):
                    mode = stat.S_IMODE(status.st_mode)
                    self.met[kind].add((mode, status.st_uid, status.st_gid))


@pytest.mark.parametrize("group", [None, 4321], ids=["plain", "in a folder that gives its group"])
@pytest.mark.parametrize("owner", [0, 77])
@pytest.mark.parametrize(
    "mode", [0o400, 0o600, 0o640, 0o644, 0o604, 0o660, 0o666, 0o755, 0o750, 0o4755, 0o2711, 0o1777]
)
def test_what_is_on_its_way_is_open_to_nobody_it_will_not_be_open_to(
    bench: Bench, mode: int, owner: int, group: int | None
) -> None:
    """Nor may anybody else write to it, or run it as its owner, before it is whole."""
    if not ROOT:
        pytest.skip("only root gives files away")
    whole = BATCH_BYTES - 1000
    (bench.leaf / "b").write_bytes(bytes(whole))
    # A file that gives rights is left to who tells that.
    modes = {"file": mode & 0o1777, "folder": mode}
    for path, its in ((bench.leaf / "b", modes["file"]), (bench.leaf, mode)):
        os.chown(path, owner, owner)
        path.chmod(its)
    if group is not None:
        os.chown(bench.target, 0, group)
        bench.target.chmod(0o2770)
    former = os.umask(0o022)
    try:
        with Watch(bench.target / "leaf", whole) as watch:
            deadline = time.monotonic() + 30
            while not watch.met["file"]:
                assert time.monotonic() < deadline
                shutil.rmtree(bench.target / "leaf", ignore_errors=True)
                assert bench.copy() is not None
    finally:
        os.umask(former)
    for kind, alone in (("file", 0o600), ("folder", 0o700)):
        for its_mode, its_owner, its_group in watch.met[kind]:
            its_mode &= ~stat.S_ISGID if kind == "folder" else ~0  # inherited: of no weight here
            if its_mode == alone:
                continue
            assert (its_mode, its_owner) == (modes[kind], owner)
            assert its_group == owner or its_mode >> 3 & 7 == its_mode & 7
            assert not its_mode & 0o7022


@pytest.mark.parametrize("mode", [0o500, 0o700, 0o755])
def test_who_is_not_root_copies_folders_that_their_owner_may_not_write_to(mode: int) -> None:
    """What root may always do needs the rights for it elsewhere."""
    if not ROOT:
        pytest.skip("only root becomes somebody else")
    with tempfile.TemporaryDirectory() as root:
        # Where the project lies others may have no way to.
        library = Path(root, "subtrees.so")
        for name in (library.name, *compiled.SOURCES):
            shutil.copy(Path(compiled.LIBRARY).with_name(name), root)
        bench = Bench(Path(root))
        bench.library = str(library)
        (bench.leaf / "c").chmod(0o400)
        bench.leaf.chmod(mode)
        subprocess.run(["chown", "-R", "1234:1234", root], check=True)
        child = os.fork()
        if not child:
            with suppress(BaseException):
                os.setgroups([])
                os.setresgid(1234, 1234, 1234)
                os.setresuid(1234, 1234, 1234)
                os._exit(0 if bench.copy() is not None else 1)
            os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert seen(bench.target) == {**seen(bench.source), b".": seen(bench.target)[b"."]}


def test_a_folder_without_files_too(bench: Bench) -> None:
    (bench.source / "empty").mkdir(mode=0o711)
    lines = bench.copy(b"empty")
    assert lines is not None
    assert (lines.files, lines.of_sums, lines.of_index) == (0, b"", b"")
    assert stat.S_IMODE((bench.target / "empty").stat().st_mode) == 0o711


@pytest.mark.parametrize("odd", [b"new\nline", b"back\\slash", b"cr\rcr", b"\xff\xfe", b" ", b"*"])
def test_names_are_listed_as_sha256sum_lists_them(bench: Bench, odd: bytes) -> None:
    os.rename(bench.leaf, os.path.join(os.fsencode(bench.source), odd))  # noqa: PTH104, PTH118
    with open(os.path.join(os.fsencode(bench.source), odd, odd), "wb") as file:  # noqa: PTH118
        file.write(b"x")
    lines = bench.copy(odd)
    assert lines is not None
    (bench.target / "SUMS").write_bytes(lines.of_sums.replace(b"files/", b""))
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", "--quiet", "SUMS"], cwd=bench.target, check=False
    )
    assert checked.returncode == 0
    assert sums_line(hashlib.sha256(b"x").digest(), b"files/" + odd + b"/" + odd) in lines.of_sums


@pytest.fixture
def five(bench: Bench) -> Bench:
    """Folders beside each other, of thirty bytes each."""
    for number in range(5):
        (bench.source / f"{number}").mkdir()
        (bench.source / f"{number}" / "file").write_text(f"{number}" * 30)
    return bench


FIVE = [b"0", b"1", b"2", b"3", b"4"]


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
    assert five.run.parts[0][0].endswith(b"files/2/more\n")
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


def test_files_are_copied_by_their_names_too(bench: Bench) -> None:
    (bench.source / "x").write_text("x")
    (bench.source / "y").symlink_to("x")
    assert bench.copy(b"x", b"y", kind=FILE_KIND) is None
    assert bench.left == [(Kind.FILE, b"y", b"")]
    assert (bench.target / "x").read_text() == "x"
    assert not (bench.target / "y").exists()


def test_what_a_former_set_says_wrong_is_no_match(five: Bench) -> None:
    """Times that are too far, lines that are none: files are copied."""
    far: FormerFiles = [(b"file", (bytes(32), (1, 1, 30, 2**70, 0)))]
    assert five.copy(*FIVE, former=far) is not None
    assert (five.run.linked_files, five.lines.files) == (0, 5)


def odd_things() -> Iterator[tuple[str, Callable[[Bench], object]]]:
    """Each makes the folder one that is not done in one call; the file `b` comes after `a`."""
    yield "a link", lambda bench: (bench.leaf / "b2").symlink_to("a")
    yield "a fifo", lambda bench: os.mkfifo(bench.leaf / "b2")
    yield "a socket", lambda bench: make_socket(bench.leaf / "b2")
    yield "a second name", lambda bench: os.link(bench.leaf / "b", bench.source / "other")
    yield "an attribute that may mean rights", lambda bench: _acl(bench.leaf / "b")
    yield "a file that runs as its owner", lambda bench: (bench.leaf / "b").chmod(0o4755)
    yield "a file that runs as its group", lambda bench: (bench.leaf / "b").chmod(0o2711)
    yield "one that nobody else runs", lambda bench: (bench.leaf / "b").chmod(0o4600)
    yield "a folder's ACL", lambda bench: _acl(bench.leaf)
    yield "an attribute with a long value", lambda bench: _attribute(bench.leaf / "b", 5000)
    yield "a hidden hole", _reserved
    yield "a hole", lambda bench: os.truncate(bench.leaf / "b", 1 << 20)
    yield "much", lambda bench: (bench.leaf / "b").write_bytes(bytes(BATCH_BYTES + 1))
    yield "a database that needs a lock", lambda bench: _database(bench, "delete")
    yield "half a database's head", lambda bench: (bench.leaf / "b.db").write_bytes(MAGIC)
    yield "a database's log", lambda bench: (bench.leaf / "b.db-wal").write_bytes(b"x")
    yield "a time too far", lambda bench: os.utime(bench.leaf / "b", ns=(0, FAR_NS))
    yield "something there", lambda bench: (bench.target / "leaf").mkdir()
    yield "a file there", lambda bench: (bench.target / "leaf").write_text("x")
    yield "an inherited ACL", _inherit


def _acl(path: Path) -> None:
    subprocess.run(["setfacl", "-m", "u:1234:r", path], check=True)


def _attribute(path: Path, size: int) -> None:
    try:
        os.setxattr(path, "user.x", bytes(size))
    except OSError:
        pytest.skip("this file system holds no such attribute")


def _reserved(bench: Bench) -> None:
    with (bench.leaf / "b").open("wb") as file:
        file.seek(1 << 20)
        file.write(b"x" * 4096)
    command = ["fallocate", "-n", "-o", str((1 << 20) + 4096), "-l", str(1 << 20)]
    subprocess.run([*command, bench.leaf / "b"], check=True)


def _inherit(bench: Bench) -> None:
    subprocess.run(["setfacl", "-d", "-m", "u:1234:rwx", bench.target], check=True)


@pytest.mark.parametrize(("what", "make"), list(odd_things()), ids=lambda it: it if it else "")
def test_what_is_out_of_the_ordinary_is_left(
    bench: Bench, what: str, make: Callable[[Bench], object]
) -> None:
    make(bench)
    before = seen(bench.target)
    assert bench.copy() is None
    left = [path for kind, path, _ in bench.left if kind != Kind.BEGUN]
    assert len(left) == 1
    there, after = seen(bench.source), seen(bench.target)
    for path in after.keys() - before.keys() - {b"leaf"}:
        assert after[path] == there[path]
    # What is left is as it was; its folder's own times tell that something was made in it.
    assert after.get(left[0]) == before.get(left[0])
    if left != [b"leaf"]:
        assert bench.left[-1] == (Kind.BEGUN, b"leaf", b"")
        names = {b"leaf/" + os.fsencode(path.name) for path in bench.leaf.iterdir()}
        assert names - {left[0]} == after.keys() - before.keys() - {b"leaf"}


def test_attributes_are_carried_that_say_something_of_the_content(bench: Bench) -> None:
    """As SELinux gives one to every file: linked where they are the same, else copied."""
    for path in (bench.leaf, bench.leaf / "a", bench.leaf / "b"):
        os.setxattr(path, "user.label", b"system_u:object_r:var_t:s0\0")
        os.setxattr(path, "user.empty", b"")
    lines = bench.copy()
    assert lines is not None
    assert seen(bench.target) == {**seen(bench.source), b".": seen(bench.target)[b"."]}
    shutil.rmtree(bench.target / "leaf")
    former = bench.kept()
    os.setxattr(bench.former / "leaf" / "b", "user.label", b"another")
    assert bench.copy(former=former) is not None
    assert bench.run.linked_files == 2
    assert seen(bench.target)[b"leaf/b"] == seen(bench.source)[b"leaf/b"]


def test_a_database_that_nobody_has_open_is_a_file_like_any_other(bench: Bench) -> None:
    """Copied, and linked where it did not change, in its folder's turn; what is only named like one
    too, and what is named after one."""
    _database(bench, "wal")
    (bench.leaf / "c.db").write_bytes(b"text")
    (bench.leaf / "c.db-old").write_bytes(b"more")
    (bench.leaf / "d.db").touch()
    lines = bench.copy()
    assert lines is not None and lines.files == 7
    assert {**seen(bench.target), b".": None} == {**seen(bench.source), b".": None}
    shutil.rmtree(bench.target / "leaf")
    assert bench.copy(former=bench.kept()) is not None
    assert bench.run.linked_files == 7


@pytest.mark.parametrize("ending", COMPANIONS)
@pytest.mark.parametrize("linked", [False, True])
def test_with_anything_odd_beside_it_a_database_is_left_with_that(
    bench: Bench, ending: bytes, linked: bool
) -> None:
    """Whatever else lies there has its turn."""
    _database(bench, "wal")
    (bench.leaf / f"b.db{ending.decode()}").symlink_to("a")
    (bench.leaf / "b.db.txt").touch()
    assert bench.copy(former=bench.kept() if linked else None) is None
    beside = [(Kind.FILE, b"leaf/b.db" + end, b"") for end in (b"", ending)]
    assert bench.left == [*beside, (Kind.BEGUN, b"leaf", b"")]
    assert (bench.target / "leaf" / "b.db.txt").exists()


@pytest.mark.parametrize("ending", COMPANIONS)
def test_a_database_that_is_opened_while_it_is_copied_is_left(bench: Bench, ending: bytes) -> None:
    """And what was made of it is taken away; of what comes after it nothing is forgotten."""
    _database(bench, "wal")
    with (bench.leaf / "b.db").open("ab") as file:
        file.write(os.urandom(BATCH_BYTES - 100_000))
    path, over = bench.leaf / f"b.db{ending.decode()}", threading.Event()

    def come() -> None:
        while not over.wait(0.0001):
            if (bench.target / "leaf" / "b.db").exists():
                path.touch()
                return

    deadline = time.monotonic() + 30
    while True:
        over.clear()
        other = threading.Thread(target=come)
        other.start()
        whole = bench.copy()
        over.set()
        other.join()
        if whole is None:
            break
        assert time.monotonic() < deadline
        path.unlink(missing_ok=True)  # it came too late
        shutil.rmtree(bench.target / "leaf")
    assert bench.left == [(Kind.FILE, b"leaf/b.db", b""), (Kind.BEGUN, b"leaf", b"")]
    assert sorted(path.name for path in (bench.target / "leaf").iterdir()) == ["a", "b", "c"]
    for name in ("a", "b", "c"):
        digest = hashlib.sha256((bench.leaf / name).read_bytes()).hexdigest()
        assert f"{digest}  files/leaf/{name}\n".encode() in bench.lines.of_sums


def _database(bench: Bench, mode: str) -> None:
    with closing(sqlite3.connect(bench.leaf / "b.db")) as database:
        database.execute(f"PRAGMA journal_mode={mode}")
        database.execute("CREATE TABLE t (x)")
        database.commit()


@pytest.mark.parametrize("folder", ["leaf", "a", "nothing"])
def test_what_is_no_folder_is_left(bench: Bench, folder: str) -> None:
    (bench.source / "a").symlink_to("leaf")
    (bench.source / "file").write_text("x")
    name = {"leaf": b"file", "a": b"a", "nothing": b"nothing"}[folder]
    assert bench.copy(name) is None
    assert list(bench.target.iterdir()) == []


@pytest.mark.parametrize("how", ["longer", "another", "as if it did not"])
def test_a_file_that_changes_while_it_is_read_is_left(bench: Bench, how: str) -> None:
    """And what was made of it is taken away."""
    (bench.leaf / "b").write_bytes(bytes(BATCH_BYTES // 2))
    over = threading.Event()
    path = bench.leaf / "b"
    with path.open("ab", buffering=0) as file, path.open("rb+") as same:

        def write() -> None:
            while not over.wait(0.0002):
                if how == "longer":
                    file.write(b"x")
                else:
                    os.pwrite(same.fileno(), b"x", 0)
                    if how != "another":
                        os.utime(same.fileno(), ns=(1, 1))

        writer = threading.Thread(target=write)
        writer.start()
        try:
            deadline = time.monotonic() + 30
            while bench.copy() is not None:  # nothing was written meanwhile
                assert time.monotonic() < deadline
                shutil.rmtree(bench.target / "leaf")
        finally:
            over.set()
            writer.join()
    assert bench.left == [(Kind.FILE, b"leaf/b", b""), (Kind.BEGUN, b"leaf", b"")]
    assert sorted(path.name for path in (bench.target / "leaf").iterdir()) == ["a", "c"]


def test_what_can_not_be_taken_away_again_is_an_error(bench: Bench) -> None:
    """Somebody puts a folder in the place of a file that changes while it is copied."""
    (bench.leaf / "b").write_bytes(os.urandom(BATCH_BYTES - 1000))
    copy = bench.target / "leaf" / "b"

    def disturb() -> None:
        while not copy.exists():
            pass
        copy.unlink(missing_ok=True)
        copy.mkdir()
        (bench.leaf / "b").chmod(0o600)

    def copied_meanwhile() -> OSError | None:
        (bench.leaf / "b").chmod(0o644)
        other = threading.Thread(target=disturb)
        other.start()
        try:
            bench.copy()
        except OSError as error:
            return error
        finally:
            other.join()
        return None

    deadline = time.monotonic() + 30
    while (caught := copied_meanwhile()) is None:  # that came before it was read, or too late
        assert time.monotonic() < deadline
        shutil.rmtree(bench.target / "leaf")
    assert caught.errno == errno.EISDIR
    assert caught.filename == b"leaf/b"


def test_that_error_ends_a_copy(
    bench: Bench, together: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError(errno.EISDIR, "Is a directory", b"leaf/b")

    monkeypatch.setattr(NativeFolders, "do", fail)
    with pytest.raises(PryvTuiError) as caught:
        backup(bench.source, bench.target / "part")
    assert caught.value.name == "step-failed"
    assert "leaf" in caught.value.what


@pytest.mark.parametrize("proof", list(Proof))
def test_what_did_not_change_is_linked(bench: Bench, proof: Proof) -> None:
    former = bench.kept()
    lines = bench.copy(former=former, proof=proof)
    assert lines is not None
    assert (lines.files, bench.run.size, bench.run.linked_files, bench.run.linked_size) == (
        3,
        90,
        3,
        90,
    )
    for name in ("a", "b", "c"):
        assert (bench.target / "leaf" / name).samefile(bench.former / "leaf" / name)
    assert former[0][1][0].hex().encode() in lines.of_sums


def changes() -> Iterator[tuple[str, Callable[[Bench], object]]]:
    """What makes `b`, or its former copy, another than it was; the same bytes in all cases."""
    yield "its time", lambda bench: os.utime(bench.leaf / "b", ns=(5, 7))
    yield "its status", lambda bench: _touched(bench.leaf / "b")
    yield "its mode", lambda bench: (bench.leaf / "b").chmod(0o640)
    yield "its copy's mode", lambda bench: (bench.former / "leaf" / "b").chmod(0o640)
    yield "its copy's time", lambda bench: os.utime(bench.former / "leaf" / "b", ns=(5, 7))
    yield "its copy's size", lambda bench: _longer(bench.former / "leaf" / "b")
    yield "its copy is gone", lambda bench: (bench.former / "leaf" / "b").unlink()
    yield "its copy is a link", lambda bench: _as_link(bench.former / "leaf" / "b")
    yield (
        "its copy's attribute",
        lambda bench: os.setxattr(bench.former / "leaf" / "b", "user.x", b"1"),
    )
    if ROOT:
        yield "its copy's owner", lambda bench: os.chown(bench.former / "leaf" / "b", 5, 5)


def _touched(path: Path) -> None:
    """All is as before but the time of the change."""
    mode = stat.S_IMODE(path.stat().st_mode)
    path.chmod(0o777)
    path.chmod(mode)


def _longer(path: Path) -> None:
    times = path.stat()
    with path.open("a") as file:
        file.write("more")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def _as_link(path: Path) -> None:
    path.rename(path.with_name("away"))
    path.symlink_to("away")


@pytest.mark.parametrize(("what", "change"), list(changes()), ids=lambda it: it if it else "")
def test_what_is_not_what_it_was_is_copied(
    bench: Bench, what: str, change: Callable[[Bench], object]
) -> None:
    former = bench.kept()
    change(bench)
    lines = bench.copy(former=former)
    assert lines is not None
    assert (lines.files, bench.run.linked_files) == (3, 2)
    there = seen(bench.target)
    assert there[b"leaf/b"] == seen(bench.source)[b"leaf/b"]
    assert (bench.target / "leaf" / "b").stat().st_nlink == 1


@pytest.mark.parametrize(
    ("which", "proof", "linked"),
    [
        ("former", Proof.TIMES, 3),
        ("former", Proof.PARENT_READ, 2),
        ("former", Proof.BOTH_READ, 2),
        ("source", Proof.TIMES, 3),
        ("source", Proof.PARENT_READ, 3),
        ("source", Proof.BOTH_READ, 2),
    ],
)
def test_bytes_that_differ_under_the_same_times_are_found_where_they_are_read(
    bench: Bench, which: str, proof: Proof, linked: int
) -> None:
    former = bench.kept()
    path = (bench.former if which == "former" else bench.source) / "leaf" / "b"
    times = path.stat()
    path.write_text("d" * 30)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    status = (bench.leaf / "b").stat()
    identity = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
    former[1] = (b"b", (former[1][1][0], (*identity, status.st_ctime_ns)))
    lines = bench.copy(former=former, proof=proof)
    assert lines is not None
    assert bench.run.linked_files == linked
    if linked == 2:
        assert (bench.target / "leaf" / "b").read_text() == (bench.leaf / "b").read_text()
        digest = hashlib.sha256((bench.leaf / "b").read_bytes()).hexdigest()
        assert f"{digest}  files/leaf/b\n".encode() in lines.of_sums


def test_what_may_not_be_linked_is_copied(bench: Bench) -> None:
    lines = bench.copy(former=bench.kept(), linkable=False)
    assert lines is not None
    assert bench.run.linked_files == 0
    assert [line[:1] for line in lines.of_index.splitlines()] == [b"x"] * 3


def backup(source: Path, part: Path) -> None:
    part.mkdir()
    lists = {"sums": "SHA256SUMS", "index": "INDEX", "tree": "TREE"}
    copy_tree(source, part / "files", **{name: part / file for name, file in lists.items()})  # type: ignore[arg-type]


@pytest.fixture
def many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    use(monkeypatch, settled_ns=-(10**20), sync=at_once)
    root = tmp_path / "root"
    for number in range(40):
        (root / f"u{number}").mkdir(parents=True)
        (root / f"u{number}" / "file").write_text(f"{number}" * 50)
    return root


@pytest.mark.usefixtures("together")
def test_a_copy_and_its_restore_use_it(
    many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what Python does instead is the same, to the byte of each list."""
    slowly: list[bytes] = []
    copy = FileCopier.copy

    def told(self: FileCopier, place: Any, **more: Any) -> Any:
        slowly.append(place.path)
        return copy(self, place, **more)

    monkeypatch.setattr(FileCopier, "copy", told)
    backup(many, tmp_path / "part")
    copy_tree(tmp_path / "part/files", tmp_path / "back", expected=tmp_path / "part/SHA256SUMS")
    assert slowly == []
    assert seen(tmp_path / "back") == seen(many)
    use(monkeypatch, native=False)
    backup(many, tmp_path / "again")
    assert len(slowly) == 40
    for name in ("SHA256SUMS", "INDEX", "TREE"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "part" / name).read_bytes()


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize("how", ["differs", "is missing", "is not in the list"])
def test_a_restore_refuses_what_is_not_listed_so(many: Path, tmp_path: Path, how: str) -> None:
    part = tmp_path / "part"
    backup(many, part)
    wrong = part / "files" / "u5" / "file"
    if how == "differs":
        wrong.write_bytes(wrong.read_bytes().replace(b"5", b"6", 1))
    elif how == "is missing":
        wrong.unlink()
    else:
        (part / "files" / "u5" / "strange").write_text("x")
    with pytest.raises(PryvTuiError) as caught:
        copy_tree(part / "files", tmp_path / "back", expected=part / "SHA256SUMS")
    assert caught.value.name == "set-damaged"
    assert how in caught.value.what
    assert "u5/" in caught.value.what


@pytest.mark.usefixtures("together")
def test_a_check_uses_it(many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backup(many, tmp_path / "part")
    for module in (verify, copy_worker):
        monkeypatch.setattr(module, "digest_of", None)
    assert verify_sums(tmp_path / "part").sound
    wrong = tmp_path / "part" / "files" / "u7" / "file"
    wrong.write_bytes(wrong.read_bytes()[::-1].replace(b"7", b"8", 1))
    found = verify_sums(tmp_path / "part")
    assert found.wrong_count == 1
    assert found.files == 40


@pytest.mark.skipif(not ROOT, reason="mounting needs root")
@pytest.mark.usefixtures("together")
def test_a_full_disk_is_told_as_such(many: Path, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96k", "tmpfs", small], check=True)
    try:
        with pytest.raises(PryvTuiError) as caught:
            backup(many, small / "part")
        assert caught.value.name == "disk-full"
    finally:
        subprocess.run(["umount", small], check=True)


SIZES = [*range(130), 4095, 4096, (1 << 20) - 9, (1 << 20), (1 << 21), (1 << 21) + 1, 3 << 20]
"""Bytes: all lengths of padding, and what is hashed while it is read beside what waits."""


@pytest.fixture(params=["two at a time", "one by one"])
def pairs(request: pytest.FixtureRequest, tmp_path: Path, bench: Bench) -> bool:
    """Both ways of hashing; whether it is the first."""
    if request.param == "one by one":
        (tmp_path / SOURCES[0]).parent.mkdir(parents=True)
        for source in SOURCES:
            shutil.copy(Path(__file__).parents[3] / source, tmp_path / source)
        library = build(tmp_path, "-DONE_BY_ONE")
        assert library is not None
        bench.library = str(library)
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

    engine = load(CopyOptions(True, 0, ahead=Ahead.ALWAYS, prefix=6), library=bench.library)
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
        ((sums, index, tree, _),) = found.parts
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


@pytest.mark.parametrize("library", ["missing", "no library", "another version", "stale"])
def test_where_there_is_none_python_does_it(tmp_path: Path, library: str) -> None:
    path, version = tmp_path / "subtrees.so", compiled.VERSION
    if library == "no library":
        path.write_text("x")
    elif library == "another version":
        path, version = Path(compiled.LIBRARY), 0
    elif library == "stale":  # after the source was changed, and nothing installed again
        shutil.copy(compiled.LIBRARY, path)
        path.with_suffix(".c").write_text("/* another */")
        for name in compiled.SOURCES[1:]:
            shutil.copy(Path(compiled.LIBRARY).with_name(name), tmp_path)
    assert compiled.library_here(str(path), version) is None
    if not version:
        assert compiled.library_here() is not None
    else:
        assert load(CopyOptions(True, 0), library=str(path)) is None


def test_a_glob_that_may_mean_any_name_leaves_all_to_python() -> None:
    assert load(CopyOptions(True, 0), ("data/*",)) is None
    assert load(CopyOptions(True, 0), ("*.db", "x/[ab]")) is None


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
