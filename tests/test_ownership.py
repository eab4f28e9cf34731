"""Whose a folder is, and who else may write it."""

from __future__ import annotations

import ast
import os
import subprocess
from pathlib import Path

import pytest

import pryv_tui
from pryv_tui.ownership import distrust, make_private

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="gives folders to other users: needs root")
STRANGER = 4711


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "holder/folder"
    make_private(made)
    return made


def test_a_folder_of_ours_is_believed(folder: Path) -> None:
    assert distrust(folder) is None
    folder.chmod(0o755)
    assert distrust(folder) is None


def test_one_that_is_not_there_is_judged_by_those_that_lead_to_it(folder: Path) -> None:
    assert distrust(folder / "a/b") is None
    folder.chmod(0o777)
    found = distrust(folder / "a/b")
    assert found is not None and found.path == folder


@pytest.mark.parametrize("mode", [0o777, 0o707, 0o1777, 0o702])
def test_one_that_everybody_can_write_is_not(folder: Path, mode: int) -> None:
    """Also a sticky one: a stranger's new files in it are as good as ours."""
    folder.chmod(mode)
    found = distrust(folder)
    assert found is not None
    assert found.why == f"everybody can write to {folder}"
    assert found.closes == f"chmod go-w {folder}"
    subprocess.run(found.closes, shell=True, check=True)
    assert distrust(folder) is None


def test_nor_one_in_whose_place_anybody_can_put_another(folder: Path) -> None:
    folder.parent.chmod(0o777)
    found = distrust(folder)
    assert found is not None
    assert found.path == folder.parent
    assert not found.closes, "closing the holder now says nothing of what lies there already"
    folder.parent.chmod(0o1777)
    assert distrust(folder) is None


def test_nor_one_that_is_reached_through_a_link_that_others_can_turn(folder: Path) -> None:
    (folder.parent / "link").symlink_to(folder)
    assert distrust(folder.parent / "link") is None
    folder.chmod(0o777)
    assert distrust(folder.parent / "link") is not None


def test_a_file_in_its_place_is_no_matter_of_belief(tmp_path: Path) -> None:
    """Whoever needs a folder there is told that it is none."""
    (tmp_path / "file").touch(0o600)
    assert distrust(tmp_path / "file") is None
    assert distrust(tmp_path / "file/below") is None


@AS_ROOT
class TestStrangers:
    def test_a_strangers_folder(self, folder: Path) -> None:
        os.chown(folder, STRANGER, 0)
        found = distrust(folder)
        assert found is not None
        assert found.why == f"{folder} belongs to the user {STRANGER}"
        assert not found.closes
        assert distrust(folder, also={STRANGER}) is None

    def test_a_folder_in_a_strangers(self, folder: Path) -> None:
        os.chown(folder.parent, STRANGER, 0)
        assert distrust(folder) is not None

    def test_a_group_that_may_write(self, folder: Path) -> None:
        os.chown(folder, 0, STRANGER)
        folder.chmod(0o770)
        found = distrust(folder)
        assert found is not None and found.why == f"the group {STRANGER} can write to {folder}"
        folder.chmod(0o750)
        assert distrust(folder) is None

    def test_a_user_who_may_write_by_an_access_list(self, folder: Path) -> None:
        os.chown(folder, 0, STRANGER)
        done = subprocess.run(["setfacl", "-m", f"u:{STRANGER}:rwx", str(folder)])
        if done.returncode:
            pytest.skip("this file system has no access lists")
        assert distrust(folder) is not None


@pytest.mark.parametrize("mask", [0o000, 0o002, 0o022, 0o077])
def test_what_is_made_is_closed_whatever_the_umask(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        make_private(tmp_path / "a/b/c")
    finally:
        os.umask(before)
    for path in (tmp_path / "a", tmp_path / "a/b", tmp_path / "a/b/c"):
        assert path.stat().st_mode & 0o777 == 0o700
    make_private(tmp_path / "a/b/c")


def test_a_file_in_the_way_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file/below"):
        with pytest.raises(OSError):
            make_private(path)


def test_no_private_folder_is_made_in_another_way() -> None:
    """`mkdir(mode=0o700, parents=True)` leaves the parents to the umask."""
    package = Path(pryv_tui.__file__).parent
    found = []
    for path in package.rglob("*.py"):
        if "practice" in path.relative_to(package).parts:
            continue  # it plays a platform's own containers, which make folders as those do
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                words = {word.arg for word in node.keywords}
                if node.func.attr in ("mkdir", "makedirs") and {"mode", "parents"} <= words:
                    found.append(f"{path.relative_to(package)}:{node.lineno}")
    assert not found


@AS_ROOT
def test_nor_one_that_a_strangers_link_leads_to(tmp_path: Path) -> None:
    """In a sticky folder its owner alone can turn it, and does so between two looks."""
    tmp_path.chmod(0o755)
    shared, state = tmp_path / "shared", tmp_path / "state"
    shared.mkdir()
    shared.chmod(0o1777)
    state.mkdir(mode=0o700)
    link, own = shared / "link", shared / "own"
    link.symlink_to(state)
    assert distrust(link) is None
    os.chown(link, 4711, 4711, follow_symlinks=False)
    own.symlink_to(link)
    for way in (link, own, link / "not there yet"):
        found = distrust(way)
        assert found is not None and "the link" in found.why and found.path == link
    round_about = shared / "round"
    round_about.symlink_to(round_about)
    distrust(round_about)  # has an end
