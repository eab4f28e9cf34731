"""What is no regular file is looked at, never opened: a tape rewinds when it is closed, and who
waits at a fifo for a reader takes whoever opens it for one."""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from pryv_tui.vault.files.types import Selection
from tests.vault.engine import copy_tree, count_tree, use, verify_sums

IN_OPEN = 0x20
"""inotify(7)."""
HOW_MANY = 20


class Opened:
    """Whether one of some paths was opened by anybody."""

    def __init__(self, paths: list[Path]) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._fd = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        assert self._fd >= 0
        for path in paths:
            assert libc.inotify_add_watch(self._fd, os.fsencode(path), IN_OPEN) >= 0

    def any(self) -> bool:
        try:
            return bool(os.read(self._fd, 1 << 16))
        except BlockingIOError:
            return False

    def close(self) -> None:
        os.close(self._fd)


def make_fifo(path: Path) -> None:
    os.mkfifo(path)


def make_device(path: Path) -> None:
    try:
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("making a device takes rights that this user has not")


@pytest.fixture(params=["library", "python"], autouse=True)
def engine(request: pytest.FixtureRequest, together: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways, and all is read ahead."""
    if request.param == "library":
        request.getfixturevalue("built")
    use(monkeypatch, native=request.param == "library", native_count_from=0)


@pytest.mark.parametrize("make", [make_fifo, make_device])
@pytest.mark.parametrize("where", ["", "some/folders/below"])
def test_what_is_no_file_is_not_opened(
    tmp_path: Path, make: Callable[[Path], None], where: str
) -> None:
    source, part = tmp_path / "root", tmp_path / "set"
    (source / where).mkdir(parents=True)
    part.mkdir()
    for number in range(HOW_MANY):
        (source / where / f"{number:02} file").write_text("x")
        make(source / where / f"{number:02} other")
    opened = Opened(sorted((source / where).glob("* other")))
    (source / where / "00 file").read_text()
    assert not opened.any()
    try:
        assert count_tree(source, Selection()).files == HOW_MANY
        assert not opened.any(), "by the count"
        copied = copy_tree(source, part / "files", sums=part / "SHA256SUMS", tree=part / "TREE")
        assert copied.files == HOW_MANY
        assert not opened.any(), "by the copy"
        (part / "SHA256SUMS").rename(source.parent / "SHA256SUMS")
        (part / "TREE").rename(source.parent / "TREE")
        source.rename(source.parent / "files")
        found = verify_sums(tmp_path, tree=copied.tree)
        assert found.whole
        assert found.files == HOW_MANY
        assert not opened.any(), "by the check"
    finally:
        opened.close()
