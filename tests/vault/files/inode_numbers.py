"""Folders on a disk, where a number of an inode is used again."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def scratch() -> Iterator[Path]:
    """On a disk: memory file systems don't use inode numbers again."""
    path = Path(tempfile.mkdtemp())
    yield path
    shutil.rmtree(path)
