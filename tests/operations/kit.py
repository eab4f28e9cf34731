"""Deployments, manifests and contexts made by hand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pytest

from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.hosts.discovery import discover
from pryv_tui.hosts.engine import CancelToken, Container, EngineInfo, Mount, OutputSink, Stream
from pryv_tui.operations.context import GuardOutcome, RunContext
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.drilling.facts import DrillFact
from pryv_tui.operations.facts import NewerFound, SeenContainer
from pryv_tui.operations.settings.patience import Patience
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.site import Site
from pryv_tui.platform.gap import Timeline
from pryv_tui.platform.layout import resolve_layout
from pryv_tui.platform.roles import RoleName
from pryv_tui.sanitize import one_line
from pryv_tui.vault.manifest import RecreatedFolder, SetHost, SetImage, SetManifest
from pryv_tui.vault.parallel.engine import USUAL, CopyEngine
from pryv_tui.vault.sets import BackupSet
from tests.hosts.machines import StillHost, machine

FAILS = (AssertionError, pytest.fail.Exception)


def known_bug(reason: str) -> pytest.MarkDecorator:
    """A test that shows a fault which is known; it fails as soon as the fault is mended."""
    return pytest.mark.xfail(strict=True, raises=FAILS, reason=reason)


DOMAIN = "pryv.example"
SET = "20260101T000000Z"


def deployed(*roles: str, root: str = "/var/pryv") -> Deployment:
    """A platform with a machine per role word (`core`, …, `single-node`), each with its root."""
    hosts = [
        StillHost(role, machine(role, root=f"{root}/{role}"), root=Path(f"{root}/{role}"))
        for role in roles
    ]
    return discover(hosts, domain=DOMAIN)


def host_state(name: str, *roles: RoleName, root: str = "/var/pryv") -> HostState:
    return HostState(
        name=name,
        engine="an engine",
        reachable=True,
        root=root,
        root_exists=True,
        roles=roles,
        layout=resolve_layout(roles, root, {}),
    )


def platform_of(*hosts: HostState) -> Deployment:
    return Deployment(
        domain=one_line(DOMAIN),
        domain_source="the configuration",
        release=None,
        form="cluster",
        hosts=hosts,
    )


def part(name: str, *roles: RoleName, root: str = "/var/pryv", **more: Any) -> SetHost:
    """One machine's part of a set, its containers running when it was made."""
    word = "single-node" if len(roles) == 3 else roles[0]
    images = tuple(SetImage(c.name, c.image, "sha256:0", True) for c in machine(word, root=root))
    stores: dict[str, dict[str, Any]] = {}
    if "core" in roles:
        stores["mongodb"] = {"database": "pryv-node", "collections": {"events": 12, "streams": 3}}
        stores["influxdb"] = {"databases": ["user.a"], "shards": 1}
        stores["sqlite"] = {"files": 1}
    if "register" in roles:
        stores["redis"] = {"users": 4}
    fields: dict[str, Any] = {
        "root": root,
        "release": "1.9.2",
        "images": images,
        "files": 5,
        "bytes": 500,
        "layout": resolve_layout(roles, root, {}),
        "recreated": (RecreatedFolder("pryv/mongodb/data", 9999, 9999, 0o750),)
        if "core" in roles
        else (),
        "stores": stores,
    }
    return SetHost(name=name, roles=roles, **{**fields, **more})


def manifest_of(*parts: SetHost, **more: Any) -> SetManifest:
    fields: dict[str, Any] = {
        "tool": "1",
        "id": SET,
        "created": "2026-01-01T00:00:00Z",
        "domain": DOMAIN,
        "form": "single-node" if len(parts) == 1 and len(parts[0].roles) > 1 else "cluster",
        "release": "1.9.2",
        "roles": tuple(role for host in parts for role in host.roles),
        "hosts": parts,
    }
    return SetManifest(**{**fields, **more})


