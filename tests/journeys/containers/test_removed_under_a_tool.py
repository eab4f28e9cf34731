"""A container that goes, stops, is paused, or whose engine goes while a tool works in it: what the
run's result says is to be done is possible in that state, and brings everything back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from pryv_tui.operations.site import open_site
from pryv_tui.practice.machines.engine import PracticeEngine
from pryv_tui.runs.record.events import RunFinished
from pryv_tui.runs.record.history import all_runs
from pryv_tui.runs.record.journal import JournalReader
from pryv_tui.runs.recovery import first_look
from tests.remedies.shell import Shell

DOMAIN = "practice.pryv.example"
State = Callable[[PracticeEngine, str], None]


def removed(engine: PracticeEngine, name: str) -> None:
    with engine._store.change() as record:
        record.containers.pop(name, None)


def stopped(engine: PracticeEngine, name: str) -> None:
    engine.stop(name)


STATES: dict[str, State] = {"removed": removed, "stopped": stopped}
TOOLS = {"mongodump": "backup", "mongorestore": "restore", "influxd": "backup"}


def under(tool: str, state: State) -> Any:
    """While it lasts, the container in which a tool begins comes into that state."""
    exec_ = PracticeEngine.exec

    def meddled(self: PracticeEngine, container: str, argv: Sequence[str], **more: Any) -> int:
        if not argv[0].endswith(tool):
            return exec_(self, container, argv, **more)
        told = more["on_output"]
        done: list[bool] = []

        def listen(stream: Any, chunk: bytes) -> None:
            told(stream, chunk)
            if not done:
                done.append(True)
                state(self, container)

        code = exec_(self, container, argv, **{**more, "on_output": listen})
        assert done, f"{tool} printed nothing"
        return code

    return patch.object(PracticeEngine, "exec", meddled)


def result(shell: Shell) -> RunFinished:
    last = all_runs(Path(shell.settings.state))[-1]
    return [e for e in JournalReader(last.journal).read() if isinstance(e, RunFinished)][-1]


@pytest.mark.parametrize("how", STATES)
@pytest.mark.parametrize("tool", TOOLS)
def test_what_is_advised_is_possible(tmp_path: Path, tool: str, how: str) -> None:
    shell = Shell.with_set(tmp_path / "p", users=2, attachments=1)
    before = shell.platform.contents()
    words = ["backup"]
    if TOOLS[tool] == "restore":
        words = ["restore", shell.latest, "--confirm", DOMAIN]
    with under(tool, STATES[how]):
        done = shell.type(*words)
    assert done.exit == 1, done
    end = result(shell)
    told = " ".join([end.what, *end.remains, *end.next])
    name = "pryvio_influxdb" if tool == "influxd" else "pryvio_mongodb"
    assert name in told
    if how == "removed":
        assert f"{name} was removed while" in told, told
        assert "containers logs" not in told, "it has no log"
        assert f"containers start {name}" not in told, "there is nothing to be started"
    halves = [left for left in first_look(open_site(shell.settings)).left if left.replaces]
    assert bool(halves) == (TOOLS[tool] == "restore")
    if halves:
        # Nothing is started by itself on half a root: that would be refused.
        assert f"containers start {name}" not in told
        again = shell.type("recover", "--finish")
        assert again.exit in (0, 3), (told, again)
    elif how == "removed":
        assert "To see what is missing, and how to bring it back: pryv-tui" in told
        doctor = shell.type("doctor").out
        assert name in doctor, doctor
    else:
        assert f"containers start {name}" in told
        assert shell.type("containers", "start", name, "--host", "single").exit in (0, 3)
        assert shell.type("backup").exit in (0, 3)
    if halves or how == "stopped":
        assert shell.platform.contents() == before
