"""What measures loss sees every kind of it: else `lost 0` would say nothing."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.faults.bench import files_of, lost
from tests.faults.making import nothing
from tests.faults.matrix import Fault, together
from tests.faults.rows.in_files import hot_journal

DATA = "pryv/core/data"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    data = tmp_path / DATA
    (data / "empty").mkdir(parents=True)
    (data / "file").write_text("content")
    (data / "link").symlink_to("file")
    (data / "log").mkdir()
    (data / "log/access.log").write_text("line")
    connection = sqlite3.connect(data / "user.db")
    connection.executescript("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2);")
    connection.close()
    return tmp_path


def forget_a_row(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM t WHERE a = 2")
    connection.commit()
    connection.close()


def relink(path: Path) -> None:
    path.unlink()
    path.symlink_to("empty")


LOSSES: dict[str, tuple[str, Callable[[Path], Any]]] = {
    "a file is gone": ("file", Path.unlink),
    "a file holds something else": ("file", lambda path: path.write_text("contenT")),
    "a file has another mode": ("file", lambda path: path.chmod(0o600)),
    "a file has another time": ("file", lambda path: os.utime(path, (1, 1))),
    "a link is gone": ("link", Path.unlink),
    "a link leads elsewhere": ("link", relink),
    "an empty folder is gone": ("empty", Path.rmdir),
    "a row of a database is gone": ("user.db", forget_a_row),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_of_files_is_seen(root: Path, loss: str) -> None:
    name, do = LOSSES[loss]
    before = files_of(root)
    assert lost(before, files_of(root)) == []
    do(root / DATA / name)
    assert lost(before, files_of(root)) == [f"file {DATA}/{name}"]


def test_what_a_dead_writer_left_counts_as_what_sqlite_makes_of_it(root: Path) -> None:
    hot_journal(root)
    name = f"file {DATA}/crashed.db"
    before = files_of(root)
    assert "torn" not in str(before[name]) and "n399" in str(before[name])
    # As it is after a restore: mended, and without its journal.
    with closing(sqlite3.connect(root / DATA / "crashed.db")) as mended:
        assert mended.execute("SELECT count(*) FROM letters").fetchone() == (400,)
    os.utime(root / DATA / "crashed.db", ns=(1, 1))
    assert lost(before, files_of(root)) == []
    with closing(sqlite3.connect(root / DATA / "crashed.db")) as taken, taken:
        taken.execute("DELETE FROM letters WHERE name = 'n7'")
    assert lost(before, files_of(root)) == [name]


def test_a_damaged_database_is_all_that_its_bytes_are(root: Path) -> None:
    path = root / DATA / "user.db"
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 4096)
    before = files_of(root)
    assert lost(before, files_of(root)) == []
    path.write_bytes(path.read_bytes()[:-1] + b"\xfe")
    assert lost(before, files_of(root)) == [f"file {DATA}/user.db"]


def test_what_lies_together_has_to_say_what_each_of_it_has_to() -> None:
    one = Fault("one", "", nothing, grow=lambda _root: None, says={"backup": "a word"})
    two = Fault(
        "two",
        "",
        nothing,
        grow=lambda _root: None,
        says={"backup": ("another", "more")},
        notes={"restore": "noted"},
        but=lambda name: name == "no data",
    )
    both = together([one, two])
    assert both.says["backup"] == ("a word", "another", "more")
    assert both.notes["restore"] == ("noted",)
    assert both.but("no data") and not both.but("data")


def test_a_log_may_change(root: Path) -> None:
    before = files_of(root)
    (root / DATA / "log/access.log").unlink()
    assert lost(before, files_of(root)) == []


def test_numbers_count_each_thing() -> None:
    before = {"mongodb events": 5, "influxdb user.a": 2, "redis users": 3}
    now = {"mongodb events": 3, "redis users": 4}
    assert sorted(lost(before, now)) == ["influxdb user.a"] * 2 + ["mongodb events"] * 2
