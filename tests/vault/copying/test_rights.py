"""Whose files a copy may read, and whose they are in it."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.vault.files.types import CopyNote, Selection
from tests.vault.copying.faulty import AS_ROOT, somebody_else, source
from tests.vault.engine import copy_tree, count_tree

__all__ = ["source"]


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
    assert notes == (CopyNote(".", lost, access=True), CopyNote("file", lost, access=True))


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
