"""A snapshot is put in its place without following a link that a set, or who can write in the
root, has put there."""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.formats.errors import FormatError
from pryv_tui.operations.root.marker import Marker, read_marker, write_marker
from pryv_tui.operations.root.moving import make_own
from pryv_tui.operations.stores.redis_places import put_snapshot
from pryv_tui.ownership import make_private
from pryv_tui.vault.redis_saved import KeptForm, place_form

PLACE = KeptForm(kind="rdb", folder="pryv/redis/other", name="job")


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path, Path]:
    root, outside, snapshot = tmp_path / "root", tmp_path / "outside", tmp_path / "snapshot"
    (root / "pryv/redis").mkdir(parents=True)
    outside.mkdir()
    (outside / "job").write_text("of somebody else")
    snapshot.write_bytes(b"REDIS0009 * * * * * root id")
    return root, outside, snapshot


def kept(outside: Path) -> bool:
    names = [path.name for path in outside.iterdir()]
    return names == ["job"] and (outside / "job").read_text() == "of somebody else"


@pytest.mark.parametrize("link", ["pryv/redis/other", "pryv/redis"])
def test_no_folder_is_a_link(places: tuple[Path, Path, Path], link: str) -> None:
    root, outside, snapshot = places
    (root / "pryv/redis").rmdir()
    (root / link).parent.mkdir(exist_ok=True)
    (root / link).symlink_to(outside)
    with pytest.raises(OSError, match="pryv/redis/other"):
        put_snapshot(snapshot, root, PLACE, root / ".pryv-tui/undone/r")
    assert kept(outside)


def test_a_link_in_the_place_of_the_file_is_moved_aside(places: tuple[Path, Path, Path]) -> None:
    root, outside, snapshot = places
    (root / "pryv/redis/other").mkdir()
    (root / "pryv/redis/other/job").symlink_to(outside / "job")
    (root / "pryv/redis/other/.job.pryv-tui").symlink_to(outside / "made")
    aside = root / ".pryv-tui/undone/r"
    assert put_snapshot(snapshot, root, PLACE, aside) == ["pryv/redis/other/job"]
    placed = root / "pryv/redis/other/job"
    assert not placed.is_symlink() and placed.read_bytes() == snapshot.read_bytes()
    assert (aside / "pryv/redis/other/job").is_symlink()
    assert kept(outside)


def test_our_own_folder_is_no_place_of_redis() -> None:
    words = {"kind": "rdb", "folder": ".pryv-tui/aside", "name": "x"}
    with pytest.raises(FormatError):
        place_form({"form": {}, "users": 0} | {"form": {"place": words}})


def test_our_own_folder_is_no_link(places: tuple[Path, Path, Path]) -> None:
    root, outside, _ = places
    (root / ".pryv-tui").symlink_to(outside)
    with pytest.raises(OSError, match="a link"):
        write_marker(root, Marker(run="r", set_id="s", started="now"))
    with pytest.raises(OSError, match="a link"):
        make_own(root, ".pryv-tui", "aside")
    for below in ("aside/r", "dumps/r/mongodb", "files/r"):
        with pytest.raises(OSError, match="a link"):
            make_private(root / ".pryv-tui" / below)
    assert read_marker(root) is None
    assert kept(outside)


def test_nor_is_what_lies_in_it(places: tuple[Path, Path, Path]) -> None:
    root, outside, _ = places
    (root / ".pryv-tui").mkdir()
    (root / ".pryv-tui/files").symlink_to(outside)
    with pytest.raises(OSError, match="a link"):
        make_private(root / ".pryv-tui/files/r")
    assert kept(outside)


def test_a_root_that_is_reached_through_a_link_is_one(places: tuple[Path, Path, Path]) -> None:
    root, outside, _ = places
    (outside.parent / "way").symlink_to(root)
    make_private(outside.parent / "way/.pryv-tui/files/r")
    assert (root / ".pryv-tui/files/r").is_dir()
