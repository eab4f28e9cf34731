"""Platforms to try things on, and a way to run a tool and keep what it printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.practice.platform import PracticePlatform
from tests.helpers import copied
from tests.practice.kit import Tools


@pytest.fixture
def platform(tmp_path: Path) -> PracticePlatform:
    """A single-node platform."""
    return copied.new(tmp_path / "practice")


@pytest.fixture
def cluster(tmp_path: Path) -> PracticePlatform:
    """A platform of three machines."""
    return copied.new(tmp_path / "cluster", form="cluster")


@pytest.fixture
def tools(platform: PracticePlatform) -> Tools:
    """Runs tools on the single-node platform."""
    return Tools(platform)
