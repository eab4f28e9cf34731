"""Which folders hold no folders: the library says what Python says."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.vault.copying.folder import WalkedFolder
from pryv_tui.vault.copying.leaf_look import FOLDER_BYTES, LeafProbe
from pryv_tui.vault.files.selection import Verdict
from pryv_tui.vault.native import library as compiled
from pryv_tui.vault.native.walk import NativeProbe, load_probe
from pryv_tui.vault.parallel.engine import CopyEngine
from tests.vault.engine import copy_tree
from tests.vault.trees import make_socket

pytestmark = pytest.mark.usefixtures("built")
NONE = (0, 0)


@contextmanager
def opened(folder: Path) -> Iterator[int]:
    fd = os.open(folder, os.O_RDONLY)
    try:
        yield fd
    finally:
        os.close(fd)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[bytes]]:
    """What the library was asked, call by call."""
    calls: list[list[bytes]] = []
    leaves = NativeProbe.leaves

    def seen(self: NativeProbe, holder: int, names: list[bytes], never: Any) -> Any:
        calls.append(names)
        return leaves(self, holder, names, never)

    monkeypatch.setattr(NativeProbe, "leaves", seen)
    return calls


def walked(names: list[bytes]) -> Iterator[tuple[WalkedFolder, bytes]]:
    """A folder on a walk, and each of its folders in its turn."""
    folder = WalkedFolder(b"", Verdict.INCLUDED)
    folder.pending = [(name, Verdict.INCLUDED) for name in reversed(names)]
    while folder.pending:
        yield folder, folder.pending.pop()[0]


def told(look: LeafProbe, holder: int, names: list[bytes]) -> dict[bytes, bool]:
    return {name: look.is_leaf(holder, folder, name) for folder, name in walked(names)}


def everything(root: Path) -> list[bytes]:
    """Makes one of each kind; returns their names, a leaf's first, and one of what is not there."""
    for name in ("empty", "holder/below", "files", "full", "linked", "never", "odd\nname"):
        (root / name).mkdir(parents=True)
    if (root / "holder").stat().st_nlink != 3:
        pytest.skip("this file system does not count a folder's folders")
    (root / "files" / "a").write_text("x")
    (root / "linked" / "to").symlink_to("../holder")
    for number in range(40):
        (root / "full" / f"{'n' * 200}{number}").touch()
    (root / "file").touch()
    (root / "its other name").hardlink_to(root / "file")
    (root / "pointing").symlink_to("empty")
    os.mkfifo(root / "fifo")
    make_socket(root / "socket")
    (root / "closed").mkdir(mode=0)
    return [*sorted(os.fsencode(path.name) for path in root.iterdir()), b"gone"]


def test_the_library_says_what_python_says(tmp_path: Path, asked: list[list[bytes]]) -> None:
    names = everything(tmp_path)
    status = (tmp_path / "never").stat()
    never = status.st_dev, status.st_ino
    with opened(tmp_path) as holder:
        alone = told(LeafProbe(never), holder, names)
        assert not asked
        look = LeafProbe(never)
        look.load()
        assert told(look, holder, names) == alone
    assert asked == [names[1:]], "the first is a leaf: one call for all that come after it"
    large = (tmp_path / "full").stat().st_size > FOLDER_BYTES
    leaves = {"empty", "files", "linked", "closed", "odd\nname"} | (set() if large else {"full"})
    assert {os.fsdecode(name) for name, leaf in alone.items() if leaf} == leaves


def test_many_are_looked_at_in_turn_and_few_one_by_one(
    tmp_path: Path, asked: list[list[bytes]]
) -> None:
    names = [b"%02d" % number for number in range(24)]
    for name in names:
        (tmp_path / os.fsdecode(name)).mkdir()
    (tmp_path / "12" / "below").mkdir()
    look = LeafProbe(NONE, CopyEngine(probe_together=9))
    look.load()
    with opened(tmp_path) as holder:
        answers = told(look, holder, names)
    assert [name for name, leaf in answers.items() if not leaf] == [b"12"]
    assert asked == [names[1:10], names[11:20]], "the last three are not worth a call"


