"""InfluxDB's server ends, or is frozen, at the worst moments: the real one, and its own tools."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pryv_tui.operations.containers.waiting import VARIABLE
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.runs.start import start_run
from tests.real.hurried import hurried
from tests.real.operator import Operator, tail
from tests.real.testbed.machines import TestEngine
from tests.real.testbed.platform import RealPlatform, wait_for

pytestmark = pytest.mark.engine

NAME = "pryvio_influxdb"


@pytest.fixture
def platform(databases: RealPlatform) -> RealPlatform:
    return databases


def pid_of(engine: TestEngine) -> int:
    """Process 1 of the container, as this machine numbers it."""
    return int(engine.client.containers.get(NAME).attrs["State"]["Pid"])


@contextmanager
def frozen(engine: TestEngine) -> Iterator[None]:
    """The server takes connections (the kernel does) and never says a word."""
    pid = pid_of(engine)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def programs(engine: TestEngine) -> list[str]:
    """What runs in the container beside its server."""
    rows = engine.client.containers.get(NAME).top(ps_args="-eo pid,args")["Processes"]
    return [" ".join(row[1:]) for row in rows if " backup " in " ".join(row[1:])]


def dumps(platform: RealPlatform) -> list[str]:
    folder = platform.machine("core").root / "pryv/influxdb/backup"
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_server_that_is_killed_as_the_comparison_begins(
    platform: RealPlatform, tmp_path: Path
) -> None:
    """The restore does not say that it was compared; what it says to do brings all of it back."""
    operator = Operator(platform, tmp_path)
    (machine,) = platform.machines
    before = platform.contents()
    assert operator.backup().exit == 0
    settings = resolve_settings(
        docker=machine.engine.url,
        root=str(machine.root),
        vault=str(operator.vault),
        state=str(tmp_path / "state"),
        environment={},
    )
    worker = (sys.executable, "-m", "tests.real.pausing", '["restore-mongodb"]')
    chosen = operator.only_set()["id"]
    record = start_run(hurried(settings), "restore", set_id=chosen, worker=worker)
    run = Path(record.folder)
    wait_for("the end of restore-mongodb", (run / "at-restore-mongodb").exists)
    container = machine.engine.client.containers.get(NAME)
    container.kill()
    container.reload()
    assert container.status == "exited"
    (run / "go-restore-mongodb").touch()
    ended = operator.run("attach", record.id, "--json")

    assert ended.exit == 1, tail(ended)
    said = ended.end["what"]
    assert NAME in said and "not running" in said, said
    assert "compared." not in said and "no `influx`" not in said
    seen = [line for line in ended.end["checks"] if line.startswith("InfluxDB: ")]
    assert not any("the server" in line or "every shard" in line for line in seen), seen
    assert "half-way" in operator.run("status").out

    assert not any("Start it" in line for line in ended.end["next"]), "that would be refused"
    (command,) = [line for line in ended.end["next"] if " recover --finish: " in line]
    words = shlex.split(command[command.index("pryv-tui") :].partition(": ")[0])
    assert words[0] == "pryv-tui"
    again = operator.program(*words[1:])
    assert again.exit == 0, again.out + again.err
    platform.wait_until_up()
    assert platform.contents() == before


def test_a_frozen_server_and_a_backup_that_dies_with_it(
    platform: RealPlatform, tmp_path: Path
) -> None:
    operator = Operator(platform, tmp_path)
    (machine,) = platform.machines
    engine = machine.engine
    before, at_first = platform.contents(), dumps(platform)

    # It says what it waits for, and ends after the time that was set.
    seconds = 10
    with frozen(engine):
        most = {VARIABLE: f"{seconds}s"}
        ended = operator.program("backup", "--json", *operator.words, **most)
        assert ended.exit == 1, tail(ended)
        told = [line for line in ended.out.splitlines() if "Waiting for" in line]
        assert told and f"influxd backup in {NAME}" in told[0] and " UTC" in told[0]
        assert f"gave no output for {seconds} s" in ended.end["what"]
        assert VARIABLE in " ".join(ended.end["next"])
        assert programs(engine) == [], "it was ended inside the container too"
        assert dumps(platform) == at_first

        # And one whose worker is killed while influxd's program works.
        started = operator.run("backup", "--detach")
        assert started.exit == 0, started.err
        wait_for("influxd backup", lambda: bool(programs(engine)))
        wait_for(
            "a half of a file",
            lambda: any(name.endswith(".pending") for name in dumps(platform)),
        )
        (run,) = [one for one in operator.run("runs", "--json").json if one["outcome"] is None]
        os.kill(run["pid"], signal.SIGKILL)
        assert programs(engine), "there is no kill for an exec"
        recovered = operator.run("recover", "--json")
        assert recovered.exit == 0, tail(recovered)
        assert programs(engine) == []
        assert dumps(platform) == at_first

    wait_for("influxdb", lambda: platform.contents() == before)
    again = operator.backup()
    assert again.exit == 0, tail(again)
    assert platform.contents() == before
