"""Pieces of a tree that are handed out, in several sizes and ways: for the tests of that."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.vault.copying.parent import Parent
from pryv_tui.vault.files.types import CopyResult
from pryv_tui.vault.lists.index import digest_of_list
from tests.vault.engine import at_once, copy_tree, use


def piecemeal(patch: pytest.MonkeyPatch) -> None:
    """A batch is large after a few bytes or entries: the rest of it comes back."""
    use(patch, batch_bytes=60, batch_entries=3)


def by_python(patch: pytest.MonkeyPatch) -> None:
    """Nothing is done in one call, as where the library was not built."""
    use(patch, native=False)


@pytest.fixture(autouse=True)
def engine(together: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others copy from the first file on, and nobody waits for the disk."""
    use(monkeypatch, settled_ns=-(10**20), sync=at_once)


def backup(source: Path, part: Path, former: Path | None = None, **options: Any) -> CopyResult:
    """A host's part of a set, with all its lists."""
    part.mkdir()
    base = None
    if former is not None:
        index, sums = (digest_of_list(former / name) for name in ("INDEX", "SHA256SUMS"))
        base = Parent(set_id=former.name, folder=str(former), index=index, sums=sums)
    return copy_tree(
        source,
        part / "files",
        sums=part / "SHA256SUMS",
        index=part / "INDEX",
        tree=part / "TREE",
        parent=base,
        **options,
    )


@pytest.fixture
def source(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    for number in range(9):
        folder = root / "users" / f"u{number}"
        folder.mkdir(parents=True)
        for name in ("a", "b"):
            (folder / name).write_text(f"{number}{name}" * 20)
        folder.chmod(0o751 + number)
        os.utime(folder, ns=(1, 10**18 + number))
    (root / "file").write_text("x")
    return root


def _own_names(found: dict[bytes, tuple[Any, ...]]) -> dict[bytes, tuple[Any, ...]]:
    """Without the number of links, which sets have in common."""
    return {path: what[:1] + what[2:] for path, what in found.items()}
