"""The shell lines that make a sandbox say all that its containers and networks are given."""

from __future__ import annotations

import shlex
from typing import Any

import docker
import pytest

from pryv_tui.hosts.engine import Mount
from pryv_tui.hosts.sandbox.docker_maker import DockerMaker, _asked
from pryv_tui.hosts.sandbox.making import Joined, Limits, Network, Wanted
from pryv_tui.operations.steps.drilling.build_sandbox import BuildSandbox, net_line, run_line

API = docker.APIClient(base_url="tcp://127.0.0.1:1", version="1.41")
"""It asks nobody: what an engine would be sent is made without one."""

BARE = Wanted(
    name="pryvdrill_d1_redis",
    drill="d1",
    expires="2026-01-02T00:00:00Z",
    host="core",
    service="redis",
    image="sha256:1",
    folder="/s/d1",
    limits=Limits(memory=1 << 30, cpus=1.5, pids=100),
)
FULL = Wanted(
    name="pryvdrill_d1_core_core",
    drill="d1",
    expires="2026-01-02T00:00:00Z",
    host="core",
    service="core",
    image="sha256:2",
    folder="/s/d1",
    mounts=(Mount("/s/d1/a b", "/app/a", False), Mount("/s/d1/c", "/app/c", True)),
    command=("--config", "it's"),
    entrypoint=("node", "main.js"),
    environment={"NODE_ENV": "production", "TOKEN": "hunter2Canary"},
    user="9999:9999",
    working_dir="/app",
    ulimits={"nofile": (1024, 2048), "nproc": (5, 6)},
    limits=Limits(memory=2 << 30, cpus=2, pids=4096),
    joins=(
        Joined("pryvdrill_d1_core_net", "198.18.0.10", ("core", "core-1")),
        Joined("pryvdrill_d1_between_net", "198.18.2.10", ("co1.pryv.example",)),
    ),
    hosts={"reg.pryv.example": "198.18.2.11", "mail": "127.0.0.1"},
)
MANY = {
    "--network-alias",
    "--cap-drop",
    "--dns",
    "--dns-option",
    "--add-host",
    "--ulimit",
    "--label",
    "-v",
    "-e",
    "--alias",
    "-o",
}
"""Options that may come several times; none comes twice that is not one of these."""


def read(words: list[str]) -> tuple[dict[str, Any], list[str]]:
    """The options of a line of docker with their values, and what follows them."""
    found: dict[str, Any] = {}
    while words and words[0].startswith("-"):
        option, *words = words
        if option in ("-d", "--internal"):
            found[option] = True
            continue
        value, *words = words
        if option in MANY:
            found.setdefault(option, []).append(value)
        else:
            assert option not in found, option
            found[option] = value
    return found, words


def pairs(told: list[str], sign: str) -> dict[str, str]:
    return dict(one.split(sign, 1) for one in told)


def as_the_engine_is_asked(line: str) -> dict[str, Any]:
    """What docker would ask its engine for by this line."""
    words = shlex.split(line)
    assert words[:2] == ["docker", "run"]
    told, (image, *command) = read(words[2:])
    assert told.pop("-d")
    host: dict[str, Any] = {
        "NetworkMode": told.pop("--network"),
        "RestartPolicy": {"Name": told.pop("--restart")},
        "Memory": int(told.pop("--memory")),
        "MemorySwap": int(told.pop("--memory-swap")),
        "NanoCpus": int(float(told.pop("--cpus")) * 1e9),
        "PidsLimit": int(told.pop("--pids-limit")),
        "Binds": told.pop("-v", []),
        "Ulimits": [
            {"Name": name, "Soft": int(value.split(":")[0]), "Hard": int(value.split(":")[1])}
            for name, value in pairs(told.pop("--ulimit", []), "=").items()
        ],
        "CapDrop": told.pop("--cap-drop", None),
        "Dns": told.pop("--dns", None),
        "DnsOptions": told.pop("--dns-option", None),
        "ExtraHosts": sorted(told.pop("--add-host", [])) or None,
    }
    entry = told.pop("--entrypoint", None)
    found = {
        "host": {key: value for key, value in host.items() if value is not None},
        "image": image,
        "name": told.pop("--name"),
        "labels": pairs(told.pop("--label"), "="),
        "environment": told.pop("-e", []),
        "user": told.pop("--user", None),
        "working_dir": told.pop("--workdir", None),
        "program": [*([entry] if entry else []), *command],
        "address": told.pop("--ip", None),
        "aliases": told.pop("--network-alias", []),
    }
    assert not told, f"not known here: {told}"
    return found


