"""A Docker Engine, as an implementation of `Engine`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.docker_client import DockerClient
from pryv_tui.hosts.docker_errors import hung
from pryv_tui.hosts.docker_facts import (
    doors_of,
    inner_pid,
    inspected_container,
    listed_container,
    name_of,
    own_container,
    state_of,
    stop_seconds,
    volume_device,
)
from pryv_tui.hosts.docker_programs import DockerPrograms
from pryv_tui.hosts.engine import (
    CancelToken,
    Container,
    EngineEvent,
    EngineInfo,
    Mount,
    OutputSink,
)
from pryv_tui.hosts.former import former_place
from pryv_tui.hosts.routes import ends_in, on_own_network
from pryv_tui.hosts.sandbox.docker_maker import DockerMaker
from pryv_tui.hosts.web import ask_https

LIST_TRIES = 3
"""How often to ask for the list: the engine's answer is an error while a container is being
removed."""


class DockerEngine:
    """A Docker Engine, reached by its URL.

    Args:
        url: `unix://…`, `tcp://…`, `ssh://…`; None: the engine that `docker` itself would use.
    """

    def __init__(self, url: str | None = None) -> None:
        self._client = DockerClient(url)
        self._call = self._client.call
        self._programs = DockerPrograms(self._client)
        self.url = self._client.url
        self.maker = DockerMaker(self._client)
        """Makes the containers of drills on this engine."""
        self._known: dict[str, Container] = {}
        """Containers by id, for `glance`: it takes only the facts that never change."""

    def info(self) -> EngineInfo:
        version = self._call(lambda api: api.version())
        return EngineInfo("Docker Engine", str(version.get("Version", "?")), self.url)

    def clock(self) -> float:
        return self._client.clock()

    def containers(self) -> list[Container]:
        listed = self._listed()
        devices = self._devices(listed)
        own = own_container()
        found, hanging = [], 0
        for entry in listed:
            name = name_of(entry)
            try:
                facts = self._inspect(str(entry["Id"]), name)
            except PryvTuiError as error:
                if error.name == "container-missing":
                    continue  # removed between the two requests
                if error.name not in ("step-failed", "container-stopped"):
                    raise
                hanging += hung(error)
                if hanging > 1:
                    raise  # the second one, minutes each: the engine hangs, not a container
                # The engine has no facts of a container that is dead, is being removed, or has a
                # lock for ever. The others must be listed all the same.
                found.append(listed_container(entry, devices))
                continue
            container = inspected_container(facts, devices, own)
            self._known[str(entry["Id"])] = container
            found.append(container)
        return sorted((c for c in found if c.name), key=lambda c: c.name)

    def glance(self) -> list[Container]:
        listed = self._listed()
        if any(str(entry["Id"]) not in self._known for entry in listed):
            return [one.glanced(one.name, one.state) for one in self.containers()]
        found = [
            self._known[str(entry["Id"])].glanced(name_of(entry), state_of(entry))
            for entry in listed
        ]
        return sorted((c for c in found if c.name), key=lambda c: c.name)

    def _inspect(self, ident: str, name: str) -> dict[str, Any]:
        return dict(self._call(lambda api: api.inspect_container(ident), name) or {})

    def _listed(self) -> list[dict[str, Any]]:
        """The engine's list of containers.

        Asked for again if the answer was an error because of a container that was being removed.
        """
        for left in reversed(range(LIST_TRIES)):
            try:
                return list(self._call(lambda api: api.containers(all=True)) or ())
            except PryvTuiError as error:
                if not left or error.name not in ("container-missing", "step-failed"):
                    raise
        raise AssertionError("the last try returns or raises")

    def _devices(self, listed: Sequence[dict[str, Any]]) -> dict[str, str]:
        """The host folders behind volumes, by the volumes' names (`docker_facts.volume_device`)."""
        if not any(m.get("Type") == "volume" for e in listed for m in e.get("Mounts") or []):
            return {}
        try:
            # The error must be about volumes: a volume driver that hangs does not mean that the
            # engine does not answer.
            told = self._call(lambda api: api.volumes(), "its volumes") or {}
        except PryvTuiError as error:
            if error.name not in ("container-missing", "step-failed"):
                raise
            return {}
        every = told.get("Volumes") or []
        return {str(v.get("Name")): device for v in every if (device := volume_device(v))}

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
        return self._programs.exec(
            container,
            argv,
            on_output=on_output,
            cancel=cancel,
            environment=environment,
            begun=begun,
        )

    def end_exec(self, container: str, program: str) -> bool:
        return self._programs.end_exec(container, program)

    def processes(self, container: str) -> list[str]:
        return self._programs.processes(container)

    def shows(self, container: str, mount: Mount) -> bool | None:
        if not self._client.is_here:
            return None
        try:
            facts = self._call(lambda api: api.inspect_container(container), container)
        except PryvTuiError as error:
            if error.name != "container-missing":
                raise
            return None
        pid = int(facts.get("State", {}).get("Pid") or 0)
        # The socket may lead to another machine: a pid counts only if it is that of a container on
        # this machine too.
        if not pid or inner_pid(pid) is None:
            return None
        try:
            inside = Path(f"/proc/{pid}/root{mount.destination}").stat()
            outside = Path(mount.source).stat()
        except FileNotFoundError as error:
            return False if str(error.filename) == mount.source else None
        except OSError:
            return None
        return (inside.st_dev, inside.st_ino) == (outside.st_dev, outside.st_ino)

    def former(self, container: str, mount: Mount) -> str:
        pid = self._pid(container)
        return former_place(pid, mount.destination.rstrip("/")) if pid else ""

    def _pid(self, container: str) -> int:
        """The pid of a container's first process if it runs on this machine; else 0."""
        if not self._client.is_here:
            return 0
        facts = self._call(lambda api: api.inspect_container(container), container)
        pid = int(facts.get("State", {}).get("Pid") or 0)
        return pid if pid and inner_pid(pid) is not None else 0

    def address(self, container: str) -> str:
        if not self._client.is_here:
            return ""
        facts = self._inspect(container, container)
        pid = int(facts.get("State", {}).get("Pid") or 0)
        # The socket may lead to another machine: the addresses of its containers mean others here.
        if not pid or inner_pid(pid) is None:
            return ""
        told = inspected_container(facts).addresses
        return next((str(one) for one in told if on_own_network(one)), "")

    def ends_at(self, container: str, address: str, port: int) -> bool:
        pid = self._pid(container)
        return bool(pid) and ends_in(pid, address, port)

    def start(self, container: str) -> None:
        self._call(lambda api: api.start(container), container)

    def stop(self, container: str, *, timeout: int | None = None) -> None:
        # Always given, since the wait for the answer depends on it.
        seconds = stop_seconds(self._inspect(container, container)) if timeout is None else timeout
        self._call(lambda api: api.stop(container, timeout=seconds), container)

    def set_restart_policy(self, container: str, policy: str) -> None:
        name, _, most = policy.partition(":")
        told = {"Name": name, "MaximumRetryCount": int(most or 0)}
        self._call(lambda api: api.update_container(container, restart_policy=told), container)

    def pause(self, container: str) -> None:
        self._call(lambda api: api.pause(container), container)

    def unpause(self, container: str) -> None:
        self._call(lambda api: api.unpause(container), container)

    def ask(self, container: str, name: str, path: str) -> int:
        facts = self._call(lambda api: api.inspect_container(container), container)
        return ask_https(doors_of(facts, self.url), name, path)

    def logs(
        self,
        container: str,
        *,
        tail: int | None = 500,
        follow: bool = False,
        since: float | None = None,
    ) -> Iterator[bytes]:
        stream = self._call(
            lambda api: api.logs(
                container,
                stream=True,
                follow=follow,
                tail="all" if tail is None else tail,
                since=since,
            ),
            container,
            endless=True,
        )
        return self._client.items_of(stream, container)

    def events(self) -> Iterator[EngineEvent]:
        stream = self._call(
            lambda api: api.events(decode=True, filters={"type": "container"}), endless=True
        )
        try:
            for event in self._client.items_of(stream, ""):
                name = event.get("Actor", {}).get("Attributes", {}).get("name", "")
                yield EngineEvent(name, str(event.get("Action", "")), float(event["time"]))
        finally:
            stream.close()
