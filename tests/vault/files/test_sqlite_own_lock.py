"""A database that SQLite copies stays locked for its writers, whatever else this process closes."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.formats.sqlite import copy
from pryv_tui.vault.files import copier
from tests.vault.copying.previous.increments import backup
from tests.vault.engine import use
from tests.vault.files.open_databases import DATABASES, changes, opened

WRITES = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=0)
database.execute("UPDATE data SET changes = changes + 1")
"""


@pytest.mark.parametrize("closes", ["another name", "its own name", "nothing"])
@pytest.mark.parametrize("mode", ["delete", "truncate", "persist"])
def test_a_descriptor_that_somebody_closes_lets_no_writer_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closes: str, mode: str
) -> None:
    """A file has its locks by process and inode: under another name, too, closing drops them."""
    use(monkeypatch, native=False, processes=0)
    monkeypatch.setattr(copier, "copy_held", lambda *_: None)
    monkeypatch.setattr(copy, "_PAGES", 1)
    path = tmp_path / "root" / "x.db"
    path.parent.mkdir()
    opened(path, mode).close()
    (tmp_path / "alias").hardlink_to(path)
    told: list[str] = []
    going_on = copy._go_on

    def meanwhile(*given: Any) -> None:
        if not told:
            if closes != "nothing":
                name = path if closes == "its own name" else tmp_path / "alias"
                os.close(os.open(name, os.O_RDONLY))
            done = subprocess.run(
                [sys.executable, "-c", WRITES, str(path)], capture_output=True, text=True
            )
            told.append(done.stderr)
        going_on(*given)

    monkeypatch.setattr(copy, "_go_on", meanwhile)
    backup(tmp_path / "root", tmp_path / "1", selection=DATABASES)
    assert "database is locked" in told[0]
    assert changes(tmp_path / "1" / "files" / "x.db") == 0
    # And it is let go in the end.
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as database:
        database.execute("UPDATE data SET changes = changes + 1")