def as_it_asks(wanted: Wanted) -> dict[str, Any]:
    """What the program asks the engine for."""
    asked = _asked(API, wanted)
    net = asked.pop("networking_config", None)
    place: dict[str, Any] = {}
    if net is not None:
        (place,) = net.pop("EndpointsConfig").values()
        assert not net
    host = dict(asked.pop("host_config"))
    if "ExtraHosts" in host:
        host["ExtraHosts"] = sorted(host["ExtraHosts"])
    found = {
        "host": host,
        "image": asked.pop("image"),
        "name": asked.pop("name"),
        "labels": asked.pop("labels"),
        # What they hold may be a password: it is told nowhere.
        "environment": list(asked.pop("environment")),
        "user": asked.pop("user", None),
        "working_dir": asked.pop("working_dir", None),
        "program": [*asked.pop("entrypoint", []), *asked.pop("command", [])],
        "address": place.pop("IPAMConfig", {}).get("IPv4Address"),
        "aliases": place.pop("Aliases", []),
    }
    assert not asked and not place, f"given, and looked for nowhere here: {asked} {place}"
    return found


@pytest.mark.parametrize("wanted", [BARE, FULL, FULL.walls()])
def test_the_line_of_a_container_says_all_that_the_engine_is_asked_for(wanted: Wanted) -> None:
    line, *more = run_line(wanted).split("; ")
    assert as_the_engine_is_asked(line) == as_it_asks(wanted)
    assert "hunter2Canary" not in line
    assert len(more) == len(wanted.joins[1:])
    for one, joined in zip(more, wanted.joins[1:], strict=True):
        words = shlex.split(one)
        assert words[:3] == ["docker", "network", "connect"]
        told, rest = read(words[3:])
        assert (told, rest) == (
            {"--ip": joined.address, "--alias": list(joined.aliases)},
            [joined.network, wanted.name],
        )


class Noted:
    """A client that notes what it is called for."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []

    def call(self, act: Any, _about: str = "") -> None:
        act(self)

    def create_network(self, name: str, **more: Any) -> None:
        self.calls.append({"name": name, **more})


def test_the_line_of_a_network_says_all_that_the_engine_is_asked_for() -> None:
    net = Network(name="pryvdrill_d1_net", drill="d1", expires="2026", subnet="198.18.0.0/24")
    step = BuildSandbox(set_id="s", drill="d1", folder="/s/d1", expires="2026", roots={},
                        wanted=(BARE,), networks=(net,))  # fmt: skip
    noted = Noted()
    placed = step._placed(net)
    DockerMaker(noted).make_network(placed)  # type: ignore[arg-type]
    (asked,) = noted.calls
    words = shlex.split(net_line(placed))
    told, rest = read(words[3:])
    assert (words[:3], rest) == (["docker", "network", "create"], [asked["name"]])
    assert told == {
        "--driver": asked["driver"],
        "--internal": asked["internal"],
        "-o": [f"{key}={value}" for key, value in asked["options"].items()],
        "--label": [f"{key}={value}" for key, value in asked["labels"].items()],
        "--subnet": asked["ipam"]["Config"][0]["Subnet"],
    }
    assert asked["labels"]["pryv-tui.drill.root"] == "/s/d1"
    # The rest is docker's own habit: no IPv6, no second network of that name.
    assert (asked["enable_ipv6"], asked["check_duplicate"]) == (False, True)
    # What a step shows, and a record keeps, are these very lines.
    assert step.command == ("mkdir -p -m 0700 /s/d1", net_line(placed), run_line(BARE))
