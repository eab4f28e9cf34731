"""Pieces of a tree handed out: the same copy, whatever their processes leave to the walk."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import stat
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from pryv_tui.errors import PryvTuiError
from pryv_tui.vault.copying import count as walk
from pryv_tui.vault.copying import pieces as copy_pieces
from pryv_tui.vault.copying import walk as copy_walk
from pryv_tui.vault.copying.parent import Parent
from pryv_tui.vault.files.copier import CHANGED, MISSED, VANISHED
from pryv_tui.vault.files.pieces import Piece
from pryv_tui.vault.files.types import CopyNote, CopyResult, Progress, Selection
from pryv_tui.vault.lists import index as indexing
from pryv_tui.vault.lists.index import digest_of_list
from pryv_tui.vault.lists.tree import write_tree
from pryv_tui.vault.native.library import NativeFolders
from pryv_tui.vault.parallel import pool as copy_pool
from pryv_tui.vault.parallel.messages import Board
from pryv_tui.vault.parallel.worker import Worker
from tests.examples import tries
from tests.vault.copying.test_copy_faults import Hooks
from tests.vault.descriptors import none_left_open
from tests.vault.engine import at_once, copy_tree, use
from tests.vault.trees import Entry, make, seen, trees

ANY = settings(
    max_examples=tries(20),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def piecemeal(patch: pytest.MonkeyPatch) -> None:
    """A batch is large after a few bytes or entries: the rest of it comes back."""
    use(patch, batch_bytes=60, batch_entries=3)


def crumbs(patch: pytest.MonkeyPatch) -> None:
    """Each entry comes back by itself, and few results may wait."""
    use(patch, batch_entries=1, most_pending=2)


def left_by_all(patch: pytest.MonkeyPatch) -> None:
    """Whoever is asked to copy a piece has no library: all of it is left to the walk."""
    patch.setattr("pryv_tui.vault.native.library.load", lambda *_: None)


def by_python(patch: pytest.MonkeyPatch) -> None:
    """Nothing is done in one call, as where the library was not built."""
    use(patch, native=False)


def before_going_on(patch: pytest.MonkeyPatch, then: Callable[[Any], None]) -> None:
    """Have something done before a folder that was begun is gone on with, in its turn or early;
    all pieces are as large as they may be."""
    patch.setattr(Board, "share", lambda *_: None)
    for method in ("_do_folder", "_hand_out_early"):
        real = getattr(copy_pieces.PieceDispatcher, method)

        def first(self: Any, place: Any, real: Callable[[Any, Any], None] = real) -> None:
            then(place)
            real(self, place)

        patch.setattr(copy_pieces.PieceDispatcher, method, first)


@pytest.fixture(autouse=True)
def engine(together: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others copy from the first file on, and nobody waits for the disk."""
    use(monkeypatch, settled_ns=-(10**20), sync=at_once)


@pytest.fixture
def scratch() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp())
    yield path
    subprocess.run(["rm", "-rf", str(path)], check=True)


def backup(source: Path, part: Path, former: Path | None = None, **options: Any) -> CopyResult:
    """A host's part of a set, with all its lists."""
    part.mkdir()
    base = None
    if former is not None:
        index, sums = (digest_of_list(former / name) for name in ("INDEX", "SHA256SUMS"))
        base = Parent(set_id=former.name, folder=str(former), index=index, sums=sums)
    return copy_tree(
        source,
        part / "files",
        sums=part / "SHA256SUMS",
        index=part / "INDEX",
        tree=part / "TREE",
        parent=base,
        **options,
    )


