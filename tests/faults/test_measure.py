"""What measures loss sees every kind of it: else `lost 0` would say nothing."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.faults.bench import files_of, lost

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


def test_a_log_may_change(root: Path) -> None:
    before = files_of(root)
    (root / DATA / "log/access.log").unlink()
    assert lost(before, files_of(root)) == []


def test_numbers_count_each_thing() -> None:
    before = {"mongodb events": 5, "influxdb user.a": 2, "redis users": 3}
    now = {"mongodb events": 3, "redis users": 4}
    assert sorted(lost(before, now)) == ["influxdb user.a"] * 2 + ["mongodb events"] * 2
