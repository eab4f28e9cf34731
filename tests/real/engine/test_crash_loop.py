"""A container that starts again and again on a real engine: no start of it counts as good."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.hosts.docker_engine import DockerEngine
from pryv_tui.operations.services.staying_up import stay_up
from pryv_tui.operations.settings.patience import Patience
from pryv_tui.operations.steps.services.start_services import StartServices
from tests.hosts.machines import StillHost
from tests.operations.kit import context
from tests.real.hurried import SETTLE
from tests.real.testbed.machines import TestEngine

pytestmark = pytest.mark.engine

LOOPS = {"pryvio_mail": 0.5, "pryvio_core": 1.0, "pryvio_hfs": 1.5}
"""Seconds that each runs for: less than Node needs to load, about as long, and longer."""
STEADY, LATE = "pryvio_mfa", "pryvio_preview"


def test_what_starts_again_and_again_is_seen_with_the_wait_that_everybody_has(
    engine: TestEngine, tmp_path: Path
) -> None:
    """Each time it runs for a while, as a service does that loads and gives up. A short wait is
    taken in by that, the usual one is not."""
    tags = [tag for image in engine.client.images.list() for tag in image.tags]
    image = next(tag for tag in tags if "mongodb" in tag)
    made = {
        name: engine.client.containers.create(
            image, ["sh", "-c", script], name=name, entrypoint="", restart_policy={"Name": "always"}
        )
        for name, script in (
            *((name, f"sleep {seconds}; exit 1") for name, seconds in LOOPS.items()),
            (LATE, "sleep 3; exit 1"),
            (STEADY, "trap 'exit 0' TERM; while :; do sleep 0.1; done"),
        )
    }
    host = StillHost("core", ())
    docker_engine: Any = DockerEngine(engine.url)
    host.engine = docker_engine
    ctx, _heard = context(tmp_path, host, practice=False, patience=Patience(stays_up=4.0))
    step = StartServices(host="core", phase="rest", root="", containers=(*LOOPS, STEADY))
    try:
        step.perform(ctx)
        (warning,) = ctx.facts.warnings
        told = warning.partition("these do not stay up: ")[2].partition(". To see why")[0]
        assert {name for name in made if f"{name} (" in told} == set(LOOPS), warning
        assert not ctx.facts.checks
        assert ctx.facts.up["core"] == [STEADY]
        for name in LOOPS:
            made[name].reload()
            assert made[name].attrs["RestartCount"] >= 1
        ctx.facts.not_up.clear()  # what it knows by now it would not forget within a run
        ctx.site.settings = msgspec.structs.replace(ctx.site.settings, settle=SETTLE)
        made[LATE].start()
        stay_up(ctx, "core", {LATE})
        assert ctx.facts.checks == ["core: 1 container runs and stays up"], "wrong, and why 2 s"
    finally:
        for one in made.values():
            one.remove(force=True, v=True)
