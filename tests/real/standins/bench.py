"""Single containers of the test images, away from any platform: for tests of the images."""

from __future__ import annotations

import shutil
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import docker
from docker.errors import NotFound
from docker.models.containers import Container

PATIENCE = 30.0
"""Seconds after which something that should have come is taken for not coming."""


def wait_for(what: str, check: Callable[[], bool]) -> None:
    """Wait until something holds, however long it takes within reason."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if check():
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"{what} did not happen within {PATIENCE:.0f} s")


@dataclass(frozen=True)
class Said:
    """What a command in a container printed, and how it ended."""

    exit_code: int
    stdout: str
    stderr: str


class Bench:
    """A network and some containers with folders of their own, all removed at the end."""

    def __init__(self, url: str, folder: Path) -> None:
        self.client = docker.DockerClient(base_url=url, timeout=60)
        self.folder = folder
        self.name = f"bench-{uuid.uuid4().hex[:10]}"
        self.network = self.client.networks.create(self.name, driver="bridge")
        self.containers: list[Container] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for container in self.containers:
            try:
                container.remove(force=True, v=True)
            except NotFound:
                pass
        self.network.remove()
        self.client.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(
        self, image: str, mounts: dict[str, str], *, alias: str = "", **options: Any
    ) -> Container:
        """Start a container; `mounts` gives folders under the bench's own for paths inside."""
        volumes = []
        for outside, inside in mounts.items():
            path = self.folder / outside
            path.mkdir(parents=True, exist_ok=True)
            volumes.append(f"{path}:{inside}")
        endpoint = self.client.api.create_endpoint_config(aliases=[alias] if alias else None)
        container = self.client.containers.create(
            image,
            name=f"{self.name}-{len(self.containers)}",
            volumes=volumes,
            network=self.name,
            networking_config={self.name: endpoint},
            **options,
        )
        self.containers.append(container)
        container.start()
        return container

    def address(self, container: Container) -> str:
        """The container's address in the bench's network."""
        container.reload()
        return str(container.attrs["NetworkSettings"]["Networks"][self.name]["IPAddress"])


def execute_raw(container: Container, *command: str) -> tuple[int, bytes, bytes]:
    """Run a command in a container: its exit code, stdout and stderr."""
    # The SDK's types know only the undemultiplexed output.
    result: Any = container.exec_run(list(command), demux=True)
    out, err = result.output
    return int(result.exit_code), out or b"", err or b""


def execute(container: Container, *command: str) -> Said:
    """The same, as text."""
    code, out, err = execute_raw(container, *command)
    return Said(code, out.decode(), err.decode())
