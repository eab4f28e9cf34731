"""What the tests of restic vaults share."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.restic.kit import Offsite
from tests.restic.repositories import PASSWORD, make_repository


@pytest.fixture(scope="session")
def empty_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that the tests copy."""
    folder = tmp_path_factory.mktemp("restic") / "empty"
    make_repository(folder)
    return folder


@pytest.fixture
def repository(tmp_path: Path, empty_repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty repository of this test's own, its password in our environment."""
    for name in ("RESTIC_REPOSITORY", "RESTIC_REPOSITORY_FILE", "RESTIC_PASSWORD_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RESTIC_PASSWORD", PASSWORD)
    monkeypatch.setenv("RESTIC_CACHE_DIR", str(tmp_path / "cache"))
    return Path(shutil.copytree(empty_repository, tmp_path / "repository"))


@pytest.fixture
def offsite(tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch) -> Offsite:
    """A practice platform whose vault is that repository."""
    return Offsite(tmp_path, str(repository), monkeypatch)
