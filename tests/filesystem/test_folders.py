"""Going down and up a chain of folders by descriptors."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem import folders
from pryv_tui.filesystem.folders import FOLDER_FLAGS, FolderStack
from pryv_tui.vault.copying.dispatch import duplicates
from tests.vault.descriptors import none_left_open


def test_the_way_up_a_chain_is_opened_again_a_stretch_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not from the root on for each folder; and no more is held open than on the way down."""
    (tmp_path / "/".join(["d"] * 200)).mkdir(parents=True)
    opened: list[bytes] = []
    really = folders.open_quietly

    def counted(name: bytes, flags: int, folder: int | None = None) -> int:
        opened.append(name)
        return really(name, flags, folder)

    monkeypatch.setattr(folders, "open_quietly", counted)
    with none_left_open():
        before = len(list(Path("/proc/self/fd").iterdir()))
        stack = FolderStack(os.open(tmp_path, FOLDER_FLAGS), kept_open=20)
        for step in (200, -150, 100, -150):  # down, or up
            for _ in range(abs(step)):
                if step > 0:
                    stack.enter(b"d")
                else:
                    stack.leave()
                assert len(list(Path("/proc/self/fd").iterdir())) <= before + 22
        assert stack.identity == (tmp_path.stat().st_dev, tmp_path.stat().st_ino)
        stack.close()
    assert len(opened) <= 300 + 2 * 10 * 200


def test_a_folder_far_above_that_was_moved_is_told_on_the_way_up(tmp_path: Path) -> None:
    (tmp_path / "/".join("abcdefgh")).mkdir(parents=True)
    with none_left_open():
        stack = FolderStack(os.open(tmp_path, FOLDER_FLAGS), kept_open=3)
        for name in "abcdefgh":
            stack.enter(name.encode())
        (tmp_path / "a" / "b").rename(tmp_path / "elsewhere")
        with pytest.raises(OSError, match=r"moved|No such file"):
            for _ in "abcdefgh":
                stack.leave()
        stack.close()


def test_too_few_descriptors_are_no_word_about_what_is_copied(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(_: int) -> int:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(os, "dup", full)
    with pytest.raises(PryvTuiError) as told:
        duplicates([0], b"users/u1")
    assert told.value.name == "means" and "users/u1" in told.value.what
