"""Docker's SDK behind `Engine`: the only module that imports `docker`."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.hosts.docker_errors import hung, names_program, translate
from pryv_tui.hosts.docker_facts import (
    doors_of,
    inner_pid,
    inspected_container,
    listed_container,
    lives_since,
    name_of,
    own_container,
    volume_device,
)
from pryv_tui.hosts.endpoint import Endpoint, find_endpoint
from pryv_tui.hosts.engine import (
    CancelToken,
    Container,
    EngineEvent,
    EngineInfo,
    Mount,
    OutputSink,
)
from pryv_tui.hosts.former import former_place
from pryv_tui.hosts.web import ask_https

LIST_TRIES = 3
"""How often the list is asked for: engines fail it while a container is being removed."""
_T = TypeVar("_T")
FRESH_SECONDS = 5.0
"""How young a container may be for its lack of a program to be taken for its start."""
_NANOSECONDS = re.compile(r"(\.\d{6})\d+")


class DockerEngine:
    """A Docker Engine, reached by URL.

    Args:
        url: `unix://…`, `tcp://…`, `ssh://…`; None takes what `docker` itself would.
    """

    def __init__(self, url: str | None = None) -> None:
        self._problem: PryvTuiError | None = None
        try:
            self._endpoint = find_endpoint(url, os.environ)
        except PryvTuiError as error:
            # Told when the engine is asked: until then nobody needs it.
            self._endpoint, self._problem = Endpoint(url="docker context"), error
        self.url = self._endpoint.url
        self._clients: dict[bool, Any] = {}
        self._lock = threading.Lock()

    def info(self) -> EngineInfo:
        version = self._call(lambda api: api.version())
        return EngineInfo("Docker Engine", str(version.get("Version", "?")), self.url)

    def clock(self) -> float:
        told = str(self._call(lambda api: api.info()).get("SystemTime", ""))
        try:
            # Nanoseconds, which are more than fromisoformat reads.
            moment = datetime.fromisoformat(_NANOSECONDS.sub(r"\1", told))
        except ValueError as error:
            what = f"the engine at {self.url} tells no time that can be read: {told!r}"
            raise PryvTuiError("step-failed", what) from error
        return moment.timestamp()

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
                    continue  # it went away between the two questions
                if error.name not in ("step-failed", "container-stopped"):
                    raise
                hanging += hung(error)
                if hanging > 1:
                    raise  # each costs minutes, and it is the engine rather than a container
                # One that the engine itself can't tell more of (it is dead, is being removed, or
                # holds a lock for ever) is no reason to see none of the others.
                found.append(listed_container(entry, devices))
                continue
            found.append(inspected_container(facts, devices, own))
        return sorted((c for c in found if c.name), key=lambda c: c.name)

    def _inspect(self, ident: str, name: str) -> dict[str, Any]:
        return dict(self._call(lambda api: api.inspect_container(ident), name) or {})

    def _listed(self) -> list[dict[str, Any]]:
        """The engine's list; asked again where it stumbled over one that was being removed."""
        for left in reversed(range(LIST_TRIES)):
            try:
                return list(self._call(lambda api: api.containers(all=True)) or ())
            except PryvTuiError as error:
                if not left or error.name not in ("container-missing", "step-failed"):
                    raise
        raise AssertionError("the last try returns or raises")

    def _devices(self, listed: Sequence[dict[str, Any]]) -> dict[str, str]:
        """The folders of the host that volumes stand for, by the volumes' names; see
        `docker_facts.volume_device`."""
        if not any(m.get("Type") == "volume" for e in listed for m in e.get("Mounts") or []):
            return {}
        try:
            # Named, since a driver that hangs is no engine that is away.
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
    ) -> int:
        given = dict(environment) if environment else None
        since = time.clock_gettime(time.CLOCK_BOOTTIME)
        created = self._call(
            lambda api: api.exec_create(
                container, list(argv), stdout=True, stderr=True, tty=False, environment=given
            ),
            container,
        )
        exec_id = created["Id"]
        printed = bytearray()
        failure: list[PryvTuiError] = []
        ended = threading.Event()

        def follow() -> None:
            try:
                stream = self._call(
                    lambda api: api.exec_start(exec_id, stream=True, demux=True),
                    container,
                    endless=True,
                )
                for out, err in stream:
                    if out:
                        on_output("stdout", out)
                    if err:
                        on_output("stderr", err)
                    if len(printed) < 4096:
                        printed.extend((out or b"") + (err or b""))
            except PryvTuiError as error:
                failure.append(error)
            except Exception as error:
                failure.append(translate(error, self.url, container))
            finally:
                ended.set()

        # The stream blocks while the program is silent, so it is read beside the wait for cancel.
        threading.Thread(target=follow, daemon=True).start()
        while not ended.wait(0.1):
            if cancel is not None and cancel.is_set():
                self._end_exec(exec_id, container)
                ended.wait(10)
                raise Cancelled(f"{argv[0]} in {container} was ended")
        if failure:
            raise self._went_away(failure[0], argv[0], container)
        try:
            return self._exit_code(exec_id, container, argv, bytes(printed), since)
        except PryvTuiError as error:
            raise self._went_away(error, argv[0], container) from error

    def _went_away(self, error: PryvTuiError, program: str, container: str) -> PryvTuiError:
        """The same error, unless it means that the engine ended while the program ran.

        One that came back meanwhile knows no exec of before: it answers 404, which is not a missing
        container.
        """
        forgotten = error.name == "container-missing" and "No such exec" in error.what
        if error.name != "engine-unreachable" and not forgotten:
            return error
        return PryvTuiError(
            "engine-unreachable",
            f"the engine at {self.url} stopped or was restarted while {program} ran in {container}"
            f" ({error.what[:200]})",
            "When it answers again (systemctl status docker), look at what runs (pryv-tui status),"
            " then try again.",
        )

    def _exit_code(
        self, exec_id: str, container: str, argv: Sequence[str], printed: bytes, since: float
    ) -> int:
        deadline = time.monotonic() + 10
        while True:
            result = self._call(lambda api: api.exec_inspect(exec_id), container)
            code = result.get("ExitCode")
            if code is not None and not result.get("Running"):
                break
            state = self._call(lambda api: api.inspect_container(container), container)["State"]
            if not state.get("Running") or time.monotonic() > deadline:
                raise PryvTuiError(
                    "step-failed", f"{container} stopped while {argv[0]} was running in it"
                )
            time.sleep(0.05)
        if code == 137 and self._stopped_soon(container):
            raise PryvTuiError(
                "step-failed", f"{container} stopped while {argv[0]} was running in it"
            )
        if code in (126, 127) and b"exec failed" in printed:
            said = printed.decode("utf-8", "replace")[:300]
            if why := self._unfit(container, said, since):
                raise PryvTuiError("step-failed", f"{argv[0]} could not run in {container}: {why}")
            raise PryvTuiError(
                "program-missing",
                f"{container} has no program {argv[0]}: {said}",
            )
        return int(code)

    def _unfit(self, container: str, said: str, since: float) -> str:
        """Why nothing could be run in a container, where that is not for want of the program.

        One that is going down, or was killed and is being started anew, has no file system to look
        for it in: the words are much the same, `no such file or directory`.
        """
        state = self._call(lambda api: api.inspect_container(container), container)["State"]
        # Where its first process can be seen to have lived all the while, nothing is in doubt.
        if self.url.startswith("unix:") and lives_since(int(state.get("Pid") or 0), since):
            return "" if names_program(said) else said
        gone = not state.get("Running") or state.get("Restarting")
        if gone or self._stopped_soon(container):
            return f"the container stopped meanwhile ({said})"
        try:
            begun = datetime.fromisoformat(str(state.get("StartedAt", ""))[:19]).replace(tzinfo=UTC)
            age = self.clock() - begun.timestamp()
        except (ValueError, PryvTuiError):
            age = FRESH_SECONDS
        if age < FRESH_SECONDS:
            return f"the container was started anew {age:.0f} s ago ({said})"
        return "" if names_program(said) else said

    def _stopped_soon(self, container: str) -> bool:
        """Whether a container is down, or goes down right after a program in it was killed: the
        engine tells the program's end a moment before the container's."""
        for _ in range(20):
            state = self._call(lambda api: api.inspect_container(container), container)["State"]
            if not state.get("Running"):
                return True
            time.sleep(0.1)
        return False

    def _end_exec(self, exec_id: str, container: str) -> None:
        """End the process inside the container: Docker has no kill for an exec.

        The pid that the engine tells is the host's; it is reached from inside by the container's
        own numbering, so the container's `kill` is asked first and the host's pid is the fallback.
        """
        info = self._call(lambda api: api.exec_inspect(exec_id), container)
        pid = int(info.get("Pid") or 0)
        if not pid or not info.get("Running"):
            return
        # A pid means something here only when the engine runs on this very machine.
        inside = inner_pid(pid) if self.url.startswith("unix:") else None
        for name, number in (("TERM", signal.SIGTERM), ("KILL", signal.SIGKILL)):
            if inside is not None:
                with contextlib.suppress(PryvTuiError):
                    self._quiet(container, ["kill", f"-{name}", str(inside)])
            deadline = time.monotonic() + 5
            while time.monotonic() < deadline:
                if not self._call(lambda api: api.exec_inspect(exec_id), container)["Running"]:
                    return
                # The image may have no `kill`; the host's pid works where we are root.
                if inside is not None and inner_pid(pid) == inside:
                    with contextlib.suppress(OSError):
                        os.kill(pid, number)
                time.sleep(0.1)
        raise PryvTuiError(
            "step-failed",
            f"the process {pid} in {container} could not be ended",
            f"End it by hand: kill -9 {pid} on that machine, as root.",
        )

    def _quiet(self, container: str, argv: Sequence[str]) -> None:
        created = self._call(lambda api: api.exec_create(container, list(argv)), container)
        self._call(lambda api: api.exec_start(created["Id"]), container)

    def processes(self, container: str) -> list[str]:
        top = self._call(lambda api: api.top(container, ps_args="-eo pid,args"), container)
        return [" ".join(row[1:]) for row in top.get("Processes") or []]

    def end_processes(self, container: str, command: str) -> list[str]:
        top = self._call(lambda api: api.top(container, ps_args="-eo pid,args"), container)
        ended = []
        for pid, *words in top.get("Processes") or []:
            line = " ".join(words)
            if command not in line:
                continue
            for name in ("TERM", "KILL"):
                self._signal(container, int(pid), name)
                if self._is_gone(container, pid, line):
                    break
            else:
                raise PryvTuiError(
                    "step-failed",
                    f"{line} in {container} could not be ended",
                    f"End it by hand: kill -9 {pid} on that machine, as root.",
                )
            ended.append(line)
        return ended

    def _signal(self, container: str, pid: int, name: str) -> None:
        """Send a signal to a process of a container, by its pid on the engine's machine."""
        # A pid means something here only when the engine runs on this very machine.
        inside = inner_pid(pid) if self.url.startswith("unix:") else None
        if inside is None:
            return
        with contextlib.suppress(PryvTuiError):
            self._quiet(container, ["kill", f"-{name}", str(inside)])
        # The image may have no `kill`; the host's pid works where we are root.
        if inner_pid(pid) == inside:
            with contextlib.suppress(OSError):
                os.kill(pid, getattr(signal, f"SIG{name}"))

    def _is_gone(self, container: str, pid: str, line: str) -> bool:
        """Whether a process ends within some seconds."""
        deadline = time.monotonic() + 5
        while True:
            top = self._call(lambda api: api.top(container, ps_args="-eo pid,args"), container)
            if not any(
                row[0] == pid and " ".join(row[1:]) == line for row in top.get("Processes") or []
            ):
                return True
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)

    def shows(self, container: str, mount: Mount) -> bool | None:
        if not self.url.startswith("unix:"):
            return None
        try:
            facts = self._call(lambda api: api.inspect_container(container), container)
        except PryvTuiError as error:
            if error.name != "container-missing":
                raise
            return None
        pid = int(facts.get("State", {}).get("Pid") or 0)
        # A socket may lead to another machine: a pid counts only if here, too, it is a container's.
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
        """Its first process, where that is one of this very machine; else 0."""
        if not self.url.startswith("unix:"):
            return 0
        facts = self._call(lambda api: api.inspect_container(container), container)
        pid = int(facts.get("State", {}).get("Pid") or 0)
        return pid if pid and inner_pid(pid) is not None else 0

    def start(self, container: str) -> None:
        self._call(lambda api: api.start(container), container)

    def stop(self, container: str, *, timeout: int = 30) -> None:
        self._call(lambda api: api.stop(container, timeout=timeout), container)

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
        return self._told(stream, container)

    def events(self) -> Iterator[EngineEvent]:
        stream = self._call(
            lambda api: api.events(decode=True, filters={"type": "container"}), endless=True
        )
        try:
            for event in self._told(stream, ""):
                name = event.get("Actor", {}).get("Attributes", {}).get("name", "")
                yield EngineEvent(name, str(event.get("Action", "")), float(event["time"]))
        finally:
            stream.close()

    def _told(self, stream: Any, container: str) -> Iterator[Any]:
        """A stream's items; what goes wrong on the way is told in our words too."""
        try:
            yield from stream
        except PryvTuiError:
            raise
        except Exception as error:
            raise translate(error, self.url, container) from error

    def _call(self, ask: Callable[[Any], _T], container: str = "", *, endless: bool = False) -> _T:
        """Ask the engine, errors in our words.

        Args:
            endless: for streams, which may be silent for longer than any answer may take: influxd
                waits almost three minutes between two of its retries.
        """
        try:
            with self._lock:
                client = self._clients.get(endless)
                if client is None:
                    client = self._connect(None if endless else 120)
                    self._clients[endless] = client
            return ask(client)
        except PryvTuiError:
            raise
        except Exception as error:
            raise translate(error, self.url, container) from error

    def _connect(self, seconds: int | None) -> Any:
        """A connection to the engine.

        Args:
            seconds: how long it may be silent; None: for ever.
        """
        if self._problem is not None:
            raise self._problem
        import docker
        from docker.tls import TLSConfig

        tls: Any = False
        if (told := self._endpoint.tls) is not None:
            tls = TLSConfig(
                client_cert=(told.cert, told.key) if told.cert else None,
                ca_cert=told.ca or None,
                verify=told.verify,
            )

        class Client(docker.APIClient):
            """Judges the engine's certificate as `docker` does: the environment's bundles of
            authorities (`REQUESTS_CA_BUNDLE`) are meant for other programs."""

            def merge_environment_settings(self, *words: Any, **more: Any) -> Any:
                settings = super().merge_environment_settings(*words, **more)
                return {**settings, "verify": self.verify}

        # The machine's own ssh knows the user's keys, agent and host names, as `docker` does.
        return Client(
            base_url=self.url,
            version="auto",
            timeout=seconds,  # type: ignore[arg-type]
            tls=tls,
            use_ssh_client=self.url.startswith("ssh:"),
        )
