"""Backup, loss, restore, undo and release of a root that is reached through a link."""

from __future__ import annotations

from pathlib import Path

from pryv_tui.practice.platform import PracticePlatform
from tests.faults.bench import Bench, lost


def test_backup_restore_undo_release_through_a_link(tmp_path: Path) -> None:
    made = PracticePlatform.create(tmp_path / "platform", users=4, attachments=6)
    (host,) = made.hosts
    link = host.root_hint
    assert link is not None
    real = tmp_path / "a disk/root"
    real.parent.mkdir()
    link.rename(real)
    link.symlink_to(real)
    bench = Bench(tmp_path, made=PracticePlatform.open(made.folder))
    ran, inode = bench.running(), real.stat().st_ino
    done = bench.run("restore", set_id=bench.set_id)
    assert done is not None and done.exit == 0, done
    assert lost(bench.of_set, bench.held()) == []
    assert link.is_symlink() and real.stat().st_ino == inode
    undo = bench.run("undo", undone_run=done.run)
    assert undo is not None and undo.exit == 0, undo
    assert lost(bench.lived, bench.held()) == []
    assert bench.running() == ran
    released = bench.run("release", released_run=undo.run)
    assert released is not None and released.exit == 0, released
    again = bench.run("backup")
    assert again is not None and again.exit == 0, again
    assert lost(bench.lived, bench.held()) == []
