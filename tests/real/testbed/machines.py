"""One engine as the tests see it: a machine with containers and an address."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import docker
from docker.errors import APIError, NotFound
from docker.models.containers import Container

from pryv_tui.hosts.docker_programs import frames, start_exec

NETWORKS = ("pryv_frontend", "pryv_backend")


@dataclass(frozen=True)
class ExecResult:
    """How a program in a container ended, its two streams apart."""

    code: int
    stdout: str
    stderr: str


@dataclass
class TestEngine:
    """One engine, which the tests take for one machine."""

    __test__ = False

    url: str

    @property
    def address(self) -> str:
        """The address on which its containers' ports are published."""
        return (Path(urlsplit(self.url).path).parent / "address").read_text("ascii").strip()

    @cached_property
    def client(self) -> docker.DockerClient:
        """Docker's SDK, connected to this engine."""
        return docker.DockerClient(base_url=self.url, timeout=120)

    def containers(self) -> list[Container]:
        """Every container of a platform, in whatever state."""
        found = self.client.containers.list(all=True, ignore_removed=True)
        return [one for one in found if (one.name or "").startswith("pryvio_")]

    def running(self) -> list[str]:
        """The names of the containers that run.

        By one question: it is asked ten times a second, and the SDK asks for each container too.
        """
        told = [one for one in self.client.api.containers() if one["State"] == "running"]
        names = (str(one["Names"][0]).removeprefix("/") for one in told)
        return sorted(name for name in names if name.startswith("pryvio_"))

    def ip(self, container: str) -> str:
        """An address of a container that this machine reaches over the engine's bridge."""
        one = self.client.containers.get(container)
        networks = one.attrs["NetworkSettings"]["Networks"].values()
        found = [str(each["IPAddress"]) for each in networks if each["IPAddress"]]
        if not found:
            raise LookupError(f"{container} has no address: {one.status}")
        return found[0]

    def exec(self, container: str, *argv: str) -> ExecResult:
        """Run a program in a container to its end, without a terminal."""
        api = self.client.api
        made = api.exec_create(container, list(argv))
        said = {"stdout": b"", "stderr": b""}
        for stream, chunk in frames(start_exec(api, made["Id"])):
            said[stream] += chunk
        code = api.exec_inspect(made["Id"])["ExitCode"]
        return ExecResult(
            -1 if code is None else code, said["stdout"].decode(), said["stderr"].decode()
        )

    def logs(self, container: str) -> str:
        """All that a container has printed."""
        text: bytes = self.client.containers.get(container).logs()
        return text.decode(errors="replace")

    def run(self, argv: Sequence[str], cwd: Path, **variables: str) -> str:
        """Run a program of this machine on the engine; its output, or an error that shows it."""
        done = subprocess.run(
            argv,
            cwd=cwd,
            env={**os.environ, "DOCKER_HOST": self.url, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(argv)} exited {done.returncode}:\n{done.stdout}")
        return done.stdout

    def for_each(self, act: Callable[[Container], None]) -> None:
        """Do something to every container of the platform, to several at a time."""
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(act, self.containers()))

    def remove_platform(self) -> None:
        """Remove every container and network of a platform from this engine."""
        never: Any = {"Name": "no"}  # the types know the other policies only

        def remove(container: Container) -> None:
            # An engine that removes a container while it starts it again (all of them are `restart:
            # always`) may leave its end of a network behind, and such a network stays for ever: so
            # the policy goes first, then the container is stopped, then removed.
            with suppress(NotFound, APIError):
                container.update(restart_policy=never)
                container.stop(timeout=2)
            with suppress(NotFound):
                container.remove(force=True, v=True)

        self.for_each(remove)
        for name in NETWORKS:
            for network in self.client.networks.list(names=[name]):
                # Where it happened all the same, the network serves the next platform as well.
                with suppress(APIError):
                    network.remove()
