"""The engine of a practice machine: the same interface as Docker's, over a folder."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from pryv_tui.errors import ERRORS, PryvTuiError
from pryv_tui.hosts.engine import (
    STOP_SECONDS,
    CancelToken,
    Container,
    ContainerState,
    EngineEvent,
    EngineInfo,
    Mount,
    OutputSink,
    unpaused,
)
from pryv_tui.practice.harm import meanwhile
from pryv_tui.practice.home import Home, Machine
from pryv_tui.practice.inodes import identity
from pryv_tui.practice.machines import boot, console, execution, questions
from pryv_tui.practice.services import program_of
from pryv_tui.practice.state import ContainerRecord, EngineRecord, EngineStore, now

_STORE_TOOLS = ("mongodump", "mongorestore", "influxd")
_STORE_COMMANDS = ("BGREWRITEAOF", "SAVE")
"""The tools, and the commands of redis-cli, at which the fault `engine-gone` happens."""


class PracticeEngine:
    """A practice machine's containers; implements `hosts.engine.Engine`."""

    def __init__(self, home: Home, machine: Machine) -> None:
        self._home = home
        self._machine = machine
        self._store = machine.engine

    @property
    def url(self) -> str:
        return f"practice://{self._home.folder}#{self._machine.name}"

    def info(self) -> EngineInfo:
        self._reach()
        return EngineInfo(name="practice engine", version="20.10", url=self.url)

    def clock(self) -> float:
        self._reach()
        return time.time()

    def containers(self) -> list[Container]:
        self._reach()
        loops = self._home.faults.active_at_all("container-loops")
        found = _listed(self._store.content())
        if loops or any(one.state == "restarting" for one in found):
            with self._store.change() as record:
                boot.look(self._home, self._machine, record)
            found = _containers_of(record)
        return list(found)

    def address(self, container: str) -> str:
        """Return an empty text: nothing of a practice platform listens on a network."""
        return ""

    def ends_at(self, container: str, address: str, port: int) -> bool:
        return False

    def glance(self) -> list[Container]:
        return [one.glanced(one.name, one.state) for one in self.containers()]

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
        self._reach()
        life = self._running(container)
        tool = program_of(life.service, argv[0])
        if tool is None:
            raise PryvTuiError("program-missing", _no_program(argv[0]))
        if questions.only_asks(tool, argv):
            return questions.answer(self._home, self._machine, container, tool, argv, on_output)
        process = execution.spawn(
            self._home, self._machine, container, tool, argv, environment, begun
        )
        at_work = tool in _STORE_TOOLS or any(word.upper() in _STORE_COMMANDS for word in argv)
        gone = at_work and self._home.faults.active("engine-gone")
        if gone:
            execution.first_output(process, on_output, cancel)
            self._home.faults.trip("engine-gone")
            self._reach()
        code = execution.follow(process, on_output, cancel, what=f"{tool} in {container}")
        after = self._store.read().containers.get(container)
        if after is None:
            raise PryvTuiError(
                "step-failed",
                f"container {container} was removed while {tool} ran in it",
                ERRORS["container-missing"].remedy,
            )
        if after.boots != life.boots or after.state not in ("running", "paused"):
            raise PryvTuiError(
                "step-failed",
                f"container {container} died while {tool} ran in it",
            )
        return code

    def processes(self, container: str) -> list[str]:
        self._reach()
        if self._record(container).state != "paused":  # a paused container keeps its processes
            self._running(container)
        main = container.removeprefix("pryvio_")
        return [main, *(" ".join(p.argv) for p in self._store.processes(container))]

    def end_exec(self, container: str, program: str) -> bool:
        self._reach()
        self._running(container)
        for process in self._store.processes(container):
            if process.called == program and process.alive:
                execution.end(process)
                return True
        return False

    def shows(self, container: str, mount: Mount) -> bool | None:
        self._reach()
        record = self._record(container)
        for known in record.mounts:
            lives = record.state in ("running", "paused")
            if known.destination == mount.destination and known.seen and lives:
                return known.seen == identity(Path(known.source))
        return None

    def former(self, container: str, mount: Mount) -> str:
        self._reach()
        for known in self._record(container).mounts:
            if known.destination == mount.destination and known.seen:
                above = Path(known.source).parent
                for beside in sorted(above.iterdir()) if above.is_dir() else ():
                    if beside.is_dir() and identity(beside) == known.seen:
                        return str(beside)
        return ""

    def start(self, container: str) -> None:
        self._reach()
        with self._changing(container) as record:
            if record.state in ("running", "restarting", "paused"):
                return
            if self._home.faults.active("container-will-not-start", record.service):
                raise PryvTuiError(
                    "step-failed",
                    f"cannot start container {container}: driver failed programming external"
                    f" connectivity on endpoint {container}: Bind for 0.0.0.0:443 failed:"
                    " port is already allocated",
                    f"Free port 443 of {self._machine.name}, then start the container again:"
                    f" pryv-tui containers start {shlex.quote(container)}"
                    f" --host {shlex.quote(self._machine.name)}",
                )
            boot.start(self._home, self._machine, record)
        console.report(self._machine, container, "start")
        if meddled := meanwhile.due(self._home.folder, record.service):
            self.start(meddled)

    def stop(self, container: str, *, timeout: int | None = None) -> None:
        """Stop a container and the tools that run in it."""
        self._reach()
        service = self._record(container).service
        if self._home.faults.active("container-will-not-stop", service):
            raise PryvTuiError(
                "step-failed",
                f"cannot stop container {container}: tried to kill container, but did not"
                " receive an exit event",
                "Look at the container and the engine's log, then try again.",
            )
        with self._changing(container) as record:
            if record.state in ("exited", "created", "dead"):
                return
            record.state, record.exit_code = "exited", 0
            record.since = now()
            console.log(self._machine, record, "received SIGTERM, stopping")
        for process in self._store.processes(container):
            execution.end(process, patience=min(float(timeout or STOP_SECONDS), 3.0))
        console.report(self._machine, container, "die")
        console.report(self._machine, container, "stop")

    def set_restart_policy(self, container: str, policy: str) -> None:
        self._reach()
        with self._changing(container) as record:
            record.restart_policy = policy

    def restart(self) -> None:
        """Do what a restart of the engine, or of the machine, does: start what may be started.

        Containers that were stopped on purpose are included if their policy is `always`.
        """
        for container in self.containers():
            if container.restart_policy == "always" and container.state in ("exited", "dead"):
                self.start(container.name)

    def pause(self, container: str) -> None:
        self._switch(container, "running", "paused", "pause")

    def unpause(self, container: str) -> None:
        self._switch(container, "paused", "running", "unpause")

    def ask(self, container: str, name: str, path: str) -> int:
        """Return the HTTP status with which the practice applications answer. The service is chosen
        by name, as the real nginx does."""
        self._reach()
        self._running(container)
        first = name.partition(".")[0]
        service = "register" if first == "reg" else "core"
        if not self._home.runs(service, on=self._machine):
            return 502
        known = {"register": ("/service/info", "/wactiv/check_username"), "core": ("/status",)}
        return 200 if path in known[service] else 404

    def logs(
        self,
        container: str,
        *,
        tail: int | None = 500,
        follow: bool = False,
        since: float | None = None,
    ) -> Iterator[bytes]:
        self._reach()
        self._record(container)

        def lives() -> bool:
            record = self._store.read().containers.get(container)
            return record is not None and record.state in ("running", "restarting", "paused")

        return console.read_log(
            self._machine, container, tail=tail, follow=lives if follow else None, since=since
        )

    def events(self) -> Iterator[EngineEvent]:
        self._reach()
        return console.events(self._machine)

    def _reach(self) -> None:
        if self._home.faults.tripped("engine-gone"):
            raise PryvTuiError(
                "engine-unreachable",
                f"Cannot connect to the Docker daemon at {self.url}. Is the docker daemon running?",
                "Start it on its machine:"
                f" {shlex.join(['pryv-tui', 'practice', 'start', str(self._home.folder)])}",
            )

    def _record(self, container: str) -> ContainerRecord:
        record = self._store.read().containers.get(container)
        if record is None:
            raise PryvTuiError("container-missing", f"No such container: {container}")
        return record

    def _running(self, container: str) -> ContainerRecord:
        record = self._record(container)
        if record.state == "restarting":
            self.containers()
            record = self._record(container)
        if record.state == "paused":
            what = f"Container {container} is paused, unpause the container before exec"
            way = unpaused(container, practice=True)
            raise PryvTuiError("container-stopped", f"{container}: {what}", way)
        if record.state == "restarting":
            what = f"Container {record.id} is restarting, wait until the container is running"
        elif record.state != "running":
            what = f"Container {record.id} is not running"
        else:
            return record
        raise PryvTuiError("container-stopped", f"{container}: {what}")

    @contextmanager
    def _changing(self, container: str) -> Iterator[ContainerRecord]:
        with self._store.change() as record:
            if container not in record.containers:
                raise PryvTuiError("container-missing", f"No such container: {container}")
            yield record.containers[container]

    def _switch(
        self, container: str, before: ContainerState, after: ContainerState, action: str
    ) -> None:
        self._reach()
        with self._changing(container) as record:
            if record.state == after:
                return
            if record.state != before:
                words = f"Container {record.id} is not {before}"
                raise PryvTuiError("container-stopped", f"{container}: {words}")
            record.state = after
            record.since = now()
        console.report(self._machine, container, action)


@lru_cache(maxsize=8)
def _listed(content: bytes | None) -> tuple[Container, ...]:
    """Return the containers in a content of `engine.json`. Cached: a run lists them two dozen
    times, and usually nothing has changed in between."""
    return _containers_of(EngineStore.of_content(content))


def _containers_of(record: EngineRecord) -> tuple[Container, ...]:
    return tuple(record.containers[name].to_container() for name in sorted(record.containers))


def _no_program(program: str) -> str:
    reason = (
        f"stat {program}: no such file or directory"
        if "/" in program
        else "executable file not found in $PATH"
    )
    return (
        "OCI runtime exec failed: exec failed: unable to start container process: exec:"
        f' "{program}": {reason}: unknown (exit {126 if "/" in program else 127})'
    )
