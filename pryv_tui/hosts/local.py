"""This machine, or one whose files are mounted here: local paths, and an engine reached by URL."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.engine import CancelToken, Engine, OutputSink
from pryv_tui.hosts.sandbox.making import Maker
from pryv_tui.programs import follow, start

NOT_PASSED = ("RESTIC_", "RCLONE_", "REDISCLI_AUTH")
"""Prefixes of variables that are not passed to programs on the machine.

A compose file in a set could pass them on to a container.
"""


class LocalHost:
    """A host whose root is a local path.

    Args:
        name: from the configuration, or the machine's own name.
        engine: the engine that runs its containers.
        root_hint: the root as configured; None: it is read from the containers' mounts.
        docker_url: passed to docker-compose, which reads `DOCKER_HOST`.
        maker: makes the containers of drills on the same engine.
    """

    practice = False

    def __init__(
        self,
        name: str,
        engine: Engine,
        root_hint: Path | None,
        docker_url: str | None = None,
        maker: Maker | None = None,
    ) -> None:
        self.name = name
        self.engine = engine
        self.root_hint = root_hint
        self.maker = maker
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
        env = {name: value for name, value in os.environ.items() if not name.startswith(NOT_PASSED)}
        if self._docker_url:
            env["DOCKER_HOST"] = self._docker_url
        env.update(environment or {})
        process = start(
            argv,
            cwd=cwd,
            environment=env,
            missing=PryvTuiError(
                "program-missing",
                f"{self.name}: there is no program {argv[0]!r} on this machine",
                f"Install it, then try again: {argv[0]}",
            ),
        )
        return follow(process, on_output, cancel, word=signal.SIGTERM)
