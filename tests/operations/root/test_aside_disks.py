"""Content that lies on several disks, moved aside and given back: killed at any rename."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pryv_tui import own_folder
from pryv_tui.operations.root.aside import (
    absent,
    disks_of_aside,
    give_back,
    inside,
    is_aside,
    move_content,
    parts_of,
    set_aside,
    still_aside,
)
from tests.faults.bench import NoDisk, small_disk
from tests.operations.root.test_aside import Killed, Killer

DISKS = ("pryv/core/data", "pryv/core/data/users/deep", "pryv/mongodb/data")
"""One mounted inside another, and one of its own."""
KEEP = frozenset({own_folder.NAME})


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "root"
    opened = []
    try:
        for disk in DISKS:
            opened.append(small_disk(place / disk, 1))
            opened[-1].__enter__()
        yield place
    except NoDisk as error:
        pytest.skip(str(error))
    finally:
        for one in reversed(opened):
            one.__exit__(None, None, None)


def fill(root: Path, content: str) -> dict[str, str]:
    for disk in ("", *DISKS):
        for name in ("a", "sub/b"):
            path = root / disk / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{content} {disk}/{name}")
    (root / "pryv/core/conf").mkdir(exist_ok=True)
    (root / "pryv/core/conf/c.yml").write_text(f"{content} conf")
    (root / "pryv/core").chmod(0o751 if content == "former" else 0o700)
    (root / DISKS[0]).chmod(0o750 if content == "former" else 0o705)
    return now(root)


def now(root: Path) -> dict[str, str]:
    """All files that are in their places, and what the folders on the way are."""
    found = {
        str(path.relative_to(root)): path.read_text()
        for path in root.rglob("*")
        if path.is_file() and own_folder.NAME not in path.parts
    }
    for folder in ("pryv/core", DISKS[0]):
        found[f"mode of {folder}"] = oct((root / folder).stat().st_mode)
    return found


def everything(root: Path) -> list[str]:
    own = [p for p in root.rglob("*") if p.is_file() and "disks" not in p.relative_to(root).parts]
    return sorted(path.read_text() for path in own)


def test_each_disks_content_is_moved_on_that_disk(root: Path) -> None:
    former, aside = fill(root, "former"), root / own_folder.NAME / "aside/RUN"
    mounted = {disk: (root / disk).stat().st_dev for disk in DISKS}
    set_aside(root, aside, KEEP, DISKS)
    assert is_aside(aside)
    assert [p for p in root.rglob("*") if p.is_file() and own_folder.NAME not in p.parts] == []
    assert {disk: (root / disk).stat().st_dev for disk in DISKS} == mounted
    assert (
        root / DISKS[0] / own_folder.NAME / "aside/RUN/a"
    ).read_text() == "former pryv/core/data/a"
    assert (root / DISKS[1] / own_folder.NAME / "aside/RUN/sub/b").is_file()
    assert (aside / "pryv/core/conf/c.yml").is_file()
    assert len(parts_of(aside)) == 4
    assert any((place / "a").is_file() for place, _ in inside(aside, DISKS[0]))
    assert any(place.is_dir() for place, _ in inside(aside, "pryv/mongodb"))
    fill(root, "new")
    kept = root / own_folder.NAME / "undone/UNDO"

    def clear() -> None:
        kept.mkdir(parents=True, exist_ok=True)
        move_content(root, kept, KEEP, DISKS)

    assert give_back(root, aside, clear)
    assert now(root) == former
    assert not still_aside(aside)
    assert disks_of_aside(aside) == ()
    assert disks_of_aside(kept) == tuple(sorted(DISKS))
    assert (root / DISKS[2] / own_folder.NAME / "undone/UNDO/a").read_text().startswith("new")
    assert not (root / DISKS[2] / own_folder.NAME / "aside").exists()


@pytest.mark.parametrize("renames", range(0, 24, 2))
def test_a_kill_at_any_rename_loses_nothing(root: Path, renames: int) -> None:
    former, aside = fill(root, "former"), root / own_folder.NAME / "aside/RUN"
    before = everything(root)
    with pytest.MonkeyPatch.context() as patch:
        Killer(patch, renames)
        try:
            set_aside(root, aside, KEEP, DISKS)
        except Killed:
            assert not is_aside(aside)
    assert everything(root) == before
    set_aside(root, aside, KEEP, DISKS)
    fill(root, "new")
    whole = everything(root)
    kept = root / own_folder.NAME / "undone/UNDO"

    def clear() -> None:
        kept.mkdir(parents=True, exist_ok=True)
        move_content(root, kept, KEEP, DISKS)

    with pytest.MonkeyPatch.context() as patch:
        Killer(patch, renames)
        try:
            give_back(root, aside, clear)
        except Killed:
            assert still_aside(aside)
    assert everything(root) == whole
    give_back(root, aside, clear)
    assert everything(root) == whole
    assert now(root) == former


def test_half_moved_it_comes_back_with_nothing_new_in_between(root: Path) -> None:
    former, aside = fill(root, "former"), root / own_folder.NAME / "aside/RUN"
    with pytest.MonkeyPatch.context() as patch:
        Killer(patch, 4)
        with pytest.raises(Killed):
            set_aside(root, aside, KEEP, DISKS)

    def clear() -> None:
        pytest.fail("nothing here is new")

    assert give_back(root, aside, clear)
    assert now(root) == former


def test_a_disk_that_went_away_is_missed_before_anything_is_moved(root: Path) -> None:
    fill(root, "former")
    aside = root / own_folder.NAME / "aside/RUN"
    set_aside(root, aside, KEEP, DISKS)
    gone = root / DISKS[2]
    subprocess.run(["umount", gone], check=True)
    try:
        assert absent(root, aside) == [gone]
        with pytest.raises(OSError, match="mounted"):
            give_back(root, aside, lambda: pytest.fail("it must not begin"))
        assert aside.is_dir()
    finally:
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", gone], check=True)


def test_what_a_file_system_keeps_for_itself_stays(root: Path) -> None:
    fill(root, "former")
    (root / DISKS[0] / "lost+found").mkdir()
    (root / DISKS[0] / "sub/lost+found").mkdir()
    aside = root / own_folder.NAME / "aside/RUN"
    set_aside(root, aside, KEEP, DISKS)
    assert (root / DISKS[0] / "lost+found").is_dir()
    assert (root / DISKS[0] / own_folder.NAME / "aside/RUN/sub/lost+found").is_dir(), (
        "a name like any other"
    )
    assert os.path.ismount(root / DISKS[0])
