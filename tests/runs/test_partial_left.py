"""What a backup that was stopped says of what it left: only what is true of it."""

from __future__ import annotations

from pathlib import Path

from pryv_tui.operations.kinds.backup import Backup
from pryv_tui.vault.copying.tree import copy_tree
from pryv_tui.vault.parallel.engine import CopyEngine
from pryv_tui.vault.set_files import FILES_NAME, INDEX_NAME, SUMS_NAME


def test_nobody_is_told_to_keep_what_holds_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "20260115T020000Z.partial"
    assert "holds nothing yet" in Backup.partial_left(str(folder)), "it may not even be there"
    (folder / "single").mkdir(parents=True)
    (folder / "unfinished.json").write_text("{}")
    assert "holds nothing yet" in Backup.partial_left(str(folder))
    assert "Keep it" not in Backup.partial_left(str(folder))


def test_what_no_later_backup_can_tell_to_be_the_same_is_of_no_use(tmp_path: Path) -> None:
    """A file that has just changed, or a database that SQLite copied: both are copied again."""
    root, part = tmp_path / "root", tmp_path / "x.partial" / "single"
    root.mkdir()
    (root / "file").write_text("x")
    part.mkdir(parents=True)
    copy_tree(root, part / FILES_NAME, sums=part / SUMS_NAME, index=part / INDEX_NAME)
    assert "Keep it" not in Backup.partial_left(str(part.parent))


def test_what_was_copied_is_to_be_kept(tmp_path: Path) -> None:
    engine = CopyEngine(settled_ns=-(10**20))
    root, part = tmp_path / "root", tmp_path / "x.partial" / "single"
    root.mkdir()
    (root / "file").write_text("x")
    part.mkdir(parents=True)
    copy_tree(
        root, part / FILES_NAME, sums=part / SUMS_NAME, index=part / INDEX_NAME, engine=engine
    )
    assert "Keep it: the next backup reuses what it holds." in Backup.partial_left(str(part.parent))
