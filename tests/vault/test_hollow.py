"""A file of terabytes that takes no room: its hash would take days, so it is refused by name."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.vault import holes
from pryv_tui.vault.copy import copy_tree
from pryv_tui.vault.verify import verify_sums

LONG = 2 << 40


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    (folder / "usual").write_bytes(b"x")
    return folder


def make(path: Path, size: int, *data: int) -> None:
    with path.open("wb") as file:
        file.truncate(size)
        for at in data:
            file.seek(at)
            file.write(b"data")


@pytest.mark.parametrize("data", [(), (0,), (LONG - 4,), (1 << 40,)])
def test_a_copy_refuses_it_by_its_name(root: Path, tmp_path: Path, data: tuple[int, ...]) -> None:
    make(root / "endless", LONG, *data)
    with pytest.raises(PryvTuiError, match="endless is 2199023255552 bytes long") as caught:
        copy_tree(root, tmp_path / "copy", sums=tmp_path / "SHA256SUMS")
    assert caught.value.name == "unreadable"
    assert re.search(r"takes about 6[34] minutes$", caught.value.what)
    assert "move it away" in caught.value.remedy


def test_so_does_a_check_of_a_set_that_holds_one(root: Path, tmp_path: Path) -> None:
    make(root / "endless", 4096, 0)
    copy_tree(root, tmp_path / "files", sums=tmp_path / "SHA256SUMS")
    make(tmp_path / "files" / "endless", LONG, 0)
    with pytest.raises(PryvTuiError, match="endless is 2199023255552 bytes long"):
        verify_sums(tmp_path)


def test_as_much_as_minutes_allow_is_taken(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holes, "MOST_HOLES", 3 << 20)
    make(root / "some", 3 << 20)
    make(root / "mostly data", 5 << 20)
    (root / "mostly data").write_bytes(os.urandom(5 << 20))
    copy_tree(root, tmp_path / "files", sums=tmp_path / "SHA256SUMS")
    assert verify_sums(tmp_path).sound
    make(root / "too many", (3 << 20) + 1)
    with pytest.raises(PryvTuiError, match="too many"):
        copy_tree(root, tmp_path / "again", sums=tmp_path / "AGAIN")
