"""What a container engine does for us, and the facts it tells; Docker's SDK stays behind it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal, Protocol

import msgspec
from msgspec import structs

from pryv_tui.platform.identity import service_in_name
from pryv_tui.sanitize import OneLine, one_line

ContainerState = Literal["created", "running", "paused", "restarting", "exited", "dead"]
UP: tuple[ContainerState, ...] = ("running", "restarting", "paused")
"""States of a container that is not stopped: its program runs, or soon does again."""
Stream = Literal["stdout", "stderr"]
STOP_SECONDS = 10
"""What a container's program gets to end itself where the container says nothing else, before it is
killed (docs.docker.com, `docker container stop`)."""
NO_RESTART = "no"
"""The restart policy of a container that the engine never starts by itself."""
_line = lru_cache(maxsize=2048)(one_line)
"""Images and labels are the same ones at each look at an engine."""
OutputSink = Callable[[Stream, bytes], None]
"""Receives output as it comes: the stream's name and a chunk of bytes of any size."""


def unpaused(container: str, host: str = "", *, practice: bool) -> str:
    """How a container goes on that is paused: whoever paused it knows, and a run that died left it
    so. No command of ours does it alone, and Docker means none of a practice platform's.

    Args:
        host: the machine that it is on; empty where the engine alone is known.
    """
    held = (
        f"A run that holds {container} lets it go at its end; what one left that died, settles:"
        " pryv-tui recover"
    )
    if practice:
        return held
    docker = shlex.join(("docker", "unpause", container))
    return f"{held}. If it was somebody else, on {host or 'its machine'}: {docker}"


class CancelToken(Protocol):
    """Something that knows whether the operator cancelled (a `threading.Event` does)."""

    def is_set(self) -> bool: ...


class Mount(msgspec.Struct, frozen=True):
    """A bind mount: a folder of the host that the container sees under another path."""

    source: str
    destination: str
    read_only: bool = False


class Container(msgspec.Struct, frozen=True, kw_only=True):
    """One container as the engine tells it."""

    name: str
    image: OneLine
    image_digest: OneLine = OneLine("")
    state: ContainerState
    since: OneLine = OneLine("")
    """When it entered its state, RFC 3339; empty where unknown."""
    restarts: int = 0
    exit_code: int | None = None
    restart_policy: OneLine = OneLine(NO_RESTART)
    """When the engine starts it by itself, as `docker update --restart` takes it: `no`, `always`,
    `unless-stopped`, `on-failure`, `on-failure:3`."""
    mounts: tuple[Mount, ...] = ()
    labels: dict[str, OneLine] = {}
    environment: dict[str, str] = {}
    addresses: tuple[OneLine, ...] = ()
    health: OneLine = OneLine("")
    """What its own health check says (`healthy`, `unhealthy`, `starting`); empty where none is."""
    networks: tuple[OneLine, ...] = ()
    """The engine's networks that it is in, each with its address there where it has one."""
    ports: tuple[OneLine, ...] = ()
    """What is reached from outside, as `docker ps` writes it: `0.0.0.0:443->443/tcp`."""
    command: tuple[str, ...] = ()
    """Its program with its arguments, as it was started. It may hold passwords: never shown."""
    volumes: tuple[Mount, ...] = ()
    """What it mounts that is no folder of the host: the source is the volume's name."""
    volume_folders: tuple[Mount, ...] = ()
    """The same volumes by the folders of the host in which their content lies."""
    known_as: str = ""
    """The service that it is, where its name does not tell; see `hosts.ownership`."""
    own: bool = False
    """Whether this very program runs in it."""
    id: OneLine = OneLine("")
    """What the engine calls this very container; one that is made anew under its name has another.
    Empty where it tells none."""
    powers: tuple[OneLine, ...] = ()
    """What it may do beyond its own walls, by `platform.powers`; its mounts are not among it."""

    def __post_init__(self) -> None:
        # What the engine tells was written by whoever made the container, or runs in it. Paths stay
        # as they are: they are used. Once more here: a copy with another word is not checked.
        for name in ("image", "image_digest", "since", "restart_policy", "health", "id"):
            structs.force_setattr(self, name, _line(getattr(self, name)))
        for name in ("networks", "ports", "addresses", "powers"):
            texts = tuple(_line(text) for text in getattr(self, name))
            structs.force_setattr(self, name, texts)
        labels = {_line(key): _line(text) for key, text in self.labels.items()}
        structs.force_setattr(self, "labels", labels)

    def glanced(self, name: str, state: ContainerState) -> Container:
        """What a glance tells of a container that is known in full from before."""
        return structs.replace(self, name=name, state=state, **CHANGING)

    @property
    def service(self) -> str:
        """The Pryv.io service; of a container that is none of the platform's, its name."""
        return self.known_as or service_in_name(self.name)

    @property
    def running(self) -> bool:
        return self.state == "running"


