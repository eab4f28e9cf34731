"""Sparse files: what is needed is what they hold, where the target can have holes too."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.holes import keeps_holes
from pryv_tui.operations.containers.ending import kept_free
from pryv_tui.operations.guards import place
from pryv_tui.operations.guards.place import space_guard, with_holes
from pryv_tui.operations.guards.room import restore_room
from pryv_tui.operations.plans.adopt import adopt_plan
from pryv_tui.operations.steps.bringing_back import bring_files
from pryv_tui.operations.steps.taking import adopt_copy
from pryv_tui.vault.copying.count import count_room, count_tree
from pryv_tui.vault.files.types import Selection
from tests.hosts.machines import StillHost, machine
from tests.operations.adopting.test_adopting import core, found_in
from tests.operations.guards.based import Platform
from tests.operations.kit import context, host_state, manifest_of, part, set_of
from tests.operations.steps.test_bring import bring as bring_back

HOLE = 2 << 40
"""2 TB, as long as few disks."""


def sparse(path: Path, *, at: int = HOLE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(b"begin" * 1000)
        file.seek(at)
        file.write(b"end" * 1000)
    return path


def test_what_is_no_hole_is_counted(tmp_path: Path) -> None:
    root = tmp_path / "root"
    sparse(root / "a/sparse")
    (root / "a/plain").write_bytes(os.urandom(200_000))
    (root / "a/b").mkdir()
    os.link(root / "a/sparse", root / "a/b/again")
    with (root / "a/hole").open("wb") as file:
        file.truncate(HOLE)
    length, data = count_room(root, Selection())
    assert length == count_tree(root, Selection()).bytes > 2 * HOLE
    assert 200_000 <= data < 400_000


def test_a_file_whose_holes_can_not_be_told_counts_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A compressed file takes fewer blocks than bytes, and has no hole."""
    sparse(tmp_path / "root/file", at=1 << 20)

    def no_holes(fd: int, at: int, how: int) -> int:
        return at if how == os.SEEK_DATA else os.fstat(fd).st_size

    monkeypatch.setattr(os, "lseek", no_holes)
    length, data = count_room(tmp_path / "root", Selection())
    assert data == length


def test_where_holes_are_kept_they_are_not_counted_else_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert keeps_holes(tmp_path)
    assert keeps_holes(tmp_path / "not/there/yet")
    assert list(tmp_path.iterdir()) == []
    needed, words = with_holes(HOLE + 5, 5, tmp_path, "from a scan")
    assert needed == 5
    assert "2.0 TiB of holes not counted" in words
    monkeypatch.setattr(place, "keeps_holes", lambda _: False)
    needed, words = with_holes(HOLE + 5, 5, tmp_path, "from a scan")
    assert needed == HOLE + 5
    assert "can't keep" in words
    assert with_holes(500, 400, tmp_path, "x") == (500, "x"), "nothing worth a word"


def test_a_file_system_without_holes_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As FAT: what is skipped is written."""

    def filled(fd: int, data: bytes, at: int) -> int:
        os.posix_fallocate(fd, 0, at + len(data))
        return len(data)

    monkeypatch.setattr(os, "pwrite", filled)
    assert not keeps_holes(tmp_path)


def test_a_restore_onto_the_disk_that_held_it_is_not_refused(tmp_path: Path) -> None:
    files = tmp_path / "set/files"
    sparse(files / "pryv/core/data/sparse")
    root = tmp_path / "root"
    root.mkdir()
    state = host_state("core", "core", root=str(root))
    line = restore_room(state, root, part("core", "core", bytes=HOLE), files, kept=False)
    assert line.outcome == "ok", line
    assert "holes not counted" in line.text
    away = restore_room(state, root, part("core", "core", bytes=HOLE), tmp_path / "x", kept=False)
    assert away.outcome == "failed", "what is not here can't be looked at"


@pytest.mark.parametrize("made", [None, HOLE], ids=["the first one", "one after another"])
def test_a_backup_of_it_is_not_refused(tmp_path: Path, made: int | None) -> None:
    """Nor where the set before says only how long its files are."""
    root = tmp_path / "root"
    sparse(root / "pryv/core/data/sparse")
    state = host_state("core", "core", root=str(root))
    ctx, _heard = context(tmp_path, StillHost("core", machine("core"), root=root))
    latest = set_of(manifest_of(part("core", "core", bytes=made))) if made else None
    line = space_guard(ctx.site, [state], domain="pryv.example", latest=latest)
    assert line.outcome == "ok", line
    assert "GiB needed" not in line.text and "TiB needed" not in line.text


MIDDLE = 8 << 30
"""A hole that a copy still takes in."""


def short_of(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """As much as stays free on the platform's own disk, and a little more."""
    free = kept_free(folder) + (1 << 20)
    monkeypatch.setattr(place, "free_bytes", lambda _: free)
    for module in (bring_files, adopt_copy):
        monkeypatch.setattr(module, "free_bytes", lambda _: free)


@pytest.mark.parametrize("kept", [True, False])
def test_files_with_holes_come_back_where_they_have_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    made = Platform(tmp_path)
    sparse(made.root / "pryv/core/data/users/sparse", at=8 << 20)
    made.backup()
    short_of(monkeypatch, tmp_path)
    if kept:
        target = bring_back(made, "pryv/core/data/users/sparse")
        back = target / "pryv/core/data/users/sparse"
        assert back.stat().st_size > 8 << 20 > back.stat().st_blocks * 512
        return
    monkeypatch.setattr(place, "keeps_holes", lambda _: False)
    with pytest.raises(PryvTuiError, match="holes, which the file system there can't keep"):
        bring_back(made, "pryv/core/data/users/sparse")


def test_a_folder_with_holes_is_adopted_where_they_have_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = core(tmp_path / "by hand")
    sparse(folder / "pryv/core/data/sparse", at=MIDDLE)
    ctx, heard = context(tmp_path, StillHost("core", machine("core"), root=tmp_path / "root"))
    found = found_in(folder)
    opening = adopt_plan(found, vault=ctx.site.settings.vault, set_id="20260101T000000Z").steps[0]
    short_of(monkeypatch, tmp_path)
    opening.perform(ctx)
    assert ("space", "ok") in heard.guards


def test_each_disk_has_its_own_room(tmp_path: Path) -> None:
    import msgspec

    from pryv_tui.filesystem.mounts import disks_of
    from tests.faults.bench import NoDisk, small_disk

    root, files = tmp_path / "root", tmp_path / "set/files"
    (files / "pryv/core/data").mkdir(parents=True)
    (files / "pryv/core/data/large").write_bytes(os.urandom(3 << 20))
    try:
        with small_disk(root / "pryv/core/data", 2):
            state = msgspec.structs.replace(
                host_state("core", "core", root=str(root)), mounted=disks_of(root)
            )
            line = restore_room(state, root, part("core", "core"), files, kept=False)
    except NoDisk as error:
        pytest.skip(str(error))
    assert line.outcome == "failed"
    assert str(root / "pryv/core/data") in line.text
