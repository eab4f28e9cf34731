"""The engine ends and comes back while a tool runs in a container: named, and nothing is lost."""

from __future__ import annotations

import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest

from pryv_tui.hosts.docker_engine import DockerEngine
from tests.journeys.program import Ended
from tests.real.operator import Operator, tail
from tests.real.testbed.engines import STATE, refuse
from tests.real.testbed.machines import TestEngine
from tests.real.testbed.platform import RealPlatform, wait_for

pytestmark = pytest.mark.engine

NAMED = (
    r"stopped or was restarted while \S+/{0} ran in pryvio_mongodb"
    r"|pryvio_mongodb stopped while \S+/{0} was running"  # SIGTERM: its containers end first
)


def bounce(engine: TestEngine, signal: Literal["TERM", "KILL"]) -> None:
    """End an engine and start it again; its containers come back by their own restart policy."""
    folder = Path(urlsplit(engine.url).path).parent
    number = folder.name.removeprefix("engine-")
    if folder.parent != STATE or not number.isdecimal():
        refuse(f"{engine.url} is no engine of tests/real/engine.sh: it can't be restarted here")
    script = Path(__file__).parents[1] / "engine.sh"
    done = subprocess.run(
        [script, "bounce", number, signal],
        env={**os.environ, "PRYV_TUI_TEST_ENGINES": str(STATE)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    # It outlives this run, and so what this run has for temporary folders.
    process = (folder / "dockerd.pid").read_text().strip()
    assert b"TMPDIR=" not in Path("/proc", process, "environ").read_bytes()


def meanwhile(
    operator: Operator,
    word: Literal["backup", "restore"],
    program: str,
    signal: Literal["TERM", "KILL"],
) -> Ended:
    """A run during which the engine is restarted, as soon as a program works in its container."""
    (machine,) = operator.platform.machines
    engine = DockerEngine(machine.engine.url)
    with ThreadPoolExecutor(1) as beside:
        run = beside.submit(operator.backup if word == "backup" else operator.restore)

        def at_work() -> bool:
            assert not run.done(), run.result().out[-2000:]
            # With these words: the program asks the tool who it is beforehand.
            return any(program in line for line in engine.processes("pryvio_mongodb"))

        wait_for(f"{program} to work", at_work)
        bounce(machine.engine, signal)
        return run.result()


def test_an_engine_that_restarts_loses_nothing(databases: RealPlatform, tmp_path: Path) -> None:
    operator = Operator(databases, tmp_path)
    before = databases.contents()

    databases.set_pace(0.2)
    failed = meanwhile(operator, "backup", "mongodump -d pryv-node", "TERM")
    assert failed.exit == 1, tail(failed)
    assert re.search(NAMED.format("mongodump"), failed.end["what"]), failed.end
    assert "pryvio_config_follower" in " ".join(failed.end["remains"]), "held, and not started"
    states = [found["state"] for found in operator.run("list", "--json").json]
    assert states == ["partial"], "nothing half-done counts as a set"
    databases.wait_until_up()
    assert databases.contents() == before, "every container is back, the held one too"
    databases.set_pace(0)
    again = operator.backup()
    assert again.exit == 0, tail(again)

    databases.set_pace(0.2)
    failed = meanwhile(operator, "restore", "mongorestore /app/backup", "KILL")
    assert failed.exit == 1, tail(failed)
    assert re.search(NAMED.format("mongorestore"), failed.end["what"]), failed.end
    assert " recover --roll-back: " in " ".join(failed.end["next"])
    assert "half-way" in operator.run("status").out
    (machine,) = databases.machines
    engine = DockerEngine(machine.engine.url)
    found = {c.name: (c.state, c.restart_policy) for c in engine.containers()}
    assert set(found.values()) == {("exited", "no")}, f"nothing runs on half a root: {found}"
    databases.set_pace(0)
    again = operator.run("recover", "--finish")
    assert again.exit == 0, tail(again)
    databases.wait_until_up()
    assert databases.contents() == before
    assert {c.restart_policy for c in engine.containers()} == {"always"}
