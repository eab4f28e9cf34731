"""A sandbox drill beside a platform that takes writes: what it told, and what it left of that."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any, NamedTuple

from bson import json_util

from pryv_tui.hosts.sandbox.labels import DRILL, PREFIX
from tests.journeys.program import Ended
from tests.real.operator import Operator
from tests.real.testbed import stores
from tests.real.testbed.platform import RealPlatform

WRITES_EVERY = 0.3
"""Seconds: some dozens of writes while it runs, and not as many as this machine can make."""


class Told(NamedTuple):
    """What a drill told, and what the platform wrote meanwhile."""

    done: Ended
    events: list[dict[str, Any]]
    checks: dict[tuple[str, str], dict[str, Any]]
    """By name and of what, as each came out last."""
    written: list[str]
    """The ids of the events that came to the platform meanwhile."""

    def in_state(self, state: str) -> set[tuple[str, str]]:
        return {key for key, one in self.checks.items() if one["state"] == state}

    @property
    def left_out(self) -> set[tuple[str, str]]:
        """What no drill of this depth could do."""
        return {key for key, one in self.checks.items() if one["beyond"]}

    def found(self, name: str) -> dict[str, str]:
        """By what it is about, what a check of this name found."""
        return {about: one["found"] for (each, about), one in self.checks.items() if each == name}

    def of(self, kind: str, field: str) -> list[dict[str, Any]]:
        return [one[field] for one in self.events if one["event"] == kind]


def drilled(operator: Operator, *words: str) -> Told:
    """Hold a drill while somebody writes to the platform until it is over."""
    platform = operator.platform
    person = next(iter(platform.people))
    written: list[str] = []
    with ThreadPoolExecutor(1) as pool:
        going = pool.submit(operator.run, "drill", "run", *words, "--json")
        while not wait([going], timeout=WRITES_EVERY).done:
            written += platform.add_events(person, 1, first=300_000 + len(written))
        done = going.result()
    events = [json.loads(line) for line in done.out.splitlines()]
    every = [one["check"] for one in events if one["event"] == "drill_check"]
    return Told(done, events, {(one["name"], one["about"]): one for one in every}, written)


def contents_but(platform: RealPlatform, written: list[str]) -> dict[str, Any]:
    """All that a platform holds, without these events of its own, which have to be there."""
    platform.settle()
    found = platform.contents()
    with stores.mongodb(platform.ip("mongodb")) as database:
        assert database["events"].count_documents({"_id": {"$in": written}}) == len(written)
        others = database["events"].find({"_id": {"$nin": written}})
        lines = [json_util.dumps(one, sort_keys=True) for one in others]
    found["mongodb"]["events"] |= {"documents": len(lines), "digest": stores.digest_of(lines)}
    return found


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


def clear(platform: RealPlatform) -> None:
    """Whatever a test found, no drill is left on an engine that others use after it."""
    for machine in platform.machines:
        client = machine.engine.client
        for one in client.containers.list(all=True, filters={"label": DRILL}):
            one.remove(force=True, v=True)
        for net in client.networks.list(filters={"label": DRILL}):
            net.remove()


def has_every_figure(operator: Operator, told: Told) -> None:
    """Every figure of the set was found, whichever machine it was of."""
    manifest = json.loads(next(operator.vault.glob("*/set.json")).read_text())
    held = {name: one for host in manifest["hosts"] for name, one in host["stores"].items()}
    content = told.found("content")
    documents = sum(held["mongodb"]["collections"].values())
    assert f"{documents} documents" in content["mongodb"]
    assert f"{len(held['influxdb']['databases'])} user databases" in content["influxdb"]
    assert f"{held['redis']['users']} users" in content["redis"]
    hosts = {host["name"] for host in manifest["hosts"]}
    assert set(told.found("files brought back")) == hosts
    assert len(hosts) == len(operator.platform.machines)


def nothing_got_out(told: Told, platform: RealPlatform, sources: int) -> None:
    """So many containers tried every live one, of each machine, the machine itself, the outside
    and names, and none of it was reached."""
    tried = told.of("drill_probe", "probe")
    live = addresses(platform)
    assert live and all(one["told"] and not one["reached"] for one in tried)
    assert {one["what"] for one in tried} == {"outwards", "name", "host", "production"}
    each: dict[str, set[str]] = {}
    for one in tried:
        each.setdefault(one["source"], set()).add(one["target"].partition(":")[0])
    assert len(each) == sources
    for goals in each.values():
        assert live <= goals and {"198.18.0.1", "203.0.113.1"} & goals
