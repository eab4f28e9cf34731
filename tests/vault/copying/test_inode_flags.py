"""Flags that a copy can't have: each is said, with the library and without, copied and linked."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pryv_tui.filesystem.inode_flags import flags_of, held_fast
from tests.vault.copying.previous.increments import backup, base
from tests.vault.engine import at_once, copy_tree, use


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, settled_ns=-(10**20), sync=at_once)


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Path]:
    root = tmp_path / "root"
    flagged = [("events/3/file", "i"), ("events/5", "a"), ("top", "a"), ("journal", "D")]
    for number in range(8):
        (root / f"events/{number}").mkdir(parents=True)
        (root / f"events/{number}/file").write_text(str(number))
    (root / "journal").mkdir()
    (root / "journal/file").write_text("x")
    (root / "top").write_text("x")
    done = []
    try:
        for name, flag in flagged:
            run = subprocess.run(["chattr", f"+{flag}", root / name], capture_output=True)
            if run.returncode != 0:
                pytest.skip(f"no flags here: {run.stderr.decode()}")
            done.append((name, flag))
        yield root
    finally:
        for name, flag in done:
            subprocess.run(["chattr", f"-{flag}", root / name], check=True)


LOST = {
    ("events/3/file", "immutable (i)"),
    ("events/5", "append-only (a)"),
    ("top", "append-only (a)"),
    ("journal", "names written at once (D)"),
}


def said(notes: object) -> set[tuple[str, str]]:
    return {
        (note.path, note.what.removeprefix("its flag ").removesuffix(" could not be kept"))
        for note in notes  # type: ignore[attr-defined]
    }


@pytest.mark.parametrize("library", [True, False])
def test_what_a_copy_does_not_have_is_said(
    tree: Path, tmp_path: Path, together: None, monkeypatch: pytest.MonkeyPatch, library: bool
) -> None:
    if not library:
        use(monkeypatch, native=False)
    result = copy_tree(tree, tmp_path / "copy")
    assert said(result.notes) == LOST
    assert (tmp_path / "copy/events/3/file").read_text() == "3"


def test_what_is_said_of_a_copy_is_said_of_the_next_one(tree: Path, tmp_path: Path) -> None:
    """The next one links what did not change: but not what it could not say of a link."""
    first = backup(tree, tmp_path / "one")
    second = backup(tree, tmp_path / "two", tmp_path / "one")
    assert said(first.notes) == said(second.notes) == LOST
    assert second.linked_files == first.files - 2
    assert base(tmp_path / "two").index


def test_flags_are_told(tree: Path) -> None:
    assert held_fast(tree / "events/3/file") == ("immutable (i)",)
    assert held_fast(tree / "events/1/file") == ()
    assert held_fast(tree / "not there") == ()
    with (tree / "events/3/file").open("rb") as file:
        assert flags_of(file.fileno()) == ("immutable (i)",)