CHANGING: dict[str, Any] = {
    "since": OneLine(""),
    "restarts": 0,
    "exit_code": None,
    "restart_policy": OneLine(""),
    "addresses": (),
    "health": OneLine(""),
    "networks": (),
    "ports": (),
}
"""What of a container may be another from one moment to the next, besides its name and its state,
as a glance leaves it. An empty policy is none of an engine's: nobody takes it for `no`."""


class EngineInfo(msgspec.Struct, frozen=True):
    """What answers at the other end."""

    name: str
    version: str
    url: str


class EngineEvent(msgspec.Struct, frozen=True):
    """Something that happened to a container, as the engine reports it."""

    container: str
    action: str
    time: float


class Engine(Protocol):
    """A machine's container engine.

    Every method raises `PryvTuiError` (`engine-unreachable`, `engine-permission`,
    `container-missing`, `container-stopped`, `program-missing`) and nothing else for what the
    engine can do wrong.
    """

    @property
    def url(self) -> str: ...

    def info(self) -> EngineInfo:
        """Ask the engine who it is: the cheapest proof that it answers."""
        ...

    def clock(self) -> float:
        """What time it is on the engine's machine, in seconds since 1970."""
        ...

    def containers(self) -> list[Container]:
        """Every container of the machine in whatever state, by name: whose it is, is decided in
        `hosts.ownership`. One that goes away meanwhile is left out."""
        ...

    def glance(self) -> list[Container]:
        """The same by one question: what each container is, and its state now.

        For whoever looks again and again. What changes besides (`CHANGING`) is not told, since it
        is not asked for.
        """
        ...

    def exec(
        self,
        container: str,
        argv: Sequence[str],
        *,
        on_output: OutputSink,
        cancel: CancelToken | None = None,
        environment: Mapping[str, str] | None = None,
        begun: Callable[[str], None] | None = None,
    ) -> int:
        """Run a program in a running container, without a terminal, streams kept apart.

        Args:
            environment: variables for it alone, such as a password, which then stands in no
                command line that others can read.
            begun: told what the engine calls this one program, which no other is ever called.

        Returns:
            the exit code (126/127: `program-missing` is raised instead).

        Raises:
            PryvTuiError: see the class; `step-failed` if the container died meanwhile.
            Cancelled: `cancel` was set; the process inside the container has been ended.
        """
        ...

    def processes(self, container: str) -> list[str]:
        """The command lines that run in a container, to find a dump left by an earlier run."""
        ...

    def end_exec(self, container: str, program: str) -> bool:
        """End the one program that `exec` had told `begun` of, and what it has started; whether it
        still ran. One that the engine does not know any more is left alone.

        Raises:
            PryvTuiError: see the class; `step-failed` where it can't be ended.
        """
        ...

    def shows(self, container: str, mount: Mount) -> bool | None:
        """Whether a container, running or paused, sees through a mount what lies there now.

        A bind mount follows the inode: a folder that is replaced under a running container leaves
        it with the old one. None where that can't be told (not running, another machine, no right
        to look).
        """
        ...

    def former(self, container: str, mount: Mount) -> str:
        """Where the folder lies now that a running container sees through a mount, when another
        one has taken its place; empty where it is gone, or that can't be told."""
        ...

    def address(self, container: str) -> str:
        """The address at which this very machine may reach the server in a running container, with
        a port (`127.0.0.1:49153`) where that is not the server's usual one; empty where none is
        known. It is a guess: `ends_at` tells whether a connection made there ends in the
        container."""
        ...

    def ends_at(self, container: str, address: str, port: int) -> bool:
        """Whether a connection of this machine, by its own end's address and port, ends in a
        running container; no where that can't be told."""
        ...

    def start(self, container: str) -> None: ...

    def stop(self, container: str, *, timeout: int | None = None) -> None:
        """Stop a container and return when it has stopped.

        Args:
            timeout: seconds that its program gets before it is killed; None: what the container
                itself says, else `STOP_SECONDS`, as `docker stop` has it.
        """
        ...

    def set_restart_policy(self, container: str, policy: str) -> None:
        """Say when the engine starts a container by itself; see `Container.restart_policy`."""
        ...

    def pause(self, container: str) -> None: ...

    def unpause(self, container: str) -> None: ...

    def ask(self, container: str, name: str, path: str) -> int:
        """Ask a container's web server (HTTPS, port 443) as `https://<name><path>`; the status.

        The name goes into the request, not to a name server: what is asked is this container. Its
        certificate is not judged.

        Raises:
            PryvTuiError: see the class; `step-failed` when nothing answers there.
        """
        ...

    def logs(
        self,
        container: str,
        *,
        tail: int | None = 500,
        follow: bool = False,
        since: float | None = None,
    ) -> Iterator[bytes]:
        """A container's log in chunks, both streams in the order they came.

        Args:
            tail: so many of the last lines; None: all.
            follow: go on with what is added, until the container ends.
            since: only what was printed from then on, in seconds since 1970.
        """
        ...

    def events(self) -> Iterator[EngineEvent]:
        """Container events from now on, until the iterator is closed."""
        ...
