"""Whatever happens to names while a tree is copied: no file gets another one's content."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem import folders
from pryv_tui.filesystem.folders import FolderStack
from pryv_tui.filesystem.same_file import MOVED
from pryv_tui.formats.sqlite import recover as sqlite_recover
from pryv_tui.vault.copying.entry import ANOTHER, Entries
from pryv_tui.vault.copying.walk import TreeCopy
from pryv_tui.vault.files import copier as file_copier
from pryv_tui.vault.files import held
from pryv_tui.vault.files.content import ContentCopier
from pryv_tui.vault.files.copier import VANISHED, FileCopier
from pryv_tui.vault.files.hard_links import HardLinks
from pryv_tui.vault.files.types import CopyResult, Selection
from pryv_tui.vault.native.library import NativeFolders
from tests.examples import tries
from tests.vault.copying.test_copy_faults import Hooks, run
from tests.vault.copying.test_pieces import backup
from tests.vault.engine import at_once, copy_tree, use

OLD_NS = 10**18
FILES = ("a", "b", "c", "d0/x", "d0/y", "d1/x", "d1/sub/x", "e")
FOLDERS = ("d0", "d1", "d1/sub")


@pytest.fixture
def scratch() -> Iterator[Path]:
    """On a disk: memory file systems don't use inode numbers again."""
    path = Path(tempfile.mkdtemp())
    yield path
    shutil.rmtree(path)


