"""A container that starts again and again on a real engine: no start of it counts as good."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.hosts.docker_engine import DockerEngine
from pryv_tui.operations.services.staying_up import stay_up
from pryv_tui.operations.settings.patience import Patience
from tests.hosts.machines import StillHost
from tests.operations.kit import context

from .hurried import SETTLE
from .machines import TestEngine

pytestmark = pytest.mark.engine

CORE = "pryvio_core"


def test_a_core_that_starts_again_and_again_is_seen_with_the_wait_that_everybody_has(
    engine: TestEngine, tmp_path: Path
) -> None:
    """Each time it runs for a while, as a core does that looks for its register. A short wait is
    taken in by that, the usual one is not."""
    tags = [tag for image in engine.client.images.list() for tag in image.tags]
    image = next(tag for tag in tags if "mongodb" in tag)
    made = engine.client.containers.run(
        image, ["sh", "-c", "sleep 1; exit 1"], name=CORE, entrypoint="", detach=True,
        restart_policy={"Name": "always"},
    )  # fmt: skip
    host = StillHost("core", ())
    docker_engine: Any = DockerEngine(engine.url)
    host.engine = docker_engine
    ctx, _heard = context(tmp_path, host, practice=False, patience=Patience(stays_up=7.0))
    try:
        stay_up(ctx, "core", {CORE})
        (warning,) = ctx.facts.warnings
        assert warning.startswith(f"core: these do not stay up: {CORE} (")
        assert not ctx.facts.checks
        made.reload()
        ctx.facts.not_up.clear()  # what it knows by now it would not forget within a run
        assert made.attrs["RestartCount"] >= 2
        ctx.site.settings = msgspec.structs.replace(ctx.site.settings, settle=SETTLE)
        stay_up(ctx, "core", {CORE})
        assert ctx.facts.checks == ["core: 1 container runs and stays up"], "wrong, and why 3 s"
    finally:
        made.remove(force=True, v=True)
