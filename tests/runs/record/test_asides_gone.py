"""That what was moved aside is not there any more is said only where somebody could look."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.operations.debts import Owed
from pryv_tui.runs.record.undos import asides_gone


def made(folder: Path) -> tuple[Owed, Path, Path]:
    root = folder / "root"
    place = root / ".own/aside/run"
    place.mkdir(parents=True)
    (root / "pryv").mkdir()
    return Owed(kind="aside", host="h", what=str(root), where=str(place)), root, place


def test_it_is_gone_where_its_root_is_seen_without_it(tmp_path: Path) -> None:
    owed, _root, place = made(tmp_path)
    assert asides_gone([owed]) == ()
    place.rmdir()
    assert asides_gone([owed]) == (str(place),)


@pytest.mark.parametrize("root_left", [True, False])
def test_of_a_disk_that_is_not_mounted_nothing_is_known(tmp_path: Path, root_left: bool) -> None:
    owed, root, place = made(tmp_path)
    shutil.rmtree(root)
    if root_left:
        root.mkdir()
    assert asides_gone([owed]) == ()
    assert asides_gone([owed], "a run that removed it") == (str(place),)


@pytest.mark.parametrize("error", [OSError(5, "EIO"), OSError(116, "ESTALE"), PermissionError(13)])
def test_of_what_can_not_be_looked_at_nothing_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    owed, _root, place = made(tmp_path)
    usual = os.lstat

    def failing(path: Any, **more: Any) -> os.stat_result:
        if os.fspath(path) == str(place):
            raise error
        return usual(path, **more)

    monkeypatch.setattr(os, "lstat", failing)
    assert asides_gone([owed]) == ()
    assert asides_gone([owed], "a run that removed it") == ()
