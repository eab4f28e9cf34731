"""This machine, or one whose files are mounted here: local paths, an engine by URL."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.hosts.engine import CancelToken, Engine, OutputSink, Stream


class LocalHost:
    """A host whose root is a local path.

    Args:
        name: as in the configuration, or the machine's own name.
        engine: the engine that runs its containers.
        root_hint: the root as configured, or None to ask the containers' mounts.
        docker_url: handed to docker-compose, which reads `DOCKER_HOST`.
    """

    practice = False

    def __init__(
        self, name: str, engine: Engine, root_hint: Path | None, docker_url: str | None = None
    ) -> None:
        self.name = name
        self.engine = engine
        self.root_hint = root_hint
        self._docker_url = docker_url

    def which(self, program: str) -> str | None:
        return shutil.which(program)

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
        on_output: OutputSink,
        cancel: CancelToken | None = None,
    ) -> int:
        env = dict(os.environ)
        if self._docker_url:
            env["DOCKER_HOST"] = self._docker_url
        env.update(environment or {})
        try:
            process = subprocess.Popen(
                list(argv),
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise PryvTuiError(
                "program-missing",
                f"{self.name}: there is no program {argv[0]!r} on this machine",
                f"Install it, then try again: {argv[0]}",
            ) from error
        assert process.stdout is not None and process.stderr is not None
        readers = [
            threading.Thread(target=_pump, args=(pipe, name, on_output), daemon=True)
            for pipe, name in ((process.stdout, "stdout"), (process.stderr, "stderr"))
        ]
        for reader in readers:
            reader.start()
        while True:
            try:
                code = process.wait(timeout=0.1)
                break
            except subprocess.TimeoutExpired:
                if cancel is not None and cancel.is_set():
                    os.killpg(process.pid, signal.SIGTERM)
                    try:
                        process.wait(timeout=10)
                    except subprocess.TimeoutExpired:
                        os.killpg(process.pid, signal.SIGKILL)
                        process.wait()
                    raise Cancelled(f"{argv[0]} was ended") from None
        for reader in readers:
            reader.join(timeout=5)
        return code


def _pump(pipe: IO[bytes], name: Stream, on_output: OutputSink) -> None:
    """Hand on what a pipe gives, in the chunks it comes in: a line may be larger than any limit."""
    with pipe:
        while chunk := os.read(pipe.fileno(), 65536):
            on_output(name, chunk)
