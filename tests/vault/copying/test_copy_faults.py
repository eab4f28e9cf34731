"""What can go wrong while a tree is copied, made to go wrong."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.folders import KEPT_OPEN
from pryv_tui.filesystem.paths import printable
from pryv_tui.vault.copying.walk import TIMES
from pryv_tui.vault.files.types import CopyNote, CopyResult, Selection
from tests.vault.engine import copy_tree, count_tree

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
LOGS = Selection(may_change=("*/log/*", "*.log"))


class Hooks:
    """Faults by the end of a path."""

    def __init__(
        self,
        read: dict[str, Callable[[Path], None]] | None = None,
        write: dict[str, Callable[[Path], None]] | None = None,
    ) -> None:
        self._read = read or {}
        self._write = write or {}
        self.reads: list[Path] = []
        self.sizes: dict[str, int] = {}

    def before_read(self, path: bytes) -> None:
        self._fire(self._read, path)
        self.reads.append(Path(os.fsdecode(path)))

    def before_write(self, path: bytes, size: int) -> None:
        self.sizes[os.fsdecode(path)] = size
        self._fire(self._write, path)

    def _fire(self, faults: dict[str, Callable[[Path], None]], path: bytes) -> None:
        for end, fault in faults.items():
            if os.fsdecode(path).endswith(end):
                fault(Path(os.fsdecode(path)))


def failing(number: int) -> Callable[[Path], None]:
    def fail(path: Path) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def growing(path: Path) -> None:
    with path.open("a") as file:
        file.write("one more line\n")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "core" / "log").mkdir(parents=True)
    (root / "core" / "log" / "access.log").write_text("line\n" * 100)
    (root / "core" / "data").mkdir()
    (root / "core" / "data" / "file").write_text("content")
    (root / "a").write_text("first of all")
    return root


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret").write_text("secret")
    return folder


def run(source: Path, hooks: Hooks, selection: Selection = LOGS) -> CopyResult:
    host = source.parent / "host"
    host.mkdir(exist_ok=True)
    result = copy_tree(
        source, host / "files", selection=selection, hooks=hooks, sums=host / "SHA256SUMS"
    )
    done = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=host, check=False)
    assert done.returncode == 0, "whatever happened, the hashes are those of what was written"
    return result


def fails(source: Path, hooks: Hooks, name: str) -> str:
    with pytest.raises(PryvTuiError) as caught:
        run(source, hooks)
    assert caught.value.name == name
    return caught.value.what


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


# --- links that lead outside ------------------------------------------------------------------


def swap(link: Path, goal: Path) -> Callable[[Path], None]:
    """Put a link in the place of something."""

    def act(path: Path) -> None:
        link.rename(link.with_name(link.name + " moved"))
        link.symlink_to(goal)

    return act


def test_a_folder_swapped_for_a_link_is_not_followed(source: Path, outside: Path) -> None:
    (source / "core" / "data" / "secret").write_text("own")
    result = run(source, Hooks(read={"root/a": swap(source / "core", outside)}))
    assert result.notes == (
        CopyNote("core", "became something else while it was copied: not copied"),
    )
    assert not list((source.parent / "host").rglob("secret"))


def test_a_file_swapped_for_a_link_is_not_followed(source: Path, outside: Path) -> None:
    file = source / "core" / "data" / "file"
    result = run(source, Hooks(read={"data/file": swap(file, outside / "secret")}))
    assert [note.path for note in result.notes] == ["core/data/file"]
    assert not (source.parent / "host" / "files" / "core" / "data" / "file").exists()


def test_a_file_swapped_for_a_fifo_does_not_hold_it_up(source: Path) -> None:
    def pipe(path: Path) -> None:
        path.unlink()
        os.mkfifo(path)

    result = run(source, Hooks(read={"data/file": pipe}))
    assert [note.what for note in result.notes] == [
        "became something else while it was copied: not copied"
    ]


def test_a_link_at_the_destination_is_not_written_through(source: Path, outside: Path) -> None:
    files = source.parent / "host" / "files"
    files.mkdir(parents=True)
    (files / "core").symlink_to(outside)
    assert "core can't be written" in fails(source, Hooks(), "step-failed")
    assert [path.name for path in outside.iterdir()] == ["secret"]


def test_a_destination_swapped_while_it_is_filled_is_not_followed(
    source: Path, outside: Path
) -> None:
    files = source.parent / "host" / "files"
    with pytest.raises(AssertionError, match="hashes"):  # the file lies in the moved folder
        run(source, Hooks(write={"data/file": swap(files / "core" / "data", outside)}))
    assert [path.name for path in outside.iterdir()] == ["secret"]
    assert (files / "core" / "data moved" / "file").read_text() == "content"


def test_a_hard_link_is_not_made_through_a_link(source: Path, outside: Path) -> None:
    """Between the two names, the folder of the first is swapped at the destination."""
    (source / "core" / "data" / "secret").write_text("own")
    os.link(source / "core" / "data" / "secret", source / "core" / "log" / "zz")
    files = source.parent / "host" / "files"
    hooks = Hooks(write={"access.log": swap(files / "core" / "data", outside)})
    fails(source, hooks, "step-failed")
    assert (outside / "secret").stat().st_nlink == 1


def test_a_folder_that_is_moved_while_it_is_walked_ends_the_copy(
    source: Path, outside: Path
) -> None:
    """So deep that the way up is `..`: it would lead into where the folder went."""
    deep = source / "core" / "/".join(["d"] * KEPT_OPEN)
    deep.mkdir(parents=True)
    (deep / "last").write_text("x")

    def move(path: Path) -> None:
        (source / "core" / "d").rename(outside / "d")

    assert "moved" in fails(source, Hooks(read={"last": move}), "unreadable")


def test_links_in_the_source_stay_links(source: Path, outside: Path) -> None:
    (source / "link").symlink_to(outside)
    (source / "core" / "dangling").symlink_to("nowhere")
    result = run(source, Hooks())
    assert result.links == 2
    assert (source.parent / "host" / "files" / "link").is_symlink()
    assert count_tree(source, LOGS).files == 3


# --- without root ------------------------------------------------------------------------------


@contextmanager
def somebody_else(user: int) -> Iterator[None]:
    """Be another user for the file system, and come back."""
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(user)
    os.seteuid(user)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


@pytest.fixture
def open_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that another user can reach: pytest's own are closed to them."""
    folder = Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())
    folder.chmod(0o777)
    yield folder
    subprocess.run(["rm", "-rf", folder], check=True)


