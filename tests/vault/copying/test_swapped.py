"""What is swapped for a link or a pipe while it is copied is not followed, on either side."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pryv_tui.filesystem.folders import KEPT_OPEN
from pryv_tui.vault.files.types import CopyNote
from tests.vault.copying.faulty import LOGS, Hooks, fails, run, source
from tests.vault.engine import count_tree

__all__ = ["source"]


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret").write_text("secret")
    return folder


# --- links that lead outside ------------------------------------------------------------------


def swap(link: Path, goal: Path) -> Callable[[Path], None]:
    """Put a link in the place of something."""

    def act(path: Path) -> None:
        link.rename(link.with_name(link.name + " moved"))
        link.symlink_to(goal)

    return act


def test_a_folder_swapped_for_a_link_is_not_followed(source: Path, outside: Path) -> None:
    (source / "core" / "data" / "secret").write_text("own")
    result = run(source, Hooks(read={"root/a": swap(source / "core", outside)}))
    assert result.notes == (
        CopyNote("core", "became something else while it was copied: not copied"),
    )
    assert not list((source.parent / "host").rglob("secret"))


def test_a_file_swapped_for_a_link_is_not_followed(source: Path, outside: Path) -> None:
    file = source / "core" / "data" / "file"
    result = run(source, Hooks(read={"data/file": swap(file, outside / "secret")}))
    assert [note.path for note in result.notes] == ["core/data/file"]
    assert not (source.parent / "host" / "files" / "core" / "data" / "file").exists()


def test_a_file_swapped_for_a_fifo_does_not_hold_it_up(source: Path) -> None:
    def pipe(path: Path) -> None:
        path.unlink()
        os.mkfifo(path)

    result = run(source, Hooks(read={"data/file": pipe}))
    assert [note.what for note in result.notes] == [
        "became something else while it was copied: not copied"
    ]


def test_a_link_at_the_destination_is_not_written_through(source: Path, outside: Path) -> None:
    files = source.parent / "host" / "files"
    files.mkdir(parents=True)
    (files / "core").symlink_to(outside)
    assert "core can't be written" in fails(source, Hooks(), "step-failed")
    assert [path.name for path in outside.iterdir()] == ["secret"]


def test_a_destination_swapped_while_it_is_filled_is_not_followed(
    source: Path, outside: Path
) -> None:
    files = source.parent / "host" / "files"
    with pytest.raises(AssertionError, match="hashes"):  # the file lies in the moved folder
        run(source, Hooks(write={"data/file": swap(files / "core" / "data", outside)}))
    assert [path.name for path in outside.iterdir()] == ["secret"]
    assert (files / "core" / "data moved" / "file").read_text() == "content"


def test_a_hard_link_is_not_made_through_a_link(source: Path, outside: Path) -> None:
    """Between the two names, the folder of the first is swapped at the destination."""
    (source / "core" / "data" / "secret").write_text("own")
    os.link(source / "core" / "data" / "secret", source / "core" / "log" / "zz")
    files = source.parent / "host" / "files"
    hooks = Hooks(write={"access.log": swap(files / "core" / "data", outside)})
    fails(source, hooks, "step-failed")
    assert (outside / "secret").stat().st_nlink == 1


def test_a_folder_that_is_moved_while_it_is_walked_ends_the_copy(
    source: Path, outside: Path
) -> None:
    """So deep that the way up is `..`: it would lead into where the folder went."""
    deep = source / "core" / "/".join(["d"] * KEPT_OPEN)
    deep.mkdir(parents=True)
    (deep / "last").write_text("x")

    def move(path: Path) -> None:
        (source / "core" / "d").rename(outside / "d")

    assert "moved" in fails(source, Hooks(read={"last": move}), "unreadable")


def test_links_in_the_source_stay_links(source: Path, outside: Path) -> None:
    (source / "link").symlink_to(outside)
    (source / "core" / "dangling").symlink_to("nowhere")
    result = run(source, Hooks())
    assert result.links == 2
    assert (source.parent / "host" / "files" / "link").is_symlink()
    assert count_tree(source, LOGS).files == 3
