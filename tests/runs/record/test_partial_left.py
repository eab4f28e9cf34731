"""What a backup that was stopped says of what it left: only what is true of it."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.operations.kinds.backup import Backup
from pryv_tui.vault.copying.tree import copy_tree
from pryv_tui.vault.lists import index
from pryv_tui.vault.parallel.engine import USUAL, CopyEngine
from pryv_tui.vault.set_files import FILES_NAME, INDEX_NAME, SUMS_NAME


def copied(folder: Path, *, engine: CopyEngine = USUAL) -> Path:
    """What a backup left that had copied a file."""
    root, part = folder / "root", folder / "x.partial" / "single"
    root.mkdir()
    (root / "file").write_text("x")
    part.mkdir(parents=True)
    copy_tree(
        root, part / FILES_NAME, sums=part / SUMS_NAME, index=part / INDEX_NAME, engine=engine
    )
    return part.parent


def settled(folder: Path) -> Path:
    """The same of a file that had not changed for long."""
    return copied(folder, engine=CopyEngine(settled_ns=-(10**20)))


def test_nobody_is_told_to_keep_what_holds_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "20260115T020000Z.partial"
    assert "holds nothing yet" in Backup.partial_left(str(folder)), "it may not even be there"
    (folder / "single").mkdir(parents=True)
    (folder / "unfinished.json").write_text("{}")
    assert "holds nothing yet" in Backup.partial_left(str(folder))
    assert "Keep it" not in Backup.partial_left(str(folder))
    goes = Backup.partial_goes(str(folder))
    assert goes.startswith("It holds nothing useful: rm -r ")
    assert "Only to free space" not in goes


def test_what_no_later_backup_can_tell_to_be_the_same_is_of_no_use(tmp_path: Path) -> None:
    """A file that has just changed, or a database that SQLite copied: both are copied again."""
    folder = copied(tmp_path)
    assert "Keep it" not in Backup.partial_left(str(folder))
    assert "It holds nothing useful" in Backup.partial_goes(str(folder))


def test_what_was_copied_is_to_be_kept(tmp_path: Path) -> None:
    folder = settled(tmp_path)
    told = Backup.partial_left(str(folder))
    assert "Keep it: the next backup reuses what it holds." in told
    assert "holds nothing yet" not in told
    goes = Backup.partial_goes(str(folder))
    assert "It holds nothing useful" not in goes
    assert goes.startswith(
        "Only to free space, since the next backup then copies these files again: rm"
    )
    # What is unchanged since an earlier set is linked to that, with or without this folder.
    assert "all of it" not in goes


@pytest.mark.parametrize("what", ["the folder", "its part", "the index"])
def test_of_what_can_not_be_read_nobody_says_that_it_is_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    folder = settled(tmp_path)
    holder: Any = index if what == "the index" else Path
    name = {"the folder": "iterdir", "its part": "is_file", "the index": "open_file"}[what]

    def broken(path: Any, **_more: Any) -> Any:
        raise OSError(errno.EIO, "Input/output error", str(path))

    monkeypatch.setattr(holder, name, broken)
    told = Backup.partial_left(str(folder))
    assert "nothing" not in told and "It can't be read, so it is not known what it holds." in told
    assert Backup.partial_goes(str(folder)) == "", "nobody is told to remove it"