def set_of(manifest: SetManifest, folder: str = "/vault") -> BackupSet:
    return BackupSet(
        id=manifest.id, path=f"{folder}/{manifest.id}", state="complete", manifest=manifest
    )


class Heard:
    """A reporter that remembers."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, str]] = []
        self.guards: list[tuple[str, str]] = []
        self.owed: list[Owed] = []
        self.seen: dict[str, list[SeenContainer]] = {}
        self.newer_found: list[NewerFound] = []
        self.settled: list[Owed] = []
        self.printed = b""
        self.timelines: list[Timeline] = []
        self.facts: list[DrillFact] = []

    def output(self, stream: Stream, chunk: bytes) -> None:
        self.printed += chunk

    def progress(self, done: int, total: int, unit: str) -> None: ...

    def guard(self, name: str, outcome: GuardOutcome, text: str, remedy: str) -> None:
        self.guards.append((name, outcome))

    def gap(self, known: Timeline) -> None:
        self.timelines.append(known)

    def note(self, text: str, level: Literal["info", "warning"] = "info") -> None:
        self.notes.append((level, text))

    def found(self, host: str, containers: Sequence[SeenContainer]) -> None:
        self.seen[host] = list(containers)

    def newer(self, found: Sequence[NewerFound]) -> None:
        self.newer_found = list(found)

    def drilled(self, fact: DrillFact) -> None:
        self.facts.append(fact)

    def owe(self, owed: Owed) -> None:
        self.owed.append(owed)

    def settle(self, owed: Owed) -> None:
        self.settled.append(owed)


Answer = Callable[[Sequence[str]], tuple[int, str, str]]
"""What a program prints when it is run in a container: its exit code, stdout, stderr."""


class TellingEngine:
    """An engine whose containers' programs answer as told."""

    url = "unix:///nowhere.sock"

    def __init__(self, containers: Sequence[Container], answer: Answer) -> None:
        self._containers = {c.name: c for c in containers}
        self._answer = answer
        self.asked: list[tuple[str, list[str]]] = []

    def info(self) -> EngineInfo:
        return EngineInfo("Telling Engine", "1", self.url)

    def address(self, container: str) -> str:
        if not self.url.startswith("unix:"):
            return ""
        return str(next(iter(self._containers[container].addresses), ""))

    def ends_at(self, container: str, address: str, port: int) -> bool:
        return bool(self.address(container))

    def glance(self) -> list[Container]:
        return [one.glanced(one.name, one.state) for one in self.containers()]

    def containers(self) -> list[Container]:
        return list(self._containers.values())

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
        self.asked.append((container, list(argv)))
        code, out, err = self._answer(argv)
        if out:
            on_output("stdout", out.encode())
        if err:
            on_output("stderr", err.encode())
        return code

    def processes(self, container: str) -> list[str]:
        return []

    def end_exec(self, container: str, program: str) -> bool:
        return False

    def shows(self, container: str, mount: Mount) -> bool | None:
        return None


def context(
    folder: Path,
    *hosts: StillHost,
    deployment: Deployment | None = None,
    practice: bool = True,
    copy_engine: CopyEngine = USUAL,
    patience: Patience | None = None,
) -> tuple[RunContext, Heard]:
    """A context over these hosts, with its vault and state in a folder."""
    settings = Settings(
        vault=str(folder / "vault"),
        state=str(folder / "state"),
        practice=str(folder) if practice else None,
    )
    site = Site(settings, hosts, copy_engine=copy_engine, patience=patience)
    heard = Heard()
    ctx = RunContext(
        site=site,
        deployment=deployment or discover(hosts, domain=DOMAIN),
        reporter=heard,
        cancel=threading.Event(),
        run_id="RUN",
    )
    return ctx, heard


def telling(name: str, role: str, answer: Answer, *, root: Path | None = None) -> StillHost:
    """A host with a role's containers, whose programs answer as told."""
    containers = machine(role)
    host = StillHost(name, containers, root=root)
    engine: Any = TellingEngine(containers, answer)
    host.engine = engine
    return host
