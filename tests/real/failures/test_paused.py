"""A container that somebody pauses while it is dumped, on a real engine: nothing in it ends or
goes on. The backup says what it waits for, has an end, and leaves nothing to trip over."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pryv_tui.operations.containers.waiting import VARIABLE
from tests.real.operator import Operator, tail
from tests.real.testbed.platform import Platform, wait_for

pytestmark = pytest.mark.engine

MONGODB = "pryvio_mongodb"


@pytest.fixture
def slow(
    databases: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Platform]:
    """A platform whose MongoDB takes so long that its dump is surely met."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "own"))
    databases.set_pace(5.0)
    yield databases
    databases.set_pace(0)


def test_a_dump_whose_container_is_paused(slow: Platform, tmp_path: Path) -> None:
    operator = Operator(slow, tmp_path)
    client = slow.machine("core").engine.client
    container = client.containers.get(MONGODB)

    def dumping() -> bool:
        rows = client.api.top(MONGODB, ps_args="-ww -eo pid,args")["Processes"]
        return any("mongodump" in words for _pid, words in rows)

    def pause() -> None:
        wait_for("the dump", dumping)
        container.pause()

    hand = threading.Thread(target=pause)
    hand.start()
    try:
        ended = operator.program("backup", "--json", *operator.words, **{VARIABLE: "10s"})
        hand.join()
        assert ended.exit == 1, tail(ended)
        told = [line for line in ended.out.splitlines() if "Waiting for" in line]
        assert told and f"{MONGODB} is paused" in told[0], tail(ended)
        assert "gave no output for 10 s" in ended.end["what"]
        assert f"{MONGODB} is paused" in ended.end["what"]
        # It stays paused: whoever did that lets it go on, and how is said.
        container.reload()
        assert container.status == "paused"
        said = operator.run("status")
        assert f"docker unpause {MONGODB}" in said.out + " ".join(ended.end["next"]), said.out
        states = [one["state"] for one in operator.run("list", "--json").json]
        assert states == ["partial"], "half a set is none"
    finally:
        hand.join()
        container.reload()
        if container.status == "paused":
            container.unpause()
    settled = operator.run("recover")
    assert settled.exit in (0, 3), tail(settled)
    wait_for("the end of what was frozen", lambda: not dumping())
    slow.set_pace(0)
    again = operator.backup()
    assert again.exit in (0, 3), tail(again)
    states = [one["state"] for one in operator.run("list", "--json").json]
    assert states.count("complete") == 1 and set(states) <= {"complete", "partial"}
