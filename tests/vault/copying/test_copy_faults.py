"""Files that change or vanish while they are copied, and disks that are full or fail."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.paths import printable
from pryv_tui.vault.copying.walk import TIMES
from pryv_tui.vault.files.types import CopyNote
from tests.vault.copying.faulty import AS_ROOT, Hooks, fails, run, small_disk, source
from tests.vault.engine import copy_tree

__all__ = ["small_disk", "source"]


def failing(number: int) -> Callable[[Path], None]:
    def fail(path: Path) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def growing(path: Path) -> None:
    with path.open("a") as file:
        file.write("one more line\n")


def test_hooks_see_every_file_before_it_is_touched(source: Path) -> None:
    hooks = Hooks()
    run(source, hooks)
    assert hooks.reads == [
        source / "a",
        source / "core" / "data" / "file",
        source / "core" / "log" / "access.log",
    ]
    assert hooks.sizes[str(source / "core" / "data" / "file")] == len("content")


def test_a_log_that_grows_is_a_note(source: Path) -> None:
    hooks = Hooks(read={"access.log": growing})
    result = run(source, hooks)
    assert result.notes == (CopyNote("core/log/access.log", "changed while it was copied"),)
    assert hooks.reads.count(source / "core" / "log" / "access.log") == 1
    copy = source.parent / "host" / "files" / "core" / "log" / "access.log"
    assert copy.read_bytes() == (source / "core" / "log" / "access.log").read_bytes()


def test_another_file_that_changes_once_is_read_again(source: Path) -> None:
    changes = iter([growing])

    def once(path: Path) -> None:
        for change in changes:
            change(path)

    hooks = Hooks(read={"data/file": once})
    assert run(source, hooks).notes == ()
    assert hooks.reads.count(source / "core" / "data" / "file") == 2
    copy = source.parent / "host" / "files" / "core" / "data" / "file"
    assert copy.read_text() == "contentone more line\n"


def test_another_file_that_keeps_changing_is_told_in_other_words(source: Path) -> None:
    result = run(source, Hooks(read={"data/file": growing}))
    what = "changed while it was copied, 3 times: the copy may mix its states"
    assert result.notes == (CopyNote("core/data/file", what, torn=True),)


def test_a_file_whose_writer_puts_its_time_back_is_found_out(source: Path) -> None:
    """As programs do that bring files in: only the time of the change tells."""

    def rewrite(path: Path) -> None:
        times = path.stat()
        path.write_text("another")
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))

    result = run(source, Hooks(read={"data/file": rewrite}))
    assert [(note.path, note.torn) for note in result.notes] == [("core/data/file", True)]


def test_a_torn_file_is_told_however_many_notes_there_are(source: Path) -> None:
    for number in range(1100):
        (source / "core" / "log" / f"{number}.log").write_text("")
    result = run(source, Hooks(read={"data/file": growing, ".log": growing}))
    assert [note.path for note in result.notes if note.torn] == ["core/data/file"]
    assert len(result.notes) == 1002, "a thousand of the logs, the torn file, and how many more"


def test_a_file_that_shrinks_is_read_again(source: Path) -> None:
    def shrink(path: Path) -> None:
        path.write_text("x")

    result = run(source, Hooks(read={"data/file": shrink}))
    assert [note.path for note in result.notes] == ["core/data/file"]  # each write is a new time
    copy = source.parent / "host" / "files" / "core" / "data" / "file"
    assert copy.read_text() == "x"


@pytest.mark.parametrize("name", ["data/file", "access.log"])
def test_a_file_that_vanishes_is_a_note(source: Path, name: str) -> None:
    result = run(source, Hooks(read={name: Path.unlink}))
    assert [note.what for note in result.notes] == ["vanished while it was copied"]
    assert result.files == 2


def test_a_log_that_is_rotated_is_copied_as_it_is_now(source: Path) -> None:
    def rotate(path: Path) -> None:
        path.rename(path.with_suffix(".1"))
        path.write_text("new\n")

    assert run(source, Hooks(read={"access.log": rotate})).notes == ()
    copy = source.parent / "host" / "files" / "core" / "log" / "access.log"
    assert copy.read_text() == "new\n"


def test_a_folder_that_vanishes_is_a_note(source: Path) -> None:
    def vanish(path: Path) -> None:
        subprocess.run(["rm", "-r", source / "core"], check=True)

    result = run(source, Hooks(read={"root/a": vanish}))
    assert result.notes == (CopyNote("core", "vanished while it was copied"),)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO, errno.EPERM])
@pytest.mark.parametrize("name", ["data/file", "access.log"])
def test_unreadable_is_always_an_error(source: Path, name: str, number: int) -> None:
    what = fails(source, Hooks(read={name: failing(number)}), "unreadable")
    assert name in what
    assert os.strerror(number) in what


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_has_its_own_name(source: Path, number: int) -> None:
    assert "core/data/file" in fails(source, Hooks(write={"file": failing(number)}), "disk-full")


def test_another_write_error_names_the_file(source: Path) -> None:
    assert "core/data/file" in fails(
        source, Hooks(write={"file": failing(errno.EROFS)}), "step-failed"
    )


def test_what_was_copied_before_an_error_stays(source: Path) -> None:
    fails(source, Hooks(read={"access.log": failing(errno.EIO)}), "unreadable")
    files = source.parent / "host" / "files"
    assert (files / "core" / "data" / "file").read_text() == "content"


def test_a_file_in_the_way_is_not_overwritten(source: Path) -> None:
    files = source.parent / "host" / "files"
    files.mkdir(parents=True)
    (files / "a").write_text("precious")
    assert "a can't be written" in fails(source, Hooks(), "step-failed")
    assert (files / "a").read_text() == "precious"


def test_a_disk_that_says_only_at_the_end_that_it_is_full(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As file servers do with quotas."""
    close = os.close

    def late(fd: int) -> None:
        name = str(Path(f"/proc/self/fd/{fd}").readlink())
        close(fd)
        if name.startswith(f"{tmp_path}/copy/") and name.endswith("data/file"):
            raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    monkeypatch.setattr(os, "close", late)
    with pytest.raises(PryvTuiError) as caught:
        copy_tree(source, tmp_path / "copy")
    assert caught.value.name == "disk-full"
    assert "core/data/file" in caught.value.what


