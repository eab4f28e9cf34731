"""A file of terabytes that takes no room: its hash would take days, so it is refused by name."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem import holes
from pryv_tui.vault.files.types import Selection
from tests.vault.engine import copy_tree, use, verify_sums

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


@pytest.mark.parametrize("library", [True, False])
@pytest.mark.parametrize("beside", [1, 400])
@pytest.mark.parametrize("data", [(), (1 << 40,)])
def test_a_backup_leaves_it_out_and_takes_all_else(
    root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    library: bool,
    beside: int,
    data: tuple[int, ...],
) -> None:
    """Wherever it lies: among few files, among those that other threads copy, in a folder of its
    own, under two names, and as a database."""
    if not library:
        use(monkeypatch, native=False)
    for number in range(beside):
        (root / f"folder{number}").mkdir()
        (root / f"folder{number}/file").write_bytes(b"%d" % number)
    hollow = {"endless", "folder0/endless", "alone/endless", "endless.sqlite"}
    (root / "alone").mkdir()
    for name in hollow:
        make(root / name, LONG, *data)
    (root / "alone/again").hardlink_to(root / "alone/endless")
    there = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    done = copy_tree(
        root,
        tmp_path / "files",
        selection=Selection(pass_hollow=True, sqlite=("*.sqlite",)),
        sums=tmp_path / "SHA256SUMS",
    )
    hollow.add("alone/again")
    told = {note.path for note in done.notes if note.torn and note.what == holes.HOLLOW}
    assert told == hollow
    assert [note.path for note in done.notes if not note.torn] == []
    copy = tmp_path / "files"
    here = {path.relative_to(copy).as_posix() for path in copy.rglob("*") if path.is_file()}
    assert here == there - hollow
    found = verify_sums(tmp_path)
    assert found.sound and found.files == len(here) == done.files


def test_so_does_a_check_of_a_set_that_holds_one(root: Path, tmp_path: Path) -> None:
    make(root / "endless", 4096, 0)
    copy_tree(root, tmp_path / "files", sums=tmp_path / "SHA256SUMS")
    make(tmp_path / "files" / "endless", LONG, 0)
    with pytest.raises(PryvTuiError, match="endless is 2199023255552 bytes long"):
        verify_sums(tmp_path)


def test_as_much_as_minutes_allow_is_taken(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, most_holes=3 << 20)
    make(root / "some", 3 << 20)
    make(root / "mostly data", 5 << 20)
    (root / "mostly data").write_bytes(os.urandom(5 << 20))
    copy_tree(root, tmp_path / "files", sums=tmp_path / "SHA256SUMS")
    assert verify_sums(tmp_path).sound
    make(root / "too many", (3 << 20) + 1)
    with pytest.raises(PryvTuiError, match="too many"):
        copy_tree(root, tmp_path / "again", sums=tmp_path / "AGAIN")
