"""A cluster's set in one sandbox, while its three machines run and take writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.hosts.sandbox.labels import DRILL, PREFIX

from .platform import RealPlatform
from .test_journey import Operator

pytestmark = pytest.mark.engine


@pytest.fixture
def cleared(cluster: RealPlatform) -> Iterator[RealPlatform]:
    """Whatever is found, no drill is left on engines that others use after it."""
    yield cluster
    for machine in cluster.machines:
        for one in machine.engine.client.containers.list(all=True, filters={"label": DRILL}):
            one.remove(force=True, v=True)


def around(platform: RealPlatform) -> list[Any]:
    """Containers with their starts, networks and volumes of each engine; what a drill leaves would
    be among these."""
    found: list[Any] = []
    for machine in platform.machines:
        client = machine.engine.client
        every = client.containers.list(all=True)
        found += [(machine.name, one.id, one.attrs["State"]["StartedAt"]) for one in every]
        found += [(machine.name, one.name, one.id) for one in client.networks.list()]
        found += [(machine.name, one.name) for one in client.volumes.list()]
        assert not [one.name for one in every if PREFIX in str(one.name) or DRILL in one.labels]
    return sorted(found)


def test_a_clusters_set_is_proven_on_one_machine_while_three_take_writes(
    cleared: RealPlatform, tmp_path: Path
) -> None:
    cluster = cleared
    operator = Operator(cluster, tmp_path)
    assert operator.backup().exit == 0
    before, there = cluster.contents(), around(cluster)
    person = next(iter(cluster.people))
    written: list[str] = []
    with ThreadPoolExecutor(1) as pool:
        going = pool.submit(operator.run, "drill", "run", "--json")
        while not wait([going], timeout=0.2).done:
            written += cluster.add_events(person, 1, first=300_000 + len(written))
        done = going.result()
    events = [json.loads(line) for line in done.out.splitlines()]
    every = [one["check"] for one in events if one["event"] == "drill_check"]
    assert done.exit == 0, (done.err, [one for one in every if one["state"] != "passed"])
    assert {one["state"] for one in every} == {"passed"}
    # Every figure of the set, whichever machine it was of.
    checks = {(one["name"], one["about"]): one["found"] for one in every}
    manifest = json.loads(next(operator.vault.glob("*/set.json")).read_text())
    stores = {name: told for host in manifest["hosts"] for name, told in host["stores"].items()}
    documents = sum(stores["mongodb"]["collections"].values())
    assert f"{documents} documents" in checks["content", "mongodb"]
    databases = len(stores["influxdb"]["databases"])
    assert f"{databases} user databases" in checks["content", "influxdb"]
    assert f"{stores['redis']['users']} users" in checks["content", "redis"]
    back = {about for name, about in checks if name == "files brought back"}
    assert back == {host["name"] for host in manifest["hosts"]} and len(back) == 3
    tried = [one["probe"] for one in events if one["event"] == "drill_probe"]
    assert all(one["told"] and not one["reached"] for one in tried)
    prints = [
        one["fingerprint"]["details"] for one in events if one["event"] == "drill_fingerprint"
    ]
    assert prints[0] == prints[1] and len(prints[0]) > 20
    # Nothing of it is left, on no engine, and what the platform holds is what it has written.
    assert around(cluster) == there
    assert written
    cluster.settle()
    after = cluster.contents()
    assert {name for name in before if before[name] != after[name]} == {"mongodb"}
    assert not list((tmp_path / "state/sandboxes").iterdir())
