"""The interface of a container engine, and the facts it tells. Docker's SDK stays behind it."""

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
"""States of a container that is not stopped: its program runs, or will run again."""
Stream = Literal["stdout", "stderr"]
STOP_SECONDS = 10
"""Seconds that a program gets to end before it is killed, where its container sets no other time
(docs.docker.com, `docker container stop`)."""
NO_RESTART = "no"
"""The restart policy of a container that the engine never starts by itself."""
_line = lru_cache(maxsize=2048)(one_line)
"""Cached: each look at an engine tells the same images and labels."""
OutputSink = Callable[[Stream, bytes], None]
"""Receives output as it comes: the name of the stream and a chunk of bytes of any size."""


def unpaused(container: str, host: str = "", *, practice: bool) -> str:
    """How to resume a paused container, in sentences. Whoever paused it may resume it; a dead run
    that left it paused can be recovered. No command of ours resumes a container alone, and on a
    practice platform `docker` does not work.

    Args:
        host: the container's machine; empty where only the engine is known.
    """
    held = (
        f"A run that paused {container} resumes it at its end; if that run died: pryv-tui recover"
    )
    if practice:
        return held
    docker = shlex.join(("docker", "unpause", container))
    return f"{held}. If somebody else paused it, on {host or 'its machine'}: {docker}"


class CancelToken(Protocol):
    """Something that knows whether the operator cancelled (a `threading.Event` does)."""

    def is_set(self) -> bool: ...


class Mount(msgspec.Struct, frozen=True):
    """A bind mount, or a volume: what is under a path of the container."""

    source: str
    destination: str
    read_only: bool = False


class Container(msgspec.Struct, frozen=True, kw_only=True):
    """One container, as the engine tells it."""

    name: str
    image: OneLine
    image_digest: OneLine = OneLine("")
    state: ContainerState
    since: OneLine = OneLine("")
    """When it entered its state, RFC 3339; empty where that is not known."""
    restarts: int = 0
    exit_code: int | None = None
    restart_policy: OneLine = OneLine(NO_RESTART)
    """When the engine starts it by itself, in the form of `docker update --restart`: `no`,
    `always`, `unless-stopped`, `on-failure`, `on-failure:3`."""
    mounts: tuple[Mount, ...] = ()
    labels: dict[str, OneLine] = {}
    environment: dict[str, str] = {}
    addresses: tuple[OneLine, ...] = ()
    health: OneLine = OneLine("")
    """The result of its own health check (`healthy`, `unhealthy`, `starting`); empty if none."""
    networks: tuple[OneLine, ...] = ()
    """The engine's networks that it is in, each with its address there if it has one."""
    ports: tuple[OneLine, ...] = ()
    """Its published ports, as `docker ps` writes them: `0.0.0.0:443->443/tcp`."""
    command: tuple[str, ...] = ()
    """Its program and arguments, as started. They may hold passwords: never shown."""
    volumes: tuple[Mount, ...] = ()
    """Its mounts that are not bind mounts: the source is the volume's name."""
    volume_folders: tuple[Mount, ...] = ()
    """Its volumes, with the host folders that hold their content as the sources."""
    known_as: str = ""
    """The service that it runs, where its name does not tell; see `hosts.ownership`."""
    own: bool = False
    """Whether this program itself runs in it."""
    id: OneLine = OneLine("")
    """The engine's id of this container; a new container of the same name has another id. Empty
    where the engine tells none."""
    powers: tuple[OneLine, ...] = ()
    """Its rights beyond its own isolation, by `platform.powers`; mounts are not among them."""
    passing: bool = False
    """Whether its engine removes it as soon as it stops (`docker run --rm`)."""

    def __post_init__(self) -> None:
        # The maker of a container or its program may have written these texts, so make each one
        # line. Paths stay as they are: they are used. Checked here as well, since a copy with a
        # changed field is not checked by its type.
        for name in ("image", "image_digest", "since", "restart_policy", "health", "id"):
            structs.force_setattr(self, name, _line(getattr(self, name)))
        for name in ("networks", "ports", "addresses", "powers"):
            texts = tuple(_line(text) for text in getattr(self, name))
            structs.force_setattr(self, name, texts)
        labels = {_line(key): _line(text) for key, text in self.labels.items()}
        structs.force_setattr(self, "labels", labels)

    def glanced(self, name: str, state: ContainerState) -> Container:
        """The container as a glance tells it, when it is known in full from before."""
        return structs.replace(self, name=name, state=state, **CHANGING)

    @property
    def service(self) -> str:
        """The Pryv.io service; for a container that is not the platform's, its name."""
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
"""The fields, besides name and state, that change while a container exists, with the values that a
glance gives them. The policy is empty, which no engine's is, so nobody takes it for `no`."""


