"""What the system says of writing out is told, and never passed over."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.vault.durable import settle


def test_a_folder_is_settled(tmp_path: Path) -> None:
    fd = os.open(tmp_path, os.O_RDONLY)
    settle(fd, b"folder")
    assert os.fstat(fd).st_ino == tmp_path.stat().st_ino, "the descriptor is left open"
    os.close(fd)


def test_a_failure_is_told(tmp_path: Path) -> None:
    fd = os.open(tmp_path, os.O_RDONLY)
    os.close(fd)
    with pytest.raises(PryvTuiError, match="folder can't be written") as caught:
        settle(fd, b"folder")
    assert caught.value.name == "step-failed"
