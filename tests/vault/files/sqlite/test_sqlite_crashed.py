"""Databases whose writer died: their copy is what SQLite makes of them, and no half of a change."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.formats.sqlite import recover as sqlite_recover
from pryv_tui.formats.sqlite.files import count_rows, quick_check
from tests.vault.engine import copy_tree
from tests.vault.files.sqlite.live_databases import DATABASES, crashed, of_several, source, torn

__all__ = ["source"]


@pytest.mark.parametrize("mode", ["delete", "truncate", "persist", "wal"])
def test_after_a_crash_the_copy_is_what_sqlite_makes_of_it(
    source: Path, tmp_path: Path, mode: str
) -> None:
    """A writer died in a transaction: SQLite takes that back, in the copy; nothing else changes."""
    path = crashed(source / "users", mode)
    before = {each.name: each.read_bytes() for each in path.parent.iterdir()}

    result = copy_tree(source, tmp_path / "copy", selection=DATABASES)

    assert [note.path for note in result.notes] == ["users/x.db"]
    assert "a copy of its files was repaired" in result.notes[0].what
    copy = tmp_path / "copy" / "users" / "x.db"
    assert [each.name for each in copy.parent.iterdir()] == ["x.db"]
    quick_check(copy)
    assert count_rows(copy, "id4name") == 1000
    assert torn(copy) == 0
    assert {each.name: each.read_bytes() for each in path.parent.iterdir()} == before


def test_a_journal_that_mends_nothing_travels_with_its_database(
    source: Path, tmp_path: Path
) -> None:
    """What SQLite can't make sense of is kept as it lies, all of it."""
    path = crashed(source / "users", "delete")
    content = bytearray(path.read_bytes())
    content[:100] = b"SQLite format 3\0" + b"\xff" * 84
    path.write_bytes(content)
    journal = path.with_name("x.db-journal").read_bytes()
    path.with_name("x.db-journal").write_bytes(journal[:600])
    result = copy_tree(source, tmp_path / "copy", selection=DATABASES)
    assert "copied as a file, with its journal" in result.notes[0].what
    for each in path.parent.iterdir():
        copy = tmp_path / "copy" / "users" / each.name
        assert copy.read_bytes() == each.read_bytes()


@pytest.mark.parametrize(
    "shared", [b"/app/x.db-mj7F\0F17976", b"x" * 500, b"/app/data/users/", b"..", b"x.db-dir"]
)
def test_what_several_journals_share_may_have_any_name(
    source: Path, tmp_path: Path, shared: bytes
) -> None:
    path = crashed(source / "users", "delete")
    (source / "users" / "x.db-dir").mkdir()
    of_several(path, shared)
    result = copy_tree(source, tmp_path / "copy", selection=DATABASES)
    assert "the file that they share is not here" in result.notes[0].what


@pytest.mark.parametrize("there", [True, False])
def test_a_change_of_several_databases_is_not_taken_half(
    source: Path, tmp_path: Path, there: bool
) -> None:
    """What their journals share is named as a container calls it, and tells whether it was done."""
    path = crashed(source / "users", "delete")
    of_several(path, b"/app/data/users/x.db-mj7F2F17976")
    if there:
        (source / "users" / "x.db-mj7F2F17976").write_bytes(b"/app/data/users/x.db-journal\0")
    result = copy_tree(source, tmp_path / "copy", selection=DATABASES)
    copy = tmp_path / "copy" / "users" / "x.db"
    if there:
        assert "a copy of its files was repaired" in result.notes[0].what
        assert torn(copy) == 0
        return
    assert "the file that they share is not here" in result.notes[0].what
    assert "copied as a file, with its journal" in result.notes[0].what
    for each in path.parent.iterdir():
        assert (copy.parent / each.name).read_bytes() == each.read_bytes()


def test_a_log_that_is_written_to_meanwhile_is_not_mended_half(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = crashed(source / "users", "delete")
    copying = sqlite_recover._copy

    def touched(name: bytes, *given: Any) -> None:
        copying(name, *given)
        os.utime(path, ns=(1, path.stat().st_mtime_ns + 1))

    monkeypatch.setattr(sqlite_recover, "_copy", touched)
    result = copy_tree(source, tmp_path / "copy", selection=DATABASES)
    assert "it changed during each of 3 copies of its files" in result.notes[0].what
    assert (tmp_path / "copy" / "users" / "x.db-journal").exists()
