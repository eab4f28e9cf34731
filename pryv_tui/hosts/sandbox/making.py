"""What it takes to make a drill's containers, and to remove them: Docker's SDK stays behind it."""

from __future__ import annotations

from typing import Protocol

import msgspec

from pryv_tui.hosts.engine import Mount

NO_HOST = {"com.docker.network.bridge.inhibit_ipv4": "true"}
"""The machine gets no address on the bridge: an internal network alone leaves it one, at which
containers reach the machine (moby#47356)."""
NOBODY = "127.0.0.1"
"""Where an engine's name server asks on for names that are no container's: the container itself.
Engines before 25.0.5 ask from the machine where they are told nothing (CVE-2024-29018)."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one container may take from the machine."""

    memory: int
    """Bytes, swap among them."""
    cpus: float
    pids: int


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """A network of a drill: a bridge on which the machine itself has no address, so that nobody on
    it passes anything on. There is no field that would let it have one."""

    name: str
    drill: str
    expires: str
    subnet: str
    """In the form `198.18.0.0/24`."""
    folder: str = ""
    """The sandbox, by which others know whether somebody works in it; empty: it is not told."""


class Joined(msgspec.Struct, frozen=True):
    """A container's place in a network of its drill."""

    network: str
    address: str = ""
    """Empty: the engine gives one."""
    aliases: tuple[str, ...] = ()
    """What others on it call the container."""


IDLE = ("sleep", "900")
"""What a container runs that only lets it be tried what gets out of its walls; in seconds."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """One container of a drill as it has to be.

    It gets no published port, no restart policy, no device and no right beyond its own walls: there
    is no field for any of them. It has no network at all, but for those of its drill.
    """

    name: str
    drill: str
    expires: str
    host: str
    service: str
    image: str
    """The image's own id, `sha256:…`: what is there is used, and nothing is pulled."""
    reference: str = ""
    """What it is called, for people."""
    folder: str
    """The sandbox: each mount's source lies below it."""
    mounts: tuple[Mount, ...] = ()
    command: tuple[str, ...] | None = None
    """None: as the image has it."""
    entrypoint: tuple[str, ...] | None = None
    environment: dict[str, str] = {}
    user: str = ""
    working_dir: str = ""
    ulimits: dict[str, tuple[int, int]] = {}
    """By name, soft and hard."""
    limits: Limits
    joins: tuple[Joined, ...] = ()
    """None: it has a loopback device and nothing else."""
    hosts: dict[str, str] = {}
    """Names, and the addresses that they lead to."""

    @property
    def idle(self) -> bool:
        """Whether it runs nothing of its image, and has nothing mounted."""
        return self.entrypoint == IDLE[:1]

    def walls(self) -> Wanted:
        """The same container without anything in it: what it can reach can be tried before it has
        any data."""
        return msgspec.structs.replace(
            self, entrypoint=IDLE[:1], command=IDLE[1:], mounts=(), environment={}, working_dir=""
        )


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A container of some drill that is on an engine."""

    name: str
    drill: str
    expires: str
    folder: str = ""
    state: str = ""


class MadeNetwork(msgspec.Struct, frozen=True, kw_only=True):
    """A network of some drill that is on an engine."""

    name: str
    drill: str
    expires: str
    folder: str = ""


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine has beside containers."""

    networks: dict[str, str]
    """By name, what a network is, as canonical JSON; without those of drills."""
    gateways: tuple[str, ...] = ()
    """The addresses by which containers reach the machine."""
    subnets: tuple[str, ...] = ()
    """What all its networks take, those of drills among them."""


class Maker(Protocol):
    """Makes and removes a drill's containers on one engine, and nothing else.

    Every method raises `PryvTuiError` as those of `Engine` do.
    """

    def image(self, *names: str) -> str:
        """The id of the first of these images that is here, by id, digest or name; empty where
        none is. Nothing is pulled."""
        ...

    def make(self, wanted: Wanted) -> None:
        """Make a container; it is not started.

        Raises:
            PryvTuiError: `not-isolated`, a mount's source does not lie in its sandbox, or it would
                join a network that is none of its drill.
        """
        ...

    def make_network(self, network: Network) -> None:
        """Make a network that leads nowhere."""
        ...

    def made_networks(self) -> list[MadeNetwork]:
        """Every network of a drill, whichever."""
        ...

    def remove_network(self, name: str, drill: str) -> None:
        """Remove a network. One that is not there is no error.

        Raises:
            PryvTuiError: `not-isolated`, it is none of this drill.
        """
        ...

    def made(self) -> list[Made]:
        """Every container of a drill, whichever."""
        ...

    def remove(self, name: str, drill: str) -> None:
        """End a container, however it is, and remove it with the volumes that it was given.

        One that is not there is no error.

        Raises:
            PryvTuiError: `not-isolated`, it is none of this drill.
        """
        ...

    def surroundings(self) -> Surroundings: ...
