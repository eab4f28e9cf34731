"""What comes back with rights of its own is named, by who copies it back."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pryv_tui.filesystem.privileges import rights_of
from pryv_tui.operations.sets.strangers import SHOWN
from pryv_tui.operations.steps.bringing_back.copy_back import tell_rights
from pryv_tui.vault.files.types import CopyResult
from tests.vault.engine import copy_tree, use

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
NET_RAW = struct.pack("<IIIII", 0x02000001, 1 << 13, 0, 0, 0)
"""vfs_cap_data of capabilities(7), revision 2."""
ENGINES: dict[str, dict[str, Any]] = {
    "alone": {"workers": 0},
    "library": {"alone_files": -1, "workers": 2},
    "python": {"alone_files": -1, "workers": 2, "native": False},
}


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """One thread alone, workers with the C library, and workers without it."""
    use(monkeypatch, **ENGINES[request.param])
    return str(request.param)


def tree(folder: Path) -> Path:
    (folder / "a/b").mkdir(parents=True)
    for name in ("plain", "a/setuid", "a/b/setgid", "a/b/lock", "a/b/plain"):
        (folder / name).write_text("x")
    (folder / "a/setuid").chmod(0o4755)
    (folder / "a/b/setgid").chmod(0o2755)
    (folder / "a/b/lock").chmod(0o2644)
    (folder / "a/b").chmod(0o2755)
    (folder / "link").symlink_to("a/setuid")
    return folder


def back(tmp_path: Path, source: Path, **more: Any) -> tuple[CopyResult, dict[str, str]]:
    """Copy it as a restore does: what came of it, and what of it carries rights, in words."""
    lists = tmp_path / "set"
    lists.mkdir()
    copy_tree(source, lists / "files", sums=lists / "SHA256SUMS")
    if "meanwhile" in more:
        more.pop("meanwhile")(lists / "files")
    result = copy_tree(
        lists / "files",
        tmp_path / "back",
        expected=lists / "SHA256SUMS",
        only_listed=True,
        **more,
    )
    return result, {note.path: note.what for note in result.rights}


def test_bits_of_files_alone(tmp_path: Path, engine: str) -> None:
    result, found = back(tmp_path, tree(tmp_path / "some"))
    assert set(found) == {"a/setuid", "a/b/setgid"}
    assert result.rights_count == 2
    assert f"the user {os.geteuid()} (setuid)" in found["a/setuid"]
    assert "(setgid)" in found["a/b/setgid"]
    assert (tmp_path / "back/a/setuid").stat().st_mode & 0o7777 == 0o4755
    assert (tmp_path / "back/a/b/lock").stat().st_mode & 0o7777 == 0o2644


def test_in_folders_that_the_library_does_whole(tmp_path: Path, engine: str) -> None:
    """Among many plain files each that is none has its own turn."""
    source = tmp_path / "some"
    for number in range(40):
        inner = source / f"f{number % 4}" / f"g{number % 8}"
        inner.mkdir(parents=True, exist_ok=True)
        (inner / f"{number:02d}").write_text("x")
        (inner / f"{number:02d}").chmod(0o4711 if number % 10 == 0 else 0o644)
    _, found = back(tmp_path, source)
    assert set(found) == {f"f{n % 4}/g{n % 8}/{n:02d}" for n in range(0, 40, 10)}


def test_each_name_of_a_file(tmp_path: Path, engine: str) -> None:
    source = tree(tmp_path / "some")
    os.link(source / "a/setuid", source / "another")
    _, found = back(tmp_path, source, names=frozenset((b"a/setuid", b"another")))
    assert {"a/setuid", "another"} <= set(found)
    assert (tmp_path / "back/another").stat().st_nlink == 2


def test_what_is_not_brought_back_has_none(tmp_path: Path, engine: str) -> None:
    """What is in no list of the set is taken away again."""

    def plant(files: Path) -> None:
        for where in (files / "planted", files / "a/b/planted"):
            where.write_text("y")
            where.chmod(0o4755)

    result, found = back(tmp_path, tree(tmp_path / "some"), meanwhile=plant)
    assert set(result.strangers) == {b"planted", b"a/b/planted"}
    assert set(found) == {"a/setuid", "a/b/setgid"}


@needs_root
def test_attributes_too(tmp_path: Path, engine: str) -> None:
    source = tmp_path / "some"
    source.mkdir()
    for name, attribute, value in (
        ("can", "security.capability", NET_RAW),
        ("trusted", "trusted.overlay.opaque", b"y"),
        ("harmless", "user.note", b"n"),
    ):
        (source / name).write_text("x")
        try:
            os.setxattr(source / name, attribute, value)
        except OSError as error:
            pytest.skip(f"no {attribute} here: {error.strerror}")
    _, found = back(tmp_path, source)
    assert set(found) == {"can", "trusted"}
    assert "capabilities" in found["can"] and "trusted" in found["trusted"]


def test_what_has_no_such_bit_gives_nothing(tmp_path: Path) -> None:
    source = tree(tmp_path / "some")
    with (source / "a/setuid").open("rb") as file:
        assert "(setuid)" in rights_of(file.fileno())
    (source / "a/setuid").chmod(0o755)
    with (source / "a/setuid").open("rb") as file:
        assert rights_of(file.fileno()) == ""


def test_a_restore_names_the_first_and_counts_the_rest(tmp_path: Path) -> None:
    warned: list[str] = []
    ctx: Any = SimpleNamespace(warn=warned.append)
    tell_rights(ctx, "core", back(tmp_path, tree(tmp_path / "some"))[0], "/r")
    assert len(warned) == 2
    assert "core: a/setuid runs as the user" in "".join(warned)
    warned.clear()
    (tmp_path / "again/many").mkdir(parents=True)
    for number in range(SHOWN + 5):
        path = tmp_path / "again/many" / f"{number:03d}"
        path.touch()
        path.chmod(0o4755)
    tell_rights(ctx, "core", back(tmp_path / "again", tmp_path / "again/many")[0], "/r")
    assert len(warned) == SHOWN + 1
    assert f"{SHOWN + 5} files" in warned[-1]
