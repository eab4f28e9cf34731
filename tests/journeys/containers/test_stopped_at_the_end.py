"""Somebody stops core when a run has seen all of it stay up, and is not over: its result says that
core does not run, and it is no good end."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.runs.record.history import all_runs
from pryv_tui.runs.start import start_run
from tests.helpers.waiting import until
from tests.remedies.shell import Said, Shell

DOMAIN = "practice.pryv.example"
STOPPED = "pryvio_core"


def meddled(
    settings: Settings, moment: str, act: Callable[[], None], kind: str, **more: Any
) -> str:
    """A run, and something that is done when the step has ended whose name begins so; its id."""
    worker = (sys.executable, "-m", "tests.real.pausing", json.dumps([moment]))
    record = start_run(settings, kind, worker=worker, **more)
    folder = Path(record.folder)
    journal = folder / "journal.jsonl"
    until((folder / f"at-{moment}").exists, lambda: f"{moment}: {journal.read_text()[-600:]}")
    act()
    (folder / f"go-{moment}").touch()
    return record.id


@pytest.fixture(params=["cluster", "single-node"])
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Shell:
    return Shell.with_set(tmp_path / "p", form=request.param)


def host_of(shell: Shell) -> str:
    return "core" if shell.platform.form == "cluster" else "single"


def stop(shell: Shell) -> None:
    shell.platform.host(host_of(shell)).engine.stop(STOPPED)


def says_that_it_does_not_run(shell: Shell, run: str, kind: str) -> Said:
    told = shell.type("attach", run)
    host = host_of(shell)
    assert told.exit == 3, told
    lines = [one for one in told.out.splitlines() if f"{STOPPED} on {host} is not" in one]
    assert lines and all("is not running at the end of this run" in line for line in lines)
    assert "COMPLETE" not in told.out
    end = json.loads(shell.type("attach", run, "--json").out.splitlines()[-1])
    assert (end["outcome"], end["exit"]) == ("warnings", 3)
    (check,) = [one for one in end["checks"] if one.startswith(f"{host}: ") and " run" in one]
    assert f"these do not: {STOPPED} (is not running at the end)" in check
    status = shell.type("status")
    assert status.exit == 3
    assert f"core on {host} is down" in status.out
    assert f"core on {host} is up" not in status.out
    (record,) = [one for one in all_runs(Path(shell.settings.state)) if one.id == run]
    assert record.kind == kind
    return told


def test_a_restore_of_core_that_was_lost(shell: Shell) -> None:
    shell.platform.wipe("core")
    assert shell.type("status").exit == 3
    # On one machine a root has all of them.
    roles = ("core",) if shell.platform.form == "cluster" else ()
    run = meddled(
        shell.settings, "close-restore", lambda: stop(shell), "restore",
        set_id=shell.latest, roles=roles, confirmed="option",
    )  # fmt: skip
    says_that_it_does_not_run(shell, run, "restore")
    told = json.loads(shell.type("report", "--format", "json").out)
    assert told["down"]["core"]["since"], "the incident goes on: core does not serve"
    assert not told["times"]["serving"]
    # And once it is started it does.
    assert shell.type("containers", "start", STOPPED).exit in (0, 3)
    shell.type("status")
    assert json.loads(shell.type("report", "--format", "json").out)["times"]["serving"]


def test_an_undo(shell: Shell) -> None:
    done = shell.type("restore", shell.latest, "--confirm", DOMAIN)
    assert done.exit in (0, 3), done
    brought = all_runs(Path(shell.settings.state))[-1].id
    run = meddled(
        shell.settings, "tell-set-aside", lambda: stop(shell), "undo",
        undone_run=brought, confirmed="option", word=DOMAIN,
    )  # fmt: skip
    says_that_it_does_not_run(shell, run, "undo")
