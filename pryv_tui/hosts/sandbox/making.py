"""The interface that makes and removes a drill's containers. Docker's SDK stays behind it."""

from __future__ import annotations

from typing import Protocol

import msgspec

from pryv_tui.hosts.engine import Mount
from pryv_tui.hosts.sandbox import labels

NO_HOST = {"com.docker.network.bridge.inhibit_ipv4": "true"}
"""Network option that gives the machine no address on the bridge. Without it even an internal
network gives it one, at which containers reach the machine (moby#47356)."""
NOBODY = "127.0.0.1"
"""The name server to which an engine forwards names that are no container's: the container itself.
Without one, engines before 25.0.5 ask from the machine (CVE-2024-29018)."""

DNS_OPTIONS = ("timeout:1", "attempts:1")
"""What is asked for and is not there is said at once."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much of the machine one container may use."""

    memory: int
    """Bytes, including swap."""
    cpus: float
    pids: int


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """A network of a drill: a bridge on which the machine has no address, so that nothing on it can
    forward traffic. No field can give the machine an address."""

    name: str
    drill: str
    expires: str
    subnet: str
    """For example `198.18.0.0/24`."""
    folder: str = ""
    """The sandbox's folder, by which others see whether a drill is at work in it; empty where not
    told."""


class Joined(msgspec.Struct, frozen=True):
    """A container's membership in a network of its drill."""

    network: str
    address: str = ""
    """Empty: the engine chooses one."""
    aliases: tuple[str, ...] = ()
    """The names by which others on the network reach the container."""


IDLE = ("sleep", "900")
"""The program of a container that only serves to test its isolation: it sleeps (seconds)."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The specification of one container of a drill.

    It gets no published port, no restart policy, no device and no extra right: there is no field
    for any of them. It has no network except those of its drill.
    """

    name: str
    drill: str
    expires: str
    host: str
    service: str
    image: str
    """The image's own id, `sha256:…`: a local image is used, and nothing is pulled."""
    reference: str = ""
    """The image's name, for people."""
    folder: str
    """The folder of the sandbox: the source of each mount is below it."""
    mounts: tuple[Mount, ...] = ()
    command: tuple[str, ...] | None = None
    """None: the image's own."""
    entrypoint: tuple[str, ...] | None = None
    environment: dict[str, str] = {}
    user: str = ""
    working_dir: str = ""
    ulimits: dict[str, tuple[int, int]] = {}
    """For each name: the soft and the hard limit."""
    limits: Limits
    joins: tuple[Joined, ...] = ()
    """Empty: the container has only a loopback device."""
    hosts: dict[str, str] = {}
    """Host names and their addresses."""

    @property
    def idle(self) -> bool:
        """Whether it runs only the idle program, not that of its image."""
        return self.entrypoint == IDLE[:1]

    def walls(self) -> Wanted:
        """The container with nothing in it, so that its isolation can be tested before it gets
        data."""
        return msgspec.structs.replace(
            self, entrypoint=IDLE[:1], command=IDLE[1:], mounts=(), environment={}, working_dir=""
        )


def labels_of(one: Wanted) -> dict[str, str]:
    """What says of a container whose it is, and until when."""
    return {
        labels.DRILL: one.drill,
        labels.EXPIRES: one.expires,
        labels.SERVICE: one.service,
        labels.HOST: one.host,
        labels.ROOT: one.folder,
    }


def labels_of_net(one: Network) -> dict[str, str]:
    """The same of a network."""
    return {labels.DRILL: one.drill, labels.EXPIRES: one.expires, labels.ROOT: one.folder}


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A container of any drill that exists on an engine."""

    name: str
    drill: str
    expires: str
    folder: str = ""
    state: str = ""


class MadeNetwork(msgspec.Struct, frozen=True, kw_only=True):
    """A network of any drill that exists on an engine."""

    name: str
    drill: str
    expires: str
    folder: str = ""


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """An engine's networks, as a drill has to know them."""

    networks: dict[str, str]
    """The facts of each network, as canonical JSON under its name. Networks of drills are left
    out."""
    gateways: tuple[str, ...] = ()
    """The addresses by which containers reach the machine."""
    subnets: tuple[str, ...] = ()
    """The subnets of all its networks, including those of drills."""


class Maker(Protocol):
    """Makes and removes a drill's containers on one engine, and nothing else.

    Methods raise `PryvTuiError` as those of `Engine` do.
    """

    def image(self, *names: str) -> str:
        """The id of the first of these images that exists locally, by id, digest or name; empty for
        none. Nothing is pulled."""
        ...

    def make(self, wanted: Wanted) -> None:
        """Make a container; it is not started.

        Raises:
            PryvTuiError: `not-isolated`, a mount's source does not lie in its sandbox, or it would
                join a network that is not its drill's.
        """
        ...

    def make_network(self, network: Network) -> None:
        """Make a network without a way out."""
        ...

    def made_networks(self) -> list[MadeNetwork]:
        """Every network of any drill."""
        ...

    def remove_network(self, name: str, drill: str) -> None:
        """Remove a network. One that does not exist is not an error.

        Raises:
            PryvTuiError: `not-isolated`, it is not a network of this drill.
        """
        ...

    def made(self) -> list[Made]:
        """Every container of any drill."""
        ...

    def remove(self, name: str, drill: str) -> None:
        """End a container in any state, and remove it with its anonymous volumes.

        One that does not exist is not an error.

        Raises:
            PryvTuiError: `not-isolated`, it is not a container of this drill.
        """
        ...

    def surroundings(self) -> Surroundings: ...
