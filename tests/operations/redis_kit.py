"""A real Redis server as the container of a register, without any container.

The container sees its folders under the paths that they have here.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.hosts.discovery import discover
from pryv_tui.hosts.engine import CancelToken, Container, EngineInfo, Mount, OutputSink
from pryv_tui.operations.context import RunContext
from pryv_tui.sanitize import one_line
from tests.helpers.waiting import until
from tests.hosts.machines import StillHost
from tests.operations.kit import DOMAIN, Heard, context

needs_redis = pytest.mark.skipif(
    shutil.which("redis-server") is None, reason="redis-server is not installed"
)
SECRET = 'a "secret" word'


class RedisMachine:
    """A register's machine: its root, and a server that runs with the configuration in it.

    Args:
        conf: lines of redis.conf; `DATA` stands for the data folder, `SOCKET` for a socket.
        socket: an extra way in for the test itself, whatever the configuration says.
    """

    url = "unix:///nowhere.sock"

    def __init__(self, folder: Path, conf: Sequence[str], arguments: Sequence[str] = ()) -> None:
        self.root = folder / "root"
        self.data = self.root / "pryv/redis/data"
        self.conf = self.root / "pryv/redis/conf/redis.conf"
        for path in (self.data, self.conf.parent, self.root / "pryv/redis/log"):
            path.mkdir(parents=True)
        # A socket's path may be 107 bytes long at most.
        self.socket = Path(f"/tmp/pryv-redis-{os.getpid()}-{abs(hash(str(folder))) % 10**8}")
        self.write_conf(*conf)
        self.arguments = list(arguments)
        self.environment: dict[str, str] = {}
        self.process: subprocess.Popen[bytes] | None = None
        self.asked: list[list[str]] = []
        self.given: list[Mapping[str, str]] = []
        self.usual = True
        """Whether a `redis-cli` without options reaches it, as in Pryv.io's image."""

    def write_conf(self, *lines: str) -> None:
        told = [line.replace("DATA", str(self.data)) for line in lines]
        self.conf.write_text("\n".join([*told, ""]))

    # -- what an engine does ------------------------------------------------------------------

    def info(self) -> EngineInfo:
        return EngineInfo("Redis alone", "1", self.url)

    def address(self, container: str) -> str:
        return ""

    def ends_at(self, container: str, address: str, port: int) -> bool:
        return False

    def glance(self) -> list[Container]:
        return [one.glanced(one.name, one.state) for one in self.containers()]

    def containers(self) -> list[Container]:
        folders = (self.data, self.conf.parent, self.root / "pryv/redis/log")
        return [
            Container(
                name="pryvio_redis",
                image=one_line("pryvio/redis:5.0.14"),
                state="running" if self.running else "exited",
                mounts=(
                    *(Mount(str(path), str(path)) for path in folders),
                    Mount(str(self.conf.parent), "/app/conf", True),
                    Mount(str(self.data), "/app/data"),
                ),
                environment=self.environment,
                command=("/usr/bin/redis-server", str(self.conf), *self.arguments),
            )
        ]

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
        self.asked.append(list(argv))
        if argv[0] == "rm":
            return subprocess.run(argv, check=False).returncode
        self.given.append(dict(environment or {}))
        words = list(argv[1:])
        if self.usual and "-s" not in words and "-p" not in words:
            words = ["-s", str(self.socket), *words]
        elif not self.usual and "-s" not in words and "-p" not in words:
            words = ["-p", "1", *words]
        clean = {k: v for k, v in os.environ.items() if k != "REDISCLI_AUTH"}
        done = subprocess.run(
            ["redis-cli", *words],
            capture_output=True,
            env={**clean, **(environment or {})},
            timeout=30,
        )
        for stream, content in (("stdout", done.stdout), ("stderr", done.stderr)):
            if content:
                on_output(stream, content)  # type: ignore[arg-type]
        return done.returncode

    def processes(self, container: str) -> list[str]:
        if not self.process:
            return []
        line = Path(f"/proc/{self.process.pid}/cmdline").read_bytes()
        return [line.replace(b"\0", b" ").decode().strip()]

    def end_exec(self, container: str, program: str) -> bool:
        return False

    def shows(self, container: str, mount: Mount) -> bool | None:
        """Of its data folder: it works in it."""
        if not self.process or mount.source != str(self.data):
            return None
        inside = Path(f"/proc/{self.process.pid}/cwd").stat()
        outside = Path(mount.source).stat()
        return (inside.st_dev, inside.st_ino) == (outside.st_dev, outside.st_ino)

    def start(self, container: str = "pryvio_redis") -> None:
        if self.running:
            return
        listens = [] if "--unixsocket" in self.arguments else ["--unixsocket", str(self.socket)]
        log = self.root.parent / "redis.log"
        port = (
            [] if any("port" in line for line in self.conf.read_text().split()) else ["--port", "0"]
        )
        self.process = subprocess.Popen(
            [
                "redis-server",
                str(self.conf),
                *self.arguments,
                *port,
                *listens,
                "--logfile",
                str(log),
                # A snapshot that is sent begins at once: nobody else is waited for.
                "--repl-diskless-sync-delay",
                "0",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        process = self.process

        def answers() -> bool:
            said = self.cli("PING")
            assert process.poll() is None, log.read_text()
            return bool(said) and not said.startswith(("LOADING", "Could not"))

        until(answers, lambda: f"an answer of Redis, beside {self.cli('PING')}")

    def stop(self, container: str = "pryvio_redis", *, timeout: int | None = None) -> None:
        """As an engine does it: a Redis that can't save refuses to end, and is killed."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(3)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(20)
            self.process = None

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(20)
        self.process = None

    # -- what a test does ---------------------------------------------------------------------

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def cli(self, *words: str, password: str = "") -> str:
        clean = {k: v for k, v in os.environ.items() if k != "REDISCLI_AUTH"}
        told = {"REDISCLI_AUTH": password} if password else {}
        done = subprocess.run(
            ["redis-cli", "-s", str(self.socket), *words],
            capture_output=True,
            env={**clean, **told},
            text=True,
        )
        return (done.stdout + done.stderr).strip()

    def add(self, *names: str, password: str = "") -> None:
        for name in names:
            assert self.cli("HSET", f"{name}:users", "id", name, password=password) == "1"

    def rewritten(self) -> None:
        """Wait until no rewrite of its append-only file goes on: it comes and goes with files."""

        def over() -> bool:
            told = self.cli("INFO", "persistence")
            return "aof_rewrite_in_progress:0" in told and "aof_rewrite_scheduled:0" in told

        until(over, lambda: f"the end of a rewrite: {self.cli('INFO', 'persistence')}")

    def users(self, password: str = "") -> list[str]:
        keys = self.cli("--scan", "--pattern", "*:users", password=password).split()
        return sorted(key.removesuffix(":users") for key in keys)

    def host(self) -> StillHost:
        made = StillHost("register", self.containers(), root=self.root)
        engine: Any = self
        made.engine = engine
        return made

    def context(self, folder: Path, run: str = "RUN") -> tuple[RunContext, Heard]:
        host = self.host()
        found = discover([host], domain=DOMAIN)
        (state,) = found.hosts
        ctx, heard = context(folder, host, deployment=found)
        assert state.container("redis") is not None
        ctx.run_id = run
        return ctx, heard
