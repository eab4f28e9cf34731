"""Somebody stops core on a real engine when a restore of it has seen that all of it stays up: the
result, `status` and the incident say that core does not run, and it is no good end."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.runs.start import start_run
from tests.real.operator import Operator, tail
from tests.real.testbed.platform import Platform, wait_for

pytestmark = pytest.mark.engine
STOPPED = "pryvio_core"


def test_core_that_is_stopped_when_its_restore_is_nearly_over(
    cluster: Platform, tmp_path: Path
) -> None:
    operator = Operator(cluster, tmp_path)
    assert operator.backup().exit in (0, 3)
    taken = operator.only_set()["id"]
    cluster.wipe("core", "everything")
    assert operator.run("status").exit == 3
    settings = resolve_settings(
        config=str(tmp_path / "config.toml"), vault=str(operator.vault),
        state=str(tmp_path / "state"), environment={},
    )  # fmt: skip
    worker = (sys.executable, "-m", "tests.real.pausing", json.dumps(["close-restore"]))
    record = start_run(
        settings, "restore", worker=worker, set_id=taken, roles=("core",), confirmed="option"
    )
    folder = Path(record.folder)
    wait_for("the end of the looking whether all stays up", (folder / "at-close-restore").exists)
    cluster.machine("core").engine.client.containers.get(STOPPED).stop(timeout=5)
    (folder / "go-close-restore").touch()

    restore = operator.run("attach", record.id, "--json")
    assert restore.exit == 3, tail(restore)
    end = restore.end
    assert (end["outcome"], end["exit"]) == ("warnings", 3)
    assert [line for line in end["warnings"] if f"{STOPPED} on core is not" in line
            and "is not running at the end of this run" in line]  # fmt: skip
    (check,) = [one for one in end["checks"] if one.startswith("core: ") and " run" in one]
    assert f"these do not: {STOPPED} (is not running at the end)" in check
    status = operator.run("status")
    assert status.exit == 3
    assert "core on core is down" in status.out and "core on core is up" not in status.out
    told = operator.run("report", "--format", "json").json
    assert told["down"]["core"]["since"] and not told["times"]["serving"]

    assert operator.run("containers", "start", STOPPED).exit in (0, 3)
    operator.run("status")
    assert operator.run("report", "--format", "json").json["times"]["serving"]
