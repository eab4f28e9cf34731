"""A vault whose file server is away is told, and waited for only so long."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.answering import see_that_it_answers
from pryv_tui.vault import vault as vault_module
from pryv_tui.vault.vault import Vault


def test_a_server_that_never_answers(tmp_path: Path) -> None:
    released = threading.Event()
    with pytest.raises(PryvTuiError) as caught:
        see_that_it_answers(tmp_path, seconds=0.01, look=lambda _path: released.wait())
    released.set()
    assert caught.value.name == "unreadable"
    assert str(tmp_path) in caught.value.what and "is not available" in caught.value.what


@pytest.mark.parametrize("number", [116, 107, 5, 112])
def test_a_mount_whose_disk_is_gone(tmp_path: Path, number: int) -> None:
    def look(_path: Path) -> None:
        raise OSError(number, "gone")

    with pytest.raises(PryvTuiError) as caught:
        see_that_it_answers(tmp_path, look=look)
    assert "mount it again" in caught.value.remedy


def test_a_folder_that_is_not_there_has_answered(tmp_path: Path) -> None:
    see_that_it_answers(tmp_path / "none")
    assert Vault(tmp_path / "none").sets() == []


def test_the_sets_are_asked_for_only_where_it_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_folder: Path) -> None:
        raise PryvTuiError("unreadable", "it is away")

    monkeypatch.setattr(vault_module, "see_that_it_answers", away)
    with pytest.raises(PryvTuiError, match="it is away"):
        Vault(tmp_path).sets()
