"""The interface of a container engine, and the facts that it gives. Docker's SDK is not used
here."""

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
"""Seconds that a program gets to end before it is killed, if its container sets no other time.

Source: docs.docker.com, `docker container stop`.
"""
NO_RESTART = "no"
"""The restart policy of a container that the engine never starts by itself."""
_line = lru_cache(maxsize=2048)(one_line)
"""Cached: each look at an engine gives the same images and labels."""
OutputSink = Callable[[Stream, bytes], None]
"""Receives output as it arrives: the name of the stream and a chunk of bytes of any size."""


def unpaused(container: str, host: str = "", *, practice: bool) -> str:
    """How to resume a paused container, in sentences.

    Whoever paused it may resume it; if a run that paused it died, the run can be recovered. No
    command of this program resumes only one container, and on a practice platform `docker` does not
    work.

    Args:
        host: the container's machine; empty if only the engine is known.
    """
    held = (
        f"A run that paused {container} resumes it at its end; if that run died: pryv-tui recover"
    )
    if practice:
        return held
    docker = shlex.join(("docker", "unpause", container))
    return f"{held}. If somebody else paused it, on {host or 'its machine'}: {docker}"


class CancelToken(Protocol):
    """An object that knows whether the operator cancelled (a `threading.Event` does)."""

    def is_set(self) -> bool: ...


class Mount(msgspec.Struct, frozen=True):
    """A bind mount or a volume: the host's folder (or volume) behind a path in a container."""

    source: str
    destination: str
    read_only: bool = False


class Container(msgspec.Struct, frozen=True, kw_only=True):
    """One container, with the facts that the engine gives."""

    name: str
    image: OneLine
    image_digest: OneLine = OneLine("")
    state: ContainerState
    since: OneLine = OneLine("")
    """When the container entered its state, RFC 3339; empty if unknown."""
    restarts: int = 0
    exit_code: int | None = None
    restart_policy: OneLine = OneLine(NO_RESTART)
    """When the engine starts the container by itself, in the form of `docker update --restart`.

    `no`, `always`, `unless-stopped`, `on-failure`, or `on-failure:3`.
    """
    mounts: tuple[Mount, ...] = ()
    labels: dict[str, OneLine] = {}
    environment: dict[str, str] = {}
    addresses: tuple[OneLine, ...] = ()
    health: OneLine = OneLine("")
    """The result of the container's health check (`healthy`, `unhealthy`, `starting`), or empty."""
    networks: tuple[OneLine, ...] = ()
    """Names of the engine's networks that the container is connected to, each with the container's
    address there if it has one."""
    ports: tuple[OneLine, ...] = ()
    """Published ports, as `docker ps` writes them: `0.0.0.0:443->443/tcp`."""
    command: tuple[str, ...] = ()
    """The program and its arguments. These may include passwords, so they are never shown."""
    volumes: tuple[Mount, ...] = ()
    """Mounts that are not bind mounts; their source is the volume's name."""
    volume_folders: tuple[Mount, ...] = ()
    """The volumes, with the host folders of their content as sources."""
    known_as: str = ""
    """The service that the container runs, if its name does not show it; see `hosts.ownership`."""
    own: bool = False
    """Whether this program itself runs in this container."""
    id: OneLine = OneLine("")
    """The engine's id of this container; a new container of the same name has another id.

    Empty if the engine gives none.
    """
    powers: tuple[OneLine, ...] = ()
    """Rights beyond a container's isolation (see `platform.powers`), without mounts."""
    passing: bool = False
    """Whether the engine removes the container as soon as it stops (`docker run --rm`)."""

    def __post_init__(self) -> None:
        # The container's maker or program may have written these texts, so line breaks are removed.
        # Paths stay unchanged, since they are used. Done here too, since a copy with a changed
        # field is not checked by its type.
        for name in ("image", "image_digest", "since", "restart_policy", "health", "id"):
            structs.force_setattr(self, name, _line(getattr(self, name)))
        for name in ("networks", "ports", "addresses", "powers"):
            texts = tuple(_line(text) for text in getattr(self, name))
            structs.force_setattr(self, name, texts)
        labels = {_line(key): _line(text) for key, text in self.labels.items()}
        structs.force_setattr(self, "labels", labels)

    def glanced(self, name: str, state: ContainerState) -> Container:
        """This container with a new name and state; fields that `glance` does not ask for are
        empty."""
        return structs.replace(self, name=name, state=state, **CHANGING)

    @property
    def service(self) -> str:
        """The Pryv.io service; for a container that is not the platform's, the container's name."""
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
"""Fields, besides name and state, that change while a container exists.

The values are those that `glance` gives them.

The restart policy is then empty. No engine has such a policy, so it is not taken for `no`.
"""