def test_one_that_was_passed_over_is_not_answered_for_another(tmp_path: Path) -> None:
    """The walk does not ask of what stays."""
    names = [b"%d" % number for number in range(9)]
    for name in names:
        (tmp_path / os.fsdecode(name)).mkdir()
    look = LeafProbe(NONE)
    look.load()
    with opened(tmp_path) as holder:
        for folder, name in walked(names):
            if name != b"3":
                assert look.is_leaf(holder, folder, name)
    assert folder.leaves == {b"3": True}


def test_below_one_that_holds_folders_nobody_looks_ahead(
    tmp_path: Path, asked: list[list[bytes]]
) -> None:
    """Its siblings hold some as well, as a rule: each is entered."""
    names = [b"%d" % number for number in range(9)]
    for name in names:
        (tmp_path / os.fsdecode(name) / "below").mkdir(parents=True)
    look = LeafProbe(NONE)
    look.load()
    with opened(tmp_path) as holder:
        assert not any(told(look, holder, names).values())
    assert not asked


def test_what_was_looked_at_before_the_walk_went_down_is_looked_at_again(
    tmp_path: Path, together: None, asked: list[list[bytes]]
) -> None:
    source = tmp_path / "source"
    for number in range(20):
        (source / f"{number:02}").mkdir(parents=True)
    (source / "05" / "below").mkdir()
    copied = copy_tree(source, tmp_path / "copy")
    assert copied.folders == 21
    numbers = [b"%02d" % number for number in range(20)]
    assert asked == [numbers[1:], numbers[7:]]


def test_both_draw_the_line_at_the_same_size() -> None:
    source = Path(compiled.LIBRARY).with_name("leaves.c").read_text(encoding="utf-8")
    assert f"#define FOLDER_BYTES {FOLDER_BYTES} " in source


def test_where_there_is_none_python_looks(tmp_path: Path) -> None:
    assert load_probe(str(tmp_path / "leaves.so")) is None
    names = everything(tmp_path)
    look = LeafProbe(NONE, CopyEngine(native=False))
    look.load()
    with opened(tmp_path) as holder:
        assert told(look, holder, names)[b"empty"]


def test_a_folder_that_becomes_more_than_that_is_copied_all_the_same(
    tmp_path: Path, together: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look and the copy: what was looked at long before is no promise."""
    source = tmp_path / "source"
    for number in range(20):
        (source / f"{number:02}").mkdir(parents=True)
        (source / f"{number:02}" / "file").write_text(str(number))
    leaves = NativeProbe.leaves

    def then(self: NativeProbe, holder: int, names: list[bytes], never: Any) -> Any:
        answers = list(leaves(self, holder, names, never))
        for name in ("05", "06"):
            (source / name / "below" / "deep").mkdir(parents=True, exist_ok=True)
            (source / name / "below" / "deep" / "file").write_text(name)
        shutil.rmtree(source / "07", ignore_errors=True)
        if not (source / "08").is_file():
            shutil.rmtree(source / "08")
            (source / "08").write_text("a file by now")
        return iter(answers)

    monkeypatch.setattr(NativeProbe, "leaves", then)
    copied = copy_tree(source, tmp_path / "copy")
    whole = subprocess.run(
        ["diff", "-r", source, tmp_path / "copy"], capture_output=True, text=True, check=False
    )
    assert whole.stdout.strip() == f"Only in {source}: 08", "which is noted, and nothing else"
    assert sorted(note.path for note in copied.notes) == ["07", "08"]


@pytest.mark.parametrize("before", [0, 9])
def test_a_copy_into_what_is_copied_is_refused(together: None, before: int) -> None:
    """Its place looks like a folder without folders, among others."""
    with tempfile.TemporaryDirectory() as root:
        for number in range(before):
            Path(root, f"a{number}").mkdir()
        for number in range(9):
            Path(root, f"z{number}").mkdir()
        with pytest.raises(PryvTuiError) as caught:
            copy_tree(Path(root), Path(root, "copy"))
    assert caught.value.name == "refused"
