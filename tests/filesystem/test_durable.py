"""What the system says of writing out is told, and never passed over."""

from __future__ import annotations

import ast
import errno
import os
import re
import stat
from pathlib import Path
from typing import Any

import pytest

import pryv_tui
from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.durable import (
    is_scratch,
    open_own,
    place_durably,
    prepare,
    sync_filesystem,
    write_durably,
)


def test_a_folder_is_settled(tmp_path: Path) -> None:
    fd = os.open(tmp_path, os.O_RDONLY)
    sync_filesystem(fd, b"folder")
    assert os.fstat(fd).st_ino == tmp_path.stat().st_ino, "the descriptor is left open"
    os.close(fd)


def test_a_failure_is_told(tmp_path: Path) -> None:
    fd = os.open(tmp_path, os.O_RDONLY)
    os.close(fd)
    with pytest.raises(PryvTuiError, match="folder can't be written") as caught:
        sync_filesystem(fd, b"folder")
    assert caught.value.name == "step-failed"


SECRET = b"somebody's"


@pytest.mark.parametrize("name", ["verified.json.new", ".verified.json.new", "verified.json"])
@pytest.mark.parametrize("kind", ["link", "hard link", "pipe", "dangling"])
def test_nothing_that_lies_there_is_written_to(tmp_path: Path, name: str, kind: str) -> None:
    victim, folder = tmp_path / "victim", tmp_path / "set"
    victim.write_bytes(SECRET)
    folder.mkdir()
    if kind == "link":
        (folder / name).symlink_to(victim)
    elif kind == "hard link":
        (folder / name).hardlink_to(victim)
    elif kind == "dangling":
        (folder / name).symlink_to(tmp_path / "made")
    else:
        os.mkfifo(folder / name)
    write_durably(folder / "verified.json", b"ours")
    found = (folder / "verified.json").lstat()
    assert stat.S_ISREG(found.st_mode)
    assert stat.S_IMODE(found.st_mode) == 0o600
    assert (folder / "verified.json").read_bytes() == b"ours"
    assert victim.read_bytes() == SECRET
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("kind", ["link", "hard link", "dangling", "pipe"])
def test_nor_under_a_name_that_was_foreseen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    victim, folder = tmp_path / "victim", tmp_path / "set"
    victim.write_bytes(SECRET)
    folder.mkdir()
    foreseen = folder / f".checks.json.{bytes(8).hex()}.new"
    if kind == "link":
        foreseen.symlink_to(victim)
    elif kind == "hard link":
        foreseen.hardlink_to(victim)
    elif kind == "dangling":
        foreseen.symlink_to(tmp_path / "made")
    else:
        os.mkfifo(foreseen)
    monkeypatch.setattr(os, "urandom", bytes)
    with pytest.raises(FileExistsError):
        write_durably(folder / "checks.json", b"ours")
    assert victim.read_bytes() == SECRET
    assert not (tmp_path / "made").exists()
    assert os.path.lexists(foreseen), "it is nobody's to remove"


def test_a_folder_that_is_exchanged_while_it_is_written_to_leads_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, moved, elsewhere = tmp_path / "set", tmp_path / "moved", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    really = os.open

    def exchanging(*words: Any, **more: Any) -> int:
        opened = really(*words, **more)
        if not moved.exists():
            folder.rename(moved)
            folder.symlink_to(elsewhere)
        return opened

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", exchanging)
        with pytest.raises(OSError):
            write_durably(folder / "checks.json", b"ours")
    assert list(elsewhere.iterdir()) == []


def test_what_can_not_be_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"before")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="full"):
            write_durably(tmp_path / "file", b"after")
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        write_durably(tmp_path / "folder", b"after")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]
    assert (tmp_path / "file").read_bytes() == b"before"


def test_a_name_that_a_killed_process_leaves_is_known(tmp_path: Path) -> None:
    left = prepare(tmp_path / "checks.json", b"[]")
    assert is_scratch(left)
    assert not is_scratch("checks.json")
    assert not is_scratch(".checks.json.new")
    place_durably(left, tmp_path / "checks.json")
    assert [path.name for path in tmp_path.iterdir()] == ["checks.json"]


@pytest.mark.parametrize("flags", [os.O_WRONLY | os.O_CREAT | os.O_TRUNC, os.O_RDWR | os.O_CREAT])
@pytest.mark.parametrize("kind", ["link", "pipe", "device"])
def test_no_file_of_ours_is_opened_where_something_else_lies(
    tmp_path: Path, flags: int, kind: str
) -> None:
    victim, path = tmp_path / "victim", tmp_path / "journal"
    victim.write_bytes(SECRET)
    if kind == "link":
        path.symlink_to(victim)
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/null")
    with pytest.raises(OSError):
        open_own(path, flags)
    assert victim.read_bytes() == SECRET


@pytest.mark.parametrize("flags", [os.O_WRONLY, os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
                                   os.O_WRONLY | os.O_CREAT | os.O_APPEND])  # fmt: skip
def test_nor_is_what_has_another_name(tmp_path: Path, flags: int) -> None:
    """A hard link that was put there is a file of somebody's as good as ours."""
    victim = tmp_path / "victim"
    victim.write_bytes(SECRET)
    (tmp_path / "list").hardlink_to(victim)
    with pytest.raises(OSError, match="a hard link") as caught:
        open_own(tmp_path / "list", flags)
    assert caught.value.filename == str(tmp_path / "list")
    assert victim.read_bytes() == SECRET


def test_one_of_ours_is_emptied_when_that_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "list").write_bytes(b"before")
    os.close(open_own(tmp_path / "list", os.O_WRONLY | os.O_CREAT))
    assert (tmp_path / "list").read_bytes() == b"before"
    os.close(open_own(tmp_path / "list", os.O_WRONLY | os.O_CREAT | os.O_TRUNC))
    assert (tmp_path / "list").read_bytes() == b""


ELSEWHERE = {
    "filesystem/durable.py": "where it is done for all others",
    "operations/steps/taking/adopt_copy.py": "into a folder that the very call has made",
    "operations/audit/accounts.py": "into a temporary folder of its own",
    "practice/": "a practice platform is its user's own",
}
"""Who writes files in Python's own ways, and where."""


def test_nobody_else_makes_or_empties_a_file_that_may_be_a_link() -> None:
    top = Path(pryv_tui.__file__).parent
    found = set()
    for path in top.rglob("*.py"):
        name, text = path.relative_to(top).as_posix(), path.read_text()
        if not re.search(r"O_CREAT|O_TRUNC|\.write_|\.touch\(|open\([^)]*[\"'][wax]", text):
            continue  # most are not parsed
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            words = ast.unparse(node)
            how = called.rpartition(".")[2]
            if called == "os.open":
                bad = "O_CREAT" in words or "O_TRUNC" in words
                bad &= "O_NOFOLLOW" not in words and "O_EXCL" not in words and "_WRITE" not in words
            else:
                modes = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
                bad = how in ("write_text", "write_bytes", "touch") or (
                    how == "open" and any(str(mode)[:1] in "wax" and mode for mode in modes)
                )
            if bad:
                found.add("practice/" if name.startswith("practice/") else name)
    assert found == set(ELSEWHERE)
