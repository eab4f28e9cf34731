"""One machine of the platform: a name, an engine, and commands run on the machine itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from pryv_tui.hosts.engine import CancelToken, Engine, OutputSink
from pryv_tui.hosts.sandbox.making import Maker


class Host(Protocol):
    """A machine. Its files are reached by path; access over SSH would be a second
    implementation."""

    @property
    def name(self) -> str: ...

    @property
    def engine(self) -> Engine: ...

    @property
    def maker(self) -> Maker | None:
        """Makes the containers of drills on this machine; None where drills make none."""
        ...

    @property
    def practice(self) -> bool:
        """Whether this is a machine of a practice platform; never mixed with real ones."""
        ...

    @property
    def root_hint(self) -> Path | None:
        """The root as configured (`--root`, the config file); None: containers are asked."""
        ...

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
        on_output: OutputSink,
        cancel: CancelToken | None = None,
    ) -> int:
        """Run a program on the machine itself (docker-compose). Returns its exit code.

        Raises:
            PryvTuiError: `program-missing` when there is no program of that name.
        """
        ...

    def which(self, program: str) -> str | None:
        """The path of a program on the machine; None if there is none."""
        ...
