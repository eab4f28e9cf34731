"""A cluster's set brought up in a sandbox on one of its machines, and asked from inside."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pryv_tui.hosts.sandbox.labels import DRILL

from .platform import DOMAIN, RealPlatform
from .test_journey import Operator

pytestmark = pytest.mark.engine

ASKS_REDIS = """
def known(name: str) -> bool:
    with socket.create_connection(("redis", 6379), timeout=2) as link:
        link.sendall(f"EXISTS {name}:users\\r\\n".encode())
        return link.recv(64).startswith(b":1")


def serve("""
STANDIN = Path(__file__).parent / "images/app/standin_app.py"


@pytest.fixture
def truthful(cluster: RealPlatform) -> Iterator[RealPlatform]:
    """In a set of it register tells which names its Redis has: the stand-in knows one alone. The
    platform's own goes on as it is. Whatever a test finds, no drill is left on an engine."""
    root = cluster.machine("register").root
    app, yml = root / "pryv/register/conf/register_app.py", root / "pryv/pryv.yml"
    before, line = yml.read_bytes(), "    container_name: pryvio_register\n"
    source = STANDIN.read_text().replace("\ndef serve(", ASKS_REDIS, 1)
    app.write_text(source.replace('path.startswith("/wactiv/")', 'known(path.split("/")[1])'))
    command = '    command: ["/usr/bin/python3", "/app/conf/register_app.py"]\n'
    yml.write_text(before.decode().replace(line, line + command, 1))
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


def there(platform: RealPlatform) -> list[object]:
    """What each engine has: containers as they run, networks, volumes."""
    return [
        (
            sorted((c.name, c.id, c.attrs["State"]["StartedAt"]) for c in engine.containers()),
            sorted((n.name, n.id) for n in engine.client.networks.list()),
            sorted(v.name for v in engine.client.volumes.list()),
        )
        for engine in (machine.engine for machine in platform.machines)
    ]


def addresses(platform: RealPlatform) -> set[str]:
    """Of every live container that has one, on every machine."""
    return {
        each["IPAddress"]
        for machine in platform.machines
        for one in machine.engine.containers()
        for each in one.attrs["NetworkSettings"]["Networks"].values()
        if each["IPAddress"]
    }


def test_a_cluster_comes_up_on_one_machine_and_answers_and_nothing_gets_out(
    truthful: RealPlatform, tmp_path: Path
) -> None:
    operator = Operator(truthful, tmp_path)
    assert operator.backup().exit == 0
    before = there(truthful)
    done = operator.run("drill", "run", "--depth", "services", "--json")
    events = [json.loads(line) for line in done.out.splitlines()]
    found = {
        (e["check"]["name"], e["check"]["about"]): e["check"]
        for e in events
        if e["event"] == "drill_check"
    }
    beyond = {key for key, one in found.items() if one["beyond"]}
    wrong = {k: v for k, v in found.items() if v["state"] != "passed" and k not in beyond}
    assert (done.exit, wrong) == (0, {}), done.err
    answers = {about: one["found"] for (name, about), one in found.items() if name == "answers"}
    # A smaller cluster has no hfs, and less that is left off.
    has = {
        str(one.name).removeprefix("pryvio_")
        for machine in truthful.machines
        for one in machine.engine.containers()
    }
    hfs = {"hfs of core"} if "hfs" in has else set()
    doors = {"nginx of core", "nginx of register"}
    assert set(answers) == doors | {"register of register", "core of core"} | hfs
    assert f"https://reg.{DOMAIN}/service/info says 200" in answers["register of register"]
    assert f"https://co1.{DOMAIN}/status says 200" in answers["core of core"]
    known = found["sample: accounts through register", ""]
    assert known["found"] == f"{min(5, len(truthful.people))} known to it"
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
    live = addresses(truthful)
    for source in sources:
        goals = {one["target"].partition(":")[0] for one in tried if one["source"] == source}
        assert live and live <= goals and {"198.18.0.1", "203.0.113.1"} & goals
    # Nothing of it is left, and what lives is what it was.
    assert there(truthful) == before
    assert not list((tmp_path / "state/sandboxes").iterdir())
    gone = [e["disposal"] for e in events if e["event"] == "drill_disposal"]
    assert sum(one["container"] for one in gone) == len(sources)
    assert sum(one["network"] for one in gone) == 3
