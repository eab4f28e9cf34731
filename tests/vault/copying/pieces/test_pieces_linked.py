"""Pieces beside a former set, or what a later backup left: linked to what is there, or copied."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.vault.copying import walk as copy_walk
from pryv_tui.vault.copying.parent import Parent
from pryv_tui.vault.files.types import CopyResult, Selection
from pryv_tui.vault.lists.index import digest_of_list
from tests.vault.copying.pieces.handing_out import (
    _own_names,
    backup,
    by_python,
    engine,
    piecemeal,
    source,
)
from tests.vault.descriptors import none_left_open
from tests.vault.engine import copy_tree, use
from tests.vault.trees import seen

__all__ = ["engine", "source"]


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