@AS_ROOT
def test_own_files_need_no_root(open_folder: Path) -> None:
    with somebody_else(65534):
        (open_folder / "root").mkdir()
        (open_folder / "root" / "file").write_text("own")
        (open_folder / "root" / "file").chmod(0o4640)
        copy_tree(open_folder / "root", open_folder / "copy")
    status = (open_folder / "copy" / "file").stat()
    assert (status.st_uid, status.st_mode & 0o7777) == (65534, 0o4640)


@AS_ROOT
def test_own_files_of_a_foreign_group_need_no_root(open_folder: Path) -> None:
    (open_folder / "root").mkdir()
    (open_folder / "root" / "file").write_text("own")
    for path in (open_folder / "root", open_folder / "root" / "file"):
        os.chown(path, 65534, 9999)
    with somebody_else(65534):
        notes = copy_tree(open_folder / "root", open_folder / "copy").notes
    lost = "its group 9999 could not be kept: that needs root"
    assert notes == (CopyNote(".", lost), CopyNote("file", lost))


@AS_ROOT
def test_root_that_may_not_change_owners_loses_none_of_them(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a container without CAP_CHOWN, or on a file server that makes root nobody."""

    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    os.chown(source / "core" / "data" / "file", 0, 4)
    monkeypatch.setattr(os, "fchown", refuse)
    with pytest.raises(PryvTuiError) as caught:
        copy_tree(source, tmp_path / "copy")
    assert caught.value.name == "unreadable"
    assert "core/data/file belongs to group 4" in caught.value.what
    os.chown(source / "core" / "data" / "file", 0, 0)
    assert copy_tree(source, tmp_path / "another").notes == ()


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
def test_another_users_files_need_root(open_folder: Path) -> None:
    (open_folder / "root").mkdir(mode=0o755)
    os.chown(open_folder / "root", 65534, 65534)
    (open_folder / "root" / "file").write_text("another's")
    os.chown(open_folder / "root" / "file", 9999, 9999)
    with somebody_else(65534), pytest.raises(PryvTuiError) as caught:
        copy_tree(open_folder / "root", open_folder / "copy")
    assert caught.value.name == "unreadable"
    assert "file belongs to user 9999: copying another user's files needs root" in caught.value.what


@AS_ROOT
def test_a_closed_folder_is_unreadable(open_folder: Path) -> None:
    (open_folder / "root" / "closed").mkdir(parents=True)
    (open_folder / "root" / "closed").chmod(0o700)
    os.chown(open_folder / "root", 65534, 65534)
    with somebody_else(65534), pytest.raises(PryvTuiError, match=r"closed .*Permission denied"):
        copy_tree(open_folder / "root", open_folder / "copy")
    with somebody_else(65534), pytest.raises(PryvTuiError, match=r"closed .*Permission denied"):
        count_tree(open_folder / "root", Selection())


# --- a disk that is really full ----------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    done = subprocess.run(["mount", *options], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


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
