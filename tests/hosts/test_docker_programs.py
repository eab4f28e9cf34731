"""What a program in a container prints arrives, however late this machine comes to read it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.hosts import docker_programs
from pryv_tui.hosts.docker_client import DockerClient
from pryv_tui.hosts.docker_engine import DockerEngine
from pryv_tui.hosts.docker_programs import DockerPrograms
from tests.helpers.waiting import until

PRINTED = [("stdout", b"PONG\n"), ("stderr", b"a warning\n"), ("stdout", b"x" * 100_000)]


def frame(stream: str, chunk: bytes) -> bytes:
    return bytes([2 if stream == "stderr" else 1, 0, 0, 0]) + len(chunk).to_bytes(4, "big") + chunk


def answer(line: str) -> bytes:
    """What an engine answers; what the program printed comes with the head, in one piece."""
    path = line.split(" ")[1]
    if path.endswith("/exec/12ab/start"):
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n"
        return head + b"".join(frame(*one) for one in PRINTED)
    told: dict[str, object] = {"ApiVersion": "1.41", "Id": "12ab", "Running": False, "ExitCode": 0}
    body = json.dumps(told).encode()
    told_first = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return told_first.encode() + body


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """An engine that answers each connection once."""
    place = tmp_path / "engine.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.bind(str(place))
        door.listen()

        def serve() -> None:
            while True:
                try:
                    link, _ = door.accept()
                except OSError:
                    return
                with link, link.makefile("rb") as asked:
                    line = asked.readline().decode()
                    size = 0
                    while (header := asked.readline().decode().strip().lower()) != "":
                        if header.startswith("content-length:"):
                            size = int(header.partition(":")[2])
                    asked.read(size)
                    if line:
                        link.sendall(answer(line))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"unix://{place}"
        door.shutdown(socket.SHUT_RDWR)
        thread.join(60)


def test_what_comes_together_with_the_head_is_not_lost(url: str) -> None:
    heard: dict[str, bytes] = {"stdout": b"", "stderr": b""}

    def listen(stream: str, chunk: bytes) -> None:
        heard[stream] += chunk

    assert DockerEngine(url).exec("pryvio_redis", ["redis-cli", "PING"], on_output=listen) == 0
    for stream, said in heard.items():
        assert said == b"".join(chunk for of, chunk in PRINTED if of == stream)


class OnThisMachine:
    """What Docker's SDK tells of a container, whose processes are some of this machine's."""

    def __init__(self, first: int, *others: int) -> None:
        self.first = first
        self.others = others

    def exec_inspect(self, _exec: str) -> dict[str, object]:
        return {"Pid": self.first, "Running": str(self.first) in self.lines()}

    def lines(self) -> dict[str, list[str]]:
        """By its pid each process that is there, and whose it is."""
        done = subprocess.run(
            ["ps", "-eo", "pid,ppid,stat,args"], capture_output=True, text=True, check=True
        )
        rows = [line.split(None, 3) for line in done.stdout.splitlines()[1:]]
        return {row[0]: [row[0], row[1], row[3]] for row in rows if not row[2].startswith("Z")}

    def top(self, _container: str, ps_args: str) -> dict[str, list[list[str]]]:
        known = self.lines()
        with_parents = "ppid" in ps_args
        rows = [one if with_parents else [one[0], one[2]] for one in known.values()]
        return {"Processes": rows}

    def exec_create(self, _container: str, argv: list[str]) -> dict[str, str]:
        subprocess.run(argv, capture_output=True, check=False)
        return {"Id": "it"}

    def exec_start(self, _exec: str) -> None: ...


class ItsClient:
    url = "unix:///nowhere.sock"
    is_here = True

    def __init__(self, api: OnThisMachine) -> None:
        self.api = api

    def call(self, ask: Callable[[OnThisMachine], object], _name: str = "", **_more: object) -> Any:
        return ask(self.api)


@pytest.mark.parametrize(
    "script",
    [
        "sleep 611 & wait",
        "sh -c 'sleep 611 & wait' & wait",
        "(trap '' TERM; sleep 611) & wait",
        "trap '' TERM; sleep 611 & wait; sleep 611",
    ],
    ids=["a child", "a child's child", "one that will not", "one that will not itself"],
)
def test_what_a_cancelled_program_has_started_goes_with_it(
    monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    # Of what is in no container nobody is ended.
    monkeypatch.setattr(
        docker_programs, "inner_pid", lambda pid: pid if Path(f"/proc/{pid}").is_dir() else None
    )
    marked = f"sleep {os.getpid() + 100_000}"
    with (
        subprocess.Popen(["sh", "-c", script.replace("sleep 611", marked)]) as program,
        subprocess.Popen(marked.split()) as another,
    ):
        api = OnThisMachine(program.pid)

        def mine() -> set[int]:
            return {int(row[0]) for row in api.lines().values() if row[2] == marked}

        until(lambda: len(mine()) >= 2)
        threading.Thread(target=program.wait, daemon=True).start()
        try:
            DockerPrograms(ItsClient(api))._end_exec("it", "c")  # type: ignore[arg-type]
            assert mine() == {another.pid}, "what it had not started goes on"
            assert str(program.pid) not in api.lines()
        finally:
            for one in {*mine(), program.pid}:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(one, signal.SIGKILL)


def test_a_long_command_line_is_told_whole_where_ps_would_cut_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An engine that was started where `COLUMNS` is set hands that on to its `ps`."""

    class Api:
        def top(self, _name: str, ps_args: str) -> dict[str, object]:
            done = subprocess.run(
                ["ps", *ps_args.split()],
                capture_output=True, text=True, check=True, env={**os.environ, "COLUMNS": "80"},
            )  # fmt: skip
            return {"Processes": [line.split() for line in done.stdout.splitlines()[1:]]}

    client = DockerClient("unix:///nowhere.sock")
    monkeypatch.setattr(client, "call", lambda ask, _container="": ask(Api()))
    with subprocess.Popen(["sleep", "600", *("600",) * 80]) as process:
        try:
            lines = DockerPrograms(client).processes("pryvio_mongodb")
            assert f"sleep {' '.join(('600',) * 81)}" in lines
        finally:
            process.kill()