class EngineInfo(msgspec.Struct, frozen=True):
    """An engine that answers: its name, version and address."""

    name: str
    version: str
    url: str


class EngineEvent(msgspec.Struct, frozen=True):
    """An event of a container, as the engine reports it."""

    container: str
    action: str
    time: float


class Engine(Protocol):
    """A machine's container engine.

    Whatever goes wrong in the engine, methods raise only `PryvTuiError` (`engine-unreachable`,
    `engine-permission`, `container-missing`, `container-stopped`, `program-missing`).
    """

    @property
    def url(self) -> str: ...

    def info(self) -> EngineInfo:
        """The engine's name and version: the cheapest way to see whether it answers."""
        ...

    def clock(self) -> float:
        """The time on the engine's machine, in seconds since 1970."""
        ...

    def containers(self) -> list[Container]:
        """All containers of the machine in any state, sorted by name.

        `hosts.ownership` decides which of them belong to the platform. A container that is removed
        meanwhile is left out.
        """
        ...

    def glance(self) -> list[Container]:
        """All containers and their present states, with a single request to the engine.

        For callers that look often. The other fields that change (`CHANGING`) are not asked for,
        and have no value.
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
        """Run a program in a running container, without a terminal; keep stdout and stderr apart.

        Args:
            environment: variables for this program only. A password goes here, since others can
                read command lines.
            begun: called with the engine's id of this program; no other program ever has the same
                id.

        Returns:
            The exit code; for 126 and 127 `program-missing` is raised instead.

        Raises:
            PryvTuiError: see the class; `step-failed` if the container ended while the program ran.
            Cancelled: `cancel` was set; the process inside the container has been ended.
        """
        ...

    def processes(self, container: str) -> list[str]:
        """The command lines of all processes in a container.

        Used to find a dump that an earlier run left behind.
        """
        ...

    def end_exec(self, container: str, program: str) -> bool:
        """End a program that `exec` started, and the processes that it started.

        A program that the engine no longer knows is left alone.

        Args:
            program: the id that `begun` was called with.

        Returns:
            Whether the program was still running.

        Raises:
            PryvTuiError: see the class; `step-failed` if the program can't be ended.
        """
        ...

    def shows(self, container: str, mount: Mount) -> bool | None:
        """Whether a running or paused container sees the folder that is now at a mount's source.

        A bind mount follows the inode: if the folder is replaced while a container runs, the
        container keeps the old one. None if unknown (not running, another machine, no permission).
        """
        ...

    def former(self, container: str, mount: Mount) -> str:
        """The present path of a folder that a container has mounted, after another replaced it.

        Empty if the folder was removed, or if its path is unknown.
        """
        ...

    def address(self, container: str) -> str:
        """The address at which this machine may reach the server in a running container.

        With a port (`127.0.0.1:49153`) if it is not the server's usual one. Empty if unknown. It is
        a guess: `ends_at` checks whether a connection to it ends in the container.
        """
        ...

    def ends_at(self, container: str, address: str, port: int) -> bool:
        """Whether a connection of this machine ends in a running container; False if unknown.

        Args:
            address: the address of this machine's end of the connection.
            port: the port of this machine's end.
        """
        ...

    def start(self, container: str) -> None: ...

    def stop(self, container: str, *, timeout: int | None = None) -> None:
        """Stop a container, and return when it has stopped.

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
        """Request `https://<name><path>` from a container's web server (port 443).

        Returns its status code.

        No name server is asked: the request goes to this container, with `name` in it. Its
        certificate is not checked.

        Raises:
            PryvTuiError: see the class; `step-failed` if nothing answers there.
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
        """A container's log in chunks, both streams in the order in which they were written.

        Args:
            tail: the number of last lines; None: all.
            follow: whether to continue with new output until the container ends.
            since: only output after this time, in seconds since 1970.
        """
        ...

    def events(self) -> Iterator[EngineEvent]:
        """Yield events of containers from now on, until the iterator is closed."""
        ...
