"""A cluster's set brought up in one sandbox on one of its machines, and asked from inside, while
its three machines run and take writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.hosts.sandbox.labels import DRILL, PREFIX
from pryv_tui.operations.steps.drilling.build_sandbox import LEFT_OFF
from pryv_tui.operations.steps.drilling.read_services import THROUGH
from tests.real.journeys.register import let_register_know
from tests.real.operator import Operator
from tests.real.testbed.platform import DOMAIN, RealPlatform

pytestmark = pytest.mark.engine

WRITES_EVERY = 0.3
"""Seconds: some dozens of writes while it runs, and not as many as this machine can make."""


@pytest.fixture
def truthful(cluster: RealPlatform) -> Iterator[RealPlatform]:
    """In a set of it register tells which names its Redis has: the stand-in knows one alone. The
    platform's own goes on as it is. Whatever a test finds, no drill is left on an engine."""
    root = cluster.machine("register").root
    yml = root / "pryv/pryv.yml"
    before = yml.read_bytes()
    app = let_register_know(root)
    try:
        yield cluster
    finally:
        yml.write_bytes(before)
        app.unlink()
        for machine in cluster.machines:
            client = machine.engine.client
            for one in client.containers.list(all=True, filters={"label": DRILL}):
                one.remove(force=True, v=True)
            for net in client.networks.list(filters={"label": DRILL}):
                net.remove()


def around(platform: RealPlatform) -> list[Any]:
    """Containers with their starts, networks and volumes of each engine; what a drill leaves would
    be among these."""
    found: list[Any] = []
    for machine in platform.machines:
        client = machine.engine.client
        every = client.containers.list(all=True)
        found += [
            (machine.name, one.name, one.id, one.attrs["State"]["StartedAt"]) for one in every
        ]
        found += [(machine.name, one.name, one.id) for one in client.networks.list()]
        found += [(machine.name, one.name) for one in client.volumes.list()]
        assert not [one.name for one in every if PREFIX in str(one.name) or DRILL in one.labels]
    return sorted(found)


def addresses(platform: RealPlatform) -> set[str]:
    """Of every live container that has one, on every machine."""
    return {
        each["IPAddress"]
        for machine in platform.machines
        for one in machine.engine.containers()
        for each in one.attrs["NetworkSettings"]["Networks"].values()
        if each["IPAddress"]
    }


def test_a_clusters_set_is_proven_up_to_its_services_on_one_machine_while_three_take_writes(
    truthful: RealPlatform, tmp_path: Path
) -> None:
    cluster = truthful
    operator = Operator(cluster, tmp_path)
    assert operator.backup().exit == 0
    before, there = cluster.contents(), around(cluster)
    person = next(iter(cluster.people))
    written: list[str] = []
    with ThreadPoolExecutor(1) as pool:
        going = pool.submit(operator.run, "drill", "run", "--depth", "services", "--json")
        while not wait([going], timeout=WRITES_EVERY).done:
            written += cluster.add_events(person, 1, first=300_000 + len(written))
        done = going.result()
    events = [json.loads(line) for line in done.out.splitlines()]
    every = [one["check"] for one in events if one["event"] == "drill_check"]
    found = {(one["name"], one["about"]): one for one in every}
    beyond = {key for key, one in found.items() if one["beyond"]}
    wrong = {k: v for k, v in found.items() if v["state"] != "passed" and k not in beyond}
    assert (done.exit, wrong) == (0, {}), done.err
    assert {name for name, _ in beyond} <= {LEFT_OFF, *THROUGH.values()}, "of data all was checked"
    _has_every_figure(operator, {key: one["found"] for key, one in found.items()})
    prints = [
        one["fingerprint"]["details"] for one in events if one["event"] == "drill_fingerprint"
    ]
    assert prints[0] == prints[1] and len(prints[0]) > 20

    answers = {about: one["found"] for (name, about), one in found.items() if name == "answers"}
    # A smaller cluster has no hfs, and less that is left off.
    has = {
        str(one.name).removeprefix("pryvio_")
        for machine in cluster.machines
        for one in machine.engine.containers()
    }
    hfs = {"hfs of core"} if "hfs" in has else set()
    doors = {"nginx of core", "nginx of register"}
    assert set(answers) == doors | {"register of register", "core of core"} | hfs
    assert f"https://reg.{DOMAIN}/service/info says 200" in answers["register of register"]
    assert f"https://co1.{DOMAIN}/status says 200" in answers["core of core"]
    known = found["sample: accounts through register", ""]
    assert known["found"] == f"{min(5, len(cluster.people))} known to it"
    off = {about.partition(" ")[0] for name, about in found if name == "left off"}
    # The front door of static-web has nobody behind it here.
    assert off - {"nginx"} == has - {
        "mongodb",
        "influxdb",
        "redis",
        *(each.split()[0] for each in answers),
    }
    # Each container tried every live one, of each machine, and the machine itself, before any data.
    tried = [e["probe"] for e in events if e["event"] == "drill_probe"]
    sources = {one["source"] for one in tried}
    assert len(sources) == 3 + len(answers)
    assert all(one["told"] and not one["reached"] for one in tried)
    assert {one["what"] for one in tried} == {"outwards", "name", "host", "production"}
    live = addresses(cluster)
    for source in sources:
        goals = {one["target"].partition(":")[0] for one in tried if one["source"] == source}
        assert live and live <= goals and {"198.18.0.1", "203.0.113.1"} & goals

    # Nothing of it is left, on no engine, and what the platform holds is what it has written.
    assert around(cluster) == there
    assert not list((tmp_path / "state/sandboxes").iterdir())
    gone = [e["disposal"] for e in events if e["event"] == "drill_disposal"]
    assert sum(one["container"] for one in gone) == len(sources)
    assert sum(one["network"] for one in gone) == 3
    assert written
    cluster.settle()
    after = cluster.contents()
    assert {name for name in before if before[name] != after[name]} == {"mongodb"}


def _has_every_figure(operator: Operator, checks: dict[tuple[str, str], str]) -> None:
    """Every figure of the set was found, whichever machine it was of."""
    manifest = json.loads(next(operator.vault.glob("*/set.json")).read_text())
    stores = {name: told for host in manifest["hosts"] for name, told in host["stores"].items()}
    documents = sum(stores["mongodb"]["collections"].values())
    assert f"{documents} documents" in checks["content", "mongodb"]
    databases = len(stores["influxdb"]["databases"])
    assert f"{databases} user databases" in checks["content", "influxdb"]
    assert f"{stores['redis']['users']} users" in checks["content", "redis"]
    back = {about for name, about in checks if name == "files brought back"}
    assert back == {host["name"] for host in manifest["hosts"]} and len(back) == 3
