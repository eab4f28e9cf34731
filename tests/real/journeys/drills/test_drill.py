"""A sandbox drill beside a platform that runs and takes writes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.hosts.docker_engine import DockerEngine
from pryv_tui.hosts.sandbox import docker_maker
from pryv_tui.hosts.sandbox.making import Wanted
from pryv_tui.operations.drilling.probing import Answer, Attempt, judged, programs
from pryv_tui.operations.settings.patience import Patience
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.runs.record.events import DrillChecked, Probed, RunFinished, StepStarted
from tests.journeys.performing import perform
from tests.real.journeys.drills.drilled import (
    around,
    clear,
    contents_but,
    drilled,
    has_every_figure,
    nothing_got_out,
)
from tests.real.operator import Operator
from tests.real.testbed.platform import RealPlatform

pytestmark = pytest.mark.engine


@pytest.fixture
def cleared(small: RealPlatform) -> Iterator[RealPlatform]:
    """Whatever a test finds, no drill is left on an engine that others use after it."""
    yield small
    clear(small)


def test_a_set_is_proven_while_the_platform_takes_writes(
    cleared: RealPlatform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = cleared
    operator = Operator(small, tmp_path)
    assert operator.backup().exit == 0
    (machine,) = small.machines
    small.settle()
    before, there = small.contents(), around(small)
    told = drilled(operator)
    assert told.done.exit == 0, (told.done.err, set(told.checks) - told.in_state("passed"))
    assert told.in_state("passed") == set(told.checks)
    has_every_figure(operator, told)
    nothing_got_out(told, small, 3)
    # The platform is what it was, with what it has written itself.
    assert around(small) == there
    assert told.written
    assert contents_but(small, told.written) == before
    assert not list((tmp_path / "state/sandboxes").iterdir())

    # The very attempts that fail inside get through where there is a network.
    engine = DockerEngine(machine.engine.url)
    goal = Attempt("production", machine.engine.ip("pryvio_redis"), 6379)
    said: list[bytes] = []
    code = engine.exec(
        "pryvio_mongodb",
        programs(goal.target, goal.port)[0],
        on_output=lambda _s, chunk: said.append(chunk),
        environment={"LC_ALL": "C"},
    )
    assert judged(goal, "live", Answer(code, b"".join(said).decode())).reached

    # And where one container of a sandbox had one, no data would come into it. An attempt is given
    # up soon: where a network has no way on, nobody answers.
    asked = docker_maker._asked

    def with_a_network(api: Any, wanted: Wanted) -> dict[str, Any]:
        made = asked(api, wanted)
        if wanted.service == "redis":
            made["host_config"]["NetworkMode"] = "pryv_backend"
        return made

    monkeypatch.setattr(docker_maker, "_asked", with_a_network)
    settings = resolve_settings(
        docker=machine.engine.url,
        root=str(machine.root),
        vault=str(operator.vault),
        state=str(tmp_path / "state"),
        environment={},
    )
    leaky = perform(
        settings,
        "20260101T000001Z-drill-0001",
        "drill",
        monkeypatch,
        patience=Patience(way_out=2.0),
        set_id=operator.only_set()["id"],
    )
    (end,) = [one for one in leaky if isinstance(one, RunFinished)]
    assert end.exit == 1
    states = {one.check.name: one.check.state for one in leaky if isinstance(one, DrillChecked)}
    assert states["isolation"] == "failed" and states["content"] == "not checked"
    reached = {one.probe.source for one in leaky if isinstance(one, Probed) and one.probe.reached}
    assert {source.rpartition("_")[2] for source in reached} == {"redis"}
    assert not [one for one in leaky if isinstance(one, StepStarted) and "in-sandbox" in one.step]
    assert around(small) == there
