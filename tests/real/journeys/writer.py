"""A container of others that writes into a folder of the root, and a left-over one of ours."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from tests.real.testbed.machines import TestEngine
from tests.real.testbed.platform import wait_for

LEFT_OVER = "0123456789ab_pryvio_core"
FOREIGN = "somebody-s-writer"
FOLDER = "pryv/core/log"
WRITER = "trap 'exit 0' TERM; while :; do echo here >> /srv/written; sleep 0.5; done"


def all_that_runs(engine: TestEngine) -> list[str]:
    return sorted(str(one.name) for one in engine.client.containers.list())


def writes_into(root: Path) -> None:
    """The foreign container writes into the folder that lies in the root now."""
    written = root / FOLDER / "written"
    before = written.stat().st_size if written.exists() else 0
    wait_for("the writer to write", lambda: written.stat().st_size > before)


def began(engine: TestEngine, name: str) -> float:
    told = engine.client.containers.get(name).attrs["State"]["StartedAt"]
    return datetime.fromisoformat(told[:26] + "+00:00").timestamp()


def nothing_was_written_since(engine: TestEngine, aside: Path) -> None:
    """The foreign container began after its last line in what was moved out of the root."""
    assert (aside / FOLDER / "written").stat().st_mtime < began(engine, FOREIGN)
