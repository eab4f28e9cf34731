"""A sandbox drill beside a platform that runs and takes writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.hosts.docker_engine import DockerEngine
from pryv_tui.hosts.sandbox import docker_maker
from pryv_tui.hosts.sandbox.labels import DRILL, PREFIX
from pryv_tui.hosts.sandbox.making import Wanted
from pryv_tui.operations.drilling.probing import Answer, Attempt, judged, programs
from pryv_tui.operations.settings.patience import Patience
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.runs.record.events import DrillChecked, Probed, RunFinished, StepStarted
from tests.journeys.performing import perform
from tests.real.operator import Operator
from tests.real.testbed.platform import RealPlatform

pytestmark = pytest.mark.engine

WRITES_EVERY = 0.3
"""Seconds: some dozens of writes while it runs, and not as many as this machine can make."""


def left_of_drills(platform: RealPlatform) -> list[str]:
    (machine,) = platform.machines
    every = machine.engine.client.containers.list(all=True)
    volumes = [str(one.name) for one in machine.engine.client.volumes.list()]
    names = [str(one.name) for one in every if DRILL in one.labels]
    return names + [str(one.name) for one in every if PREFIX in str(one.name)] + volumes


def addresses(platform: RealPlatform) -> set[str]:
    """Of every live container that has one."""
    (machine,) = platform.machines
    return {
        each["IPAddress"]
        for one in machine.engine.containers()
        for each in one.attrs["NetworkSettings"]["Networks"].values()
        if each["IPAddress"]
    }


@pytest.fixture
def cleared(small: RealPlatform) -> Iterator[RealPlatform]:
    """Whatever a test finds, no drill is left on an engine that others use after it."""
    yield small
    (machine,) = small.machines
    for one in machine.engine.client.containers.list(all=True, filters={"label": DRILL}):
        one.remove(force=True, v=True)


def networks(platform: RealPlatform) -> list[Any]:
    (machine,) = platform.machines
    return sorted((one.name, one.id) for one in machine.engine.client.networks.list())


def test_a_set_is_proven_while_the_platform_takes_writes(
    cleared: RealPlatform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = cleared
    operator = Operator(small, tmp_path)
    assert operator.backup().exit == 0
    (machine,) = small.machines
    before = small.contents()
    person = next(iter(small.people))
    there = [(c.name, c.id, c.attrs["State"]["StartedAt"]) for c in machine.engine.containers()]
    nets, volumes = networks(small), left_of_drills(small)
    written: list[str] = []
    with ThreadPoolExecutor(1) as pool:
        going = pool.submit(operator.run, "drill", "run", "--json")
        while not wait([going], timeout=WRITES_EVERY).done:
            written += small.add_events(person, 1, first=300_000 + len(written))
        done = going.result()
    events = [json.loads(line) for line in done.out.splitlines()]
    checks = {
        (e["check"]["name"], e["check"]["about"]): e["check"]
        for e in events
        if e["event"] == "drill_check"
    }
    assert done.exit == 0, (done.err, {k: v for k, v in checks.items() if v["state"] != "passed"})
    assert {one["state"] for one in checks.values()} == {"passed"}
    # Every figure of the set was found in it.
    manifest = json.loads(next(operator.vault.glob("*/set.json")).read_text())
    stores = manifest["hosts"][0]["stores"]
    documents = sum(stores["mongodb"]["collections"].values())
    assert f"{documents} documents" in checks["content", "mongodb"]["found"]
    assert (
        f"{len(stores['influxdb']['databases'])} user databases"
        in (checks["content", "influxdb"]["found"])
    )
    assert f"{stores['redis']['users']} users" in checks["content", "redis"]["found"]
    # From inside, each live container, the machine, the outside and names were tried.
    tried = [e["probe"] for e in events if e["event"] == "drill_probe"]
    assert all(one["told"] and not one["reached"] for one in tried)
    assert {one["what"] for one in tried} >= {"outwards", "name", "host", "production"}
    live = addresses(small)
    assert live and all(any(one["target"].startswith(ip) for one in tried) for ip in live)
    # The platform is what it was, with what it has written itself.
    now = [(c.name, c.id, c.attrs["State"]["StartedAt"]) for c in machine.engine.containers()]
    assert (now, networks(small), left_of_drills(small)) == (there, nets, volumes)
    assert written
    small.settle()
    after = small.contents()
    assert {name for name in before if before[name] != after[name]} == {"mongodb"}
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
        set_id=manifest["id"],
    )
    (end,) = [one for one in leaky if isinstance(one, RunFinished)]
    assert end.exit == 1
    states = {one.check.name: one.check.state for one in leaky if isinstance(one, DrillChecked)}
    assert states["isolation"] == "failed" and states["content"] == "not checked"
    reached = {one.probe.source for one in leaky if isinstance(one, Probed) and one.probe.reached}
    assert {source.rpartition("_")[2] for source in reached} == {"redis"}
    assert not [one for one in leaky if isinstance(one, StepStarted) and "in-sandbox" in one.step]
    assert (networks(small), left_of_drills(small)) == (nets, volumes)
