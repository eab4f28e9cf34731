"""A tree that changes between one copy and the next: for the tests of increments."""

# Names are bytes here, which pathlib does not take.
# ruff: noqa: PTH113, PTH114, PTH118
from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.vault.copying.parent import Parent
from pryv_tui.vault.files.types import CopyResult
from pryv_tui.vault.lists.index import (
    digest_of_list,
    names_with_others,
)
from tests.vault.engine import at_once, copy_tree, use


@pytest.fixture(autouse=True)
def unsettled_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Writing out the whole disk's content after each copy is another test's subject."""
    use(monkeypatch, sync=at_once)


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was made a moment ago counts as old."""
    use(monkeypatch, settled_ns=-(10**20))


def backup(source: Path, part: Path, former: Path | None = None, **options: Any) -> CopyResult:
    """One host's part of a set, linked to a former one."""
    part.mkdir(mode=0o700)
    return copy_tree(
        source,
        part / "files",
        sums=part / "SHA256SUMS",
        index=part / "INDEX",
        parent=base(former) if former is not None else None,
        **options,
    )


def base(part: Path) -> Parent:
    return Parent(
        set_id=part.name,
        folder=str(part),
        index=digest_of_list(part / "INDEX"),
        sums=digest_of_list(part / "SHA256SUMS"),
    )


def restore(part: Path, to: Path) -> None:
    names = names_with_others(part, b"files/")
    copy_tree(part / "files", to, expected=part / "SHA256SUMS", names=names)


def tick(folder: Path) -> None:
    """Let the file system's clock go on: a change within one of its ticks can't be told."""
    probe = folder / "probe"
    probe.touch()
    first = probe.stat().st_ctime_ns
    end = time.monotonic() + 30
    while probe.stat().st_ctime_ns == first and time.monotonic() < end:
        probe.chmod(0o600)
    assert probe.stat().st_ctime_ns != first


def shared_files(one: Path, other: Path) -> int:
    """How many regular files, counted by inode, two trees have in common."""
    inodes = []
    for root in (one, other):
        found = set()
        for folder, _, names in os.walk(os.fsencode(root)):
            for name in names:
                status = os.lstat(os.path.join(folder, name))
                if os.path.isfile(os.path.join(folder, name)) and not os.path.islink(
                    os.path.join(folder, name)
                ):
                    found.add(status.st_ino)
        inodes.append(found)
    return len(inodes[0] & inodes[1])


@pytest.fixture
def source(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    for folder in ("a", "a/b", "a.b", "c"):
        (root / folder).mkdir(parents=True, exist_ok=True)
        for name in ("one", "two", "x.log"):
            (root / folder / name).write_text(f"{folder} {name}")
    os.setxattr(root / "c" / "two", "user.a", b"value")
    return root


FILES = 12
