"""A second set, whose databases are linked, needs the room of what lies in it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from pryv_tui.operations.guards import place
from pryv_tui.operations.guards.place import SPACE_RESERVE
from pryv_tui.operations.guards.room import restore_room
from tests.operations.kit import host_state, part
from tests.vault.copying.previous.increments import backup
from tests.vault.engine import at_once, use
from tests.vault.files.sqlite.open_databases import DATABASES, opened


@pytest.mark.parametrize("native", [True, False])
def test_what_its_logs_have_made_of_its_databases_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, native: bool
) -> None:
    use(monkeypatch, native=native, settled_ns=-(10**20), sync=at_once)
    source, root = tmp_path / "source", tmp_path / "root"
    source.mkdir()
    root.mkdir()
    with closing(opened(source / "x.db", "wal")):
        backup(source, tmp_path / "1", selection=DATABASES)
        second = backup(source, tmp_path / "2", tmp_path / "1", selection=DATABASES)
        assert second.linked_files == 1
        longer = (tmp_path / "2/files/x.db").stat().st_size
        assert longer > (source / "x.db").stat().st_size
    one = part("core", "core", bytes=second.bytes)
    for free, outcome in ((longer - 1, "failed"), (longer, "ok")):
        monkeypatch.setattr(place, "free_bytes", lambda _, free=free: free + SPACE_RESERVE)
        state = host_state("core", "core", root=str(root))
        line = restore_room(state, root, one, tmp_path / "to be fetched", kept=False)
        assert line.outcome == outcome, line
