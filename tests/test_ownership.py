"""Whose a folder is, and who else may write it."""

from __future__ import annotations

import ast
import grp
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from pryv_tui.ownership import distrust, distrust_file, make_private
from tests.helpers.parsed import PACKAGE, searches, trees, walked

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


@AS_ROOT
class TestAccessLists:
    """A list names users and groups besides the owning group, which may be root's."""

    @pytest.fixture
    def listed(self, folder: Path) -> Path:
        done = subprocess.run(["setfacl", "-m", "u::rwx", str(folder)], check=False)
        if done.returncode:
            pytest.skip("this file system has no access lists")
        return folder

    @pytest.mark.parametrize(
        ("entry", "who"),
        [
            (f"u:{STRANGER}:rwx", f"the user {STRANGER}"),
            (f"u:{STRANGER}:wx,g:0:rwx", f"the user {STRANGER}"),
            (f"g:{STRANGER}:rwx", f"the group {STRANGER}"),
        ],
    )
    def test_of_who_may_write(self, listed: Path, entry: str, who: str) -> None:
        subprocess.run(["setfacl", "-m", entry, str(listed)], check=True)
        found = distrust(listed)
        assert found is not None and found.why == f"{who} can write to {listed}"
        assert distrust(listed / "below") is not None
        file = listed / "file"
        file.touch()
        assert distrust_file(file, {}) is not None
        subprocess.run(found.closes, shell=True, check=True)
        assert distrust(listed) is None and distrust_file(file, {}) is None
        subprocess.run(["setfacl", "-m", entry, str(file)], check=True)
        found = distrust_file(file, {})
        assert found is not None and found.why.startswith(who)
        subprocess.run(found.closes, shell=True, check=True)
        assert distrust_file(file, {}) is None

    @pytest.mark.parametrize("entry", [f"u:{STRANGER}:rx", "u:0:rwx", "g:0:rwx",
                                       f"u:{STRANGER}:rwx,m::rx"])  # fmt: skip
    def test_of_who_may_not(self, listed: Path, entry: str) -> None:
        subprocess.run(["setfacl", "-m", entry, str(listed)], check=True)
        assert distrust(listed) is None


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


