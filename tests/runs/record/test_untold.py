"""A run whose journal tells nothing is no run that left nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pryv_tui.runs.record.history import all_runs, runs_folder
from tests.remedies.shell import Shell


def emptied(run: Path) -> None:
    (run / "journal.jsonl").write_bytes(b"")


def gone(run: Path) -> None:
    (run / "journal.jsonl").unlink()


def all_gone(run: Path) -> None:
    gone(run)
    (run / "request.json").unlink()


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        (emptied, "its journal is empty"),
        (gone, "it has no journal"),
        (all_gone, "it has no journal"),
        (None, ""),
    ],
)
def test_what_it_did_is_not_known(
    tmp_path: Path, harm: Callable[[Path], None] | None, why: str
) -> None:
    shell = Shell.on_new(tmp_path / "p", users=1, attachments=0)
    shell.backup()
    state = Path(shell.settings.state)
    (run,) = all_runs(state)
    folder = runs_folder(state) / run.id
    if harm is not None:
        # Its worker was the process of this test, which is alive, and it was asked for just now.
        mark = json.loads((folder / "worker.json").read_text())
        (folder / "worker.json").write_text(json.dumps({**mark, "pid": 2**22 + 1}))
        os.utime(folder / "request.json", (0, 0))
        harm(folder)
        assert all_runs(state)[0].state == "died"
    listed = shell.type("runs").out
    assert run.id in listed
    told = shell.type("attach", run.id)
    status = shell.type("status").out
    if harm is None:
        assert "journal" not in listed and told.exit == 0
        assert "died" not in status
        return
    assert why in listed
    assert f"What it did is not known: {why}." in told.err
    assert "It left nothing" not in told.out + told.err
    assert f"{run.id} died, and what it did is not known: {why}." in status
