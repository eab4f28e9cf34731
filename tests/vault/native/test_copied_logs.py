"""Trees with open databases, copied by the C library: linked, copied again, and never torn."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.vault.files import copier
from pryv_tui.vault.files.copier import FileCopier
from pryv_tui.vault.files.linking import Proof
from tests.helpers.waiting import until
from tests.vault.copying.previous.increments import backup
from tests.vault.engine import at_once, use
from tests.vault.files.sqlite.open_databases import DATABASES, changes, opened

pytestmark = pytest.mark.usefixtures("built")


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Open databases, with a log and with an empty one, in folders of their own."""
    use(monkeypatch, settled_ns=-(10**20), sync=at_once)
    writers = []
    for at in range(6):
        home = tmp_path / "root" / "users" / f"u{at}"
        home.mkdir(parents=True)
        (home / "x.db-old").write_text("not of the database")
        writers.append(opened(home / "x.db", "wal"))
        if at % 3 == 1:
            writers[-1].execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        if at % 3 == 2:
            writers[-1].execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    yield tmp_path / "root"
    for writer in writers:
        writer.close()


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What Python copied."""
    found: list[bytes] = []
    copy = FileCopier.copy

    def told(self: FileCopier, place: Any, **more: Any) -> Any:
        found.append(place.path)
        return copy(self, place, **more)

    monkeypatch.setattr(FileCopier, "copy", told)
    return found


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize("proof", Proof)
def test_it_is_copied_and_linked_as_python_does_it(
    source: Path,
    slowly: list[bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    proof: Proof,
) -> None:
    """To the byte of each list, whoever made the former set; nothing of it is left to Python."""

    def no_sqlite(*_given: Any, **_more: Any) -> str:
        raise AssertionError("was left to SQLite")

    monkeypatch.setattr(copier, "take_database", no_sqlite)
    parts = [tmp_path / name for name in ("1", "2", "3", "4")]
    backup(source, parts[0], selection=DATABASES)
    linked = backup(source, parts[1], parts[0], selection=DATABASES, proof=proof)
    assert slowly == []
    use(monkeypatch, native=False)
    backup(source, parts[2], selection=DATABASES)
    assert len(slowly) == 12
    again = backup(source, parts[3], parts[0], selection=DATABASES, proof=proof)
    for part in parts:
        for name in ("SHA256SUMS", "INDEX"):
            assert (part / name).read_bytes() == (parts[0] / name).read_bytes()
        for at in range(6):
            home = part / "files/users" / f"u{at}"
            assert {path.name for path in home.iterdir()} == {"x.db", "x.db-old"}
            assert changes(home / "x.db") == 0
    for part, result in ((parts[1], linked), (parts[3], again)):
        wanted = [at for at in range(6) if proof is not Proof.BOTH_READ or at % 3]
        for at in range(6):
            one, other = (p / f"files/users/u{at}/x.db" for p in (parts[0], part))
            assert one.samefile(other) == (at in wanted)
        assert result.linked_files == 6 + len(wanted)
    assert linked.linked_bytes == again.linked_bytes


@pytest.mark.parametrize("native", [True, False])
def test_a_linked_one_counts_for_what_lies_there(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str, native: bool
) -> None:
    """As long as the log has made the copy, in a second set and a third, and beside a new copy."""
    use(monkeypatch, native=native)
    parts = [tmp_path / str(at) for at in range(4)]
    results = [backup(source, parts[0], selection=DATABASES)]
    for at in (1, 2, 3):
        if at == 3:
            os.utime(source / "users/u0/x.db", ns=(1, 1))
        results.append(backup(source, parts[at], parts[at - 1], selection=DATABASES))
    databases = [home / "x.db" for home in (source / "users").iterdir()]
    lie = [[f for f in (part / "files").rglob("*") if f.is_file()] for part in parts]
    sizes = [sum(file.stat().st_size for file in files) for files in lie]
    assert sizes[0] > sum(file.stat().st_size for file in databases) + 6 * 100, "logs hold nothing"
    assert [result.bytes for result in results] == sizes == [sizes[0]] * 4
    assert [result.linked_files for result in results] == [0, 12, 12, 11]
    new = (parts[3] / "files/users/u0/x.db").stat().st_size
    assert [result.linked_bytes for result in results] == [0, sizes[0], sizes[0], sizes[0] - new]


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize("what", ["log", "database", "copy", "mode"])
def test_what_changed_is_copied_again(
    source: Path, slowly: list[bytes], tmp_path: Path, what: str
) -> None:
    backup(source, tmp_path / "1", selection=DATABASES)
    path = source / "users/u0/x.db"
    kept = tmp_path / "1/files/users/u0/x.db"
    if what == "log":
        with closing(opened(path, "wal")) as database:
            database.execute("UPDATE data SET changes = changes + 1")
            backup(source, tmp_path / "2", tmp_path / "1", selection=DATABASES)
    else:
        if what == "database":
            os.utime(path, ns=(1, 1))
        if what == "copy":
            os.utime(kept, ns=(1, 1))
        if what == "mode":
            path.chmod(0o640)
        backup(source, tmp_path / "2", tmp_path / "1", selection=DATABASES)
    copy = tmp_path / "2/files/users/u0/x.db"
    assert slowly == []
    assert changes(copy) == (what == "log")
    assert not copy.samefile(kept)
    assert copy.stat().st_mode == path.stat().st_mode
    assert (tmp_path / "2/files/users/u3/x.db").samefile(tmp_path / "1/files/users/u3/x.db")


HABITS = ["never closes", "closes", "begins anew", "checkpoints in mid-change", "cuts off"]


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize("habit", HABITS)
def test_writers_that_never_stop_tear_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, habit: str
) -> None:
    """A copy shows all that was committed before it began, of one moment each, whoever made it."""
    use(monkeypatch, sync=at_once)
    root, over = tmp_path / "root", threading.Event()
    homes = [root / f"u{at}" for at in range(4)]
    for home in homes:
        home.mkdir(parents=True)
    done = [0] * len(homes)

    def write(at: int) -> None:
        database = opened(homes[at] / "x.db", "wal", "wal_autocheckpoint=20")
        database.execute("PRAGMA busy_timeout=60000")
        while not over.is_set():
            database.execute("UPDATE data SET changes = changes + 1")
            done[at] += 1
            if habit == "closes":
                database.close()
                database = opened(homes[at] / "x.db", "wal")
                database.execute("PRAGMA busy_timeout=60000")
            elif habit in ("begins anew", "cuts off"):
                kind = "RESTART" if habit == "begins anew" else "TRUNCATE"
                database.execute(f"PRAGMA wal_checkpoint({kind})").fetchall()
            elif habit == "checkpoints in mid-change":
                database.execute("BEGIN")
                database.execute("UPDATE data SET changes = changes + 1")
                with closing(sqlite3.connect(homes[at] / "x.db")) as other:
                    other.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
                database.execute("ROLLBACK")
        database.close()

    writers = [threading.Thread(target=write, args=(at,)) for at in range(len(homes))]
    for writer in writers:
        writer.start()
    try:
        until(lambda: all(done), "a first change of each")
        for number in range(12):
            before = list(done)
            part = tmp_path / f"{number}"
            backup(root, part, tmp_path / f"{number - 1}" if number else None, selection=DATABASES)
            for at, home in enumerate(homes):
                copy = part / "files" / home.name
                assert [path.name for path in copy.iterdir()] == ["x.db"]
                assert before[at] <= changes(copy / "x.db") <= done[at] + 1
    finally:
        over.set()
        for writer in writers:
            writer.join()
