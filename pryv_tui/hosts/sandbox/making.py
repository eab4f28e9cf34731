"""The interface that makes and removes a drill's containers. Docker's SDK is not used here."""

from __future__ import annotations

from typing import Protocol

import msgspec

from pryv_tui.hosts.engine import Mount
from pryv_tui.hosts.sandbox import labels

NO_HOST = {"com.docker.network.bridge.inhibit_ipv4": "true"}
"""Network option that gives the machine no address on the bridge.

Without it even an internal network gives the machine an address at which containers reach it
(moby#47356).
"""
NOBODY = "127.0.0.1"
"""The name server to which an engine forwards names that are no container's: the container itself.

Without one, engines before 25.0.5 ask from the machine (CVE-2024-29018).
"""

DNS_OPTIONS = ("timeout:1", "attempts:1")
"""Options of the name resolver: a name that does not exist fails at once."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much of the machine one container may use."""

    memory: int
    """Bytes, including swap."""
    cpus: float
    pids: int


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """A network of a drill: a bridge on which the machine has no address.

    So nothing on it can forward traffic. No field can give the machine an address.
    """

    name: str
    drill: str
    expires: str
    subnet: str
    """For example `198.18.0.0/24`."""
    folder: str = ""
    """The sandbox's folder, which shows others whether the drill is running; empty if unknown."""


class Joined(msgspec.Struct, frozen=True):
    """A container's connection to a network of its drill."""

    network: str
    address: str = ""
    """The address; empty: the engine chooses one."""
    aliases: tuple[str, ...] = ()
    """The names by which other containers on the network reach this one."""


IDLE = ("sleep", "900")
"""The program of a container that only tests its isolation: it sleeps for 900 seconds."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The specification of one container of a drill.

    The container has no published port, no restart policy, no device and no extra right: there are
    no fields for these. It has no network except those of its drill.
    """

    name: str
    drill: str
    expires: str
    host: str
    service: str
    image: str
    """The image's own id, `sha256:…`: a local image is used, and nothing is pulled."""
    reference: str = ""
    """The image's name, shown to people."""
    folder: str
    """The sandbox's folder: the source of each mount is below it."""
    mounts: tuple[Mount, ...] = ()
    command: tuple[str, ...] | None = None
    """The program and its arguments; None: those of the image."""
    entrypoint: tuple[str, ...] | None = None
    environment: dict[str, str] = {}
    user: str = ""
    working_dir: str = ""
    ulimits: dict[str, tuple[int, int]] = {}
    """For each name, the soft and the hard limit."""
    limits: Limits
    joins: tuple[Joined, ...] = ()
    """Connections to networks; if empty, the container has only a loopback device."""
    hosts: dict[str, str] = {}
    """Host names and their addresses."""

    @property
    def idle(self) -> bool:
        """Whether the container runs only the idle program, not that of its image."""
        return self.entrypoint == IDLE[:1]

    def walls(self) -> Wanted:
        """The same container without data, so that its isolation can be tested before it gets
        any."""
        return msgspec.structs.replace(
            self, entrypoint=IDLE[:1], command=IDLE[1:], mounts=(), environment={}, working_dir=""
        )


def labels_of(one: Wanted) -> dict[str, str]:
    """The labels of a container: its drill, when that expires, and what the container stands
    for."""
    return {
        labels.DRILL: one.drill,
        labels.EXPIRES: one.expires,
        labels.SERVICE: one.service,
        labels.HOST: one.host,
        labels.ROOT: one.folder,
    }


def labels_of_net(one: Network) -> dict[str, str]:
    """The labels of a network, as `labels_of` for a container."""
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
    """The facts about an engine's networks that a drill needs."""

    networks: dict[str, str]
    """The facts of each network as canonical JSON, by its name; except networks of drills."""
    gateways: tuple[str, ...] = ()
    """The addresses by which containers reach the machine."""
    subnets: tuple[str, ...] = ()
    """The subnets of all networks, including those of drills."""


class Maker(Protocol):
    """Makes and removes a drill's containers on one engine, and nothing else.

    Methods raise `PryvTuiError` as those of `Engine` do.
    """

    def image(self, *names: str) -> str:
        """The id of the first of these images that exists locally; empty if none does.

        Nothing is pulled.

        Args:
            names: ids, digests or names of images.
        """
        ...

    def make(self, wanted: Wanted) -> None:
        """Make a container; it is not started.

        Raises:
            PryvTuiError: `not-isolated`, a mount's source is outside the sandbox, or the container
                would join a network that is not its drill's.
        """
        ...

    def make_network(self, network: Network) -> None:
        """Make a network that has no connection to the outside."""
        ...

    def made_networks(self) -> list[MadeNetwork]:
        """All networks of all drills."""
        ...

    def remove_network(self, name: str, drill: str) -> None:
        """Remove a network. If it does not exist, that is not an error.

        Raises:
            PryvTuiError: `not-isolated`, it is not a network of this drill.
        """
        ...

    def made(self) -> list[Made]:
        """All containers of all drills."""
        ...

    def remove(self, name: str, drill: str) -> None:
        """End a container in any state, and remove it with its anonymous volumes.

        If it does not exist, that is not an error.

        Raises:
            PryvTuiError: `not-isolated`, it is not a container of this drill.
        """
        ...

    def surroundings(self) -> Surroundings: ...
