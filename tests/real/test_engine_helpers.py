"""What `engine_helpers.c` does in an engine's place is what the engine does itself."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from .machines import TestEngine

pytestmark = pytest.mark.engine

NAME, NETWORK = "pryvio_probe", "pryv_frontend"
_OUT, _IN = "-A DOCKER_OUTPUT -d 127.0.0.11/32", "-A DOCKER_POSTROUTING -s 127.0.0.11/32"
RULES = [
    "-A OUTPUT -d 127.0.0.11/32 -j DOCKER_OUTPUT",
    "-A POSTROUTING -d 127.0.0.11/32 -j DOCKER_POSTROUTING",
    f"{_OUT} -p tcp -m tcp --dport 53 -j DNAT --to-destination 127.0.0.11:PORT",
    f"{_OUT} -p udp -m udp --dport 53 -j DNAT --to-destination 127.0.0.11:PORT",
    f"{_IN} -p tcp -m tcp --sport PORT -j SNAT --to-source :53",
    f"{_IN} -p udp -m udp --sport PORT -j SNAT --to-source :53",
]
"""As an engine without the library leaves them, the ports apart."""


def test_a_containers_network_is_as_the_engine_makes_it(engine: TestEngine) -> None:
    client = engine.client
    client.networks.create(NETWORK, driver="bridge")
    tags = [tag for image in client.images.list() for tag in image.tags]
    image = next(tag for tag in tags if "mongodb" in tag)
    made = client.containers.run(
        image, ["sleep", "600"], name=NAME, entrypoint="", detach=True, network=NETWORK
    )
    made.reload()
    net = f"/proc/{made.attrs['State']['Pid']}/ns/net"

    def inside(*words: str) -> str:
        argv = ["nsenter", f"--net={net}", *words]
        return subprocess.run(argv, capture_output=True, text=True, check=True).stdout

    told = inside("iptables-save", "-t", "nat").splitlines()
    chains = sorted(line.split()[0] for line in told if line.startswith(":"))
    usual = ["INPUT", "OUTPUT", "POSTROUTING", "PREROUTING"]
    assert chains == [f":{name}" for name in ("DOCKER_OUTPUT", "DOCKER_POSTROUTING", *usual)]
    ports = r"(--sport |127\.0\.0\.11:)\d+"
    rules = [re.sub(ports, r"\1PORT", line) for line in told if line.startswith("-A")]
    assert rules == RULES
    assert inside("cat", "/proc/sys/net/ipv6/conf/all/disable_ipv6") == "1\n"
    other = client.containers.run(
        image,
        ["python3", "-c", f"import socket; print(socket.gethostbyname('{NAME}'))"],
        name="pryvio_other", entrypoint="", network=NETWORK, remove=True,
    )  # fmt: skip
    address = made.attrs["NetworkSettings"]["Networks"][NETWORK]["IPAddress"]
    assert other.decode().strip() == address, "names are found"
    # From its start on the engine knows the network by the key that was told to it.
    key = made.attrs["NetworkSettings"]["SandboxKey"]
    assert Path(key).stat().st_ino == Path(net).stat().st_ino