def status(**changed: int) -> os.stat_result:
    """Of a file with two names, as a file system might tell it."""
    told = {"mode": 0o100644, "ino": 7, "dev": 1, "nlink": 2, "uid": 0, "gid": 0, "size": 5}
    told |= {"mtime": OLD_NS, "ctime": OLD_NS} | changed
    seconds = [told[f"{name}time"] // 10**9 for name in ("m", "m", "c")]
    first = [told[name] for name in ("mode", "ino", "dev", "nlink", "uid", "gid", "size")]
    nanoseconds = [told["mtime"], told["mtime"], told["ctime"]]
    return os.stat_result(
        (*first, *seconds),
        {
            "st_atime_ns": nanoseconds[0],
            "st_mtime_ns": nanoseconds[1],
            "st_ctime_ns": nanoseconds[2],
        },
    )


@pytest.fixture
def links(tmp_path: Path) -> Iterator[HardLinks]:
    found = HardLinks(os.open(tmp_path, os.O_RDONLY))
    yield found
    found.close()


def test_a_file_that_did_not_change_since_is_known_by_its_other_name(links: HardLinks) -> None:
    links.remember(status(), b"first", b"digest")
    met = links.known(status())
    assert met is not None
    assert (met.path, met.digest, met.certain, met.other) == (b"first", b"digest", True, False)


@pytest.mark.parametrize(
    "changed",
    [
        {"ctime": OLD_NS + 1},
        {"size": 6},
        {"mtime": OLD_NS + 1},
        {"mode": 0o100600},
        {"mode": 0o120777},
        {"uid": 9},
    ],
)
def test_what_only_has_its_number_is_another(links: HardLinks, changed: dict[str, int]) -> None:
    """A later file, a link in its place, or the same one with another content."""
    links.remember(status(), b"first", b"digest")
    met = links.known(status(**changed))
    assert met is not None and met.other and not met.certain
    assert links.known(status(**changed)) is None, "it is forgotten"


def test_a_time_of_just_now_is_no_proof(links: HardLinks) -> None:
    """The new file may have been made within the same step of the file system's clock."""
    recent = 2 * 10**18
    links.remember(status(ctime=recent), b"first", b"digest")
    met = links.known(status(ctime=recent))
    assert met is not None and not met.certain and not met.other


def test_a_set_whose_files_other_sets_share_is_compared_by_hashes(links: HardLinks) -> None:
    """A backup that links to them, or a set that is removed, changes their time meanwhile."""
    links.hashed = True
    links.remember(status(), b"first", b"digest")
    met = links.known(status(ctime=OLD_NS + 5))
    assert met is not None and met.certain
    links.remember(status(mode=0o120777), b"link", b"goal")
    met = links.known(status(mode=0o120777))
    assert met is not None and met.certain, "old, so certain by its time"


def lose_both(first: Path, second: Path, new: tuple[Path, Path]) -> Callable[[Path], None]:
    """A file loses its two names, and a new one with two names gets its number, if it can."""

    def act(_path: Path) -> None:
        if not first.exists():
            return
        number = first.stat().st_ino
        first.unlink()
        second.unlink()
        tries = []
        for at in range(200):
            path = new[0].with_name(f"try{at}")
            path.write_text("new: another person's letter")
            if path.stat().st_ino == number:
                path.rename(new[0])
                break
            tries.append(path)
        else:
            tries.pop().rename(new[0])
        for path in tries:
            path.unlink(missing_ok=True)
        os.link(*new)

    return act


def test_a_new_file_with_the_number_of_one_that_is_gone(scratch: Path) -> None:
    root = scratch / "root"
    (root / "x").mkdir(parents=True)
    (root / "a").write_text("old: one person's own letter")
    os.link(root / "a", root / "x" / "z")
    (root / "b").write_text("in between")
    new = (root / "x" / "p", root / "x" / "q")
    run(root, Hooks(read={"root/b": lose_both(root / "a", root / "x" / "z", new)}))
    copy = scratch / "host" / "files"
    assert (copy / "a").read_text() == "old: one person's own letter"
    for name in ("p", "q"):
        assert (copy / "x" / name).read_text() == "new: another person's letter"


def test_a_link_whose_number_a_file_got(scratch: Path) -> None:
    """A symbolic link with two names is gone; a file with two names has its number."""
    root = scratch / "root"
    (root / "x").mkdir(parents=True)
    (root / "a").symlink_to("goal")
    os.link(root / "a", root / "x" / "z", follow_symlinks=False)
    (root / "b").write_text("in between")

    def act(_path: Path) -> None:
        if not (root / "a").is_symlink():
            return
        (root / "a").unlink()
        (root / "x" / "z").unlink()
        (root / "x" / "p").write_text("a letter")
        os.link(root / "x" / "p", root / "x" / "q")

    run(root, Hooks(read={"root/b": act}))
    copy = scratch / "host" / "files"
    assert (copy / "a").is_symlink()
    assert (copy / "x" / "p").read_text() == (copy / "x" / "q").read_text() == "a letter"


def test_a_name_that_was_added_meanwhile_is_copied_by_itself_and_told(scratch: Path) -> None:
    """The file is the same; that nothing happened to it in between can't be seen."""
    root = scratch / "root"
    (root / "x").mkdir(parents=True)
    (root / "a").write_text("a letter")
    os.link(root / "a", root / "x" / "z")
    (root / "b").write_text("in between")

    def act(_path: Path) -> None:
        if not (root / "c").exists():
            os.link(root / "a", root / "c")

    result = run(root, Hooks(read={"root/b": act}))
    copy = scratch / "host" / "files"
    assert (copy / "x" / "z").read_text() == "a letter"
    if (root / "a").stat().st_ctime_ns != (root / "b").stat().st_ctime_ns:
        assert [note.what for note in result.notes if note.path == "x/z"] in ([ANOTHER], [])


def test_a_file_moved_and_written_to_while_it_is_read(
    scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is open goes on under its new name: its content is that one's, not the old one's."""
    root = scratch / "root"
    (root / "x").mkdir(parents=True)
    (root / "x" / "letter").write_text("one")
    (root / "z").write_text("kept")
    copying = ContentCopier.copy

    def moved(self: ContentCopier, source: int, target: int, *given: Any, **more: Any) -> bytes:
        if more["path"] == b"x/letter" and (root / "x" / "letter").exists():
            (root / "x" / "letter").rename(root / "x" / "other")
            (root / "x" / "other").write_text("two")
        return copying(self, source, target, *given, **more)

    monkeypatch.setattr(ContentCopier, "copy", moved)
    result = run(root, Hooks())
    copy = scratch / "host" / "files" / "x" / "letter"
    assert not copy.exists(), "nothing that it ever held was read"
    assert [note.path for note in result.notes] == ["x/letter"]


def test_a_file_moved_between_its_opening_and_the_first_look_at_it(
    scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its times are then those of its new place from the first look on, and change no more."""
    root = scratch / "root"
    (root / "x").mkdir(parents=True)
    (root / "x" / "letter").write_text("one")
    (root / "x" / "z").write_text("kept")
    opening = folders.open_quietly

    def moved(name: bytes, flags: int, folder: int) -> int:
        fd = opening(name, flags, folder)
        if name == b"letter" and (root / "x" / "letter").exists():
            (root / "x" / "letter").rename(root / "x" / "other")
            (root / "x" / "other").write_text("two")
        return fd

    monkeypatch.setattr(file_copier, "open_quietly", moved)
    result = copy_tree(root, scratch / "copy")
    assert not (scratch / "copy" / "x" / "letter").exists()
    assert ("x/letter", VANISHED) in [(note.path, note.what) for note in result.notes]


@pytest.mark.parametrize("way", ["by sqlite", "held"])
def test_a_database_replaced_while_it_is_read_is_not_the_former_one(
    scratch: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """One person's database gets another's name, while what is open is copied."""
    root = scratch / "root"
    root.mkdir()
    for name in ("anna", "otto"):
        with closing(sqlite3.connect(root / f"{name}.db")) as made:
            made.execute("CREATE TABLE letters AS SELECT ? AS whose", (name,))
            made.commit()
    taking, copying = sqlite_recover.take_database, ContentCopier.copy

    def swap() -> None:
        if (root / "otto.db").exists():
            (root / "otto.db").rename(root / "anna.db")

    def taken(name: bytes, source: int, *given: Any, **more: Any) -> str:
        told = taking(name, source, *given, **more)
        if name == b"anna.db":
            swap()
        return told

    def copied(self: ContentCopier, *given: Any, path: bytes, **more: Any) -> bytes:
        digest = copying(self, *given, path=path, **more)
        if path == b"anna.db":
            swap()
        return digest

    if way == "held":
        monkeypatch.setattr(ContentCopier, "copy", copied)
    else:
        monkeypatch.setattr(held, "hold", lambda *_given: None)
        monkeypatch.setattr(file_copier, "take_database", taken)
    run(root, Hooks(), Selection(sqlite=("*.db",)))
    with closing(sqlite3.connect(scratch / "host" / "files" / "anna.db")) as copy:
        assert copy.execute("SELECT whose FROM letters").fetchall() == [("otto",)]


def test_a_file_replaced_while_it_is_read_is_read_anew(
    scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = scratch / "root"
    root.mkdir()
    (root / "letter").write_text("one")
    copying = ContentCopier.copy
    turns = iter([True])

    def replaced(self: ContentCopier, source: int, target: int, *given: Any, **more: Any) -> bytes:
        if next(turns, False):
            (root / "letter").rename(root / "other")
            (root / "other").write_text("other")
            (root / "letter").write_text("three")
            (root / "letter").chmod(0o611)
        return copying(self, source, target, *given, **more)

    monkeypatch.setattr(ContentCopier, "copy", replaced)
    run(root, Hooks())
    copy = scratch / "host" / "files" / "letter"
    assert copy.read_text() == "three"
    assert copy.stat().st_mode & 0o777 == 0o611


@pytest.mark.parametrize("way", ["alone", "python", "library"])
def test_a_folder_moved_while_it_is_copied_is_named(
    scratch: Path,
    way: str,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    """A person's folder becomes another's, and gets that one's letters."""
    if way != "alone":
        request.getfixturevalue("together")
        use(monkeypatch, native=way == "library", batch_entries=2)  # the walk goes on in it
    root = scratch / "root"
    (root / "users" / "anna" / "below").mkdir(parents=True)
    (root / "users" / "anna" / "a").write_text("anna's")
    (root / "users" / "anna" / "below" / "b").write_text("anna's")
    entering = TreeCopy._enter

    def moved(self: TreeCopy, name: bytes, path: bytes) -> bool:
        entered = entering(self, name, path)
        if name == b"anna" and (root / "users" / "anna").exists():
            (root / "users" / "anna").rename(root / "users" / "otto")
            (root / "users" / "otto" / "letter").write_text("otto's")
        return entered

    monkeypatch.setattr(TreeCopy, "_enter", moved)
    copy_to = scratch / "host" / "files"
    copy_to.parent.mkdir()
    result = copy_tree(root, copy_to, sums=scratch / "host" / "SHA256SUMS")
    # Where a folder below it is too young to tell, that is named beside it.
    assert ("users/anna", MOVED) in [(note.path, note.what) for note in result.notes if note.torn]


def test_a_folder_that_is_removed_meanwhile_is_not_told_as_moved(
    scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = scratch / "root"
    (root / "users" / "anna").mkdir(parents=True)
    (root / "z").write_text("kept")
    entering = TreeCopy._enter

    def removed(self: TreeCopy, name: bytes, path: bytes) -> bool:
        entered = entering(self, name, path)
        if name == b"anna":
            (root / "users" / "anna").rmdir()
        return entered

    monkeypatch.setattr(TreeCopy, "_enter", removed)
    assert not any(note.torn for note in run(root, Hooks()).notes)


def test_the_way_up_is_not_into_another_folder_of_that_number(
    scratch: Path,
) -> None:
    """A folder so far up that it was closed is removed; what holds ours now got its number."""
    (scratch / "root" / "a" / "b" / "c").mkdir(parents=True)
    stack = FolderStack(os.open(scratch / "root", os.O_RDONLY), kept_open=1)
    try:
        for name in (b"a", b"b", b"c"):
            stack.enter(name)
        (scratch / "root" / "a" / "b" / "c").rename(scratch / "root" / "c")
        # As if it had the number of `b`, which is gone by then.
        (scratch / "root" / "a" / "b").rename(scratch / "root" / "other")
        (scratch / "root" / "c").rename(scratch / "root" / "other" / "c")
        with pytest.raises(OSError, match=r"moved|No such file"):
            stack.leave()
    finally:
        stack.close()


class World:
    """A tree that changes, and what each path ever held."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.held: dict[str, set[bytes]] = defaultdict(set)
        self.version = 0
        self._lock = threading.RLock()

    def see(self) -> None:
        """Note what all paths hold now."""
        for folder, _, names in os.walk(self.root):
            for name in names:
                path = Path(folder, name)
                if not path.is_symlink():
                    self.held[str(path.relative_to(self.root))].add(path.read_bytes())

    def act(self, deed: tuple[str, str, str]) -> None:
        """Do one thing, as far as it can be done."""
        what, one, other = deed
        first, second = self.root / one, self.root / other
        with self._lock:
            self.version += 1
            try:
                self._do(what, first, second)
            except OSError:
                pass  # something else is there, or nothing: then nothing happens
            self.see()

    def _do(self, what: str, first: Path, second: Path) -> None:
        # All contents are of one length: it does not tell them apart.
        content = f"{first.relative_to(self.root)}:{self.version:06}".rjust(20).encode()
        if what == "write":
            first.parent.mkdir(parents=True, exist_ok=True)
            new = first.with_name("new")
            self.held[str(new.relative_to(self.root))].add(content)
            new.write_bytes(content)
            new.rename(first)
        elif what == "overwrite":
            with first.open("r+b", buffering=0) as file:
                file.write(content)
        elif what == "unlink":
            first.unlink()
        elif what == "twins":
            first.parent.mkdir(parents=True, exist_ok=True)
            second.parent.mkdir(parents=True, exist_ok=True)
            first.unlink(missing_ok=True)
            second.unlink(missing_ok=True)
            first.write_bytes(content)
            os.link(first, second)
        elif what == "rename":
            first.rename(second)
        elif what == "symlink":
            first.unlink()
            first.symlink_to(second)
        elif what == "folder gone":
            shutil.rmtree(first)
        elif what == "folder to file":
            shutil.rmtree(first)
            first.write_bytes(content)


def deeds() -> st.SearchStrategy[tuple[str, str, str]]:
    files = st.sampled_from(FILES)
    on_files = ["write", "overwrite", "unlink", "twins", "twins", "rename", "symlink"]
    return st.tuples(st.sampled_from(on_files), files, files) | st.tuples(
        st.sampled_from(["folder gone", "folder to file", "rename"]),
        st.sampled_from(FOLDERS),
        st.sampled_from((*FOLDERS, "d2")),
    )


POINTS = [
    (Entries, "another_name"),
    (Entries, "file"),
    (FileCopier, "_create"),
    (FileCopier, "_again"),
    (ContentCopier, "copy"),
    (NativeFolders, "do"),
    (TreeCopy, "_enter"),
    (TreeCopy, "_content"),
    (TreeCopy, "_leave"),
]
"""Between these steps of a copy anything can happen."""


def between(
    world: World, script: list[list[tuple[str, str, str]]], patch: pytest.MonkeyPatch
) -> None:
    """Have the next things done before and after each of these steps."""
    coming = iter(script)
    lock = threading.Lock()

    def happen() -> None:
        with lock:
            for deed in next(coming, []):
                world.act(deed)

    for kind, name in POINTS:
        real = getattr(kind, name)

        def step(*given: Any, _real: Any = real, **more: Any) -> Any:
            happen()
            result = _real(*given, **more)
            happen()
            return result

        patch.setattr(kind, name, step)


def compare(world: World, files: Path, result: CopyResult) -> None:
    """Each file of the copy holds what its own path held; what was moved is named."""
    moved = [note.path for note in result.notes if note.what == MOVED]
    for folder, _, names in os.walk(files):
        for name in names:
            path = Path(folder, name)
            relative = str(path.relative_to(files))
            if path.is_symlink() or any(relative.startswith(f"{top}/") for top in moved):
                continue
            # A file that is being made is empty for a moment.
            assert path.read_bytes() in world.held[relative] | {b""}, relative


@pytest.mark.parametrize(
    "way", ["alone", "python", pytest.param("library", marks=pytest.mark.each_turn)]
)
@given(
    before=st.lists(deeds(), min_size=5, max_size=15),
    script=st.lists(st.lists(deeds(), max_size=3), max_size=40),
    earlier=st.booleans(),
)
@settings(
    max_examples=tries(80),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_each_file_holds_what_its_own_path_held(
    scratch: Path,
    way: str,
    request: pytest.FixtureRequest,
    before: list[tuple[str, str, str]],
    script: list[list[tuple[str, str, str]]],
    earlier: bool,
) -> None:
    """Renamed, unlinked, written again while it is copied, beside a former set or not."""
    if way != "alone":
        request.getfixturevalue("together")
    work = Path(tempfile.mkdtemp(dir=scratch))
    world = World(work / "root")
    for path in FILES:
        world.act(("write", path, path))
    for deed in before:
        world.act(deed)
    with pytest.MonkeyPatch.context() as patch:
        use(patch, sync=at_once, native=way == "library")
        if earlier:
            backup(world.root, work / "first")
        between(world, script, patch)
        try:
            result = backup(world.root, work / "set", work / "first" if earlier else None)
        except PryvTuiError as error:
            # One that ends with an error is no set.
            assert error.name in ("unreadable", "step-failed"), error
            return
    compare(world, work / "set" / "files", result)


@pytest.mark.parametrize("compiled", [True, False])
def test_so_it_is_while_another_thread_does_it_all_the_time(
    scratch: Path, together: None, monkeypatch: pytest.MonkeyPatch, compiled: bool
) -> None:
    """At any point, also within the library; what it may not be is another path's content."""
    use(monkeypatch, sync=at_once, native=compiled)
    world = World(scratch / "root")
    files = [f"d{folder}/{name}" for folder in range(6) for name in "xyz"]
    for path in files:
        world.act(("write", path, path))
    chance = random.Random(1)
    over = threading.Event()
    # A folder that is away and back within one copy looks like one that others wrote into: what it
    # got at the other place, and lost there again, can't be told from that.
    moved: set[int] = set()
    deciding = threading.Lock()

    def live() -> None:
        kinds = ["write", "overwrite", "unlink", "twins", "twins", "rename"]
        while not over.is_set():
            world.act((chance.choice(kinds), chance.choice(files), chance.choice(files)))
            one, other = chance.sample(range(6), 2)
            with deciding:
                if chance.random() < 0.05 and not moved & {one, other}:
                    moved.update((one, other))
                    world.act(("rename", f"d{one}", "aside"))
                    world.act(("rename", f"d{other}", f"d{one}"))
                    world.act(("rename", "aside", f"d{other}"))

    living = threading.Thread(target=live)
    living.start()
    copies = []
    try:
        for number in range(12):
            with deciding:  # or what is moved just now could be moved back within this copy
                moved.clear()
            try:
                copies.append((number, backup(world.root, scratch / f"set{number}")))
            except PryvTuiError as error:
                assert error.name in ("unreadable", "step-failed"), error
    finally:
        over.set()
        living.join()
    assert copies
    for number, result in copies:
        compare(world, scratch / f"set{number}" / "files", result)
