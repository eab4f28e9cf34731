"""A machine in a drill: its containers are the drill's, and its root is a folder of the sandbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.engine import CancelToken, OutputSink
from pryv_tui.hosts.sandbox.guard import DrillEngine


class SandboxHost:
    """Implements `hosts.host.Host`, but runs no program on the machine.

    A set's compose files name the live platform's containers and networks.
    """

    maker = None

    def __init__(self, name: str, engine: DrillEngine, root: Path, *, practice: bool) -> None:
        self.name = name
        self.engine = engine
        self.root_hint: Path | None = root
        self.practice = practice

    def which(self, program: str) -> str | None:
        return None

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
        on_output: OutputSink,
        cancel: CancelToken | None = None,
    ) -> NoReturn:
        """Refuse to run a program on the machine: always raises `not-isolated`."""
        raise PryvTuiError(
            "not-isolated", f"a drill may not run programs on the machine: {argv[0]}"
        )
