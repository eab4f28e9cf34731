"""Run, list and end programs in containers, with Docker's SDK."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pryv_tui.errors import ERRORS, Cancelled, PryvTuiError
from pryv_tui.hosts.docker_client import DockerClient
from pryv_tui.hosts.docker_errors import names_program, translate
from pryv_tui.hosts.docker_facts import inner_pid, lives_since
from pryv_tui.hosts.engine import CancelToken, OutputSink, Stream
from pryv_tui.phrases import cut

_ARGS = "-ww -eo pid,args"
_WITH_PARENT = "-ww -eo pid,ppid,args"
"""Options of `ps` for whole lines: without a terminal `ps` may cut lines at 80 columns."""
FRESH_SECONDS = 5.0
"""Seconds. In a container younger than this, a program may be missing only because it still
starts."""
REMOVAL_SECONDS = 30.0
"""Seconds to wait for a container that is being removed: its files are removed first."""


def start_exec(api: Any, exec_id: str) -> Any:
    """Start an exec that was created; the body of the returned answer is the program's output.

    Docker's SDK upgrades the connection and then reads from the bare socket. It loses the bytes
    that came with the head of the answer: on a busy machine that is all the output of a short
    program. So here the answer stays plain HTTP and is read as such.
    """
    asked = {"Detach": False, "Tty": False}
    url = api._url("/exec/{0}/start", exec_id)
    answer = api._post_json(url, data=asked, stream=True)
    api._raise_for_status(answer)
    return answer


def frames(answer: Any) -> Iterator[tuple[Stream, bytes]]:
    """Yield a program's output, piece by piece, with the name of its stream.

    Each frame has a head of eight bytes with the number of its stream and its length (Docker's API,
    "Attach to a container", "Stream format").
    """
    with contextlib.closing(answer):
        while len(head := answer.raw.read(8)) == 8:
            size = int.from_bytes(head[4:], "big")
            chunk = answer.raw.read(size)
            if chunk:
                yield "stderr" if head[0] == 2 else "stdout", chunk
            if len(chunk) < size:
                return


class DockerPrograms:
    """Runs programs in the containers of an engine."""

    def __init__(self, client: DockerClient) -> None:
        self._client = client
        self._call = client.call

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
        """See `Engine.exec`."""
        given = dict(environment) if environment else None
        since = time.clock_gettime(time.CLOCK_BOOTTIME)
        created = self._call(
            lambda api: api.exec_create(
                container, list(argv), stdout=True, stderr=True, tty=False, environment=given
            ),
            container,
        )
        exec_id = created["Id"]
        if begun is not None:
            begun(exec_id)
        printed = bytearray()
        failure: list[PryvTuiError] = []
        ended = threading.Event()

        def follow() -> None:
            try:
                answer = self._call(lambda api: start_exec(api, exec_id), container, endless=True)
                for stream, chunk in frames(answer):
                    on_output(stream, chunk)
                    if len(printed) < 4096:
                        printed.extend(chunk)
            except PryvTuiError as error:
                failure.append(error)
            except Exception as error:
                failure.append(translate(error, self._client.url, container))
            finally:
                ended.set()

        # The stream blocks while the program is silent. So a thread reads it, and this one can wait
        # for a cancel.
        threading.Thread(target=follow, daemon=True).start()
        while not ended.wait(0.1):
            if cancel is not None and cancel.is_set():
                self._end_exec(exec_id, container)
                ended.wait(10)
                raise Cancelled(f"{argv[0]} in {container} was ended")
        if failure:
            raise self._meant(failure[0], argv[0], container, since)
        try:
            return self._exit_code(exec_id, container, argv, bytes(printed), since)
        except PryvTuiError as error:
            raise self._meant(error, argv[0], container, since) from error

    def _meant(
        self, error: PryvTuiError, program: str, container: str, since: float
    ) -> PryvTuiError:
        """Find the real meaning of an error that came after the program was started.

        Args:
            since: when the program was started, in `CLOCK_BOOTTIME` seconds.
        """
        if error.name == "container-missing" and self._removed(container, since):
            error = self._went_down(container, program, since)
        return self._went_away(error, program, container)

    def _went_down(self, container: str, program: str, since: float, of: str = "") -> PryvTuiError:
        """The error for a container that is down: it stopped, or it was removed.

        A container that is being removed is still listed for a while, with nothing running in it.

        Args:
            since: see `_is_another`.
            of: see `_is_another`.
        """
        deadline = time.monotonic() + REMOVAL_SECONDS
        while True:
            # One look tells both: between two of them another container can get the name.
            try:
                facts = self._call(lambda api: api.inspect_container(container), container)
            except PryvTuiError as error:
                if error.name != "container-missing":
                    return error
                break
            if self._is_another(facts, since, of):
                break
            if facts["State"].get("Status") not in ("removing", "dead"):
                return PryvTuiError(
                    "step-failed", f"{container} stopped while {program} was running in it"
                )
            if time.monotonic() > deadline:
                break
            time.sleep(0.1)
        # Not `container-missing`: the program has run, and must not be started again.
        return PryvTuiError(
            "step-failed",
            f"{container} was removed while {program} ran in it",
            ERRORS["container-missing"].remedy,
        )

    def _removed(self, container: str, since: float, of: str = "") -> bool:
        """Whether a container is gone, or another one has its name now (see `_is_another`)."""
        try:
            facts = self._call(lambda api: api.inspect_container(container), container)
        except PryvTuiError as error:
            return error.name == "container-missing"
        return self._is_another(facts, since, of)

    def _is_another(self, facts: Mapping[str, Any], since: float, of: str) -> bool:
        """Whether a container is not the one in which the program was started.

        Args:
            facts: what the engine tells of the container.
            since: when the program was started, in `CLOCK_BOOTTIME` seconds: a container that was
                made later is another one.
            of: the id of the container in which it was started, if the engine still knew the exec;
                then the time does not count.
        """
        if of and facts.get("Id"):
            return bool(facts["Id"] != of)
        try:
            made = datetime.fromisoformat(str(facts.get("Created", ""))[:19]).replace(tzinfo=UTC)
        except ValueError:
            return False
        age = self._client.clock() - made.timestamp()
        # The creation time is cut to whole seconds here.
        return age + 1 < time.clock_gettime(time.CLOCK_BOOTTIME) - since

    def _went_away(self, error: PryvTuiError, program: str, container: str) -> PryvTuiError:
        """Return the error itself; or `engine-unreachable` if the engine ended meanwhile.

        An engine that was restarted no longer knows its execs: it answers 404, which does not mean
        a missing container.
        """
        forgotten = error.name == "container-missing" and "No such exec" in error.what
        if error.name != "engine-unreachable" and not forgotten:
            return error
        return PryvTuiError(
            "engine-unreachable",
            f"the engine at {self._client.url} stopped or was restarted while {program} ran in"
            f" {container} ({cut(error.what, 200)})",
            "When the engine answers again (systemctl status docker), see what is running:"
            " pryv-tui status; then try again.",
        )

    def _exit_code(
        self, exec_id: str, container: str, argv: Sequence[str], printed: bytes, since: float
    ) -> int:
        deadline = time.monotonic() + 10
        while True:
            result = self._call(lambda api: api.exec_inspect(exec_id), container)
            code, of = result.get("ExitCode"), str(result.get("ContainerID") or "")
            if code is not None and not result.get("Running"):
                break
            state = self._call(lambda api: api.inspect_container(container), container)["State"]
            if not state.get("Running") or time.monotonic() > deadline:
                raise self._went_down(container, argv[0], since, of)
            time.sleep(0.05)
        if code == 137 and (self._removed(container, since, of) or self._stopped_soon(container)):
            raise self._went_down(container, argv[0], since, of)
        if code in (126, 127) and b"exec failed" in printed:
            said = cut(printed.decode("utf-8", "replace"), 300)
            if why := self._unfit(container, said, since):
                raise PryvTuiError("step-failed", f"{argv[0]} could not run in {container}: {why}")
            raise PryvTuiError(
                "program-missing",
                f"{container} has no program {argv[0]}: {said}",
            )
        return int(code)

    def _unfit(self, container: str, said: str, since: float) -> str:
        """Why nothing could run in a container, if not because the program is missing; else empty.

        A container that is stopping, or was killed and is being started again, has no file system
        in which to look. The message is much the same: `no such file or directory`.
        """
        state = self._call(lambda api: api.inspect_container(container), container)["State"]
        # If its first process has been running all the time, the container did not stop.
        if self._client.is_here and lives_since(int(state.get("Pid") or 0), since):
            return "" if names_program(said) else said
        gone = not state.get("Running") or state.get("Restarting")
        if gone or self._stopped_soon(container):
            return f"the container stopped just then ({said})"
        try:
            begun = datetime.fromisoformat(str(state.get("StartedAt", ""))[:19]).replace(tzinfo=UTC)
            age = self._client.clock() - begun.timestamp()
        except (ValueError, PryvTuiError):
            age = FRESH_SECONDS
        if age < FRESH_SECONDS:
            return f"the container was started again {age:.0f} s ago ({said})"
        return "" if names_program(said) else said

    def _stopped_soon(self, container: str) -> bool:
        """Whether a container is down, or goes down within two seconds.

        The engine reports the end of a program a moment before the end of its container.
        """
        for _ in range(20):
            state = self._call(lambda api: api.inspect_container(container), container)["State"]
            if not state.get("Running"):
                return True
            time.sleep(0.1)
        return False

    def end_exec(self, container: str, program: str) -> bool:
        """See `Engine.end_exec`."""
        try:
            info = self._call(lambda api: api.exec_inspect(program), container)
        except PryvTuiError as error:
            if error.name != "container-missing":
                raise
            return False  # an engine that was restarted no longer knows its execs
        if not info.get("Running") or not info.get("Pid"):
            return False
        self._end_exec(program, container)
        return True

    def _end_exec(self, exec_id: str, container: str) -> None:
        """End the process inside the container: Docker has no kill for an exec.

        The engine gives the pid on its machine. The container's own `kill` is tried first, with the
        pid inside; if that fails, the pid on the machine gets the signal.
        """
        info = self._call(lambda api: api.exec_inspect(exec_id), container)
        pid = int(info.get("Pid") or 0)
        if not pid or not info.get("Running"):
            return
        # Listed now: once the process has ended, its children have another parent.
        below = self._below(container, pid)
        try:
            self._end_it(exec_id, container, pid)
        finally:
            for child, line in below:
                self._end_process(container, child, line)

    def _below(self, container: str, pid: int) -> list[tuple[str, str]]:
        """The descendants of a process: their pids and command lines."""
        with contextlib.suppress(PryvTuiError):
            top = self._call(lambda api: api.top(container, ps_args=_WITH_PARENT), container)
            rows = [(row[0], row[1], " ".join(row[2:])) for row in top.get("Processes") or []]
            found: list[tuple[str, str]] = []
            ahead = [str(pid)]
            while ahead:
                one = ahead.pop()
                mine = [(child, line) for child, parent, line in rows if parent == one]
                found += mine
                ahead += [child for child, _line in mine]
            return found
        return []

    def _end_it(self, exec_id: str, container: str, pid: int) -> None:
        """End an exec's process by TERM, then KILL. Raises `step-failed` if that fails."""
        # The pid is valid on this machine only if the engine runs here.
        inside = inner_pid(pid) if self._client.is_here else None
        for name, number in (("TERM", signal.SIGTERM), ("KILL", signal.SIGKILL)):
            if inside is not None:
                with contextlib.suppress(PryvTuiError):
                    self._quiet(container, ["kill", f"-{name}", str(inside)])
            deadline = time.monotonic() + 5
            while time.monotonic() < deadline:
                if not self._call(lambda api: api.exec_inspect(exec_id), container)["Running"]:
                    return
                # The image may have no `kill`; as root, the signal can go to the pid on this
                # machine.
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
        """See `Engine.processes`."""
        top = self._call(lambda api: api.top(container, ps_args=_ARGS), container)
        return [" ".join(row[1:]) for row in top.get("Processes") or []]

    def _end_process(self, container: str, pid: str, line: str) -> None:
        """End a process by TERM, then KILL. Raises `step-failed` if that fails."""
        if self._is_gone(container, pid, line, 0.0):
            return  # it ended together with its parent
        for name in ("TERM", "KILL"):
            self._signal(container, int(pid), name)
            if self._is_gone(container, pid, line):
                return
        raise PryvTuiError(
            "step-failed",
            f"{line} in {container} could not be ended",
            f"End it by hand: kill -9 {pid} on that machine, as root.",
        )

    def _signal(self, container: str, pid: int, name: str) -> None:
        """Send a signal to a process of a container, by its pid on the engine's machine."""
        # The pid is valid on this machine only if the engine runs here.
        inside = inner_pid(pid) if self._client.is_here else None
        if inside is None:
            return
        with contextlib.suppress(PryvTuiError):
            self._quiet(container, ["kill", f"-{name}", str(inside)])
        # The image may have no `kill`; as root, the signal can go to the pid on this machine.
        if inner_pid(pid) == inside:
            with contextlib.suppress(OSError):
                os.kill(pid, getattr(signal, f"SIG{name}"))

    def _is_gone(self, container: str, pid: str, line: str, seconds: float = 5.0) -> bool:
        """Whether a process ends within this many seconds."""
        deadline = time.monotonic() + seconds
        while True:
            top = self._call(lambda api: api.top(container, ps_args=_ARGS), container)
            if not any(
                row[0] == pid and " ".join(row[1:]) == line for row in top.get("Processes") or []
            ):
                return True
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.1)
