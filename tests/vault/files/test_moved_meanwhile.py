"""Files and folders that are moved, replaced or removed while they are read."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.filesystem import folders
from pryv_tui.filesystem.folders import FolderStack
from pryv_tui.filesystem.same_file import MOVED
from pryv_tui.formats.sqlite import recover as sqlite_recover
from pryv_tui.vault.copying.entry import ANOTHER
from pryv_tui.vault.copying.walk import TreeCopy
from pryv_tui.vault.files import copier as file_copier
from pryv_tui.vault.files import held
from pryv_tui.vault.files.content import ContentCopier
from pryv_tui.vault.files.copier import VANISHED
from pryv_tui.vault.files.types import Selection
from tests.vault.copying.faulty import AS_ROOT, Hooks, run
from tests.vault.engine import copy_tree, use
from tests.vault.files.inode_numbers import scratch

__all__ = ["scratch"]


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


@AS_ROOT
@pytest.mark.parametrize("back", [True, False])
@pytest.mark.parametrize(
    ("rest", "path"),
    [("of a piece", "anna"), ("a link", "anna/letters"), ("an odd folder", "anna/letters")],
)
def test_a_folder_exchanged_before_the_rest_of_it_is_copied_is_told(
    scratch: Path,
    rest: str,
    path: str,
    back: bool,
    together: None,
    built: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is left is found by its path, and may be another person's: also where the first folder
    is back as soon as the other one is open."""
    if rest == "of a piece":
        use(monkeypatch, batch_entries=2)
    root = scratch / "root"
    for person in ("anna", "otto"):
        letters = (root if person == "anna" else scratch) / person / "letters"
        letters.mkdir(parents=True)
        for number in range(20):
            (letters.parent / f"file{number:02}").write_text(f"{person}'s")
        (letters / "a").write_text(f"{person}'s")
        if rest == "a link":
            (letters / "z").symlink_to(f"{person}'s")
        if rest == "an odd folder":
            (letters / "z").mkdir()
            os.setxattr(letters / "z", "trusted.odd", b"yes")
    finding, done = TreeCopy._ends, list[bytes]()

    def swap() -> None:
        (root / path).rename(scratch / "aside")
        (scratch / path.replace("anna", "otto")).rename(root / path)
        (scratch / "aside").rename(scratch / path.replace("anna", "otto"))

    def between(self: TreeCopy, its_path: bytes) -> Any:
        mine = not done and its_path == path.encode()
        if mine:
            done.append(its_path)
            swap()
        ends = finding(self, its_path)
        if mine and back:
            swap()
        return ends

    monkeypatch.setattr(TreeCopy, "_ends", between)
    result = copy_tree(root, scratch / "copy")
    assert done
    assert path in {note.path for note in result.notes if note.torn and note.what == MOVED}


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


@pytest.mark.parametrize("way", ["alone", "python"])
def test_where_a_folder_lies_is_not_asked_from_the_root_on(
    tmp_path: Path,
    way: str,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    """All of them are too young for their times to tell: a chain twice as long takes twice as much,
    and not four times."""
    if way != "alone":
        request.getfixturevalue("together")
    use(monkeypatch, native=False)
    opening = os.open
    opened: list[int] = []

    def counted(*given: Any, **more: Any) -> int:
        opened.append(1)
        return opening(*given, **more)

    took = []
    for depth in (30, 60):
        folder = tmp_path / f"{depth}" / "/".join(["d"] * depth)
        folder.mkdir(parents=True)
        (folder / "file").write_text("x")
        with monkeypatch.context() as patch:
            patch.setattr(os, "open", counted)
            assert copy_tree(tmp_path / f"{depth}", tmp_path / f"copy{depth}").folders == depth
        took.append(len(opened))
        opened.clear()
    assert took[1] < 2.5 * took[0]
