"""What it takes to make a drill's containers, and to remove them: Docker's SDK stays behind it."""

from __future__ import annotations

from typing import Protocol

import msgspec

from pryv_tui.hosts.engine import Mount


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one container may take from the machine."""

    memory: int
    """Bytes, swap among them."""
    cpus: float
    pids: int


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """One container of a drill as it has to be.

    It gets no network at all, no published port, no restart policy, no device and no right beyond
    its own walls: there is no field for any of them.
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


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A container of some drill that is on an engine."""

    name: str
    drill: str
    expires: str
    folder: str = ""
    state: str = ""


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine has beside containers."""

    networks: dict[str, str]
    """By name, what a network is, as canonical JSON."""
    gateways: tuple[str, ...] = ()
    """The addresses by which containers reach the machine."""


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
            PryvTuiError: `not-isolated`, a mount's source does not lie in its sandbox.
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
