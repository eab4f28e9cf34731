"""What a killed look, or a killed backup, has left in a container is ended on a real engine by what
that engine calls it; one by hand with the very same command line goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pryv_tui.operations.audit.live_stores import READ_ALL
from tests.real.operator import Operator, tail
from tests.real.testbed.platform import Platform, RealPlatform, wait_for

pytestmark = pytest.mark.engine

MONGODB = "pryvio_mongodb"


class Programs:
    """The dumps that run in MongoDB's container, by their pids on this machine."""

    def __init__(self, platform: RealPlatform) -> None:
        self._api = platform.machine("core").engine.client.api

    def __call__(self) -> dict[int, str]:
        rows = self._api.top(MONGODB, ps_args="-ww -eo pid,args")["Processes"]
        return {int(pid): words for pid, words in rows if "mongodump" in words}

    def by_hand(self, argv: list[str]) -> int:
        """Begin one as somebody does at a prompt; its pid."""
        before = self()
        made = self._api.exec_create(MONGODB, argv)
        self._api.exec_start(made["Id"], detach=True)
        wait_for("the program by hand", lambda: len(self()) == len(before) + 1)
        (pid,) = self().keys() - before.keys()
        return pid


@pytest.fixture
def slow(
    databases: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Platform]:
    """A platform whose MongoDB takes so long that nothing ends by itself in a test."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "own"))
    databases.set_pace(5.0)
    yield databases
    databases.set_pace(0)
    for pid in Programs(databases)():
        os.kill(pid, signal.SIGKILL)


def test_the_dump_of_a_killed_look_is_ended_and_one_by_hand_like_it_goes_on(
    slow: Platform, tmp_path: Path
) -> None:
    operator, programs = Operator(slow, tmp_path), Programs(slow)
    by_hand = programs.by_hand(list(READ_ALL))
    look = subprocess.Popen(
        [sys.executable, "-m", "pryv_tui", "audit", "--live", *operator.words],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for("the look's own", lambda: len(programs()) == 2)
        (line,) = set(programs().values())
        followed = operator.run("recover")
        assert followed.exit == 0 and "was ended" not in followed.out, tail(followed)
        assert len(programs()) == 2, "somebody follows it"
    finally:
        look.kill()
        look.wait(60)
    assert len(programs()) == 2, "there is no kill for an exec"
    recovered = operator.run("recover")
    assert recovered.exit == 0, tail(recovered)
    assert f"of the live platform was still running in {MONGODB}, and was ended" in recovered.out
    assert f"{line} is running in {MONGODB} and was not ended" in recovered.out
    assert programs() == {by_hand: line}
    os.kill(by_hand, signal.SIGKILL)
    wait_for("its end", lambda: not programs())
    assert "Nothing was left half-done" in operator.run("recover").out


def test_the_dump_of_a_killed_backup_is_ended_and_one_by_hand_like_it_keeps_its_folder(
    slow: Platform, tmp_path: Path
) -> None:
    operator, programs = Operator(slow, tmp_path), Programs(slow)
    folder = slow.machine("core").root / "pryv/mongodb/backup"
    older = folder / "older.txt"
    older.write_text("of somebody")
    started = operator.run("backup", "--detach")
    assert started.exit == 0, tail(started)
    wait_for("the backup's own", lambda: len(programs()) == 1)
    (line,) = programs().values()
    # Where the program is a script, what interprets it stands before.
    by_hand = programs.by_hand(f"/app{line.partition('/app')[2]}".split())
    (run,) = operator.run("runs", "--json").json
    os.kill(run["pid"], signal.SIGKILL)
    wait_for("the worker's end", lambda: operator.run("runs", "--json").json[0]["state"] == "died")
    assert len(programs()) == 2, "there is no kill for an exec"

    recovered = operator.run("recover", "--json")
    assert recovered.exit == 1, tail(recovered)
    told = json.dumps(recovered.end)
    assert "may be another person's" in told and programs() == {by_hand: line}
    assert not older.exists(), "nothing is moved under who writes there"
    os.kill(by_hand, signal.SIGKILL)
    wait_for("its end", lambda: not programs())
    again = operator.run("recover", "--json")
    assert again.exit == 0, tail(again)
    assert older.read_text() == "of somebody"
    older.unlink()
