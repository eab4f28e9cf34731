"""A run whose journal tells nothing is no run that left nothing."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.clock import timestamp
from pryv_tui.operations.kinds.backup import Backup
from pryv_tui.operations.kinds.restore import Restore
from pryv_tui.operations.site import open_site
from pryv_tui.runs.record.history import all_runs, runs_folder
from tests.remedies.shell import Shell, commands_in, paste


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
    assert "never began" not in listed + told.out + told.err
    assert all(run.id not in one for one in status.splitlines() if "never began" in one)
    assert f"What it did is not known: {why}." in told.err
    assert "it left nothing" not in told.out + told.err
    (line,) = [one for one in status.splitlines() if "it is not known what it did" in one]
    assert f"{run.id} died, and it is not known what it did: {why}." in line
    (again,) = commands_in(line.rpartition("what it did: ")[2])
    assert paste(again).exit == 0
    assert "it is not known what it did" not in shell.type("status").out, "a later one is whole"


def asked_for(shell: Shell, kind: str) -> str:
    """A run that nobody ever worked on, asked for long ago."""
    (whole,) = open_site(shell.settings).vault.sets()
    run = f"29990101T000000Z-{kind}-0000"
    folder = runs_folder(Path(shell.settings.state)) / run
    folder.mkdir(parents=True)
    asked: dict[str, Any] = {"settings": shell.settings, "run": run, "asked": timestamp()}
    made = Backup(**asked) if kind == "backup" else Restore(**asked, set_id=whole.id)
    (folder / "request.json").write_bytes(msgspec.json.encode(made))
    os.utime(folder / "request.json", (1e9, 1e9))
    return run


@pytest.mark.parametrize("kind", ["backup", "restore"])
def test_of_one_that_never_began_one_thing_is_said(tmp_path: Path, kind: str) -> None:
    shell = Shell.with_set(tmp_path / "p", users=1, attachments=0)
    run = asked_for(shell, kind)
    status, listed, told = (
        shell.type(*words) for words in (("status",), ("runs",), ("attach", run))
    )
    lines = [
        one for one in status.out.splitlines() if "never began" in one and "Last" not in one[:5]
    ]
    assert len(lines) == 1 and run in lines[0]
    for said in (status, listed, told, shell.type("recover")):
        assert "not known" not in said.out + said.err
        assert "it has no journal" not in said.out + said.err
    assert "it never began" in listed.out
    assert "It never began: nothing was done." in told.err
    if kind == "backup":
        (_see, out) = commands_in(lines[0].partition("See its result: ")[2])
        assert paste(out).exit == 0
    else:
        away = lines[0].partition("move the run's folder away: ")[2].strip()
        subprocess.run(away, shell=True, check=True)
    assert "never began" not in shell.type("status").out
