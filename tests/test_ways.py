"""What is moved, made or given away in a root stays there, whoever exchanges folders for links."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pryv_tui import own_folder
from pryv_tui.filesystem.deep_trees import remove_tree
from pryv_tui.filesystem.durable import write_durably
from pryv_tui.operations.root.aside import begin_release, drop_empty, give_back, set_aside
from pryv_tui.operations.root.moving import make_own, move_beside, move_tree
from pryv_tui.operations.root.trial import held_in
from pryv_tui.operations.steps.taking.prepare_dump import _remove_own
from pryv_tui.ownership import make_private
from pryv_tui.ways import hold

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="gives links to other users: needs root")
STRANGER = 4711
DISKS = ("pryv/mongodb/data",)
DUMPS = "pryv/mongodb/backup"


def told(folder: Path) -> list[tuple[str, int, int, int]]:
    found = []
    for path in sorted((folder, *folder.rglob("*"))):
        status = path.lstat()
        found.append((str(path), status.st_uid, status.st_gid, status.st_mode))
    return found


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def victim(tmp_path: Path) -> Iterator[Path]:
    """A folder elsewhere, which is as it was in the end: with all that such a place could hold."""
    place = tmp_path / "victim"
    for name in ("backup", "data", "aside/r", "dumps/r/mongodb", "empty"):
        (place / name).mkdir(parents=True)
        (place / name).chmod(0o700)
    for name in ("shadow", "backup/old", "data/file", "dumps/r/mongodb/file"):
        (place / name).write_text("somebody's")
    place.chmod(0o700)
    before = told(place)
    yield place
    assert told(place) == before


@pytest.fixture
def root(tmp_path: Path) -> Path:
    place = tmp_path / "root"
    for name in (DUMPS, "pryv/mongodb/data"):
        (place / name).mkdir(parents=True)
        (place / name / "one").write_text("ours")
        (place / name / "two").write_text("ours")
    return place


def exchange(path: Path, victim: Path) -> None:
    path.rename(path.with_name("kept"))
    path.symlink_to(victim)


WAYS = pytest.mark.parametrize(
    ("way", "goal"), [(DUMPS, "backup"), ("pryv/mongodb", "."), ("pryv", "../way")]
)


def led(root: Path, victim: Path, way: str, goal: str) -> None:
    (victim.parent / "way").mkdir()
    (victim.parent / "way/mongodb").symlink_to(victim)
    exchange(root / way, Path(os.path.normpath(victim / goal)))


@WAYS
def test_nothing_is_moved_out_of_what_a_link_leads_to(
    root: Path, victim: Path, way: str, goal: str
) -> None:
    led(root, victim, way, goal)
    with pytest.raises(OSError, match="a link"):
        set_aside(root / DUMPS, root / own_folder.NAME / "dumps/r/mongodb", frozenset())
    with pytest.raises(OSError, match="a link"):
        move_beside(
            root / DUMPS, root / own_folder.NAME / "dumps/r/mongodb.moving", frozenset(), ()
        )


@WAYS
def test_nor_into_it_and_it_is_nobody_elses_then(
    root: Path, victim: Path, way: str, goal: str
) -> None:
    """What was moved aside carries its folder's owner, who may be anybody."""
    aside = root / own_folder.NAME / "dumps/r/mongodb"
    (root / DUMPS).chmod(0o777)
    if os.geteuid() == 0:
        os.chown(root / DUMPS, STRANGER, STRANGER)
    set_aside(root / DUMPS, aside, frozenset())
    led(root, victim, way, goal)
    with pytest.raises(OSError, match="a link"):
        give_back(root / DUMPS, aside, lambda: None)
    (root / way).unlink()
    (root / way).with_name("kept").rename(root / way)
    assert give_back(root / DUMPS, aside, lambda: None), "the same again, once the link is gone"
    assert names(root / DUMPS) == ["one", "two"]


def test_nor_is_what_a_dump_left(root: Path, victim: Path) -> None:
    kept = root / own_folder.NAME / "dumps/r/mongodb.dump"
    kept.mkdir(parents=True)
    (kept / "somebody else's").write_text("x")
    exchange(root / DUMPS, victim)
    with pytest.raises(OSError, match="a link"):
        _remove_own(kept, root / DUMPS)
    assert names(kept) == ["somebody else's"]


