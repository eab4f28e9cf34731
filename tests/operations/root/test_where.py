"""What is said to lie aside is what lies there: nothing, folders alone, or what nobody can read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pryv_tui import own_folder
from pryv_tui.operations.root.where import lying_words

RUN = "20260304T090000Z-restore-abcd"
THERE = f"content moved aside by the run {RUN} is still there"


def _nothing(_aside: Path) -> None:
    """It is empty."""


def _folders(aside: Path) -> None:
    (aside / "pryv/core/data").mkdir(parents=True)


def _file(aside: Path) -> None:
    _folders(aside)
    (aside / "pryv/core/data/a").write_text("")


def _link(aside: Path) -> None:
    (aside / "pryv").symlink_to("/nowhere")


@pytest.mark.parametrize(
    ("fill", "said"),
    [
        (_nothing, "is empty: either nothing was there, or somebody has emptied it since"),
        (_folders, "is still there, but holds only folders, no files"),
        (_file, THERE),
        (_link, THERE),
    ],
)
def test_what_lies_there_is_said(tmp_path: Path, fill: Callable[[Path], None], said: str) -> None:
    aside = own_folder.aside(tmp_path, RUN)
    aside.mkdir(parents=True)
    fill(aside)
    words = lying_words(tmp_path, aside, RUN)
    assert words.endswith(said) and RUN in words
    assert (THERE in words) == (said == THERE)


def test_what_can_t_be_read_is_not_said_to_be_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aside = own_folder.aside(tmp_path, RUN)
    (aside / "pryv").mkdir(parents=True)
    listed = os.scandir

    def denied(path: Path) -> object:
        if Path(path) == aside / "pryv":
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(os, "scandir", denied)
    words = lying_words(tmp_path, aside, RUN)
    assert words == f"{THERE}, but can't be read as a whole (Permission denied)"


def test_of_what_is_gone_nothing_is_said_to_be_empty(tmp_path: Path) -> None:
    assert "empty" not in lying_words(tmp_path, own_folder.aside(tmp_path, RUN), RUN)
