"""The worker killed as a step begins, on a real engine: a few steps of those that matter most.

`python -m tests.kill.campaign --real` does every one, with `--drill` every one of a sandbox drill.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kill.real import OnEngine, RealCampaign
from tests.real.testbed.platform import RealPlatform

pytestmark = pytest.mark.engine


def test_kills_while_containers_are_stopped_lose_nothing(
    databases: RealPlatform, tmp_path: Path
) -> None:
    campaign = RealCampaign(tmp_path, platform=databases)
    plan = campaign.steps_of("restore")
    aside = next(n for n, step in enumerate(plan, start=1) if "copy-back" in step)
    assert campaign.one("restore", aside, "step", "roll-back")
    assert campaign.one("backup", len(campaign.steps_of("backup")), "step", None)
    assert campaign.kills == 2


def test_kills_of_a_drill_leave_nothing_of_it_and_the_platform_takes_writes(
    databases: RealPlatform, tmp_path: Path
) -> None:
    """While its containers are made, and while data comes into them."""
    drilled = OnEngine(tmp_path, databases)
    assert drilled.one(3, "step")
    drilled.at_step("mongodb-restore")
    assert drilled.written, "somebody wrote to the platform meanwhile"
    assert drilled.outcomes == {"broken off": 2}


@pytest.mark.parametrize("part", ["copy-back-register", "bring-up", "remove-sandbox"])
def test_kills_of_a_clusters_drill_leave_nothing_on_any_machine(
    cluster: RealPlatform, tmp_path: Path, part: str
) -> None:
    """Its machines come up on one: while its containers are made; then, each in its turn, while a
    second machine's files come back, as the first service comes up, and while all of it goes.

    `python -m tests.kill.campaign --drill --real --cluster` kills as each step begins.
    """
    drilled = OnEngine(tmp_path, cluster)
    drilled.depth = "services"
    assert drilled.one(3, "step")
    drilled.at_step(part)
    assert drilled.written, "somebody wrote to the platform meanwhile"
    assert drilled.outcomes == {"broken off": 2}
