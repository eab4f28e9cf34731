"""Databases that nobody changed since a former set are linked, and others copied."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest

from pryv_tui.vault.files import held
from pryv_tui.vault.files.types import CopyResult
from pryv_tui.vault.lists.index import IndexWriter, source_stat
from tests.vault.copying.previous.increments import backup
from tests.vault.engine import use
from tests.vault.files.sqlite.open_databases import (
    DATABASES,
    MODES,
    change,
    changes,
    no_backup,
    opened,
    path,
    quick,
    source,
)

__all__ = ["no_backup", "path", "quick", "source"]


def second(source: Path, tmp_path: Path) -> tuple[CopyResult, Path]:
    """Another copy, linked to the first one."""
    result = backup(source, tmp_path / "2", tmp_path / "1", selection=DATABASES)
    copy = tmp_path / "2" / "files" / "users" / "x.db"
    assert [left.name for left in copy.parent.iterdir()] == ["x.db"]
    return result, copy


@MODES
@pytest.mark.usefixtures("no_backup")
def test_what_did_not_change_is_linked(source: Path, path: Path, tmp_path: Path, mode: str) -> None:
    with closing(opened(path, mode)) as writer:
        change(writer)
        backup(source, tmp_path / "1", selection=DATABASES)
        found, copy = second(source, tmp_path)
        first = tmp_path / "1" / "files" / "users" / "x.db"
        assert found.linked_files == 1 and copy.samefile(first)
        assert (tmp_path / "2" / "INDEX").read_bytes() == (tmp_path / "1" / "INDEX").read_bytes()
    assert changes(copy) == 1


@MODES
def test_what_changed_is_copied(source: Path, path: Path, tmp_path: Path, mode: str) -> None:
    """Where only the log changed, too, and where it is gone."""
    with closing(opened(path, mode)) as writer:
        change(writer)
        backup(source, tmp_path / "1", selection=DATABASES)
        change(writer)
        found, copy = second(source, tmp_path)
        assert (found.linked_files, changes(copy)) == (0, 2)
    backup(source, tmp_path / "3", tmp_path / "2", selection=DATABASES)
    assert changes(tmp_path / "3" / "files" / "users" / "x.db") == 2


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_what_was_left_to_sqlite_is_not_linked_to(
    source: Path, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    """Of which moment that copy is, its times do not tell."""
    with closing(opened(path, mode)), monkeypatch.context() as patch:
        patch.setattr(held, "hold", lambda *_given: None)
        backup(source, tmp_path / "1", selection=DATABASES)
        assert second(source, tmp_path)[0].linked_files == 0


def test_nor_while_a_journal_lies_there(source: Path, path: Path, tmp_path: Path) -> None:
    opened(path, "delete").close()
    backup(source, tmp_path / "1", selection=DATABASES)
    path.with_name("x.db-journal").write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(500))
    assert second(source, tmp_path)[0].linked_files == 0


def test_times_that_are_put_back_hide_no_change_of_a_log(path: Path) -> None:
    with closing(opened(path, "wal")) as writer:
        change(writer)
        log = path.with_name("x.db-wal")
        before = log.stat()
        was = source_stat(path.stat(), log=before)
        log.write_bytes(log.read_bytes()[:-1] + b"?")
        os.utime(log, ns=(before.st_atime_ns, before.st_mtime_ns))
        now = source_stat(path.stat(), log=log.stat())
        assert was.ctime_ns < 0 and was.identity[:4] == now.identity[:4]
        assert was.identity != now.identity


def test_a_log_that_changed_a_moment_ago_proves_nothing(
    source: Path, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own times count, not the database's alone."""
    with closing(opened(path, "wal")) as writer:
        change(writer)
        use(monkeypatch, settled_ns=0)
        backup(source, tmp_path / "1", selection=DATABASES)
        assert (tmp_path / "1" / "INDEX").read_bytes().splitlines()[1].startswith(b"s ")
        newest = max(path.stat().st_ctime_ns, path.with_name("x.db-wal").stat().st_ctime_ns)
        seen = source_stat(path.stat(), log=path.with_name("x.db-wal").stat())
        assert seen.newest_ns == newest
    index = tmp_path / "index"
    writer_of_it = IndexWriter(index, append=False, sums_offset=0, started_ns=100, settled_ns=50)
    for newest in (49, 50):
        seen = seen._replace(mtime_ns=5, ctime_ns=-7, names=1, newest_ns=newest)
        writer_of_it.add(seen, linkable=True)
    writer_of_it.close()
    assert [line[:1] for line in index.read_bytes().splitlines()[1:]] == [b"s", b"x"]


def test_many_are_copied_by_several_threads(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what lies beside them, in folders of their own and in others; the lists say the same."""
    use(monkeypatch, workers=2, alone_files=2)
    writers = []
    for at in range(8):
        home = source / "users" / f"u{at}"
        (home / ("attachments" if at % 2 else ".")).mkdir(parents=True, exist_ok=True)
        (home / "x.db-old").write_text("not of the database")
        (home / "y.db-wal").write_text("of no database")
        writers.append(opened(home / "x.db", ("wal", "delete")[at // 2 % 2]))
        change(writers[-1])
        (home / "y.db").write_text("not one")
    backup(source, tmp_path / "1", selection=DATABASES)
    backup(source, tmp_path / "2", tmp_path / "1", selection=DATABASES)
    with monkeypatch.context() as patch:
        use(patch, workers=0)
        backup(source, tmp_path / "3", selection=DATABASES)
    for writer in writers:
        writer.close()
    for at in range(8):
        one, other = (tmp_path / name / f"files/users/u{at}/x.db" for name in ("1", "2"))
        assert one.samefile(other)
    for name in ("1", "2", "3"):
        assert (tmp_path / name / "INDEX").read_bytes() == (tmp_path / "1/INDEX").read_bytes()
        for at in range(8):
            assert changes(tmp_path / name / f"files/users/u{at}/x.db") == 1
            left = {one.name for one in (tmp_path / name / f"files/users/u{at}").iterdir()}
            assert left - {"attachments"} == {"x.db", "x.db-old", "y.db", "y.db-wal"}
