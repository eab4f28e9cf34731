"""Hand-made containers as the templates of different releases declare them, and a host of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.engine import Container, ContainerState, Engine, EngineInfo, Mount
from pryv_tui.hosts.sandbox.making import Maker
from pryv_tui.platform.roles import ROLES
from pryv_tui.sanitize import one_line

COMPOSE_DIR = "com.docker.compose.project.working_dir"


def container(
    service: str,
    *,
    root: str = "/var/pryv",
    image: str | None = None,
    state: ContainerState = "running",
    mounts: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
) -> Container:
    """One container; `mounts` is container path to folder relative to the root."""
    return Container(
        name=f"pryvio_{service}",
        image=one_line(f"pryvio/{service}:1.9.2" if image is None else image),
        state=state,
        mounts=tuple(
            Mount(folder if folder.startswith("/") else f"{root}/{folder}", inside)
            for inside, folder in (mounts or {}).items()
        ),
        labels={key: one_line(text) for key, text in (labels or {}).items()},
    )


def machine(
    role: str, *, root: str = "/var/pryv", release: str = "1.9.2", dump: str = "pryv/mongodb/backup"
) -> list[Container]:
    """All containers of a role, with the mounts that matter."""
    mounts = {
        "mongodb": {"/app/data": "pryv/mongodb/data", "/app/backup": dump},
        "influxdb": {
            "/var/lib/influxdb": "pryv/influxdb/data",
            "/pryv/backup": "pryv/influxdb/backup",
        },
        "redis": {"/app/data": "pryv/redis/data"},
        "core": {"/app/conf": "pryv/core/conf", "/app/data": "pryv/core/data"},
        "config_leader": {"/app/conf": "config-leader/conf", "/app/data": "config-leader/data"},
        "config_follower": {"/app/conf": "config-follower/conf"},
    }
    services = (
        [service for name in ROLES for service in ROLES[name].services]
        if role == "single-node"
        else ["nginx", "dns", "redis", "config_follower"]
        if role == "replica"
        else list(ROLES[role].services)  # type: ignore[index]
    )
    third_party = {"nginx": "1.20.1", "redis": "5.0.1", "influxdb": "1.7.8"}
    return [
        container(
            service,
            root=root,
            image=f"pryvio/{service}:{third_party.get(service, release)}",
            mounts=mounts.get(service, {"/app/conf": f"pryv/{service}/conf"}),
        )
        for service in dict.fromkeys(services)
    ]


class StillEngine:
    """An engine that only tells which containers there are, or that it can't be reached."""

    url = "unix:///nowhere.sock"

    def __init__(
        self, containers: Sequence[Container], problem: PryvTuiError | None = None
    ) -> None:
        self._containers = list(containers)
        self._problem = problem

    def info(self) -> EngineInfo:
        if self._problem is not None:
            raise self._problem
        return EngineInfo("Still Engine", "1", self.url)

    def address(self, container: str) -> str:
        return ""

    def ends_at(self, container: str, address: str, port: int) -> bool:
        return False

    def glance(self) -> list[Container]:
        return [one.glanced(one.name, one.state) for one in self.containers()]

    def containers(self) -> list[Container]:
        return list(self._containers)

    def exec(self, container: str, argv: Sequence[str], **_more: Any) -> int:
        raise PryvTuiError("program-missing", f"{container} has no program {argv[0]}")

    def ask(self, container: str, name: str, path: str) -> int:
        return 200

    def processes(self, container: str) -> list[str]:
        return []

    def end_exec(self, container: str, program: str) -> bool:
        return False

    def shows(self, container: str, mount: Mount) -> bool | None:
        return None


class StillHost:
    """A machine on which nothing happens."""

    practice = False
    maker: Maker | None = None

    def __init__(
        self,
        name: str,
        containers: Sequence[Container] = (),
        *,
        root: Path | None = None,
        problem: PryvTuiError | None = None,
        programs: Sequence[str] = ("docker-compose",),
    ) -> None:
        self.name = name
        self.engine: Engine = StillEngine(containers, problem)  # type: ignore[assignment]
        self.root_hint = root
        self._programs = programs

    def which(self, program: str) -> str | None:
        return f"/usr/bin/{program}" if program in self._programs else None

    def run(self, *_words: Any, **_more: Any) -> int:
        return 0
