"""A site whose vault or state lies in another place: for remedies that name one."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.operations.site import Site
from tests.hosts.machines import StillHost
from tests.operations.kit import context


def site_at(folder: Path, vault: Path) -> Site:
    ctx, _ = context(folder, StillHost("core"))
    ctx.site.vault.folder = vault
    return ctx.site


def repository_at(folder: Path, location: Path) -> Site:
    settings = resolve_settings(
        practice=str(folder), vault=f"restic:{location}", state=str(folder / "s"), environment={}
    )
    return Site(settings, (StillHost("core"),))


@contextmanager
def somebody(uid: int = 4711) -> Iterator[Path]:
    """This process as a user who is not root, and a folder that it can reach."""
    if os.geteuid() != 0:
        pytest.skip("becomes another user: needs root")
    folder = Path(tempfile.mkdtemp(prefix="pryv-tui-remedies-", dir="/tmp"))
    folder.chmod(0o755)
    own = folder / "own"
    own.mkdir()
    os.chown(own, uid, uid)
    os.seteuid(uid)
    try:
        yield folder
    finally:
        os.seteuid(0)
        shutil.rmtree(folder)


def mended(folder: Path, uid: int = 4711) -> None:
    os.seteuid(0)
    os.chown(folder, uid, uid)
    os.seteuid(uid)
