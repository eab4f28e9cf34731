"""What becomes another thing between being handed out and being copied."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.folders import FolderStack
from pryv_tui.vault.copying import pieces as copy_pieces
from pryv_tui.vault.files.copier import CHANGED, MISSED, VANISHED
from pryv_tui.vault.files.types import CopyNote
from pryv_tui.vault.lists.index import digest_of_list
from pryv_tui.vault.lists.tree import write_tree
from pryv_tui.vault.parallel.messages import Board
from pryv_tui.vault.parallel.worker import Worker
from tests.vault.copying.pieces.handing_out import backup, engine, piecemeal, source
from tests.vault.descriptors import none_left_open
from tests.vault.engine import use
from tests.vault.trees import seen

__all__ = ["engine", "source"]


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

    def waits(self: Any, groups: Any) -> Any:
        of_b = [group for group in groups if group.path == b"b"]
        if any(group.path == b"a" for group in groups):
            assert early.wait(60)
        elif of_b and not replaced:
            replaced.append(f"b/{os.fsdecode(of_b[0].names[-1][1:])}")
            shutil.rmtree(tmp_path / "root" / replaced[0])
            (tmp_path / "root" / replaced[0]).symlink_to("nowhere")
            early.set()
        return batch(self, groups)

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


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes, Callable[[], object]], None]:
    """Do something after the walk saw a folder and before its batch is begun."""
    piecemeal(monkeypatch)

    def arrange(name: bytes, act: Callable[[], object]) -> None:
        batch = Worker._batch
        acts = [act]

        def after(self: Worker, groups: Any) -> Any:
            if acts and any(file[1:] == name for one in groups for file in one.names):
                acts.pop()()
            return batch(self, groups)

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
    below = FolderStack.beneath

    def gone(root: int, path: bytes) -> FolderStack:
        shutil.rmtree(source / "users/u4", ignore_errors=True)
        return below(root, path)

    monkeypatch.setattr(FolderStack, "beneath", gone)
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
    below, asked = FolderStack.beneath, list[bytes]()

    def refuse(root: int, path: bytes) -> FolderStack:
        asked.append(path)
        if len(asked) > (end == "target"):
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return below(root, path)

    monkeypatch.setattr(FolderStack, "beneath", refuse)
    with none_left_open(), pytest.raises(PryvTuiError, match="Too many open files"):
        backup(source, tmp_path / "set")