@pytest.mark.parametrize("act", [move_tree, None], ids=["moved", "tried"])
def test_the_way_to_a_disk_is_none_of_links(root: Path, victim: Path, act: Any) -> None:
    exchange(root / "pryv/mongodb", victim)
    aside = root / own_folder.NAME / "aside/r"
    aside.mkdir(parents=True)
    if act is None:
        assert str(root / "pryv/mongodb") in [one.path for one in held_in(root, DISKS)]
    else:
        with pytest.raises(OSError):
            act(root, aside, frozenset({own_folder.NAME}), DISKS)


@pytest.mark.parametrize("way", ["pryv/mongodb", "pryv"])
def test_what_is_exchanged_meanwhile_is_left_behind(
    root: Path, victim: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """After the first of two renames, the folder has another name, and a link has its own."""
    aside, real = root / own_folder.NAME / "aside/r", Path.rename
    aside.mkdir(parents=True)
    for name in ("a", "z"):
        (root / "pryv/mongodb" / name).write_text("ours")

    def rename(path: Path, target: Path) -> Path:
        monkeypatch.setattr(Path, "rename", real)
        done = real(path, target)
        led(root, victim, way, ".")
        return done

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(OSError):
        move_tree(root, aside, frozenset({own_folder.NAME}), DISKS)
    moved = {path.name for path in aside.rglob("*") if path.is_file()}
    assert moved and moved <= {"a", "z", "one", "two"}


def _release(place: Path) -> None:
    begin_release(place / "aside/r")
    drop_empty(place / "empty", 1)


ACTS: dict[str, Callable[[Path], object]] = {
    "make": lambda place: make_private(place / "new/r"),
    "write": lambda place: write_durably(place / "restoring.json", b"{}"),
    "remove": lambda place: remove_tree(place / "aside/r"),
    "release": _release,
    "own": lambda place: make_own(place.parent, own_folder.NAME, "aside", "new"),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
@pytest.mark.parametrize("whose", [0, pytest.param(STRANGER, marks=AS_ROOT)])
def test_our_own_folder_on_a_disk_that_is_anothers(
    root: Path, victim: Path, act: Callable[[Path], object], whose: int
) -> None:
    """Who owns the top of a disk below the root can put anything in the place of our folder."""
    top = root / "pryv/mongodb/data"
    (top / own_folder.NAME).symlink_to(victim)
    if whose:
        os.lchown(top / own_folder.NAME, whose, whose)
    with pytest.raises(OSError):
        act(top / own_folder.NAME)


def test_nothing_is_made_where_a_link_leads(root: Path, victim: Path) -> None:
    exchange(root / "pryv/mongodb", victim)
    with pytest.raises(OSError, match="a link"), hold(root / DUMPS / "x", base=root, make=0o777):
        pytest.fail("it is there")


class TestWays:
    def test_to_a_root_links_of_the_operators_lead(self, root: Path, tmp_path: Path) -> None:
        (tmp_path / "a").mkdir()
        (tmp_path / "a/b").symlink_to("../c")
        (tmp_path / "c").symlink_to(root)
        with hold(tmp_path / "a/b" / DUMPS, base=tmp_path / "a/b") as held:
            assert names(held.at) == ["one", "two"]
            with held.below(".") as same, held.above() as holder:
                assert os.path.samestat(os.fstat(same.fd), os.fstat(held.fd))
                assert names(holder.at) == ["backup", "data"]

    def test_of_links_without_end_none_is_followed(self, tmp_path: Path) -> None:
        (tmp_path / "a").symlink_to("b")
        (tmp_path / "b").symlink_to("a")
        with pytest.raises(OSError, match="symbolic links"), hold(tmp_path / "a"):
            pytest.fail("it is no folder")

    @AS_ROOT
    def test_a_strangers_is_named_with_the_way_out(self, root: Path, tmp_path: Path) -> None:
        (tmp_path / "way").symlink_to(root)
        os.lchown(tmp_path / "way", STRANGER, STRANGER)
        words = f"user {STRANGER}.*chown -h root"
        with pytest.raises(OSError, match=words) as caught, hold(tmp_path / "way/pryv"):
            pytest.fail("it leads anywhere")
        assert caught.value.filename == str(tmp_path / "way")

    def test_errors_name_what_people_know(self, root: Path) -> None:
        with pytest.raises(OSError) as caught, hold(root) as held:
            (held.at / "none").rename(held.at / "x")
        assert (caught.value.filename, caught.value.filename2) == (
            str(root / "none"),
            str(root / "x"),
        )

    def test_what_is_missing_is_named(self, root: Path) -> None:
        with pytest.raises(FileNotFoundError) as caught, hold(root / "none/below"):
            pytest.fail("it is not there")
        assert caught.value.filename == str(root / "none/below")