@pytest.fixture
def source(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    for number in range(9):
        folder = root / "users" / f"u{number}"
        folder.mkdir(parents=True)
        for name in ("a", "b"):
            (folder / name).write_text(f"{number}{name}" * 20)
        folder.chmod(0o751 + number)
        os.utime(folder, ns=(1, 10**18 + number))
    (root / "file").write_text("x")
    return root


@pytest.mark.parametrize("way", [by_python, piecemeal, crumbs, left_by_all])
@given(tree=trees())
@ANY
def test_any_tree_comes_through_twice_and_back(
    scratch: Path, way: Callable[[pytest.MonkeyPatch], None], tree: dict[bytes, Entry]
) -> None:
    """As one process copies it, to the byte of every list; and again, linked to the first."""
    work = Path(tempfile.mkdtemp(dir=scratch))
    (work / "root").mkdir()
    make(tree, os.fsencode(work / "root"))
    alone = backup(work / "root", work / "alone", hooks=Hooks())
    with pytest.MonkeyPatch.context() as patch:
        way(patch)
        first = backup(work / "root", work / "first")
        second = backup(work / "root", work / "second", work / "first")
        names = indexing.names_with_others(work / "second", b"files/")
        copy_tree(
            work / "second" / "files",
            work / "back",
            expected=work / "second" / "SHA256SUMS",
            names=names,
        )
    assert first == alone
    for copy in ("first", "second"):
        assert _lines(work / copy / "TREE") == _lines(work / "alone" / "TREE")
        sums = (work / copy / "SHA256SUMS").read_bytes()
        assert sums == (work / "alone" / "SHA256SUMS").read_bytes()
    assert first.tree == digest_of_list(work / "first" / "TREE")
    assert (second.files, second.bytes, second.links) == (first.files, first.bytes, first.links)
    there = seen(work / "root")
    for copy in ("first/files", "second/files", "back"):
        assert _own_names(seen(work / copy)) == _own_names(there)
    assert seen(work / "back") == there


@pytest.mark.parametrize("way", [None, by_python, piecemeal, crumbs, left_by_all])
@given(tree=trees(), later=trees())
@settings(ANY, max_examples=tries(15))
def test_any_tree_comes_through_beside_a_former_one_of_any_other_tree(
    scratch: Path,
    way: Callable[[pytest.MonkeyPatch], None] | None,
    tree: dict[bytes, Entry],
    later: dict[bytes, Entry],
) -> None:
    """Folders that the former set does not have, or has as something else."""
    work = Path(tempfile.mkdtemp(dir=scratch))
    for name, content in (("before", tree), ("root", later)):
        (work / name).mkdir()
        make(content, os.fsencode(work / name))
    backup(work / "before", work / "first", hooks=Hooks())
    alone = backup(work / "root", work / "alone", hooks=Hooks())
    with pytest.MonkeyPatch.context() as patch:
        if way is not None:
            way(patch)
        second = backup(work / "root", work / "second", work / "first")
    assert (second.files, second.bytes, second.notes) == (alone.files, alone.bytes, alone.notes)
    assert _own_names(seen(work / "second/files")) == _own_names(seen(work / "root"))


@pytest.mark.parametrize("brings", ["_give_again", "_do_folder"])
def test_a_file_that_is_left_while_others_go_on_is_not_taken_for_a_folder(brings: str) -> None:
    """To hand something out, or to walk a folder, takes what came back meanwhile."""

    class Walk:
        def __init__(self) -> None:
            self._files_left: deque[SimpleNamespace] = deque()
            self._again = deque([()] if brings == "_give_again" else [])
            self.results = SimpleNamespace(first=SimpleNamespace(left=["folder"]))
            self.done: list[str] = []

        def _took(self, what: str, place: SimpleNamespace) -> None:
            place.left = None
            self.done.append(what)

        def _do_files(self, place: SimpleNamespace) -> None:
            self._took("files", place)

        def _brought(self) -> None:
            self.results.first = SimpleNamespace(left=["one", "two"])
            self._files_left.append(self.results.first)

        def _has_room(self) -> bool:
            return True

        def _give_again(self) -> None:
            self._brought()

        def _next_early(self) -> None:
            """Nobody has nothing to do."""

        def _do_folder(self, place: SimpleNamespace) -> None:
            assert place not in self._files_left
            self._took("folder", place)
            self._brought()

    walk: Any = Walk()
    assert copy_pieces.PieceDispatcher._pump(walk)
    assert walk.done == (["files"] if brings == "_give_again" else ["folder", "files"])
    assert not walk._files_left


def test_what_is_left_of_a_folder_is_for_others_before_its_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While somebody is at what comes before, the other has all that is left of the second folder;
    the set is what one process makes."""
    use(monkeypatch, batch_entries=6)
    for folder in "ab":
        for number in range(20):
            path = tmp_path / "root" / folder / f"{number:02}"
            path.mkdir(parents=True)
            (path / "file").write_text(folder)
            path.chmod(0o751)
        os.utime(tmp_path / "root" / folder, ns=(1, 10**18))
    alone = backup(tmp_path / "root", tmp_path / "alone", hooks=Hooks())
    early = threading.Event()
    batch, hand_out = Worker._batch, copy_pieces.PieceDispatcher._hand_out_early
    handed: list[bytes] = []

    def waits(self: Any, order: Any, fds: list[int]) -> Any:
        if any(folder.path == b"a" for folder in order.folders):
            assert early.wait(60)
        return batch(self, order, fds)

    def hands_out(self: Any, place: Any) -> None:
        handed.append(place.left[0].path)
        hand_out(self, place)
        assert place.left[0].since == copy_pieces.ALL_GIVEN
        if place.left[0].path == b"b":
            early.set()

    monkeypatch.setattr(Worker, "_batch", waits)
    monkeypatch.setattr(copy_pieces.PieceDispatcher, "_hand_out_early", hands_out)
    assert backup(tmp_path / "root", tmp_path / "set") == alone
    assert b"b" in handed
    for name in ("SHA256SUMS", "INDEX", "TREE"):
        assert (tmp_path / "set" / name).read_bytes() == (tmp_path / "alone" / name).read_bytes()
    assert seen(tmp_path / "set" / "files") == seen(tmp_path / "alone" / "files")


def test_what_becomes_a_link_after_it_was_handed_out_early_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By whoever was to copy it, and not again when its folder is finished."""
    use(monkeypatch, batch_entries=6)
    for folder in "ab":
        for number in range(20):
            (tmp_path / "root" / folder / f"{number:02}" / "below").mkdir(parents=True)
    early, replaced = threading.Event(), list[str]()
    batch, hand_out = Worker._batch, copy_pieces.PieceDispatcher._hand_out_early

    def waits(self: Any, order: Any, fds: list[int]) -> Any:
        of_b = [folder for folder in order.folders if folder.path == b"b"]
        if any(folder.path == b"a" for folder in order.folders):
            assert early.wait(60)
        elif of_b and not replaced:
            replaced.append(f"b/{os.fsdecode(of_b[0].files[-1][0])}")
            shutil.rmtree(tmp_path / "root" / replaced[0])
            (tmp_path / "root" / replaced[0]).symlink_to("nowhere")
            early.set()
        return batch(self, order, fds)

    handed: list[bytes] = []

    def hands_out(self: Any, place: Any) -> None:
        handed.append(place.left[0].path)
        hand_out(self, place)

    monkeypatch.setattr(Worker, "_batch", waits)
    monkeypatch.setattr(copy_pieces.PieceDispatcher, "_hand_out_early", hands_out)
    result = backup(tmp_path / "root", tmp_path / "set")
    assert b"b" in handed
    assert result.notes == (CopyNote(replaced[0], CHANGED),)


@pytest.mark.parametrize("was", ["link", "file"])
def test_what_was_copied_and_is_a_folder_when_its_folder_is_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, was: str
) -> None:
    """It stays what it was when it was copied, and that is told; the copy goes on."""
    holder = tmp_path / "root" / "holder"
    for name in "abcdefgh":
        (holder / name).mkdir(parents=True)
        (holder / name / "file").write_text(name)
    (holder / "z").symlink_to("a") if was == "link" else (holder / "z").write_text("z")
    piecemeal(monkeypatch)
    changed: list[bytes] = []

    def replace(place: Any) -> None:
        if place.left[0].path == b"holder" and place.left[0].since and not changed:
            changed.append(place.left[0].path)
            (holder / "z").unlink()
            (holder / "z").mkdir()
            (holder / "z" / "file").write_text("z")

    before_going_on(monkeypatch, replace)
    result = backup(tmp_path / "root", tmp_path / "set")
    assert changed == [b"holder"]
    assert (CopyNote("holder/z", CHANGED)) in result.notes
    made = tmp_path / "set" / "files" / "holder"
    assert (made / "z").is_symlink() if was == "link" else (made / "z").read_text() == "z"
    assert [(made / name / "file").read_text() for name in "abcdefgh"] == list("abcdefgh")


