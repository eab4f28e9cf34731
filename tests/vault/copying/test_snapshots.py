"""A file system's snapshots, and its subvolumes, in what is copied: on a real btrfs where one can
be made."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pryv_tui import own_folder
from pryv_tui.filesystem.mounts import disks_of
from pryv_tui.operations.root.aside import give_back, move_content, set_aside
from pryv_tui.operations.root.trial import held_in
from pryv_tui.platform.disks import below
from pryv_tui.vault.copying.count import count_room
from pryv_tui.vault.files.types import Selection
from tests.vault.copying.test_devices import looped
from tests.vault.engine import copy_tree, count_tree

ALL = Selection()
OWN_ALONE = Selection(no_snapshots=True)


@pytest.mark.parametrize("name", [".snapshots", ".snapshot", ".zfs"])
def test_what_file_systems_keep_is_left_out_and_said(tmp_path: Path, name: str) -> None:
    root = tmp_path / "root"
    for top in ("", "pryv/core/data"):
        (root / top / name / "1/snapshot").mkdir(parents=True)
        (root / top / name / "1/snapshot/file").write_text("once more")
        (root / top / "file").write_text("content")
    result = copy_tree(root, tmp_path / "copy", selection=OWN_ALONE)
    assert result.files == 2
    assert {note.path for note in result.notes} == {name, f"pryv/core/data/{name}"}
    assert all("snapshots" in note.what for note in result.notes)
    assert not list((tmp_path / "copy").rglob(name))
    assert count_tree(root, OWN_ALONE).files == 2
    assert count_room(root, OWN_ALONE)[0] == count_tree(root, OWN_ALONE).bytes
    assert copy_tree(root, tmp_path / "back").files == 4, "what a set holds comes back whole"


def test_a_file_of_that_name_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root/.snapshots").write_text("mine")
    assert copy_tree(tmp_path / "root", tmp_path / "copy", selection=OWN_ALONE).files == 1


@pytest.mark.parametrize("name", [".snapshots", ".zfs"])
def test_a_link_of_that_name_is_a_link(tmp_path: Path, name: str) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / name).symlink_to("/somewhere")
    result = copy_tree(tmp_path / "root", tmp_path / "copy", selection=OWN_ALONE)
    assert (result.links, result.notes) == (1, ())
    assert (tmp_path / "copy" / name).readlink() == Path("/somewhere")


@pytest.mark.parametrize("name", [".snapshots2", "snapshots", ".Snapshots", ".snapshot.bak"])
def test_a_folder_of_a_name_that_is_nearly_so_is_content(tmp_path: Path, name: str) -> None:
    (tmp_path / "root" / name).mkdir(parents=True)
    (tmp_path / "root" / name / "letter").write_text("mine")
    assert copy_tree(tmp_path / "root", tmp_path / "copy", selection=OWN_ALONE).files == 1


@pytest.fixture
def btrfs(tmp_path: Path) -> Iterator[Path]:
    """A root on a btrfs: its attachments are a subvolume, and snapshots lie about."""
    if os.geteuid() != 0 or shutil.which("mkfs.btrfs") is None:
        pytest.skip("a btrfs needs root and btrfs-progs")
    image = tmp_path / "disk.img"
    with image.open("wb") as made:
        made.truncate(128 << 20)
    subprocess.run(["mkfs.btrfs", "-q", image], check=True, capture_output=True)
    with looped(image, tmp_path / "disk") as disk:
        root = disk / "root"
        (root / "pryv/core").mkdir(parents=True)
        (root / "pryv/core/conf").write_text("conf")

        def make(*words: object) -> None:
            subprocess.run(
                ["btrfs", "subvolume", *map(str, words)], check=True, capture_output=True
            )

        make("create", root / "pryv/core/data")
        (root / "pryv/core/data/attachment").write_text("a letter")
        make("create", root / "pryv/core/data/.snapshots")
        make("snapshot", "-r", root / "pryv/core/data", root / "pryv/core/data/.snapshots/1")
        make("snapshot", "-r", root / "pryv/core/data", root / "pryv/before-the-update")
        make("create", root / "pryv/core/data/deeper")
        (root / "pryv/core/data/deeper/file").write_text("deep")
        yield root


def test_a_btrfs_root_is_copied_without_its_snapshots(btrfs: Path, tmp_path: Path) -> None:
    result = copy_tree(btrfs, tmp_path / "copy", selection=OWN_ALONE)
    files = {str(p.relative_to(tmp_path / "copy")) for p in (tmp_path / "copy").rglob("*")}
    assert "pryv/core/data/attachment" in files
    assert "pryv/core/data/deeper/file" in files, "a subvolume that is written to is content"
    assert not [name for name in files if "snapshots" in name or "before" in name]
    assert {note.path for note in result.notes} == {
        "pryv/core/data/.snapshots",
        "pryv/before-the-update",
    }
    assert count_tree(btrfs, OWN_ALONE).files == result.files


def test_a_btrfs_roots_subvolumes_are_disks_of_their_own(btrfs: Path) -> None:
    """Nothing can be renamed out of a subvolume: its content is moved aside inside it."""
    disks = below(disks_of(btrfs).disks)
    assert "pryv/core/data" in disks
    assert held_in(btrfs, disks) == []
    aside, keep = btrfs / own_folder.NAME / "aside/RUN", frozenset({own_folder.NAME})
    before = sorted(p.read_text() for p in btrfs.rglob("*") if p.is_file())
    device = (btrfs / "pryv/core/data").stat().st_dev
    set_aside(btrfs, aside, keep, disks)
    assert (btrfs / "pryv/core/data" / own_folder.NAME / "aside/RUN/attachment").is_file()
    (btrfs / "pryv/core/data/attachment").write_text("new")
    kept = btrfs / own_folder.NAME / "undone/U"
    kept.mkdir(parents=True)

    def clear() -> None:
        move_content(btrfs, kept, keep, disks)

    assert give_back(btrfs, aside, clear)
    assert (btrfs / "pryv/core/data/attachment").read_text() == "a letter"
    assert (btrfs / "pryv/core/data").stat().st_dev == device
    shutil.rmtree(btrfs / "pryv/core/data" / own_folder.NAME)
    shutil.rmtree(btrfs / own_folder.NAME)
    assert sorted(p.read_text() for p in btrfs.rglob("*") if p.is_file()) == before


def test_a_snapshot_inside_what_is_let_go_is_named_before_anything_is_removed(btrfs: Path) -> None:
    from pryv_tui.operations.root.trial import held_inside

    held = held_inside([btrfs / "pryv"])
    assert {Path(one.path).name for one in held} == {"before-the-update", "1"}
    for one in held:
        command = one.remedy.partition(": ")[2].split()
        subprocess.run(command, check=True, capture_output=True)
    assert held_inside([btrfs / "pryv"]) == []
    shutil.rmtree(btrfs / "pryv")
