"""A tree that several threads copy, and workers for themselves: for the tests of that."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.vault.files.pieces import FILE_KIND, CopyOptions, Work
from pryv_tui.vault.files.progress import Meter
from pryv_tui.vault.files.types import CopyResult, Progress
from pryv_tui.vault.parallel.engine import USUAL, watched
from pryv_tui.vault.parallel.messages import BATCH_FILES, Group, WorkerConfig
from pryv_tui.vault.parallel.pool import Pool
from pryv_tui.vault.parallel.results import Pending
from pryv_tui.vault.parallel.sizing import FEW_FILES
from tests.vault.engine import copy_tree

LARGE = 3 << 30
"""A hole of so many bytes keeps a worker busy for seconds and needs no room on the disk."""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Some of everything that takes another way through the pool."""
    root = tmp_path / "root"
    for number in range(3):
        (root / "single" / f"d{number}" / "e").mkdir(parents=True)
        (root / "single" / f"d{number}" / "e" / "file").write_text(f"content {number}")
    (root / "many").mkdir()
    for number in range(2 * BATCH_FILES + 5):
        (root / "many" / f"file{number:04}").write_text("x" * number)
    (root / "mixed" / "below").mkdir(parents=True)
    (root / "mixed" / "above").write_text("1")
    (root / "mixed" / "below" / "file").write_text("2")
    (root / "mixed" / "link").symlink_to("above")
    os.link(root / "single" / "d0" / "e" / "file", root / "mixed" / "another name")
    (root / "odd").mkdir()
    Path(os.fsdecode(os.fsencode(root / "odd") + b"/\xff\xfe\n")).write_text("odd")
    os.mkfifo(root / "odd" / "fifo")
    with (root / "odd" / "sparse").open("wb") as file:
        file.truncate(20 << 20)
    (root / "many.log").write_text("line\n")
    (root / "empty").mkdir()
    for path in (root / "single" / "d1" / "e", root / "mixed", root / "many" / "file0003"):
        os.setxattr(path, "user.a", b"value")
    for path in (root / "single" / "d2" / "e", root / "many", root):
        os.utime(path, ns=(1, 2))
    (root / "single" / "d2" / "e").chmod(0o555)
    return root


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Two files that take long, and a small one."""
    root = tmp_path / "large"
    root.mkdir()
    for name in ("a", "b"):
        with (root / name).open("wb") as file:
            file.truncate(LARGE)
    (root / "small").write_text("x")
    return root


def host(tmp_path: Path, name: str) -> Path:
    folder = tmp_path / name
    folder.mkdir()
    return folder


def copied(source: Path, folder: Path, **options: Any) -> CopyResult:
    return copy_tree(source, folder / "files", sums=folder / "SHA256SUMS", **options)


class Cancel:
    """A cancel token that progress sets."""

    def __init__(self) -> None:
        self.told: list[Progress] = []

    def __call__(self, step: Progress) -> None:
        self.told.append(step)

    def is_set(self) -> bool:
        return any(step.bytes for step in self.told)


def new_pool(count: int) -> Pool:
    config = WorkerConfig(CopyOptions(), native=False)
    return Pool(count, Meter(None), watched(Meter(None), None, USUAL), lambda: 0, config)


def give_piece(pool: Pool, place: Pending, folder: Path) -> None:
    """Give it work enough for one worker."""
    ends = tuple(os.open(folder, os.O_RDONLY) for _ in range(2))
    names = [FILE_KIND + b"none"] * (FEW_FILES + 1)
    pool.give(Group(b"", names, Work.COPY, [place], ends, partial(_done, place)), size=0)


def _done(place: Pending) -> None:
    place.done = True