@pytest.mark.parametrize("now", ["link", "file", "fifo", "gone"])
@pytest.mark.parametrize("rest", ["folders", "files"])
def test_what_was_a_folder_and_is_none_when_its_folder_is_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: str, rest: str
) -> None:
    """Its turn in the lists is over: it is told that it is not in the copy."""
    holder = tmp_path / "root" / "holder"
    (holder / "b").mkdir(parents=True)
    (holder / "b" / "file").write_text("b")
    for name in "cdefgh":
        (holder / name).mkdir() if rest == "folders" else (holder / name).write_text(name)
    os.mknod(holder / "0", stat.S_IFSOCK | 0o600)
    piecemeal(monkeypatch)
    name, since = ("g", b"\x04") if rest == "folders" else ("b", b"\x08")
    changed: list[bytes] = []

    def replace(place: Any) -> None:
        if place.left[0].path == b"holder" and place.left[0].since and not changed:
            assert place.left[0].since.startswith(since)
            changed.append(place.left[0].since)
            shutil.rmtree(holder / name)
            if now == "link":
                (holder / name).symlink_to("nowhere")
            elif now == "file":
                (holder / name).write_text("now")
            elif now == "fifo":
                os.mkfifo(holder / name)

    before_going_on(monkeypatch, replace)
    result = backup(tmp_path / "root", tmp_path / "set")
    assert changed
    assert [note for note in result.notes if note.path != "holder/0"] == (
        [] if now == "gone" else [CopyNote(f"holder/{name}", MISSED)]
    )
    there = sorted(path.name for path in (tmp_path / "set/files/holder").iterdir())
    assert there == sorted(set("bcdefgh") - {name})


