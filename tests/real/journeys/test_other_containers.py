"""A container that compose 1.x left under another name, and one of somebody else that writes into a
folder of the root: through backup, loss and restore, by the program and by hand. What lies aside
after a restore and after its undo with these two: `test_all_at_once.py`."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real.journeys.writer import (
    FOLDER,
    FOREIGN,
    LEFT_OVER,
    WRITER,
    all_that_runs,
    nothing_was_written_since,
    writes_into,
)
from tests.real.operator import Operator, tail
from tests.real.testbed.platform import RealPlatform, wait_for

pytestmark = pytest.mark.engine


@pytest.fixture
def meddled(small: RealPlatform) -> Iterator[RealPlatform]:
    """The platform with these two."""
    (machine,) = small.machines
    client = machine.engine.client
    client.containers.get("pryvio_core").rename(LEFT_OVER)
    image = client.containers.get("pryvio_mongodb").image
    assert image is not None
    for left in client.containers.list(all=True, filters={"name": FOREIGN}):
        left.remove(force=True, v=True)  # by a test that was killed
    made = client.containers.run(
        str(image.id), ["sh", "-c", WRITER], name=FOREIGN, entrypoint="", detach=True,
        volumes={str(machine.root / FOLDER): {"bind": "/srv", "mode": "rw"}},
        restart_policy={"Name": "always"},
    )  # fmt: skip
    try:
        yield small
    finally:
        made.remove(force=True, v=True)
        for one in client.containers.list(all=True):
            if (one.name or "").endswith("_pryvio_core"):
                one.rename("pryvio_core")
        (machine.root / FOLDER / "written").unlink(missing_ok=True)


def test_a_left_over_and_a_foreign_container_through_backup_loss_restore_and_by_hand(
    meddled: RealPlatform, tmp_path: Path
) -> None:
    operator = Operator(meddled, tmp_path)
    (machine,) = meddled.machines
    writes_into(machine.root)
    before, running = meddled.contents(), all_that_runs(machine.engine)
    assert {LEFT_OVER, FOREIGN} <= set(running)
    doctor = operator.run("doctor")
    assert FOREIGN in doctor.out and f"{machine.root}/{FOLDER} (writable)" in doctor.out
    backup = operator.backup()
    assert backup.exit == 0, tail(backup)
    assert meddled.contents() == before and all_that_runs(machine.engine) == running

    meddled.wipe("all", "emptied")  # under the two, which run on
    restore = operator.restore()
    assert restore.exit == 0, tail(restore)
    assert meddled.contents() == before
    assert all_that_runs(machine.engine) == running
    writes_into(machine.root)

    for name in (LEFT_OVER, FOREIGN):
        facts = machine.engine.client.containers.get(name).attrs
        assert facts["HostConfig"]["RestartPolicy"]["Name"] == "always"

    meddled.add_user("newcomer")
    meddled.settle()
    assert meddled.contents() != before
    by_hand_as_restore_md_says(meddled, operator.vault / operator.only_set()["id"])
    wait_for("all that ran to run", lambda: all_that_runs(machine.engine) == running)
    wait_for("the same content", lambda: meddled.contents() == before)
    writes_into(machine.root)
    (aside,) = (machine.root / ".pryv-tui/aside").glob("by-hand-*")
    nothing_was_written_since(machine.engine, aside)


def by_hand_as_restore_md_says(platform: RealPlatform, folder: Path) -> None:
    """The set once more, onto the platform that runs and holds more, by what a person pastes."""
    (machine,) = platform.machines
    blocks = re.findall(r"```sh\n(.*?)```", (folder / "RESTORE.md").read_text(), re.DOTALL)
    done = subprocess.run(
        ["bash", "-c", "set -eu\n" + "\n".join(blocks)],
        cwd=folder,
        env={**os.environ, "DOCKER_HOST": machine.engine.url},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{FOREIGN} always true" in done.stdout