@searches
def test_no_private_folder_is_made_in_another_way() -> None:
    """`mkdir(mode=0o700, parents=True)` leaves the parents to the umask."""
    found = []
    for path, tree in trees().items():
        if "practice" in path.relative_to(PACKAGE).parts:
            continue  # it plays a platform's own containers, which make folders as those do
        for node in walked(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                words = {word.arg for word in node.keywords}
                if node.func.attr in ("mkdir", "makedirs") and {"mode", "parents"} <= words:
                    found.append(f"{path.relative_to(PACKAGE)}:{node.lineno}")
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


# -- a file ----------------------------------------------------------------------------------------

BEHIND = {"SUDO_UID": str(STRANGER)}


@pytest.fixture
def file(folder: Path) -> Path:
    made = folder / "config.toml"
    made.write_text("")
    made.chmod(0o644)
    return made


def test_a_file_of_ours_is_believed(file: Path) -> None:
    assert distrust_file(file, {}) is None
    assert distrust_file(file.with_name("none"), {}) is None, "who reads it says so"


@pytest.mark.parametrize(("mode", "who"), [(0o646, "everybody"), (0o666, "everybody")])
def test_one_that_others_can_write_is_not(file: Path, mode: int, who: str) -> None:
    file.chmod(mode)
    found = distrust_file(file, {})
    assert found is not None
    assert found[1:] == (f"{who} can write to {file}", f"chmod go-w {file}")


@AS_ROOT
@pytest.mark.parametrize("environment", [{}, BEHIND])
def test_nor_one_that_a_group_can(file: Path, environment: dict[str, str]) -> None:
    os.chown(file, 0, STRANGER)
    file.chmod(0o664)
    found = distrust_file(file, environment)
    assert found is not None and found.closes == f"chmod go-w {file}"
    file.chmod(0o644)
    assert distrust_file(file, environment) is None


@AS_ROOT
def test_a_strangers_file_is_not_unless_they_became_root(file: Path) -> None:
    os.chown(file, STRANGER, STRANGER)
    for environment in ({}, {"SUDO_UID": "4712"}, {"SUDO_UID": "x"}, {"SUDO_UID": ""}):
        found = distrust_file(file, environment)
        assert found is not None
        assert found[1:] == (f"{file} belongs to the user {STRANGER}", f"chown root {file}")
    assert distrust_file(file, BEHIND) is None
    os.chown(file.parent, STRANGER, STRANGER)
    assert distrust_file(file, BEHIND) is None, "as in the home of whoever became root"
    file.chmod(0o666)
    assert distrust_file(file, BEHIND) is not None, "and everybody else writes to it"


@AS_ROOT
def test_all_that_is_wrong_with_it_is_ended_at_once(file: Path) -> None:
    os.chown(file, STRANGER, STRANGER)
    file.chmod(0o666)
    found = distrust_file(file, {})
    assert found is not None
    assert found.closes == f"chown root {file} && chmod go-w {file}"
    subprocess.run(found.closes, shell=True, check=True)
    assert distrust_file(file, {}) is None


@AS_ROOT
def test_a_group_of_ones_own_is_nobody_else(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.chown(file, STRANGER, STRANGER)
    file.chmod(0o664)
    account = pwd.struct_passwd(("ann", "x", STRANGER, STRANGER, "", "/", ""))
    monkeypatch.setattr("pwd.getpwuid", lambda _: account)
    for name, members, believed in (
        ("ann", [], True),
        ("ann", ["ann"], True),
        ("ann", ["bob"], False),
        ("staff", [], False),
    ):
        group = grp.struct_group((name, "x", STRANGER, members))
        monkeypatch.setattr("grp.getgrgid", lambda _, group=group: group)
        assert (distrust_file(file, BEHIND) is None) is believed, (name, members)


@AS_ROOT
@pytest.mark.parametrize("level", [0, 1])
def test_a_file_in_a_folder_where_others_can_exchange_it_is_not(file: Path, level: int) -> None:
    folder = file.parents[level]
    for uid, mode, believed in (
        (0, 0o777, False),
        (0, 0o1777, True),
        (STRANGER, 0o755, False),
        (STRANGER, 0o1777, False),
    ):
        os.chown(folder, uid, 0)
        folder.chmod(mode)
        found = distrust_file(file, {})
        assert (found is None) is believed, (uid, mode)
        assert found is None or (found.path, found.closes) == (folder, "")


@AS_ROOT
def test_nor_one_by_a_strangers_link(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(file)
    assert distrust_file(link, {}) is None
    os.chown(link, STRANGER, STRANGER, follow_symlinks=False)
    assert distrust_file(link, {}) is not None
    assert distrust_file(link, BEHIND) is None


@AS_ROOT
def test_who_is_not_root_believes_root_and_themselves() -> None:
    folder = Path(tempfile.mkdtemp(prefix="pryv-tui-owner-"))
    try:
        folder.chmod(0o755)
        file = folder / "config.toml"
        file.touch(0o644)
        os.seteuid(STRANGER)
        try:
            assert distrust_file(file, {}) is None
            os.seteuid(0)
            os.chown(file, STRANGER, 0)
            os.seteuid(STRANGER)
            assert distrust_file(file, {}) is None
            os.seteuid(0)
            os.chown(file, 4712, 0)
            os.seteuid(STRANGER)
            for environment in ({}, {"SUDO_UID": "4712"}):
                found = distrust_file(file, environment)
                assert found is not None and found.closes == "", "they can't give it to root"
        finally:
            os.seteuid(0)
    finally:
        shutil.rmtree(folder)