def test_times_that_the_copy_can_not_hold_are_told(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file system that keeps whole seconds: ext4 with small inodes, many file servers."""
    utime = os.utime

    def whole(path: int, *, ns: tuple[int, int], **more: Any) -> None:
        utime(path, ns=(ns[0] // 10**9 * 10**9, ns[1] // 10**9 * 10**9), **more)

    utime(source, ns=(5, 1_600_000_000_000_000_005))
    monkeypatch.setattr(os, "utime", whole)
    assert [note.what for note in copy_tree(source, tmp_path / "copy").notes] == [TIMES]
    monkeypatch.undo()
    assert copy_tree(source, tmp_path / "another").notes == ()


@AS_ROOT
@pytest.mark.parametrize("size", [5_000_000, 4096])
def test_a_full_disk_ends_the_copy(tmp_path: Path, small_disk: Path, size: int) -> None:
    root = tmp_path / "root"
    root.mkdir()
    for number in range(2_000_000 // size + 1):
        (root / f"file{number}").write_bytes(os.urandom(size))
    with pytest.raises(PryvTuiError) as caught:
        copy_tree(root, small_disk / "files", sums=small_disk / "SHA256SUMS")
    assert caught.value.name == "disk-full"


def test_any_name_can_be_shown() -> None:
    assert printable("ü/a b".encode()) == "ü/a b"
    assert printable(b"\xff\n\x1b[0m\\") == "\\xff\\x0a\\x1b[0m\\"
    assert printable("\u202e\u2028\U000e0001".encode()) == "\\u202e\\u2028\\U000e0001"