@pytest.mark.parametrize("between", [1, 9, 30])
def test_a_log_far_from_its_database_is_never_copied_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, between: int
) -> None:
    """Whatever is called as if it belonged to it lies between them, wherever a piece ends."""
    holder = tmp_path / "root" / "holder"
    holder.mkdir(parents=True)
    for number in range(between):
        (holder / f"x.db-{number:02}").write_text("x" * 30)
    piecemeal(monkeypatch)
    with closing(sqlite3.connect(holder / "x.db")) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE t(x)")
        database.execute("INSERT INTO t VALUES (7)")
        database.commit()
        result = backup(tmp_path / "root", tmp_path / "set", selection=Selection(sqlite=("*.db",)))
    made = tmp_path / "set" / "files" / "holder"
    assert len(list(made.iterdir())) == between + 1 and not list(made.glob("x.db-[ws]*"))
    with closing(sqlite3.connect(made / "x.db")) as database:
        assert database.execute("SELECT x FROM t").fetchall() == [(7,)]
    assert result.notes == ()


@pytest.mark.parametrize("number", [0, 4])
def test_a_new_folder_with_a_rest_loses_nothing_of_it(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """A link, a large file, and folders that come back unbegun, all new since the former set."""
    backup(source, tmp_path / "1")
    new = source / "new" / "holder"
    for name in range(9):
        (new / f"f{name}").mkdir(parents=True)
        for file in ("a", "b"):
            (new / f"f{name}" / file).write_text(file * 50)
    (new / f"f{number}" / "link").symlink_to("a")
    piecemeal(monkeypatch)
    with none_left_open():
        second = backup(source, tmp_path / "2", tmp_path / "1")
    assert second.notes == ()
    assert second.files == 19 + 18
    assert _own_names(seen(tmp_path / "2/files")) == _own_names(seen(source))


def _lines(tree: Path) -> list[bytes]:
    return sorted(tree.read_bytes().split(b"\0"))


def _own_names(found: dict[bytes, tuple[Any, ...]]) -> dict[bytes, tuple[Any, ...]]:
    """Without the number of links, which sets have in common."""
    return {path: what[:1] + what[2:] for path, what in found.items()}


@pytest.mark.parametrize("way", [None, by_python, piecemeal, crumbs, left_by_all])
def test_the_list_written_on_the_way_is_the_list_of_what_is_there(
    source: Path, tmp_path: Path, way: Callable[[pytest.MonkeyPatch], None] | None
) -> None:
    (source / "users" / "u3" / "link").symlink_to("a")
    os.mkfifo(source / "users" / "u3" / "fifo", 0o640)
    (source / "users" / "u8" / "deep" / "er").mkdir(parents=True)
    (source / "users" / "u8" / "deep" / "er" / "file").write_text("x")
    with pytest.MonkeyPatch.context() as patch:
        if way is not None:
            way(patch)
        result = backup(source, tmp_path / "set")
    on_the_way = _lines(tmp_path / "set" / "TREE")
    write_tree(tmp_path / "set")
    assert on_the_way == _lines(tmp_path / "set" / "TREE")
    assert len(on_the_way) == result.folders + result.links + 3  # the root, the fifo, the end


def test_a_batch_that_became_large_is_handed_out_again(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Folders not begun go to whoever is free, each to one; files that are too much one by one."""
    piecemeal(monkeypatch)
    begun: list[bytes] = []
    copy = NativeFolders.do

    def watched(self: NativeFolders, *given: Any, **more: Any) -> Piece:
        piece = copy(self, *given, **more)
        begun.extend(given[3] + name[1:] for name in given[2][: piece.begun])
        return piece

    monkeypatch.setattr(NativeFolders, "do", watched)
    with none_left_open():
        result = backup(source, tmp_path / "set")
    users = [path for path in begun if path.count(b"/") == 2]
    assert len(users) == len(set(users)) >= 7, "but for what came with the folder that holds them"
    assert (result.files, result.folders) == (19, 10)
    assert seen(tmp_path / "set" / "files") == seen(source)


@pytest.mark.parametrize("way", [None, by_python, piecemeal])
def test_chains_and_wide_folders_come_through(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    way: Callable[[pytest.MonkeyPatch], None] | None,
) -> None:
    """Each file below folders of its own, and many in one; in a set and linked to it."""
    root = tmp_path / "root"
    for number in range(60):
        folder = root / "users" / f"{number % 3}" / f"{number % 7}" / f"u{number}" / "attachments"
        folder.mkdir(parents=True)
        (folder / "file").write_text(f"{number}" * 9)
        (root / "users" / f"wide{number}").write_text(f"{number}")
    deep = root / "deep"
    for _ in range(70):
        deep = deep / "d"
    deep.mkdir(parents=True)
    (deep / "file").write_text("deep")
    alone = backup(root, tmp_path / "alone", hooks=Hooks())
    if way is not None:
        way(monkeypatch)
    with none_left_open():
        assert backup(root, tmp_path / "1") == alone
        assert backup(root, tmp_path / "2", tmp_path / "1").linked_files == alone.files
    for name in ("SHA256SUMS", "INDEX", "TREE"):
        for part in ("1", "2"):
            assert (tmp_path / part / name).read_bytes() == (tmp_path / "alone" / name).read_bytes()
    assert seen(tmp_path / "1/files") == {**seen(root), **_names_of(tmp_path / "1/files")}


def _names_of(copy: Path) -> dict[bytes, tuple[Any, ...]]:
    """What two sets share has two names."""
    return {path: what for path, what in seen(copy).items() if what[1] != 1}


def test_beside_a_former_set_others_are_at_work_at_once(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How much there is was seen the last time; the first time it shows itself."""
    use(monkeypatch, alone_files=2, linked_per_copied=3)
    walked: list[bytes] = []
    content = copy_walk.TreeCopy._content

    def told(self: Any, folder: Any) -> Any:
        walked.append(folder.path)
        return content(self, folder)

    monkeypatch.setattr(copy_walk.TreeCopy, "_content", told)
    backup(source, tmp_path / "first")
    assert [path for path in walked if path]
    walked.clear()
    assert backup(source, tmp_path / "second", tmp_path / "first").linked_files == 19
    assert walked == [b""]


def test_what_is_linked_is_no_batch(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However large: nothing of it is copied, also of a folder with a file of several names."""
    os.link(source / "users" / "u2" / "a", source / "users" / "u5" / "other")
    backup(source, tmp_path / "1")
    piecemeal(monkeypatch)
    second = backup(source, tmp_path / "2", tmp_path / "1")
    assert second.linked_files == second.files - 1  # the other name
    assert (tmp_path / "2/files/users/u2/a").samefile(tmp_path / "2/files/users/u5/other")
    one, two = (tmp_path / name / "files/users/u5/b" for name in "12")
    assert one.samefile(two)


def test_a_former_folder_of_many_long_names_has_room_in_a_message(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or the walk links what lies in it; every message is read whole."""
    for name in ("u3", "u4"):
        for number in range(300):
            (source / "users" / name / f"{number:03}{'n' * 240}").touch()
    backup(source, tmp_path / "1")
    second = backup(source, tmp_path / "2", tmp_path / "1")
    assert second.linked_files == second.files == 619
    assert _own_names(seen(tmp_path / "2" / "files")) == _own_names(seen(source))


def test_only_what_is_whole_is_handed_out(source: Path, tmp_path: Path) -> None:
    """A file that stays, and one that SQLite copies, in folders that hold no folders."""
    chosen = Selection(leave_out=("users/u1/a",), sqlite=("users/u2/*",), may_change=("*/b",))
    result = backup(source, tmp_path / "set", selection=chosen)
    assert result.files == 18
    assert not (tmp_path / "set/files/users/u1/a").exists()
    only = backup(source, tmp_path / "only", selection=Selection(only=("users/u4", "users/u5/b")))
    assert only.files == 3
    assert sorted(p.name for p in (tmp_path / "only/files/users").iterdir()) == ["u4", "u5"]


def test_a_database_and_its_log_are_the_walks(source: Path, tmp_path: Path) -> None:
    """In a folder that holds no folders, open and with its last rows in the log."""
    with closing(sqlite3.connect(source / "users/u4/data.db")) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE t(x)")
        database.execute("INSERT INTO t VALUES (7)")
        database.commit()
        assert (source / "users/u4/data.db-wal").stat().st_size
        result = backup(source, tmp_path / "set", selection=Selection(sqlite=("*.db",)))
    copies = tmp_path / "set/files/users/u4"
    assert sorted(path.name for path in copies.iterdir()) == ["a", "b", "data.db"]
    assert result.notes == ()
    with closing(sqlite3.connect(copies / "data.db")) as database:
        assert database.execute("SELECT x FROM t").fetchall() == [(7,)]


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes, Callable[[], object]], None]:
    """Do something after the walk saw a folder and before its batch is begun."""
    piecemeal(monkeypatch)

    def arrange(name: bytes, act: Callable[[], object]) -> None:
        batch = Worker._batch
        acts = [act]

        def after(self: Worker, order: Any, fds: list[int]) -> Any:
            if acts and any(file == name for folder in order.folders for file, _ in folder.files):
                acts.pop()()
            return batch(self, order, fds)

        monkeypatch.setattr(Worker, "_batch", after)

    return arrange


@pytest.mark.parametrize(
    ("become", "what"),
    [
        (lambda path: None, VANISHED),
        (lambda path: path.symlink_to("/etc"), CHANGED),
        (lambda path: path.write_text("file"), CHANGED),
    ],
)
def test_a_folder_that_is_none_any_more_is_a_note(
    source: Path,
    tmp_path: Path,
    meanwhile: Callable[[bytes, Callable[[], object]], None],
    become: Callable[[Path], object],
    what: str,
) -> None:
    path = source / "users" / "u4"

    def act() -> None:
        shutil.rmtree(path)
        become(path)

    meanwhile(b"u4", act)
    with none_left_open():
        result = backup(source, tmp_path / "set")
    assert result.notes == (CopyNote("users/u4", what),)
    assert (result.files, result.folders) == (17, 9)
    assert not (tmp_path / "set/files/users/u4").exists()


def test_a_folder_that_gets_folders_meanwhile_is_walked(
    source: Path, tmp_path: Path, meanwhile: Callable[[bytes, Callable[[], object]], None]
) -> None:
    def act() -> None:
        (source / "users/u4/new/deep").mkdir(parents=True)
        (source / "users/u4/new/deep/file").write_text("new")

    meanwhile(b"u4", act)
    with none_left_open():
        result = backup(source, tmp_path / "set")
    assert (result.files, result.folders) == (20, 12)
    assert seen(tmp_path / "set" / "files") == seen(source)


def test_a_folder_that_vanishes_before_its_rest_is_copied_is_a_note(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (source / "users/u4/link").symlink_to("a")
    below = copy_pieces._below

    def gone(root: int, path: bytes) -> int:
        shutil.rmtree(source / "users/u4", ignore_errors=True)
        return below(root, path)

    monkeypatch.setattr(copy_pieces, "_below", gone)
    with none_left_open():
        result = backup(source, tmp_path / "set")
    assert result.notes[0] == CopyNote("users/u4/link", VANISHED)
    assert result.notes[1:] == (CopyNote("users/u4", VANISHED),)
    assert result.files == 19
    assert not (tmp_path / "set/files/users/u4/link").exists()
    write_tree(tmp_path / "set")
    assert result.tree == digest_of_list(tmp_path / "set" / "TREE"), "what is there is listed"


@pytest.mark.parametrize("end", ["source", "target"])
def test_only_what_is_gone_counts_as_vanished(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    """A folder that can't be opened again ends the copy: nothing of it is left out."""
    piecemeal(monkeypatch)
    below, asked = copy_pieces._below, []

    def refuse(root: int, path: bytes) -> int:
        asked.append(path)
        if len(asked) > (end == "target"):
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return below(root, path)

    monkeypatch.setattr(copy_pieces, "_below", refuse)
    with none_left_open(), pytest.raises(PryvTuiError, match="Too many open files"):
        backup(source, tmp_path / "set")


@pytest.mark.parametrize("way", [by_python, piecemeal, crumbs, left_by_all])
def test_what_is_in_the_way_is_not_overwritten(
    source: Path, tmp_path: Path, way: Callable[[pytest.MonkeyPatch], None]
) -> None:
    files = tmp_path / "set" / "files"
    (files / "users" / "u6").mkdir(parents=True)
    (files / "users" / "u6" / "b").write_text("precious")
    with pytest.MonkeyPatch.context() as patch, none_left_open():
        way(patch)
        with pytest.raises(PryvTuiError, match="users/u6/b can't be written") as caught:
            copy_tree(source, files)
    assert caught.value.name == "step-failed"
    assert (files / "users" / "u6" / "b").read_text() == "precious"


def test_a_link_in_the_way_is_not_followed(source: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    files = tmp_path / "set" / "files"
    (files / "users").mkdir(parents=True)
    (files / "users" / "u6").symlink_to(outside)
    with none_left_open(), pytest.raises(PryvTuiError, match="users/u6"):
        copy_tree(source, files)
    assert list(outside.iterdir()) == []


def test_the_copy_counts_while_it_copies(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Totals come when they are known, at the latest at the end."""
    told: list[Progress] = []
    counted = walk.count_tree
    use(monkeypatch, count_after=0.0)
    seen_by: list[str] = []

    def count(*given: Any, **options: Any) -> Any:
        seen_by.append("counted")
        return counted(*given, **options)

    monkeypatch.setattr(walk, "count_tree", count)
    monkeypatch.setattr(walk.Counting, "end", _joined)
    with none_left_open():
        result = copy_tree(source, tmp_path / "copy", count=True, progress=told.append)
    assert seen_by == ["counted"]
    assert (told[-1].total_files, told[-1].total_bytes) == (result.files, result.bytes)


def _joined(self: walk.Counting) -> None:
    """An end that waits for the count instead of stopping it."""
    self._thread.join()


def test_a_count_ends_with_its_copy(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Long before it would have begun: a copy of a few seconds has no use for it."""
    monkeypatch.setattr(walk, "count_tree", lambda *_, **__: pytest.fail("it is counted"))
    monkeypatch.setattr(threading, "excepthook", lambda told: failures.append(told.exc_value))
    failures: list[BaseException | None] = []
    with none_left_open():
        copy_tree(source, tmp_path / "copy", count=True)
        (tmp_path / "copy" / "file").write_text("in the way")
        with pytest.raises(PryvTuiError):
            copy_tree(source, tmp_path / "copy", count=True)
    assert not failures


# --- what a backup left that did not finish -------------------------------------------------------


@pytest.mark.parametrize("way", [None, by_python, piecemeal])
def test_lists_cut_anywhere_are_read_as_far_as_they_go(
    source: Path, tmp_path: Path, way: Callable[[pytest.MonkeyPatch], None] | None
) -> None:
    """At every byte of either: the copy is whole, and more is linked the further they go."""
    part = tmp_path / "part"
    whole = backup(source, part)
    lists = {name: (part / name).read_bytes() for name in ("INDEX", "SHA256SUMS")}
    base = Parent(set_id="part", folder=str(part), index="", sums="", verified=False)
    linked = []
    for step in range(0, 100, 4):
        for name, content in lists.items():
            (part / name).write_bytes(content[: len(content) * (step + len(name) % 3) // 100])
        with pytest.MonkeyPatch.context() as patch, none_left_open():
            if way is not None:
                way(patch)
            again = copy_tree(source, tmp_path / f"again{step}", parent=base)
        assert (again.files, again.bytes, again.folders) == (whole.files, whole.bytes, 10)
        linked.append(again.linked_files)
        copied = seen(tmp_path / f"again{step}")
        assert _own_names(copied) == _own_names(seen(source))
    assert linked == sorted(linked)
    assert linked[0] == 0 and linked[-1] >= 15


def test_a_file_that_is_not_what_its_hash_says_is_copied(source: Path, tmp_path: Path) -> None:
    """Also with the size and the time that it should have: nobody waited for the disk."""
    part = tmp_path / "part"
    backup(source, part)
    lost = part / "files/users/u5/a"
    times = lost.stat()
    lost.write_bytes(bytes(times.st_size))
    os.utime(lost, ns=(times.st_atime_ns, times.st_mtime_ns))
    base = Parent(set_id="part", folder=str(part), index="", sums="", verified=False)
    again = copy_tree(source, tmp_path / "again", parent=base)
    assert again.linked_files == again.files - 1
    assert _own_names(seen(tmp_path / "again")) == _own_names(seen(source))
    believed = copy_tree(
        source,
        tmp_path / "believed",
        parent=Parent(set_id="part", folder=str(part), index="", sums="", verified=True),
    )
    assert believed.linked_files == believed.files, "that is what reading it is for"


def _change(source: Path) -> None:
    """What comes between a set and the backup after it: in every part of the walk."""
    for number in (2, 7):
        (source / "users" / f"u{number}" / "a").write_text(f"changed {number}" * 9)
    for number in range(9, 14):
        (source / "users" / f"u{number}").mkdir()
        (source / "users" / f"u{number}" / "file").write_text(f"{number}" * 70)
    (source / "file").write_text("another")
    (source / "more").write_text("more" * 40)
    (source / "users" / "u3" / "b").unlink()


@pytest.mark.parametrize("way", [None, by_python, piecemeal])
def test_beside_a_set_what_a_later_backup_had_copied_is_linked_too(
    source: Path, tmp_path: Path, way: Callable[[pytest.MonkeyPatch], None] | None
) -> None:
    """Cut anywhere: nothing is copied that is in either, and nothing unread is believed."""
    first, part = tmp_path / "first", tmp_path / "part"
    backup(source, first)
    _change(source)
    backup(source, part, first)
    lists = {name: (part / name).read_bytes() for name in ("INDEX", "SHA256SUMS")}
    index, sums = (digest_of_list(first / name) for name in lists)
    newer = Parent(set_id="part", folder=str(part), index="", sums="", verified=False)
    base = Parent(set_id="first", folder=str(first), index=index, sums=sums, partial=newer)
    linked = []
    for step in range(0, 101, 10):
        for name, content in lists.items():
            (part / name).write_bytes(content[: len(content) * step // 100])
        again = tmp_path / f"again{step}"
        with pytest.MonkeyPatch.context() as patch, none_left_open():
            if way is not None:
                way(patch)
            result = backup_beside(source, again, base)
        linked.append(result.linked_files)
        assert _own_names(seen(again / "files")) == _own_names(seen(source))
        for name, content in lists.items():
            if step == 100 or name == "SHA256SUMS":
                assert (again / name).read_bytes() == content
    assert linked == sorted(linked)
    assert linked[0] == 15, "what did not change since the set"
    assert linked[-1] == result.files == 24
    assert (tmp_path / "again100/files/users/u9/file").samefile(part / "files/users/u9/file")
    assert (tmp_path / "again100/files/users/u0/a").samefile(first / "files/users/u0/a")


@pytest.mark.parametrize("name", ["more", "users/u9/file", "users/u2/a"])
@pytest.mark.parametrize("way", [None, by_python])
def test_what_a_later_backup_left_damaged_is_copied(
    source: Path, tmp_path: Path, name: str, way: Callable[[pytest.MonkeyPatch], None] | None
) -> None:
    """Nobody has read it: its size and times prove nothing."""
    first, part = tmp_path / "first", tmp_path / "part"
    backup(source, first)
    _change(source)
    backup(source, part, first)
    lost = part / "files" / name
    times = lost.stat()
    lost.write_bytes(bytes(times.st_size))
    os.utime(lost, ns=(times.st_atime_ns, times.st_mtime_ns))
    index, sums = (digest_of_list(first / name) for name in ("INDEX", "SHA256SUMS"))
    newer = Parent(set_id="part", folder=str(part), index="", sums="", verified=False)
    base = Parent(set_id="first", folder=str(first), index=index, sums=sums, partial=newer)
    with pytest.MonkeyPatch.context() as patch:
        if way is not None:
            way(patch)
        result = backup_beside(source, tmp_path / "again", base)
    assert result.linked_files == result.files - 1
    assert _own_names(seen(tmp_path / "again/files")) == _own_names(seen(source))


def backup_beside(source: Path, part: Path, base: Parent) -> CopyResult:
    """As `backup`, beside any base."""
    part.mkdir()
    return copy_tree(
        source,
        part / "files",
        sums=part / "SHA256SUMS",
        index=part / "INDEX",
        tree=part / "TREE",
        parent=base,
    )


@pytest.mark.parametrize("way", [None, by_python, piecemeal])
def test_a_set_of_several_walks_whose_disk_has_another_number_is_linked_to(
    source: Path, tmp_path: Path, way: Callable[[pytest.MonkeyPatch], None] | None
) -> None:
    """Each walk of its lists is read along by itself; the file system's own snapshots stay."""
    kept = source / "users" / "u5" / ".snapshot" / "old"
    kept.mkdir(parents=True)
    (kept / "file").write_text("as it was")
    part = tmp_path / "part"
    part.mkdir()
    for ahead in (True, False):
        few = ("users/u2", "users/u7/a")
        chosen = Selection(only=few) if ahead else Selection(leave_out=few)
        lists = {"sums": part / "SHA256SUMS", "index": part / "INDEX", "append_sums": not ahead}
        copy_tree(source, part / "files", selection=chosen, **lists)  # type: ignore[arg-type]
    device = source.stat().st_dev
    index = part / "INDEX"
    index.write_bytes(index.read_bytes().replace(b" %d " % device, b" 99999 "))
    digests = [digest_of_list(part / name) for name in ("INDEX", "SHA256SUMS")]
    for moved, linked in (((), 0), (((5, 6), (99999, device)), 19)):
        base = Parent(
            set_id="part", folder=str(part), index=digests[0], sums=digests[1], moved=moved
        )
        with pytest.MonkeyPatch.context() as patch, none_left_open():
            if way is not None:
                way(patch)
            again = tmp_path / f"again{linked}"
            result = copy_tree(source, again, selection=Selection(no_snapshots=True), parent=base)
        assert (result.files, result.linked_files) == (19, linked)
        assert [note.path for note in result.notes] == ["users/u5/.snapshot"]
        assert not (again / "users/u5/.snapshot").exists()


@pytest.mark.parametrize("before", [False, True])
def test_no_more_results_wait_than_there_is_room_for(
    tmp_path: Path, built: None, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    """Folders of which each is half a batch, and what is left of them: the first of it is waited
    for by all that comes after."""
    root = tmp_path / "root"
    for folder in range(100):
        (root / f"{folder:03}").mkdir(parents=True)
        for name in range(10):
            (root / f"{folder:03}" / f"{name}").write_text("x")
        (root / f"{folder:03}" / "link").symlink_to("0")
    use(monkeypatch, batch_entries=15, most_pending=50, settled_ns=0)
    first = backup(root, tmp_path / "first")
    held: list[int] = []
    take = copy_pool.Pool._take

    def taken(self: copy_pool.Pool, replies: Any) -> None:
        take(self, replies)
        held.append(self._held())

    monkeypatch.setattr(copy_pool.Pool, "_take", taken)
    result = backup(root, tmp_path / "second", tmp_path / "first" if before else None)
    assert result.files == first.files == 1000
    assert max(held) < 50 + 2 * (2 + copy_pool.AHEAD) * 15, "and what is in others' hands"