class EngineInfo(msgspec.Struct, frozen=True):
    """The engine that answers: its name, version and address."""

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

    For everything that the engine can do wrong, methods raise `PryvTuiError` and nothing else
    (`engine-unreachable`, `engine-permission`, `container-missing`, `container-stopped`,
    `program-missing`).
    """

    @property
    def url(self) -> str: ...

    def info(self) -> EngineInfo:
        """The engine's name and version: the cheapest proof that it answers."""
        ...

    def clock(self) -> float:
        """The time on the engine's machine, in seconds since 1970."""
        ...

    def containers(self) -> list[Container]:
        """Every container of the machine in any state, sorted by name. `hosts.ownership` decides
        whose each is. A container that is removed in between is left out."""
        ...

    def glance(self) -> list[Container]:
        """Every container and its present state, by a single question to the engine.

        For callers that look again and again. The other fields that change (`CHANGING`) are not
        asked for, and have no value.
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
        """Run a program in a running container, without a terminal, stdout and stderr kept apart.

        Args:
            environment: variables for this program only. A password goes here, since others can
                read command lines.
            begun: is called with the engine's id of this program; no other program ever has that
                id.

        Returns:
            the exit code (126/127: `program-missing` is raised instead).

        Raises:
            PryvTuiError: see the class; `step-failed` if the container ended while the program ran.
            Cancelled: `cancel` was set; the process inside the container has been ended.
        """
        ...

    def processes(self, container: str) -> list[str]:
        """The command lines that run in a container. Used to find a dump that an earlier run
        left."""
        ...

    def end_exec(self, container: str, program: str) -> bool:
        """End a program that `exec` started, and what it has started. Returns whether it was still
        running. A program that the engine does not know any more is left alone.

        Args:
            program: its id, as `begun` got it.

        Raises:
            PryvTuiError: see the class; `step-failed` where it can't be ended.
        """
        ...

    def shows(self, container: str, mount: Mount) -> bool | None:
        """Whether a running or paused container sees, through a mount, what is at the source now.

        A bind mount follows the inode: a container keeps the old folder if the folder is replaced
        while it runs. None where that can't be told (not running, another machine, no permission).
        """
        ...

    def former(self, container: str, mount: Mount) -> str:
        """The present path of the folder that a running container sees through a mount, after
        another folder took its place. Empty where it is gone or that can't be told."""
        ...

    def address(self, container: str) -> str:
        """The address at which this machine may reach the server in a running container; with a
        port (`127.0.0.1:49153`) where that is not the server's usual one. Empty where none is
        known. It is a guess: `ends_at` tells whether a connection to it ends in the container."""
        ...

    def ends_at(self, container: str, address: str, port: int) -> bool:
        """Whether a connection of this machine ends in a running container; False where that can't
        be told.

        Args:
            address: the address of our own end of the connection.
            port: the port of our own end.
        """
        ...

    def start(self, container: str) -> None: ...

    def stop(self, container: str, *, timeout: int | None = None) -> None:
        """Stop a container and return when it has stopped.

        Args:
            timeout: seconds that its program gets before it is killed; None: the container's own
                setting, else `STOP_SECONDS`, as with `docker stop`.
        """
        ...

    def set_restart_policy(self, container: str, policy: str) -> None:
        """Set when the engine starts a container by itself; see `Container.restart_policy`."""
        ...

    def pause(self, container: str) -> None: ...

    def unpause(self, container: str) -> None: ...

    def ask(self, container: str, name: str, path: str) -> int:
        """Ask a container's web server (HTTPS, port 443) for `https://<name><path>`. Returns the
        status.

        The name goes into the request, not to a name server: this very container is asked. Its
        certificate is not checked.

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
        """A container's log in chunks, both streams in the order in which they came.

        Args:
            tail: how many of the last lines; None: all.
            follow: go on with what is added, until the container ends.
            since: only what was printed since this time, in seconds since 1970.
        """
        ...

    def events(self) -> Iterator[EngineEvent]:
        """Container events from now on, until the iterator is closed."""
        ...
