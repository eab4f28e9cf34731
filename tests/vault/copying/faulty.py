"""A copy in which something goes wrong at a chosen file: for the tests of that."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.vault.files.types import CopyResult, Selection
from tests.vault.engine import copy_tree

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
LOGS = Selection(may_change=("*/log/*", "*.log"))


class Hooks:
    """Faults by the end of a path."""

    def __init__(
        self,
        read: dict[str, Callable[[Path], None]] | None = None,
        write: dict[str, Callable[[Path], None]] | None = None,
    ) -> None:
        self._read = read or {}
        self._write = write or {}
        self.reads: list[Path] = []
        self.sizes: dict[str, int] = {}

    def before_read(self, path: bytes) -> None:
        self._fire(self._read, path)
        self.reads.append(Path(os.fsdecode(path)))

    def before_write(self, path: bytes, size: int) -> None:
        self.sizes[os.fsdecode(path)] = size
        self._fire(self._write, path)

    def _fire(self, faults: dict[str, Callable[[Path], None]], path: bytes) -> None:
        for end, fault in faults.items():
            if os.fsdecode(path).endswith(end):
                fault(Path(os.fsdecode(path)))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "core" / "log").mkdir(parents=True)
    (root / "core" / "log" / "access.log").write_text("line\n" * 100)
    (root / "core" / "data").mkdir()
    (root / "core" / "data" / "file").write_text("content")
    (root / "a").write_text("first of all")
    return root


def run(source: Path, hooks: Hooks, selection: Selection = LOGS) -> CopyResult:
    host = source.parent / "host"
    host.mkdir(exist_ok=True)
    result = copy_tree(
        source, host / "files", selection=selection, hooks=hooks, sums=host / "SHA256SUMS"
    )
    done = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=host, check=False)
    assert done.returncode == 0, "whatever happened, the hashes are those of what was written"
    return result


def fails(source: Path, hooks: Hooks, name: str) -> str:
    with pytest.raises(PryvTuiError) as caught:
        run(source, hooks)
    assert caught.value.name == name
    return caught.value.what


# --- without root ------------------------------------------------------------------------------


@contextmanager
def somebody_else(user: int) -> Iterator[None]:
    """Be another user for the file system, and come back."""
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(user)
    os.seteuid(user)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


# --- a disk that is really full ----------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    done = subprocess.run(["mount", *options], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)
